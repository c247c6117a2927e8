//! Parameters of PostgreSQL URLs, as pgjdbc and libpq spell them.

use super::params::{Known, Parameters, Use};
use super::{Problems, UrlEndpoint};
use crate::endpoint::{Engine, TlsMode};
use crate::settings::fault::Problem;
use std::path::{Path, PathBuf};
use std::time::Duration;

const RUNS_CODE: &str = "it makes the driver load a class of the URL's choice";
const REMOVE: &str = "remove it";

pub(super) static KNOWN: Known = Known {
    used: &[
        ("user", Use::User),
        ("password", Use::Password),
        ("currentSchema", Use::Schema),
        ("ssl", Use::Ssl),
        ("sslmode", Use::SslMode),
        ("sslrootcert", Use::Ca),
        ("sslcert", Use::Certificate),
        ("sslkey", Use::CertificateKey),
        ("connectTimeout", Use::Timeout),
        ("loginTimeout", Use::LoginTimeout),
    ],
    harmless: &[
        "ApplicationName",
        "assumeMinServerVersion",
        "adaptiveFetch",
        "adaptiveFetchMaximum",
        "adaptiveFetchMinimum",
        "allowEncodingChanges",
        "autosave",
        "binaryTransfer",
        "binaryTransferDisable",
        "binaryTransferEnable",
        "cancelSignalTimeout",
        "channelBinding",
        "charSet",
        "cleanupSavepoints",
        "client_encoding",
        "databaseMetadataCacheFields",
        "databaseMetadataCacheFieldsMiB",
        "defaultRowFetchSize",
        "disableColumnSanitiser",
        "escapeSyntaxCallMode",
        "fallback_application_name",
        "gssEncMode",
        "groupStartupParameters",
        "hideUnprivilegedObjects",
        "hostRecheckSeconds",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "loadBalanceHosts",
        "logServerErrorDetail",
        "logUnclosedConnections",
        "maxResultBuffer",
        "maxSendBufferSize",
        "preferQueryMode",
        "preparedStatementCacheQueries",
        "preparedStatementCacheSizeMiB",
        "prepareThreshold",
        "protocolVersion",
        "queryTimeout",
        "quoteReturningIdentifiers",
        "readOnly",
        "readOnlyMode",
        "receiveBufferSize",
        "reWriteBatchedInserts",
        "sendBufferSize",
        "socketTimeout",
        "sslResponseTimeout",
        "sslNegotiation",
        "stringtype",
        "tcpKeepAlive",
        "tcpNoDelay",
        "unknownLength",
    ],
    refused: &[
        (
            &["socketFactory", "socketFactoryArg", "authenticationPluginClassName", "xmlFactoryFactory"],
            RUNS_CODE,
            REMOVE,
        ),
        (
            &["sslfactory", "sslfactoryarg", "sslhostnameverifier", "sslpasswordcallback"],
            RUNS_CODE,
            "say with sslmode what is verified: require (nothing), verify-ca or verify-full",
        ),
        (&["loggerFile", "loggerLevel"], "it makes the driver write a file of the URL's choice", REMOVE),
        (&["sslpassword"], "encrypted keys are not read", "give sslkey an unencrypted PEM key that only you can read"),
        (
            &[
                "jaasApplicationName",
                "jaasLogin",
                "kerberosServerName",
                "gsslib",
                "sspiServiceClass",
                "useSpnego",
                "gssUseDefaultCreds",
                "gssResponseTimeout",
            ],
            "Kerberos login is not supported",
            "use a user with a password or a client certificate",
        ),
        (
            &[
                "service",
                "servicefile",
                "passfile",
                "options",
                "localSocketAddress",
                "host",
                "hostaddr",
                "port",
                "dbname",
            ],
            "it would change the session or the server behind the URL's back",
            "write server, database and user in the URL itself",
        ),
        (
            &["targetServerType", "replication"],
            "it chooses among servers or protocols",
            "name the one server to copy from or to",
        ),
    ],
};

