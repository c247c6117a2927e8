//! Opening a session: TLS as wanted, login, session settings, and one clear error for each way it can fail.

use super::auth;
use super::fault::{Fault, Refusal, is_timeout};
use super::quote::{ident, literal};
use super::session::{Server, Session};
use super::wire::{Wire, cstring, message};
use crate::endpoint::{Endpoint, TlsMode};
use crate::error::{Error, ErrorKind, Result};
use crate::net::Stream;
use std::io::{Read, Write};

/// What a session is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Reads only; the server itself refuses writes.
    Source,
    /// Creates and loads.
    Target,
}

/// What to look at when a server lets us in and then does not answer as one should.
const SETUP_HELP: &str = "check that nothing between here and the server rewrites the traffic, and the server's log";

/// Oldest server whose catalog the queries know.
const OLDEST: u32 = 12;

/// Opens a session and checks that server and schema can be used for `role`.
pub(super) fn open(endpoint: &Endpoint, role: Role) -> Result<Session> {
    connect(endpoint, role).map_err(|e| e.object(endpoint.display_name()))
}

fn connect(endpoint: &Endpoint, role: Role) -> Result<Session> {
    let stream = Stream::connect(endpoint)?;
    stream.set_timeout(Some(endpoint.connect_timeout)).map_err(|e| login_error(Fault::Io(e), endpoint))?;
    let stream = protect(stream, endpoint)?;
    let mut wire = Wire::new(stream);
    login(&mut wire, endpoint).map_err(|fault| login_error(fault, endpoint))?;
    wire.trust_lengths();
    let mut session = Session::new(wire);
    let schema = endpoint.schema.clone().unwrap_or_else(|| "public".to_string());
    let unset = |fault: Fault| fault.error(ErrorKind::Connect, "the session cannot be set up").help(SETUP_HELP);
    configure(&mut session, &schema, role).map_err(unset)?;
    check(&session.server, &schema, role)?;
    limit_locks(&mut session, endpoint, role).map_err(unset)?;
    session.wire().stream().set_timeout(None).map_err(|e| login_error(Fault::Io(e), endpoint))?;
    Ok(session)
}

/// Asks for TLS and starts it, as the endpoint wants.
fn protect(mut stream: Stream, endpoint: &Endpoint) -> Result<Stream> {
    if endpoint.tls == TlsMode::Off {
        return Ok(stream);
    }
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    let mut answer = [0; 1];
    stream
        .write_all(&SSL_REQUEST)
        .and_then(|()| stream.flush())
        .and_then(|()| stream.read_exact(&mut answer))
        .map_err(|e| login_error(Fault::Io(e), endpoint))?;
    match answer[0] {
        b'S' => stream.into_tls(endpoint),
        b'N' | b'E' if endpoint.tls == TlsMode::Prefer => Ok(stream),
        b'N' | b'E' => Err(Error::new(ErrorKind::Connect, "the server does not offer TLS, which the settings require")
            .help("turn `ssl` on in the server's configuration, or set DatabaseUseSsl to false")),
        first => Err(stranger(&mut stream, first)),
    }
}

/// The other end does not speak the protocol: says what it looks like.
fn stranger(stream: &mut Stream, first: u8) -> Error {
    let mut next = [0; 4];
    let mysql = stream.read_exact(&mut next).is_ok() && next[..3] == [0, 0, 0] && matches!(next[3], 0x0a | 0xff);
    not_postgresql(if mysql {
        "it greets like MySQL or MariaDB"
    } else if (first, &next[..3]) == (b'H', b"TTP") {
        "it answers like a web server"
    } else {
        "its answer is not of the PostgreSQL protocol"
    })
}

fn not_postgresql(why: &str) -> Error {
    Error::new(ErrorKind::Connect, format!("this is not a PostgreSQL server: {why}"))
        .help("check host, port and DatabaseType")
}

/// Sends the startup message and goes through to the first `ReadyForQuery`.
pub(super) fn login(wire: &mut Wire, endpoint: &Endpoint) -> Result<(), Fault> {
    wire.send(&startup(endpoint))?;
    loop {
        let frame = wire.frame()?;
        match frame.tag {
            b'R' => {
                let body = frame.body().to_vec();
                auth::answer(wire, endpoint, &body)?;
            }
            b'E' => return Err(Fault::Server(Box::new(Refusal::parse(frame.body())))),
            b'Z' => return Ok(()),
            b'S' | b'K' | b'N' | b'v' => {}
            _ => return Err(Fault::Protocol("unknown message during login")),
        }
    }
}

fn startup(endpoint: &Endpoint) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, 0, |out| {
        out.extend_from_slice(&[0, 3, 0, 0]);
        let parameters = [
            ("user", endpoint.user.as_str()),
            ("database", endpoint.database.as_str()),
            ("application_name", "dbferry"),
            ("client_encoding", "UTF8"),
        ];
        for (name, value) in parameters {
            cstring(out, name);
            cstring(out, value);
        }
        out.push(0);
    });
    // The startup message is the only one without a tag.
    out.split_off(1)
}

