//! One clear error for each way a connection can fail, and what a session may do.

use super::support::*;
use dbferry::backends::find;
use dbferry::endpoint::{Endpoint, Engine, Secret, TlsMode};
use dbferry::{Error, ErrorKind};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

fn fails(endpoint: &Endpoint, source: bool) -> Error {
    let backend = find(Engine::PostgreSql).unwrap();
    let error = if source { (backend.open_source)(endpoint).err() } else { (backend.open_target)(endpoint).err() };
    let error = error.expect("the connection must fail");
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    assert!(error.help_text().is_some(), "{error:?}");
    error
}

#[test]
fn wrong_settings_are_named() {
    let Some(server) = server() else { return };
    let wrong = Endpoint { password: Secret::new("hunter2"), ..server.clone() };
    assert!(fails(&wrong, true).to_string().contains("refuses the password of user"));
    let wrong = Endpoint { database: "pg_no_such".to_string(), ..server.clone() };
    assert!(fails(&wrong, true).to_string().contains("database pg_no_such does not exist"));
    let wrong = Endpoint { schema: Some("pg_no_such".to_string()), ..server.clone() };
    assert!(fails(&wrong, true).to_string().contains("schema \"pg_no_such\" does not exist"));
    let wrong = Endpoint { port: 1, ..server };
    assert!(fails(&wrong, true).to_string().contains("nothing listens there"));
}

/// Accepts one connection and answers with `greeting`; the endpoint to reach it.
fn stranger(greeting: &'static [u8], tls: TlsMode) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        let _ = stream.write_all(greeting);
        let _ = stream.read(&mut request);
        std::thread::sleep(Duration::from_secs(2));
    });
    let mut endpoint = Endpoint::new(Engine::PostgreSql, "127.0.0.1", port, "d");
    endpoint.connect_timeout = Duration::from_secs(1);
    endpoint.tls = tls;
    endpoint
}

#[test]
fn other_servers_are_recognised() {
    const MYSQL: &[u8] = b"\x4a\0\0\0\x0a5.5.5-10.11.19-MariaDB\0";
    assert!(fails(&stranger(MYSQL, TlsMode::Prefer), true).to_string().contains("MySQL or MariaDB"));
    for greeting in [MYSQL, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"N\0\0\0\x0a8.0.40\0", b"SSH-2.0-OpenSSH_9.2\r\n"] {
        let error = fails(&stranger(greeting, TlsMode::Off), true);
        assert!(
            error.to_string().contains("not a PostgreSQL server") || error.to_string().contains("answer"),
            "{error:?}"
        );
    }
    let error = fails(&stranger(b"", TlsMode::Prefer), true);
    assert!(error.to_string().contains("does not answer"), "{error:?}");
    let error = fails(&stranger(b"N", TlsMode::Unverified), true);
    assert!(error.to_string().contains("does not offer TLS"), "{error:?}");
    // A server may not ask for the password in the clear.
    let error = fails(&stranger(b"R\0\0\0\x08\0\0\0\x03", TlsMode::Off), true);
    assert!(format!("{error:?}").contains("clear text"), "{error:?}");
}

#[test]
fn tls_modes() {
    let Some(server) = server() else { return };
    let mode = |tls: TlsMode| source(&Endpoint { tls, ..server.clone() }).protection();
    assert_eq!(mode(TlsMode::Off), "plain");
    assert_eq!(mode(TlsMode::Unverified), "TLS 1.3, certificate not verified");
    let Ok(ca) = std::env::var("DBFERRY_TEST_TLS_CA") else {
        eprintln!("skipped: DBFERRY_TEST_TLS_CA is not set");
        return;
    };
    let ca = Some(PathBuf::from(ca));
    assert_eq!(mode(TlsMode::VerifyCa { ca: ca.clone() }), "TLS 1.3, authority verified, host name not");
    assert_eq!(mode(TlsMode::VerifyFull { ca }), "TLS 1.3, verified");
    fails(&Endpoint { tls: TlsMode::VerifyFull { ca: None }, ..server.clone() }, true);
}

#[test]
fn missing_privileges_are_named() {
    let Some(db) = Db::create("rights") else { return };
    let role = format!("role_of_pg_{}", std::process::id());
    db.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'hunter2'; CREATE TABLE t (id serial); CREATE SCHEMA hidden"));
    let user = Endpoint { user: role.clone(), password: Secret::new("hunter2"), ..db.endpoint.clone() };
    let error = fails(&user, false);
    assert_eq!(error.help_text(), Some(format!("GRANT CREATE ON SCHEMA \"public\" TO \"{role}\"").as_str()));
    fails(&Endpoint { schema: Some("hidden".to_string()), ..user.clone() }, true);
    let schema = source(&user).introspect().unwrap();
    let helps: Vec<_> = schema.findings.iter().map(|f| f.help.as_str()).collect();
    assert!(helps.contains(&format!("GRANT SELECT ON \"public\".\"t\" TO \"{role}\"").as_str()), "{helps:?}");
    assert_eq!(schema.findings.iter().filter(|f| f.code == "no-select").count(), 2);
    db.run("ALTER TABLE t ENABLE ROW LEVEL SECURITY");
    db.run(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"));
    let schema = source(&user).introspect().unwrap();
    assert!(schema.findings.iter().any(|f| f.code == "row-security"));
    db.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn databases_that_take_no_writes_are_no_targets() {
    let Some(db) = Db::create("read_only") else { return };
    db.run(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", db.endpoint.database));
    let error = fails(&db.endpoint, false);
    assert!(error.to_string().contains("default_transaction_read_only"), "{error}");
    drop(source(&db.endpoint));
}

#[test]
fn a_held_lock_names_its_holder() {
    let Some(db) = Db::create("lock") else { return };
    let (mut first, mut second) = (target(&db.endpoint), target(&db.endpoint));
    assert_eq!(first.lock().unwrap(), None);
    let holder = second.lock().unwrap().unwrap();
    assert!(holder.contains("dbferry"), "{holder}");
    assert_eq!(target(&db.with_schema("pg_catalog")).lock().ok().flatten(), None);
    drop(first);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(second.lock().unwrap(), None);
}
