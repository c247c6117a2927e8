//! Opens a session: greeting, TLS before any secret, password, and the settings that make results exact.

use super::auth::authenticate;
use super::fault::{Fault, ServerFault};
use super::greeting::{self, Greeting};
use super::session::Session;
use super::wire::Wire;
use crate::endpoint::{Endpoint, TlsMode};
use crate::error::{Error, ErrorKind, Nature, Result};
use crate::net::Stream;
use mysql_common::constants::CapabilityFlags;
use std::io;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Reads and never writes.
    Source,
    /// Writes; may load local data.
    Target,
}

/// Opens a session and brings it into a known state.
///
/// # Errors
/// `Connect`, saying what the server refused and what to do.
pub(super) fn open(endpoint: &Endpoint, role: Role) -> Result<Session> {
    let place = format!("{}:{}", endpoint.host, endpoint.port);
    for (setting, value) in [("user", &endpoint.user), ("database", &endpoint.database)] {
        if value.contains('\0') {
            return Err(Error::new(ErrorKind::Connect, format!("the {setting} name holds a NUL character")));
        }
    }
    let stream = Stream::connect(endpoint)?;
    stream
        .set_timeout(Some(endpoint.connect_timeout))
        .map_err(|e| Fault::Io(e).error(ErrorKind::Connect, "no timeout"))?;
    let mut session = handshake(stream, endpoint, role).map_err(|error| error.object(place.clone()))?;
    settle(&mut session, endpoint, role)
        .map_err(|f| f.error(ErrorKind::Connect, "the session cannot be set up").object(place))?;
    // From here on a silent server may just be at work.
    let stream = session.wire.stream();
    stream.set_timeout(None).map_err(|e| Fault::Io(e).error(ErrorKind::Connect, "no timeout"))?;
    Ok(session)
}

pub(super) fn handshake(stream: Stream, endpoint: &Endpoint, role: Role) -> Result<Session> {
    let mut wire = Wire::new(stream);
    let greeting = match wire.packet() {
        Ok(packet @ [0xFF, ..]) => return Err(refused(Fault::Server(ServerFault::parse(packet)), endpoint, false)),
        Ok(packet) => Greeting::parse(packet).map_err(|fault| not_mysql(fault, endpoint))?,
        Err(fault) => return Err(not_mysql(fault, endpoint)),
    };
    let tls = wants_tls(endpoint, &greeting)?;
    let flags =
        greeting.ours(tls, role == Role::Target).map_err(|f| f.error(ErrorKind::Connect, "the server is too old"))?;
    if tls {
        wire.send(&greeting::ssl_request(flags))
            .map_err(|f| f.error(ErrorKind::Connect, "the server does not answer"))?;
        wire = wire
            .upgrade(|stream| Ok(stream.into_tls(endpoint)?))
            .map_err(|f| f.error(ErrorKind::Connect, "TLS cannot be started"))?;
    }
    authenticate(&mut wire, endpoint, &greeting, flags).map_err(|fault| refused(fault, endpoint, tls))?;
    wire.trust_lengths();
    Ok(Session { wire, product: greeting.product, thread: greeting.thread, warnings: 0 })
}

/// Decides on TLS before anything secret is said.
fn wants_tls(endpoint: &Endpoint, greeting: &Greeting) -> Result<bool> {
    let offered = greeting.capabilities.contains(CapabilityFlags::CLIENT_SSL);
    match endpoint.tls {
        TlsMode::Off => Ok(false),
        TlsMode::Prefer => Ok(offered),
        _ if offered => Ok(true),
        _ => Err(Error::new(ErrorKind::Connect, "TLS is wanted, but the server does not offer it")
            .help("enable TLS on the server (ssl_cert, ssl_key), or set DatabaseUseSsl to false")),
    }
}

