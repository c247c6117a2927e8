//! Parameters of MySQL and MariaDB URLs, as both products' drivers spell them.

use super::params::{Known, Parameters, Use};
use super::postgresql::{client_certificate, pem_file};
use super::{Problems, UrlEndpoint};
use crate::endpoint::{Engine, TlsMode};
use crate::settings::fault::Problem;
use std::time::Duration;

const RUNS_CODE: &str = "it makes the driver load a class of the URL's choice";
const REMOVE: &str = "remove it";
const JAVA_STORE: &str = "Java key stores are not read";

pub(super) static KNOWN: Known = Known {
    used: &[
        ("user", Use::User),
        ("password", Use::Password),
        ("useSSL", Use::Ssl),
        ("sslMode", Use::SslMode),
        ("requireSSL", Use::RequireSsl),
        ("verifyServerCertificate", Use::VerifyCertificate),
        ("serverSslCert", Use::Ca),
        ("sslCert", Use::Certificate),
        ("sslKey", Use::CertificateKey),
        ("connectTimeout", Use::Timeout),
    ],
    harmless: &[
        "allowMultiQueries",
        "allowPublicKeyRetrieval",
        "alwaysSendSetIsolation",
        "autoReconnect",
        "autoReconnectForPools",
        "blobSendChunkSize",
        "cacheCallableStmts",
        "cachePrepStmts",
        "cacheResultSetMetadata",
        "cacheServerConfiguration",
        "callableStmtCacheSize",
        "characterEncoding",
        "characterSetResults",
        "connectionAttributes",
        "connectionCollation",
        "connectionTimeZone",
        "createDatabaseIfNotExist",
        "defaultFetchSize",
        "dumpQueriesOnException",
        "elideSetAutoCommits",
        "emptyStringsConvertToZero",
        "enabledSslCipherSuites",
        "enabledSslProtocolSuites",
        "enabledTLSProtocols",
        "enableQueryTimeouts",
        "failOverReadOnly",
        "forceConnectionTimeZoneToSession",
        "holdResultsOpenOverStatementClose",
        "includeInnodbStatusInDeadlockExceptions",
        "initialTimeout",
        "jdbcCompliantTruncation",
        "logSlowQueries",
        "maintainTimeStats",
        "maxAllowedPacket",
        "maxReconnects",
        "maxRows",
        "metadataCacheSize",
        "netTimeoutForStreamingResults",
        "noAccessToProcedureBodies",
        "noDatetimeStringSync",
        "nullCatalogMeansCurrent",
        "nullDatabaseMeansCurrent",
        "nullNamePatternMatchesAll",
        "padCharsWithSpace",
        "passwordCharacterEncoding",
        "permitMysqlScheme",
        "pinGlobalTxToPhysicalConnection",
        "prepStmtCacheSize",
        "prepStmtCacheSqlLimit",
        "preserveInstants",
        "reconnectAtTxEnd",
        "rewriteBatchedStatements",
        "serverTimezone",
        "socketTimeout",
        "strictUpdates",
        "tcpKeepAlive",
        "tcpNoDelay",
        "tcpRcvBuf",
        "tcpSndBuf",
        "tcpTrafficClass",
        "timezone",
        "tinyInt1isBit",
        "tlsCiphersuites",
        "tlsVersions",
        "trackSessionState",
        "transformedBitIsBoolean",
        "treatUtilDateAsTimestamp",
        "ultraDevHack",
        "useAffectedRows",
        "useBulkStmts",
        "useBulkStmtsForInserts",
        "useColumnNamesInFindColumn",
        "useCompression",
        "useCursorFetch",
        "useGmtMillisForDatetimes",
        "useHostsInPrivileges",
        "useInformationSchema",
        "useJDBCCompliantTimezoneShift",
        "useLegacyDatetimeCode",
        "useLocalSessionState",
        "useLocalTransactionState",
        "useMysqlMetadata",
        "useOldAliasMetadataBehavior",
        "usePipelineAuth",
        "useReadAheadInput",
        "useServerPrepStmts",
        "useTimezone",
        "useUnbufferedInput",
        "useUnicode",
        "useUsageAdvisor",
        "yearIsDateType",
        "zeroDateTimeBehavior",
    ],
    refused: &[
        (
            &[
                "autoDeserialize",
                "queryInterceptors",
                "statementInterceptors",
                "exceptionInterceptors",
                "connectionLifecycleInterceptors",
                "socketFactory",
                "propertiesTransform",
                "clientInfoProvider",
                "authenticationPlugins",
                "defaultAuthenticationPlugin",
                "disabledAuthenticationPlugins",
                "authenticationPluginClassName",
                "restrictedAuth",
                "logger",
                "loggerFile",
                "profilerEventHandler",
                "profileSQL",
                "credentialType",
                "sslContextProvider",
                "keyManagerFactoryProvider",
                "trustManagerFactoryProvider",
                "parseInfoCacheFactory",
                "queryInfoCacheFactory",
                "serverConfigCacheFactory",
            ],
            RUNS_CODE,
            REMOVE,
        ),
        (
            &["allowLoadLocalInfile", "allowUrlInLocalInfile", "allowLoadLocalInfileInPath", "allowLocalInfile"],
            "it lets the server read files of this machine; dbferry loads rows from memory and needs no such leave",
            REMOVE,
        ),
        (
            &["trustServerCertificate", "disableSslHostnameVerification"],
            "it switches certificate checks off unseen",
            "say it with sslMode: REQUIRED (nothing is verified), VERIFY_CA or VERIFY_IDENTITY",
        ),
        (
            &["allowCleartextPasswords", "clientCertificateOpen"],
            "it lets the server ask for the password in clear text",
            REMOVE,
        ),
        (
            &[
                "trustCertificateKeyStoreUrl",
                "trustCertificateKeyStoreType",
                "trustCertificateKeyStorePassword",
                "trustStore",
                "trustStorePassword",
                "trustStoreType",
                "fallbackToSystemTrustStore",
            ],
            JAVA_STORE,
            "export the authority as PEM and give serverSslCert=<file>",
        ),
        (
            &[
                "clientCertificateKeyStoreUrl",
                "clientCertificateKeyStoreType",
                "clientCertificateKeyStorePassword",
                "keyStore",
                "keyStorePassword",
                "keyStoreType",
                "keyPassword",
                "fallbackToSystemKeyStore",
            ],
            JAVA_STORE,
            "export certificate and key as PEM and give sslCert=<file>&sslKey=<file>",
        ),
        (
            &[
                "sessionVariables",
                "initSQL",
                "initSql",
                "localSocket",
                "localSocketAddress",
                "pipe",
                "socksProxyHost",
                "namedPipePath",
            ],
            "it would change the session or the way to the server behind the settings' back",
            REMOVE,
        ),
        (
            &[
                "loadBalanceStrategy",
                "ha.loadBalanceStrategy",
                "loadBalanceHosts",
                "replicationMBeans",
                "allowSourceDownConnections",
                "allowMasterDownConnections",
                "retriesAllDown",
                "secondsBeforeRetrySource",
            ],
            "it chooses among several servers",
            "name the one server to copy from or to",
        ),
    ],
};

