//! JDBC URLs and `DATABASE_URL`: split, percent-decoded and checked against an allow-list of parameters.

mod mysql;
mod params;
mod postgresql;

use super::fault::Problem;
use super::host;
use crate::endpoint::{Engine, Secret, TlsMode};
use std::path::PathBuf;
use std::time::Duration;

/// What a URL says about a database.
#[derive(Debug)]
pub(super) struct UrlEndpoint {
    pub(super) engine: Engine,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) database: String,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) schema: Option<String>,
    pub(super) tls: TlsMode,
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) warnings: Vec<String>,
}

/// Which grammar a URL follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `DatabaseJdbcUrl`.
    Jdbc,
    /// `DATABASE_URL`, which may also be a JDBC URL.
    DatabaseUrl,
}

/// Everything wrong with a URL.
pub(super) type Problems = Vec<Problem>;

/// Reads a URL. No part of it is ever quoted in a problem, except names of parameters where they cannot be
/// pieces of a password.
pub(super) fn parse(url: &str, form: Form) -> Result<UrlEndpoint, Problems> {
    let scheme = scheme(url.trim(), form).map_err(|p| vec![p])?;
    let parts = split(scheme).map_err(|p| vec![p])?;
    let parameters = params::parse(&parts)?;
    let built = match scheme.engine {
        Engine::MySql => mysql::build(&parameters),
        _ => postgresql::build(&parameters),
    };
    let mut endpoint = built?;
    endpoint.host = parts.host;
    endpoint.port = parts.port;
    endpoint.database = parts.database;
    let (user, password) = parts.user.map_or((None, None), |(user, password)| (Some(user), password));
    endpoint.user = endpoint.user.or(user);
    endpoint.password = endpoint.password.or(password);
    Ok(endpoint)
}

/// Whether a URL carries a password, even one that does not parse.
pub(super) fn holds_password(url: &str) -> bool {
    let lower = url.to_lowercase();
    let in_parameters = ["password", "passwd", "pwd"].iter().any(|word| lower.contains(&format!("{word}=")));
    let user_info = url.split_once("//").and_then(|(_, rest)| rest.rsplit_once('@'));
    // `user@host` stands in front of the path; an `@` in a parameter's value follows `?`.
    in_parameters
        || user_info.is_some_and(|(user, _)| user.contains(':') && !user.contains("/?") && !user.contains('='))
}

/// The URL without user, password and parameters, for showing.
pub(super) fn shown(url: &str, form: Form) -> String {
    let Ok(scheme) = scheme(url.trim(), form) else { return "…".to_string() };
    match split(scheme) {
        Ok(parts) => {
            let host = if parts.host.contains(':') { format!("[{}]", parts.host) } else { parts.host };
            let port = parts.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}//{host}{port}/{}", scheme.name, super::fault::shown(&parts.database, 80))
        }
        Err(_) => "…".to_string(),
    }
}

#[derive(Clone, Copy)]
struct Scheme<'a> {
    engine: Engine,
    name: &'static str,
    rest: &'a str,
    /// Java decodes `+` as a blank in parameters.
    jdbc: bool,
}

const SCHEMES: &[(&str, Engine, bool)] = &[
    ("jdbc:postgresql:", Engine::PostgreSql, true),
    ("jdbc:mysql:", Engine::MySql, true),
    ("jdbc:mariadb:", Engine::MySql, true),
    ("postgres:", Engine::PostgreSql, false),
    ("postgresql:", Engine::PostgreSql, false),
    ("mysql:", Engine::MySql, false),
    ("mysql2:", Engine::MySql, false),
    ("mariadb:", Engine::MySql, false),
];

/// URLs of databases that other settings describe.
const UNREAD: &[(&str, &str)] = &[
    ("jdbc:sqlserver:", "SQL Server"),
    ("jdbc:jtds:", "SQL Server"),
    ("sqlserver:", "SQL Server"),
    ("jdbc:oracle:", "Oracle"),
    ("jdbc:sap:", "SAP HANA"),
    ("jdbc:hsqldb:", "HSQLDB"),
    ("jdbc:db2:", "Db2"),
    ("db2:", "Db2"),
];

