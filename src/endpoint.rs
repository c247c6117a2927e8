//! One database to connect to, as the settings describe it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// A password. Never printed; wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The secret text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Kind of DBMS, as `DatabaseType` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Engine {
    /// In-memory reference backend (library and tests).
    Memory,
    /// PostgreSQL.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// Mendix's built-in database.
    Hsqldb,
    /// Microsoft SQL Server.
    SqlServer,
    /// Oracle Database.
    Oracle,
    /// SAP HANA.
    SapHana,
}

impl Engine {
    /// Every engine with its `DatabaseType` spelling.
    pub const ALL: [(Engine, &'static str); 7] = [
        (Engine::Memory, "MEMORY"),
        (Engine::PostgreSql, "POSTGRESQL"),
        (Engine::MySql, "MYSQL"),
        (Engine::Hsqldb, "HSQLDB"),
        (Engine::SqlServer, "SQLSERVER"),
        (Engine::Oracle, "ORACLE"),
        (Engine::SapHana, "SAPHANA"),
    ];

    /// The `DatabaseType` spelling.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(engine, _)| *engine == self).map_or("", |(_, name)| name)
    }
}

/// How a connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// Plain text.
    Off,
    /// TLS if the server offers it, plain otherwise; nothing is verified (`DatabaseUseSsl` unset).
    Prefer,
    /// TLS or nothing; the certificate is not verified (what Mendix means by `DatabaseUseSsl: true`).
    Unverified,
    /// TLS with a certificate chain verified against `ca` (or the system's authorities), host name not checked.
    VerifyCa {
        /// PEM file of certificate authorities.
        ca: Option<PathBuf>,
    },
    /// TLS with chain and host name verified.
    VerifyFull {
        /// PEM file of certificate authorities.
        ca: Option<PathBuf>,
    },
}

/// A database to connect to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Kind of DBMS.
    pub engine: Engine,
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Database name.
    pub database: String,
    /// Schema within it; `None` for the engine's default.
    pub schema: Option<String>,
    /// User.
    pub user: String,
    /// Password.
    pub password: Secret,
    /// Protection of the connection.
    pub tls: TlsMode,
    /// Client certificate and key (PEM files), if the server asks for one.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Time to establish a connection.
    pub connect_timeout: Duration,
    /// How long the server may be silent while its bytes are due (in the middle of rows), or take nothing of what is
    /// sent, before the connection counts as lost.
    pub stall_timeout: Duration,
    /// Directory of a built-in database.
    pub path: Option<PathBuf>,
    /// Take a short lock on the source to line up the snapshots of several sessions.
    pub allow_source_lock: bool,
    /// Read in parallel although the sessions cannot be proved to see the same point in time.
    pub allow_inconsistent: bool,
    /// A target that is only compared: rights to write are not asked for, and its sessions are read-only.
    pub only_read: bool,
    /// Cuts the connections to this endpoint when the run is cancelled.
    pub cancel: crate::cancel::CancelToken,
    /// In-memory database (engine `Memory` only).
    pub memory: Option<crate::backends::memory::MemoryDb>,
}

impl Endpoint {
    /// An endpoint with defaults for everything but engine, host, port and database.
    pub fn new(engine: Engine, host: impl Into<String>, port: u16, database: impl Into<String>) -> Self {
        Endpoint {
            engine,
            host: host.into(),
            port,
            database: database.into(),
            schema: None,
            user: String::new(),
            password: Secret::default(),
            tls: TlsMode::Prefer,
            client_certificate: None,
            connect_timeout: Duration::from_secs(5),
            stall_timeout: crate::socket::STALL,
            path: None,
            allow_source_lock: false,
            allow_inconsistent: false,
            only_read: false,
            cancel: crate::cancel::CancelToken::new(),
            memory: None,
        }
    }

    /// Seconds to wait for a lock that others hold. Less than a connection may be silent, so that the server's answer
    /// comes first.
    pub(crate) fn lock_seconds(&self) -> u64 {
        (self.stall_timeout.as_secs() / 2).clamp(1, 60)
    }

    /// `host:port/database`, as errors and reports name it.
    pub fn display_name(&self) -> String {
        match (&self.path, self.engine) {
            (Some(path), _) => path.display().to_string(),
            (None, Engine::Memory) => format!("memory/{}", self.database),
            (None, _) if self.host.contains(':') => format!("[{}]:{}/{}", self.host, self.port, self.database),
            (None, _) => format!("{}:{}/{}", self.host, self.port, self.database),
        }
    }
}
