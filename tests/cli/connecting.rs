//! Connections that cannot be: each side, each DBMS, each reason, and what the message says.

use super::{refusal, sides};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::Kind;
use crate::support::wire;
use insta::assert_snapshot;

/// One wrong setting on the source, for PostgreSQL and MySQL alike.
fn source_with(kind: Kind, change: impl Fn(Dbferry, &Database) -> Dbferry) -> Option<String> {
    let (source, target) = sides(kind, Kind::PostgreSql)?;
    let call = change(Dbferry::new("copy", &source, &target), &source);
    Some(refusal(&call, &source, &target))
}

/// One wrong setting on the target.
fn target_with(kind: Kind, change: impl Fn(Dbferry, &Database) -> Dbferry) -> Option<String> {
    let (source, target) = sides(Kind::PostgreSql, kind)?;
    let call = change(Dbferry::new("copy", &source, &target), &target);
    Some(refusal(&call, &source, &target))
}

fn hide_port(text: &str, port: u16) -> String {
    text.replace(&port.to_string(), "PORT")
}

#[test]
fn wrong_password_of_postgresql_source() {
    let said = source_with(Kind::PostgreSql, |call, _| call.set("SourceDatabasePassword", "wrong-password-canary"));
    let Some(said) = said else { return };
    assert!(!said.contains("canary"));
    assert_snapshot!(said);
}

#[test]
fn wrong_password_of_mariadb_source() {
    let said = source_with(Kind::MariaDb, |call, _| call.set("SourceDatabasePassword", "wrong-password-canary"));
    let Some(said) = said else { return };
    assert!(!said.contains("canary"));
    assert_snapshot!(said);
}

#[test]
fn wrong_password_of_mysql_target() {
    let said = target_with(Kind::MySql, |call, _| call.set("DatabasePassword", "wrong-password-canary"));
    let Some(said) = said else { return };
    assert!(!said.contains("canary"));
    assert_snapshot!(said);
}

#[test]
fn missing_database_of_postgresql_target() {
    let said = target_with(Kind::PostgreSql, |call, _| call.set("DatabaseName", "no_such_database"));
    if let Some(said) = said {
        assert_snapshot!(said);
    }
}

#[test]
fn missing_database_of_mysql_source() {
    let said = source_with(Kind::MySql, |call, _| call.set("SourceDatabaseName", "no_such_database"));
    if let Some(said) = said {
        assert_snapshot!(said);
    }
}

#[test]
fn missing_schema_of_postgresql_source() {
    let said = source_with(Kind::PostgreSql, |call, _| call.set("SourceDatabaseSchema", "no_such_schema"));
    if let Some(said) = said {
        assert_snapshot!(said);
    }
}

#[test]
fn missing_schema_of_postgresql_target() {
    let said = target_with(Kind::PostgreSql, |call, _| call.set("DatabaseSchema", "no_such_schema"));
    if let Some(said) = said {
        assert_snapshot!(said);
    }
}

#[test]
fn unknown_host_of_source() {
    let said = source_with(Kind::PostgreSql, |call, _| call.set("SourceDatabaseHost", "no-such-host.invalid:5432"));
    let Some(said) = said else { return };
    assert!(said.starts_with("error: connect: source no-such-host.invalid:5432"), "{said}");
}

#[test]
fn closed_port_of_target() {
    let port = wire::closed_port();
    let said = target_with(Kind::PostgreSql, |call, _| call.set("DatabaseHost", &format!("127.0.0.1:{port}")));
    if let Some(said) = said {
        assert_snapshot!(hide_port(&said, port));
    }
}

#[test]
fn port_of_mysql_for_postgresql() {
    let Some((other, _)) = sides(Kind::MySql, Kind::MySql) else { return };
    let port = other.server.port;
    let said = source_with(Kind::PostgreSql, |call, _| call.set("SourceDatabaseHost", &format!("127.0.0.1:{port}")));
    if let Some(said) = said {
        assert_snapshot!(hide_port(&said, port));
    }
}