fn scheme(url: &str, form: Form) -> Result<Scheme<'_>, Problem> {
    let begins = |prefix: &str| url.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    if let Some((name, engine, jdbc)) = SCHEMES.iter().find(|(prefix, ..)| begins(prefix)) {
        if !jdbc && form == Form::Jdbc {
            return Err(Problem::new(
                "this is not a JDBC URL",
                format!("write jdbc:{} in front", fixed_scheme(*engine)),
            ));
        }
        return Ok(Scheme { engine: *engine, name, rest: &url[name.len()..], jdbc: *jdbc });
    }
    if let Some((_, product)) = UNREAD.iter().find(|(prefix, _)| begins(prefix)) {
        return Err(Problem::new(
            format!("this version does not read URLs of {product}"),
            "use the settings for type, host and name instead",
        ));
    }
    if ["jdbc:aws-wrapper:", "jdbc:postgresql+srv:", "jdbc:mysql+srv:", "mysqlx:", "mysqlx+srv:"]
        .iter()
        .any(|p| begins(p))
    {
        return Err(Problem::new(
            "URLs of driver wrappers and SRV records are not read",
            "name the one server directly",
        ));
    }
    let help = "it begins with jdbc:postgresql://, jdbc:mysql:// or jdbc:mariadb://";
    Err(Problem::new("this is not a URL of a known database", help))
}

fn fixed_scheme(engine: Engine) -> &'static str {
    if engine == Engine::MySql { "mysql:" } else { "postgresql:" }
}

/// A URL's parts; the query is not decoded yet.
struct Parts<'a> {
    scheme: Scheme<'a>,
    user: Option<(String, Option<Secret>)>,
    host: String,
    port: Option<u16>,
    database: String,
    query: &'a str,
}

fn split(scheme: Scheme<'_>) -> Result<Parts<'_>, Problem> {
    let (place, query) = scheme.rest.split_once('?').unwrap_or((scheme.rest, ""));
    let Some(place) = place.strip_prefix("//") else { return Err(no_authority(place)) };
    // An unescaped `/` in a password ends the authority too early: the `@` then stands behind it.
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    if path.contains('@') || path.contains('/') {
        return Err(Problem::new(
            "the URL has an unescaped `/` or `@` after the host",
            "percent-encode them in user, password and database name (%2F, %40)",
        ));
    }
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (Some(user_info(user)?), address),
        None => (None, authority),
    };
    if address.starts_with('(') || address.to_lowercase().starts_with("address=") {
        return Err(Problem::new("addresses in parentheses are not read", "write host:port"));
    }
    let (host, port) = host::split(address)?;
    let database = decode(path, false)?;
    if database.is_empty() {
        return Err(Problem::new("the URL names no database", "add /name after the host"));
    }
    Ok(Parts { scheme, user, host, port, database, query })
}

fn no_authority(place: &str) -> Problem {
    let word = place.split(':').next().unwrap_or_default().to_lowercase();
    if matches!(word.as_str(), "replication" | "loadbalance" | "load-balance" | "sequential" | "aurora" | "failover") {
        Problem::new("URLs that choose among several servers are not read", "name the one server to copy from or to")
    } else {
        Problem::new("the URL names no host", "write //host:port/database after the scheme")
    }
}

fn user_info(text: &str) -> Result<(String, Option<Secret>), Problem> {
    let (user, password) = text.split_once(':').map_or((text, None), |(user, password)| (user, Some(password)));
    let password = password.map(|p| decode(p, false).map(Secret::new)).transpose()?;
    Ok((decode(user, false)?, password))
}

/// Percent-decodes; `plus` as Java's form decoding does.
fn decode(text: &str, plus: bool) -> Result<String, Problem> {
    let malformed = || Problem::new("a percent escape is malformed", "write % itself as %25");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|b| b.and_then(|b| char::from(b).to_digit(16)));
                let [Some(high), Some(low)] = digits else { return Err(malformed()) };
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
            }
            b'+' if plus => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests;
