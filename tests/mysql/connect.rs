//! Connections that work, and each way in which one does not.

use super::{Server, server, servers, source, target};
use dbferry::endpoint::{Endpoint, Engine, Secret, TlsMode};
use dbferry::error::ErrorKind;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

fn refused(endpoint: &Endpoint, words: &str) {
    let error = source(endpoint).err().unwrap_or_else(|| panic!("should be refused: {words}"));
    assert_eq!(error.kind(), ErrorKind::Connect);
    let text = error.render();
    assert!(text.contains(words), "{text}");
    assert!(error.help_text().is_some(), "{text}");
    let password = endpoint.password.expose();
    assert!(password.is_empty() || !text.contains(password), "a secret is shown");
}

/// An account of its own for a test; dropped by the caller.
fn account(server: &Server, user: &str, how: &str) -> Endpoint {
    server.native(
        "",
        &format!("DROP USER IF EXISTS {user}@'%'; CREATE USER {user}@'%' {how}; GRANT ALL ON *.* TO {user}@'%';"),
    );
    let mut endpoint = server.database("information_schema");
    endpoint.user = user.to_string();
    endpoint.password = Secret::new("pw'1\\ü");
    endpoint
}

#[test]
fn every_tls_mode_connects() {
    let ca = std::env::var("DBFERRY_TEST_TLS_CA").ok().map(Into::into);
    for server in servers() {
        let mut modes = vec![TlsMode::Off, TlsMode::Prefer, TlsMode::Unverified];
        if ca.is_some() {
            modes.extend([TlsMode::VerifyCa { ca: ca.clone() }, TlsMode::VerifyFull { ca: ca.clone() }]);
        }
        for tls in modes {
            let endpoint = Endpoint { tls, ..server.database("information_schema") };
            source(&endpoint).unwrap();
            target(&endpoint).unwrap();
        }
    }
}

/// Accounts with each plugin that the server has.
fn plugins(server: &Server) -> Vec<(&'static str, &'static str)> {
    if !server.is_mariadb() {
        return vec![
            ("mysql_t_sha2", "IDENTIFIED WITH caching_sha2_password BY 'pw\\'1\\\\ü'"),
            ("mysql_t_sha256", "IDENTIFIED WITH sha256_password BY 'pw\\'1\\\\ü'"),
        ];
    }
    let mut plugins = vec![("mysql_t_native", "IDENTIFIED VIA mysql_native_password USING PASSWORD('pw\\'1\\\\ü')")];
    let known = server.native("", "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'ed25519';");
    if known.trim() == "1" {
        plugins.push(("mysql_t_ed", "IDENTIFIED VIA ed25519 USING PASSWORD('pw\\'1\\\\ü')"));
    } else {
        eprintln!("skipped: the server has no ed25519 plugin (INSTALL SONAME 'auth_ed25519')");
    }
    plugins
}

#[test]
fn every_plugin_authenticates() {
    for server in servers() {
        for (user, how) in plugins(&server) {
            for tls in [TlsMode::Off, TlsMode::Unverified] {
                // Creating it anew empties the server's password cache: full exchange, then the fast one.
                let mut endpoint = account(&server, user, how);
                endpoint.tls = tls;
                source(&endpoint).unwrap();
                source(&endpoint).unwrap();
                endpoint.password = Secret::new("wrong");
                refused(&endpoint, &format!("refuses user {user}"));
                endpoint.password = Secret::default();
                refused(&endpoint, &format!("refuses user {user}"));
            }
            server.native("", &format!("DROP USER {user}@'%';"));
        }
    }
}

#[test]
fn refusals_say_what_to_do() {
    for server in servers() {
        refused(&server.database("mysql_no_such_database"), "there is no database mysql_no_such_database");
        let mut tls_only = account(&server, "mysql_t_tls", "IDENTIFIED BY 'pw\\'1\\\\ü' REQUIRE SSL");
        tls_only.tls = TlsMode::Off;
        refused(&tls_only, "DatabaseUseSsl");
        tls_only.tls = TlsMode::Unverified;
        source(&tls_only).unwrap();
        server.native("", "DROP USER mysql_t_tls@'%';");
        if std::env::var("DBFERRY_TEST_TLS_CA").is_ok() {
            let mut unknown = server.database("information_schema");
            unknown.tls = TlsMode::VerifyFull { ca: None };
            assert!(source(&unknown).is_err(), "an unknown authority must not be trusted");
        }
    }
}

#[test]
fn other_servers_are_told_apart() {
    let listen = |greeting: &'static [u8]| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(1) {
                let mut stream = stream.unwrap();
                let _ = stream.write_all(greeting);
                std::thread::sleep(Duration::from_millis(400));
            }
        });
        let mut endpoint = Endpoint::new(Engine::MySql, "127.0.0.1", port, "d");
        endpoint.connect_timeout = Duration::from_millis(200);
        endpoint.user = "u".to_string();
        endpoint
    };
    refused(&listen(b""), "no MySQL or MariaDB server speaks there");
    refused(&listen(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"), "not a MySQL or MariaDB server");
    refused(&listen(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not a MySQL or MariaDB server");
    refused(
        &listen(b"\x45\x00\x00\x00\xff\x6a\x04#HY000Host 'x' is not allowed to connect to this MariaDB server...."),
        "from this host",
    );
    let closed = Endpoint::new(Engine::MySql, "127.0.0.1", 1, "d");
    refused(&closed, "nothing listens there");
}

#[test]
fn a_server_cannot_ask_for_files() {
    let Some(real) = server("MARIADB", "MariaDB") else { return };
    // A relay that answers the first command after the login with a file request.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (host, to) = (real.endpoint.host.clone(), real.endpoint.port);
    std::thread::spawn(move || relay(&listener, &host, to));
    let mut endpoint = real.database("information_schema");
    endpoint.port = port;
    endpoint.tls = TlsMode::Off;
    let error = source(&endpoint).err().unwrap().render();
    assert!(error.contains("asked for a local file"), "{error}");
}

/// Passes the login through, then plays the rogue.
fn relay(listener: &TcpListener, host: &str, port: u16) {
    use std::io::Read;
    let (mut client, _) = listener.accept().unwrap();
    let mut server = std::net::TcpStream::connect((host, port)).unwrap();
    let pass = |from: &mut std::net::TcpStream, to: &mut std::net::TcpStream| {
        let mut head = [0; 4];
        from.read_exact(&mut head).unwrap();
        let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
        from.read_exact(&mut body).unwrap();
        to.write_all(&head).unwrap();
        to.write_all(&body).unwrap();
    };
    pass(&mut server, &mut client);
    pass(&mut client, &mut server);
    pass(&mut server, &mut client);
    let mut command = [0; 512];
    let _ = client.read(&mut command).unwrap();
    client.write_all(b"\x0c\x00\x00\x01\xfb/etc/passwd").unwrap();
    std::thread::sleep(Duration::from_millis(200));
}
