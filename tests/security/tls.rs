//! TLS to good, self-signed, expired and strange certificates: who asks for verification gets it, before a word is said.

use super::hostile::{PASSWORD, assert_refused, greeting, packet};
use crate::support::certificate::{Authority, Flaw};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome, text};
use crate::support::fake::{Fake, Peer, fake};
use crate::support::fixtures;
use crate::support::server::{Kind, Server};
use rustls::{ServerConfig, ServerConnection};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

/// How much a client wants to know of the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// Nothing: Mendix's `UseSsl`.
    Encrypted,
    /// Who vouches for it.
    Authority,
    /// That, and whose it is.
    Full,
}

/// What each wish makes of each flaw.
fn accepted(wish: Wish, flaw: Flaw) -> bool {
    match wish {
        Wish::Encrypted => true,
        Wish::Authority => matches!(flaw, Flaw::None | Flaw::WrongHost),
        Wish::Full => flaw == Flaw::None,
    }
}

const FLAWS: [Flaw; 6] =
    [Flaw::None, Flaw::SelfSigned, Flaw::Expired, Flaw::NotYetValid, Flaw::WrongHost, Flaw::Stranger];

/// The clear text that arrived under TLS.
type Inside = Arc<Mutex<Vec<u8>>>;

/// Goes through the handshake, hears the login and refuses it with `refusal`.
fn login(peer: &mut Peer, config: &Arc<ServerConfig>, inside: &Inside, refusal: &[u8]) -> io::Result<()> {
    let mut connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut connection, peer);
    let mut heard = [0; 4096];
    let n = stream.read(&mut heard)?;
    inside.lock().expect("nobody panics here").extend_from_slice(&heard[..n]);
    stream.write_all(refusal)?;
    stream.flush()?;
    stream.sock.stall()
}

/// A server of which only the first step under TLS is seen.
fn server(engine: &str, config: Arc<ServerConfig>) -> (Fake, Inside) {
    let inside = Inside::default();
    let ears = inside.clone();
    let fake = match engine {
        "POSTGRESQL" => fake(move |peer| {
            peer.take(8)?;
            peer.write_all(b"S")?;
            login(peer, &config, &ears, b"E\0\0\0\x13C28P01\0Mrefused\0\0")
        }),
        _ => fake(move |peer| {
            peer.write_all(&greeting(0x01ff_ffff, "mysql_native_password"))?;
            peer.take(36)?;
            login(peer, &config, &ears, &packet(3, b"\xff\x15\x04#28000refused"))
        }),
    };
    (fake, inside)
}

/// Settings that reach a port with a wish.
fn call(engine: &str, port: u16, wish: Wish, ca: &str) -> Dbferry {
    let (scheme, mode, file) = match engine {
        "POSTGRESQL" => ("postgresql", ["verify-ca", "verify-full"], "sslrootcert"),
        _ => ("mysql", ["VERIFY_CA", "VERIFY_IDENTITY"], "serverSslCert"),
    };
    let key = if engine == "POSTGRESQL" { "sslmode" } else { "sslMode" };
    let call = super::hostile::at_port("plan", engine, port);
    match wish {
        Wish::Encrypted => call.set("SourceDatabaseUseSsl", "true"),
        _ => {
            let mode = mode[usize::from(wish == Wish::Full)];
            let url = format!("jdbc:{scheme}://127.0.0.1:{port}/source?{key}={mode}&{file}={ca}");
            call.unset("SourceDatabaseHost").unset("SourceDatabaseUseSsl").set("SourceDatabaseJdbcUrl", &url)
        }
    }
}

fn matrix(engine: &str) {
    let authority = Authority::new("dbferry test authority");
    let directory = tempfile::tempdir().expect("temporary directory");
    let ca = directory.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).expect("file is written");
    for flaw in FLAWS {
        for wish in [Wish::Encrypted, Wish::Authority, Wish::Full] {
            let (fake, inside) = server(engine, authority.server(flaw));
            let outcome = call(engine, fake.port, wish, &ca.display().to_string()).run();
            let said = format!("{flaw:?} {wish:?}: {}", outcome.stderr);
            assert_refused(&outcome, &said);
            let inside = inside.lock().expect("nobody panics here").clone();
            assert_eq!(!inside.is_empty(), accepted(wish, flaw), "{said}");
            if accepted(wish, flaw) {
                assert!(outcome.error().contains("refuses"), "the login was not tried: {said}");
            } else {
                assert!(outcome.error().contains("certificate"), "{said}");
            }
            assert!(!fake.heard_of("canary-user") && !fake.heard_of(PASSWORD), "a name went out in clear: {said}");
            assert_warned(&outcome, wish, &said);
        }
    }
}