/// Makes an endpoint of the parameters; host and database are filled in by the caller.
pub(super) fn build(p: &Parameters) -> Result<UrlEndpoint, Problems> {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let tls = tls(p, &mut warnings).map_err(|e| problems.push(e)).ok();
    let client_certificate = client_certificate(p).map_err(|e| problems.push(e)).ok().flatten();
    let schema = schema(p).map_err(|e| problems.push(e)).ok().flatten();
    let mut seconds = None;
    for (parameter, name) in [(Use::LoginTimeout, "loginTimeout"), (Use::Timeout, "connectTimeout")] {
        match p.number(parameter, name) {
            Ok(number) => seconds = number.or(seconds),
            Err(problem) => problems.push(problem),
        }
    }
    match tls {
        Some(tls) if problems.is_empty() => Ok(UrlEndpoint {
            engine: Engine::PostgreSql,
            host: String::new(),
            port: None,
            database: String::new(),
            user: p.get(Use::User).map(str::to_string),
            password: p.secret(Use::Password),
            schema,
            tls,
            client_certificate,
            connect_timeout: seconds.map(Duration::from_secs),
            warnings,
        }),
        _ => Err(problems),
    }
}

/// `sslmode` decides; a bare `ssl=true` means full verification, as in pgjdbc.
fn tls(p: &Parameters, warnings: &mut Vec<String>) -> Result<TlsMode, Problem> {
    let ca = p.get(Use::Ca).map(|text| pem_file(text, "sslrootcert")).transpose()?;
    let ssl = p.flag(Use::Ssl, "ssl")?;
    let mode = match (p.get(Use::SslMode).map(str::to_lowercase).as_deref(), ssl) {
        (None, Some(true)) => "verify-full",
        (None, _) => "prefer",
        (Some("disable"), Some(true)) => {
            return Err(Problem::new("ssl=true contradicts sslmode=disable", "keep one of them"));
        }
        (Some("disable"), _) => "disable",
        (Some("allow" | "prefer"), _) => "prefer",
        (Some("require"), _) => "require",
        (Some("verify-ca"), _) => "verify-ca",
        (Some("verify-full"), _) => "verify-full",
        (Some(_), _) => {
            let help = "write disable, allow, prefer, require, verify-ca or verify-full";
            return Err(Problem::new("parameter sslmode has an unknown value", help));
        }
    };
    if ca.is_some() && !mode.starts_with("verify") {
        warnings.push(format!("sslrootcert is not used with sslmode={mode}; verify-ca or verify-full would check it"));
    }
    Ok(match mode {
        "disable" => TlsMode::Off,
        "prefer" => TlsMode::Prefer,
        "require" => TlsMode::Unverified,
        "verify-ca" => TlsMode::VerifyCa { ca },
        _ => TlsMode::VerifyFull { ca },
    })
}

/// A file in PEM form, by name; the system's authorities are `None` to the caller.
pub(super) fn pem_file(text: &str, name: &str) -> Result<PathBuf, Problem> {
    let text = text.strip_prefix("file:").unwrap_or(text);
    // `file:///path` of Java.
    let text = if text.starts_with("///") { &text[2..] } else { text };
    if text.contains("-----BEGIN") {
        return Err(Problem::new(
            format!("parameter {name} holds a certificate or key itself"),
            "save it as a PEM file and give the path",
        ));
    }
    let path = Path::new(text);
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    if matches!(extension.as_deref(), Some("pk8" | "p12" | "pfx" | "jks" | "der")) {
        return Err(Problem::new(
            format!("parameter {name} names a file that is not PEM"),
            "convert it to PEM, e.g. with openssl",
        ));
    }
    if text.is_empty() || text.starts_with("classpath:") {
        return Err(Problem::new(format!("parameter {name} names no file"), "give the path of a PEM file"));
    }
    Ok(path.to_path_buf())
}

/// Certificate and key, both or none.
pub(super) fn client_certificate(p: &Parameters) -> Result<Option<(PathBuf, PathBuf)>, Problem> {
    match (p.get(Use::Certificate), p.get(Use::CertificateKey)) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some((pem_file(certificate, "sslcert")?, pem_file(key, "sslkey")?))),
        _ => Err(Problem::new("a client certificate needs both sslcert and sslkey", "give both, or none")),
    }
}

fn schema(p: &Parameters) -> Result<Option<String>, Problem> {
    match p.get(Use::Schema).map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) if text.contains(',') => {
            Err(Problem::new("parameter currentSchema names several schemas", "name the one to copy"))
        }
        Some(text) => Ok(Some(text.trim_matches('"').to_string())),
    }
}