#[test]
fn port_of_postgresql_for_mariadb() {
    let Some((other, _)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let port = other.server.port;
    let said = source_with(Kind::MariaDb, |call, _| call.set("SourceDatabaseHost", &format!("127.0.0.1:{port}")));
    if let Some(said) = said {
        assert_snapshot!(hide_port(&said.replace("TARGET-HOST", "127.0.0.1:PORT"), port));
    }
}

#[test]
fn http_server_for_postgresql() {
    let port = wire::http_server();
    let said = source_with(Kind::PostgreSql, |call, _| call.set("SourceDatabaseHost", &format!("127.0.0.1:{port}")));
    if let Some(said) = said {
        assert_snapshot!(hide_port(&said, port));
    }
}

#[test]
fn http_server_for_mysql() {
    let port = wire::http_server();
    let said = target_with(Kind::MySql, |call, _| call.set("DatabaseHost", &format!("127.0.0.1:{port}")));
    if let Some(said) = said {
        assert_snapshot!(hide_port(&said, port));
    }
}

#[test]
fn silent_server_for_either() {
    for kind in [Kind::PostgreSql, Kind::MySql] {
        let port = wire::silent_server();
        let said = source_with(kind, |call, _| {
            call.set("SourceDatabaseHost", &format!("127.0.0.1:{port}")).set("JdbcLoginTimeout", "1500")
        });
        let Some(said) = said else { return };
        assert!(said.starts_with(&format!("error: connect: source 127.0.0.1:{port}")), "{said}");
    }
}

#[test]
fn babbling_server_for_either() {
    for bytes in [b"SSH-2.0-OpenSSH_9.2\r\n" as &'static [u8], b"\xff\xff\xff\x00\xff\xff\xff\xff", b"\x00", b"S"] {
        for kind in [Kind::PostgreSql, Kind::MySql] {
            let port = wire::babbling_server(bytes);
            let said = source_with(kind, |call, _| {
                call.set("SourceDatabaseHost", &format!("127.0.0.1:{port}")).set("JdbcLoginTimeout", "1500")
            });
            let Some(said) = said else { return };
            assert!(said.starts_with(&format!("error: connect: source 127.0.0.1:{port}")), "{said}");
        }
    }
}

#[test]
fn tls_is_required_and_postgresql_has_none() {
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let port = wire::postgresql_without_tls(&source.server.host, source.server.port);
    let call = Dbferry::new("copy", &source, &target)
        .set("SourceDatabaseHost", &format!("127.0.0.1:{port}"))
        .set("SourceDatabaseUseSsl", "true");
    assert_snapshot!(hide_port(&refusal(&call, &source, &target), port));
}

#[test]
fn tls_is_required_and_mysql_has_none() {
    let Some((source, target)) = sides(Kind::MySql, Kind::PostgreSql) else { return };
    let port = wire::mysql_without_tls(&source.server.host, source.server.port);
    let call = Dbferry::new("copy", &source, &target)
        .set("SourceDatabaseHost", &format!("127.0.0.1:{port}"))
        .set("SourceDatabaseUseSsl", "true");
    assert_snapshot!(hide_port(&refusal(&call, &source, &target), port));
}

/// A certificate authority that signed nothing.
const STRANGER: &str = include_str!("../fixtures/tls/stranger.pem");

#[test]
fn certificate_of_another_authority_is_refused() {
    for (kind, scheme, parameters) in [
        (Kind::PostgreSql, "postgresql", "sslmode=verify-full&sslrootcert="),
        (Kind::MariaDb, "mariadb", "sslMode=verify-full&serverSslCert="),
    ] {
        let Some((source, target)) = sides(kind, Kind::PostgreSql) else { return };
        let call = Dbferry::new("copy", &source, &target);
        let file = call.path("stranger.pem");
        std::fs::write(&file, STRANGER).expect("file is written");
        let (host, port, name) = (&source.server.host, source.server.port, &source.name);
        let url = format!("jdbc:{scheme}://{host}:{port}/{name}?{parameters}{}", file.display());
        let said = refusal(&call.set("SourceDatabaseJdbcUrl", &url), &source, &target);
        assert!(said.starts_with("error: connect: source SOURCE-HOST"), "{said}");
        assert!(said.to_lowercase().contains("certificate"), "{said}");
    }
}

#[test]
fn certificate_for_another_host_is_refused() {
    let Ok(ca) = std::env::var("DBFERRY_TEST_TLS_CA") else {
        eprintln!("skipped: DBFERRY_TEST_TLS_CA is not set");
        return;
    };
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let (port, name) = (source.server.port, &source.name);
    for (host, trusted) in [("127.0.0.1", true), ("127.0.0.2", false)] {
        let url = format!("jdbc:postgresql://{host}:{port}/{name}?sslmode=verify-full&sslrootcert={ca}");
        let call = Dbferry::new("plan", &source, &target).set("SourceDatabaseJdbcUrl", &url);
        if trusted {
            call.run().expect(0);
        } else if std::net::TcpStream::connect((host, port)).is_ok() {
            let said = refusal(&call, &source, &target);
            assert!(said.contains("certificate"), "{said}");
        }
    }
}