/// Who only encrypts is told so, with the settings that verify.
#[track_caller]
fn assert_warned(outcome: &Outcome, wish: Wish, said: &str) {
    let warning = outcome.stderr.lines().find(|l| l.starts_with("warning: ") && l.contains("is not verified"));
    assert_eq!(warning.is_some(), wish == Wish::Encrypted, "{said}");
    if let Some(warning) = warning {
        assert!(warning.contains("SourceDatabaseJdbcUrl") && warning.to_lowercase().contains("verify"), "{said}");
    }
}

#[test]
fn certificates_of_postgresql() {
    matrix("POSTGRESQL");
}

#[test]
fn certificates_of_mysql() {
    matrix("MYSQL");
}

#[test]
fn without_an_authority_of_ours_the_systems_count() {
    let (fake, inside) = server("POSTGRESQL", Authority::new("nobody").server(Flaw::None));
    let url = format!("jdbc:postgresql://127.0.0.1:{}/source?ssl=true", fake.port);
    let call = super::hostile::at_port("plan", "POSTGRESQL", fake.port);
    let call = call.unset("SourceDatabaseHost").unset("SourceDatabaseUseSsl").set("SourceDatabaseJdbcUrl", &url);
    let outcome = call.run();
    assert_refused(&outcome, &outcome.stderr);
    assert!(outcome.error().contains("certificate"), "{}", outcome.stderr);
    assert!(inside.lock().expect("nobody panics here").is_empty());
}

/// Clear text after the server agreed to TLS is somebody else's.
#[test]
fn nothing_is_believed_before_the_handshake() {
    let postgresql = fake(|peer| {
        peer.take(8)?;
        peer.write_all(b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")?;
        peer.stall()
    });
    let mysql = fake(|peer| {
        peer.write_all(&[greeting(0x01ff_ffff, "mysql_native_password"), packet(3, &[0, 0, 0, 2, 0, 0, 0])].concat())?;
        peer.stall()
    });
    for (engine, fake) in [("POSTGRESQL", postgresql), ("MYSQL", mysql)] {
        let outcome = call(engine, fake.port, Wish::Encrypted, "").run();
        assert_refused(&outcome, &outcome.stderr);
        assert!(!fake.heard_of("canary-user"), "a login went out in clear text");
    }
}

/// The real servers' certificates hold for their address, and the report says that they were verified.
#[test]
fn verified_connections_are_reported() {
    let Ok(ca) = std::env::var("DBFERRY_TEST_TLS_CA") else {
        eprintln!("skipped: DBFERRY_TEST_TLS_CA is not set");
        return;
    };
    for (from, to) in [(Kind::PostgreSql, Kind::MariaDb), (Kind::MySql, Kind::PostgreSql)] {
        let (Some(from), Some(to)) = (Server::or_skip(from), Server::or_skip(to)) else { return };
        let (source, target) = (fixtures::small(&from, "tls"), Database::empty(&to, "tls"));
        let call = Dbferry::copy(&source, &target)
            .set("SourceDatabaseJdbcUrl", &verified_url(&source, &ca))
            .set("DatabaseJdbcUrl", &verified_url(&target, &ca));
        let report = call.run().expect(0).json();
        for side in ["source", "target"] {
            let protection = text(&report[side]["protection"]);
            assert!(protection.starts_with("TLS") && protection.ends_with(", verified"), "{protection}");
        }
    }
}

fn verified_url(database: &Database, ca: &str) -> String {
    let (host, port, name) = (&database.server.host, database.server.port, &database.name);
    match database.server.kind {
        Kind::PostgreSql => format!("jdbc:postgresql://{host}:{port}/{name}?sslmode=verify-full&sslrootcert={ca}"),
        _ => format!("jdbc:mysql://{host}:{port}/{name}?sslMode=VERIFY_IDENTITY&serverSslCert={ca}"),
    }
}