/// What answers there is something else, or nothing.
fn not_mysql(fault: Fault, endpoint: &Endpoint) -> Error {
    let silent =
        matches!(&fault, Fault::Io(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut));
    let what = if silent {
        "the connection stands, but no MySQL or MariaDB server speaks there"
    } else {
        "what answers there is not a MySQL or MariaDB server"
    };
    let help = format!("check the port ({}): another kind of server, or a proxy, may listen there", endpoint.port);
    let error = Error::new(ErrorKind::Connect, what).help(help);
    match fault {
        Fault::Io(_) if silent => error.caused_by(format!("no greeting within {:?}", endpoint.connect_timeout)),
        // As a server does that is about to end, or has just begun.
        Fault::Io(e) => error.nature(Nature::Lost).caused_by(e),
        Fault::Protocol(text) => error.caused_by(text),
        Fault::Server(server) => error.caused_by(server),
        Fault::Ours(ours) => ours,
    }
}

/// The server does not let us in.
fn refused(fault: Fault, endpoint: &Endpoint, tls: bool) -> Error {
    let user = &endpoint.user;
    let database = &endpoint.database;
    let (what, help) = match fault.code() {
        Some(1045 | 1698) if !tls => (
            format!("the server refuses user {user}"),
            "check user name and password; the account may also demand TLS (REQUIRE SSL): set DatabaseUseSsl to true"
                .to_string(),
        ),
        Some(1045 | 1698) => (
            format!("the server refuses user {user}"),
            "check user name and password, and the host the account is for".to_string(),
        ),
        Some(1049) => (format!("there is no database {database}"), "check the database name, or create it".to_string()),
        Some(1044) => (
            format!("user {user} has no access to database {database}"),
            format!("GRANT the needed privileges ON `{database}`.* to the user"),
        ),
        Some(1129 | 1130) => (
            "the server does not accept connections from this host".to_string(),
            "create the account for this host ('user'@'host'), or run FLUSH HOSTS if it is blocked".to_string(),
        ),
        Some(3159) => {
            ("the server accepts protected connections only".to_string(), "set DatabaseUseSsl to true".to_string())
        }
        Some(1040 | 1203 | 1226) => {
            ("the server has too many connections".to_string(), "try later, or use fewer jobs (--jobs)".to_string())
        }
        Some(1820 | 1862) => ("the password has expired".to_string(), "set a new password for the account".to_string()),
        _ => ("the server does not open a session".to_string(), "check the account and the server's log".to_string()),
    };
    match fault {
        Fault::Ours(error) => error,
        other => other.error(ErrorKind::Connect, what).help(help),
    }
}

/// Settings that make every value travel exactly and no statement time out or be cut short.
fn settle(session: &mut Session, endpoint: &Endpoint, role: Role) -> Result<(), Fault> {
    session.run("SET NAMES utf8mb4 COLLATE utf8mb4_bin")?;
    // A lock that others hold longer is an error that is tried again; the servers' own limits are up to a year.
    let locks = endpoint.lock_seconds();
    let (mode, own) = match role {
        Role::Source => ("", String::new()),
        Role::Target => (
            "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION",
            format!(", lock_wait_timeout = {locks}, innodb_lock_wait_timeout = {locks}"),
        ),
    };
    session.run(&format!(
        "SET SESSION sql_mode = '{mode}', time_zone = '+00:00', sql_select_limit = DEFAULT, sql_big_selects = 1, \
         sql_safe_updates = 0, sql_auto_is_null = 0, group_concat_max_len = 1073741824, \
         net_read_timeout = 31536000, net_write_timeout = 31536000, wait_timeout = 2147483, \
         foreign_key_checks = 1, unique_checks = 1, autocommit = 1{own}"
    ))?;
    let limit = if session.is_mariadb() { "max_statement_time" } else { "max_execution_time" };
    session.run(&format!("SET SESSION {limit} = 0"))?;
    if session.is_mysql_from((8, 0, 0)) {
        // Else AUTO_INCREMENT in the information schema can be a day old.
        session.run("SET SESSION information_schema_stats_expiry = 0")?;
    }
    session.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
    if role == Role::Source {
        session.run("SET SESSION TRANSACTION READ ONLY")?;
    }
    Ok(())
}