fn login_error(fault: Fault, endpoint: &Endpoint) -> Error {
    let user = &endpoint.user;
    let (what, help) = match (&fault, fault.code()) {
        (_, "28P01") => (
            format!("the server refuses the password of user {user}"),
            "check user name and password (DatabaseUserName, DatabasePassword)".to_string(),
        ),
        (_, "28000") => (
            format!("the server does not admit user {user} from here"),
            "check the user's name, its LOGIN right, the server's pg_hba.conf, and whether it wants TLS".to_string(),
        ),
        (_, "3D000") => (
            format!("database {} does not exist", endpoint.database),
            "check DatabaseName, or create the database".to_string(),
        ),
        (_, "42501") => (
            format!("user {user} may not connect to database {}", endpoint.database),
            format!("GRANT CONNECT ON DATABASE {} TO {}", ident(&endpoint.database), ident(user)),
        ),
        (_, "53300") => (
            "the server has no connection left".to_string(),
            "use fewer lanes (--jobs) or raise max_connections".to_string(),
        ),
        (_, "57P03") => ("the server is starting up or shutting down".to_string(), "try again shortly".to_string()),
        (Fault::Protocol("unknown message during login"), _) => {
            return not_postgresql("its answer is not of the PostgreSQL protocol");
        }
        (Fault::Io(e), _) if e.kind() == std::io::ErrorKind::InvalidData => {
            return not_postgresql("its answer is not of the PostgreSQL protocol");
        }
        (Fault::Login(_), _) => (
            "no way of logging in is acceptable to both sides".to_string(),
            "use TLS (DatabaseUseSsl) and SCRAM-SHA-256 on the server".to_string(),
        ),
        (Fault::Io(e), _) if is_timeout(e) => (
            "the server accepts the connection but does not answer".to_string(),
            "check that host and port are those of a PostgreSQL server".to_string(),
        ),
        _ => ("the login failed".to_string(), "check host, port and DatabaseType".to_string()),
    };
    fault.error(ErrorKind::Connect, what).help(help)
}

/// Settings under which values read exactly and long work is not cut off, and the facts about the server.
pub(super) fn configure(session: &mut Session, schema: &str, role: Role) -> Result<(), Fault> {
    session.execute(&settings(schema, role))?;
    let rows = session.rows(include_str!("../../../dialects/postgresql/server.sql"), &[schema])?;
    let row = rows.first().ok_or(Fault::Protocol("no answer about the server"))?;
    let number: u32 = row.get("version_number").and_then(|n| n.parse().ok()).unwrap_or(0);
    session.server = Server {
        version: row.text("version"),
        numbers: (number / 10_000, number % 10_000, 0),
        encoding: row.text("encoding"),
        database: row.text("database"),
        user: row.text("user"),
        process: row.text("process"),
        schema: row.text("schema"),
        can_use: row.flag("can_use"),
        can_create: row.flag("can_create"),
        standby: row.flag("standby"),
        read_only: row.text("read_only") == "on",
    };
    // Settings that older servers do not know.
    for (since, name) in [(14, "idle_session_timeout"), (17, "transaction_timeout")] {
        if session.server.numbers.0 >= since {
            session.execute(&format!("SET {name} = 0"))?;
        }
    }
    Ok(())
}

/// A lock that others hold longer is an error that is tried again.
fn limit_locks(session: &mut Session, endpoint: &Endpoint, role: Role) -> Result<(), Fault> {
    match role {
        Role::Source => Ok(()),
        Role::Target => session.execute(&format!("SET lock_timeout = '{}s'", endpoint.lock_seconds())).map(drop),
    }
}

fn settings(schema: &str, role: Role) -> String {
    let own = match role {
        Role::Source => "SET default_transaction_read_only = on",
        // Raised, never lowered: index builds of a well-sized server must not spill because of us.
        Role::Target => {
            // A dead client's locks end soon, and what was confirmed outlives the server: a run goes on after a crash.
            "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
             SELECT pg_catalog.set_config('synchronous_commit', 'local', false) \
             FROM pg_catalog.pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'; \
             SELECT pg_catalog.set_config('maintenance_work_mem', greatest(setting::bigint, 262144) || 'kB', false) \
             FROM pg_catalog.pg_settings WHERE name = 'maintenance_work_mem'"
        }
    };
    // pg_dump's list; JIT would compile every COPY anew.
    format!(
        "SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 3; SET TimeZone = 'UTC'; \
         SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
         SET row_security = off; SET bytea_output = hex; SET standard_conforming_strings = on; SET jit = off; \
         SELECT pg_catalog.set_config('search_path', {}, false); {own}",
        literal(&ident(schema))
    )
}

fn check(server: &Server, wanted: &str, role: Role) -> Result<()> {
    if server.numbers.0 < OLDEST {
        return Err(Error::new(ErrorKind::Connect, format!("PostgreSQL {} is too old", server.version))
            .help(format!("version {OLDEST} is the oldest that is supported")));
    }
    if server.schema.is_empty() {
        let what = format!("schema {} does not exist in this database", ident(wanted));
        return Err(Error::new(ErrorKind::Connect, what)
            .help("create it, or name another (DatabaseSchema, SourceDatabaseSchema)"));
    }
    if matches!(role, Role::Target) && (server.standby || server.read_only) {
        let (what, help) = match server.standby {
            true => ("the server is a standby, which takes no writes", "name the primary server"),
            false => (
                "transactions of this user are read-only in this database (default_transaction_read_only)",
                "ALTER ROLE or ALTER DATABASE … RESET default_transaction_read_only, if the target may be written",
            ),
        };
        return Err(Error::new(ErrorKind::Connect, what).help(help));
    }
    let (schema, user) = (ident(&server.schema), ident(&server.user));
    let missing = match role {
        _ if !server.can_use => "USAGE",
        Role::Target if !server.can_create => "CREATE",
        _ => "",
    };
    if !missing.is_empty() {
        return Err(Error::new(ErrorKind::Connect, format!("user {user} lacks {missing} on schema {schema}"))
            .help(format!("GRANT {missing} ON SCHEMA {schema} TO {user}")));
    }
    if role == Role::Target && server.encoding != "UTF8" {
        return Err(Error::new(
            ErrorKind::Connect,
            format!("the database's encoding is {}, which cannot hold every character", server.encoding),
        )
        .help("create the database with ENCODING 'UTF8'"));
    }
    Ok(())
}