/// Makes an endpoint of the parameters; host and database are filled in by the caller.
pub(super) fn build(p: &Parameters) -> Result<UrlEndpoint, Problems> {
    let mut problems = Vec::new();
    let tls = tls(p).map_err(|e| problems.push(e)).ok();
    let client_certificate = client_certificate(p).map_err(|e| problems.push(e)).ok().flatten();
    let millis = p.number(Use::Timeout, "connectTimeout").map_err(|e| problems.push(e)).ok().flatten();
    match tls {
        Some(tls) if problems.is_empty() => Ok(UrlEndpoint {
            engine: Engine::MySql,
            host: String::new(),
            port: None,
            database: String::new(),
            user: p.get(Use::User).map(str::to_string),
            password: p.secret(Use::Password),
            schema: None,
            tls,
            client_certificate,
            connect_timeout: millis.map(Duration::from_millis),
            warnings: Vec::new(),
        }),
        _ => Err(problems),
    }
}

/// `sslMode` in both products' spellings, else the older switches.
fn tls(p: &Parameters) -> Result<TlsMode, Problem> {
    let ca = p.get(Use::Ca).map(|text| pem_file(text, "serverSslCert")).transpose()?;
    let use_ssl = p.flag(Use::Ssl, "useSSL")?;
    let mode = match p.get(Use::SslMode) {
        Some(text) => named_mode(text, ca.clone())?,
        None => switched_mode(p, use_ssl, ca.clone())?,
    };
    if use_ssl == Some(true) && mode == TlsMode::Off {
        return Err(Problem::new("useSSL=true contradicts sslMode", "keep sslMode"));
    }
    let verifies = matches!(mode, TlsMode::VerifyCa { .. } | TlsMode::VerifyFull { .. });
    if ca.is_some() && !verifies {
        let help = "add sslMode=VERIFY_CA or VERIFY_IDENTITY";
        return Err(Problem::new("serverSslCert is given, but nothing would be verified against it", help));
    }
    Ok(mode)
}

fn named_mode(text: &str, ca: Option<std::path::PathBuf>) -> Result<TlsMode, Problem> {
    match text.to_lowercase().replace('-', "_").as_str() {
        "disabled" | "disable" => Ok(TlsMode::Off),
        "preferred" => Ok(TlsMode::Prefer),
        "required" | "trust" => Ok(TlsMode::Unverified),
        "verify_ca" => Ok(TlsMode::VerifyCa { ca }),
        "verify_identity" | "verify_full" => Ok(TlsMode::VerifyFull { ca }),
        _ => Err(Problem::new(
            "parameter sslMode has an unknown value",
            "write DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY (MariaDB: disable, trust, verify-ca, verify-full)",
        )),
    }
}

/// `useSSL=true` never means "plain text will do": what MySQL's driver only prefers is required here.
fn switched_mode(p: &Parameters, use_ssl: Option<bool>, ca: Option<std::path::PathBuf>) -> Result<TlsMode, Problem> {
    let require = p.flag(Use::RequireSsl, "requireSSL")?;
    let verify = p.flag(Use::VerifyCertificate, "verifyServerCertificate")?;
    Ok(match (use_ssl, require, verify) {
        (Some(false), Some(true), _) | (Some(false), _, Some(true)) => {
            let help = "keep sslMode alone";
            return Err(Problem::new("useSSL=false contradicts requireSSL or verifyServerCertificate", help));
        }
        (Some(false), ..) => TlsMode::Off,
        (_, _, Some(true)) => TlsMode::VerifyCa { ca },
        (Some(true), _, None) if p.mariadb || ca.is_some() => TlsMode::VerifyFull { ca },
        (Some(true), Some(false), _) => TlsMode::Prefer,
        (Some(true), ..) | (_, Some(true), _) => TlsMode::Unverified,
        _ => TlsMode::Prefer,
    })
}
