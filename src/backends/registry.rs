//! The table of DBMSs that dbferry knows: adding one is adding a row.

use super::{Source, Target, hsqldb, memory, mysql, postgresql};
use crate::endpoint::{Endpoint, Engine};
use crate::error::Result;

/// A DBMS that dbferry knows.
pub struct Backend {
    /// Engine.
    pub engine: Engine,
    /// Opens it as source (read-only sessions).
    pub open_source: fn(&Endpoint) -> Result<Box<dyn Source>>,
    /// Opens it as target.
    pub open_target: fn(&Endpoint) -> Result<Box<dyn Target>>,
    /// Port where the endpoint names none.
    pub default_port: u16,
    /// Dialect names that its servers can turn out to speak.
    pub dialects: &'static [&'static str],
}

/// Every DBMS: adding one is adding a row.
pub static BACKENDS: &[Backend] = &[
    Backend {
        engine: Engine::Memory,
        open_source: memory::open_source,
        open_target: memory::open_target,
        default_port: 0,
        dialects: &["memory"],
    },
    Backend {
        engine: Engine::PostgreSql,
        open_source: postgresql::open_source,
        open_target: postgresql::open_target,
        default_port: 5432,
        dialects: &["postgresql"],
    },
    Backend {
        engine: Engine::MySql,
        open_source: mysql::open_source,
        open_target: mysql::open_target,
        default_port: 3306,
        dialects: &["mysql", "mariadb"],
    },
    Backend {
        engine: Engine::Hsqldb,
        open_source: hsqldb::open_source,
        open_target: hsqldb::open_target,
        default_port: 0,
        dialects: &["hsqldb"],
    },
];

/// The backend of an engine, if this build has it.
pub fn find(engine: Engine) -> Option<&'static Backend> {
    BACKENDS.iter().find(|b| b.engine == engine)
}
