//! Target: the coordinator's session that builds the structure.

use super::catalog;
use super::connect::{self, Role};
use super::fault::Fault;
use super::grants;
use super::read::MySqlReader;
use super::session::Session;
use super::write::MySqlWriter;
use crate::backends::lock::lock_again;
use crate::backends::{Reader, Target, TargetInfo, Writer};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::OtherObject;
use xxhash_rust::xxh3::xxh3_64;

/// The coordinator's session on a target.
pub(super) struct MySqlTarget {
    endpoint: Endpoint,
    session: Session,
    info: TargetInfo,
    locked: bool,
}

impl MySqlTarget {
    /// Connects and learns what planning needs to know.
    ///
    /// # Errors
    /// `Connect` when the server refuses or has no InnoDB.
    pub(super) fn open(endpoint: &Endpoint) -> Result<MySqlTarget> {
        let role = if endpoint.only_read { Role::Source } else { Role::Target };
        let mut session = connect::open(endpoint, role)?;
        let mut info = describe(&mut session, &endpoint.database)
            .map_err(|f| f.error(ErrorKind::Connect, "the server's settings cannot be read"))?;
        info.protection = session.protection(endpoint);
        if info.page_size == 0 {
            return Err(Error::new(ErrorKind::Connect, "the server has no InnoDB, the only engine with transactions")
                .help("enable InnoDB on the server"));
        }
        if !endpoint.only_read {
            grants::check_target(&mut session, endpoint)?;
            grants::check_writable(&mut session)?;
        }
        Ok(MySqlTarget { endpoint: endpoint.clone(), session, info, locked: false })
    }

    fn lock_name(&self) -> String {
        format!("dbferry:{:016x}", xxh3_64(self.endpoint.database.to_lowercase().as_bytes()))
    }

    /// Ends the session that stood here before, if it holds the lock.
    fn end(&mut self, before: u32) {
        let holder = self.session.value(&format!("SELECT IS_USED_LOCK('{}')", self.lock_name()));
        if holder.ok().flatten() == Some(before.to_string()) {
            // Where that is refused, the lock stays taken, and that is told.
            let _ = self.session.run(&format!("KILL {before}"));
        }
    }
}

fn describe(session: &mut Session, database: &str) -> Result<TargetInfo, Fault> {
    let folds = catalog::variable(session, "lower_case_table_names")?.is_some_and(|v| v != "0");
    let innodb = session.rows("SHOW ENGINES")?.into_iter().any(|row| {
        let field = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        field(0).eq_ignore_ascii_case("InnoDB") && matches!(field(1).as_str(), "YES" | "DEFAULT")
    });
    let page_size = if innodb { catalog::variable(session, "innodb_page_size")? } else { None };
    let max_packet = catalog::variable(session, "max_allowed_packet")?;
    let local = catalog::variable(session, "local_infile")?.is_some_and(|v| v == "1");
    let why = "local_infile is off on the server: rows go by INSERT, which takes the server several times as long";
    Ok(TargetInfo {
        product: session.product.clone(),
        database: database.to_string(),
        protection: String::new(),
        namespace: None,
        folds_table_names: folds,
        page_size: page_size.and_then(|v| v.parse().ok()).unwrap_or(0),
        slow_load: (!local).then(|| why.to_string()),
        max_packet: max_packet.and_then(|v| v.parse().ok()).unwrap_or(0),
        objects: Vec::new(),
    })
}

impl Target for MySqlTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn inventory(&mut self) -> Result<Vec<OtherObject>> {
        catalog::inventory(&mut self.session)
    }

    fn lock(&mut self) -> Result<Option<String>> {
        self.locked = true;
        let name = self.lock_name();
        let failed = |f: Fault| f.error(ErrorKind::Connect, "the run lock cannot be taken");
        let taken = self.session.value(&format!("SELECT GET_LOCK('{name}', 0)")).map_err(failed)?;
        if taken.as_deref() == Some("1") {
            return Ok(None);
        }
        let holder = self.session.value(&format!("SELECT IS_USED_LOCK('{name}')")).map_err(failed)?;
        Ok(Some(describe_holder(&mut self.session, &holder.unwrap_or_default())))
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        execute(&mut self.session, statement)
    }

    fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.session.rows(query).map_err(|f| f.error(ErrorKind::Introspect, "the control tables cannot be read"))
    }

    fn recover(&mut self) -> Result<()> {
        let before = self.session.thread;
        let alive = self.session.run("ROLLBACK").is_ok();
        if !alive {
            self.session = connect::open(&self.endpoint, Role::Target)?;
        }
        // Also where the session lives: it may have been refused the lock, and may take it twice.
        if !self.locked {
            return Ok(());
        }
        lock_again(self, |target| {
            if !alive {
                target.end(before);
            }
        })
    }

    fn open_writer(&mut self) -> Result<Box<dyn Writer>> {
        let session = connect::open(&self.endpoint, Role::Target)?;
        Ok(Box::new(MySqlWriter::new(
            self.endpoint.clone(),
            session,
            self.info.slow_load.is_none(),
            self.info.max_packet,
        )))
    }

    fn open_checker(&mut self) -> Result<Option<Box<dyn Reader>>> {
        Ok(Some(Box::new(MySqlReader::checker(&self.endpoint)?)))
    }
}

/// Who holds the run lock, as far as this account may see.
fn describe_holder(session: &mut Session, thread: &str) -> String {
    let rows = session.rows("SHOW PROCESSLIST").unwrap_or_default();
    let field = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    match rows.iter().find(|row| field(row, 0) == thread) {
        Some(row) => format!(
            "session {thread} of {} from {}, {} s in its last command",
            field(row, 1),
            field(row, 2),
            field(row, 5)
        ),
        None => format!("session {thread}"),
    }
}

/// Runs one statement of the plan.
pub(super) fn execute(session: &mut Session, statement: &str) -> Result<()> {
    session.run(statement).map(|_| ()).map_err(|fault| {
        let help = match fault.code() {
            Some(3750) => "the server demands a primary key for every table: SET GLOBAL sql_require_primary_key = OFF, or add keys on the source",
            Some(1118) => "the row is too long for InnoDB: turn long VARCHAR columns into TEXT",
            Some(1071) => "the key is too long for InnoDB: shorten the key columns",
            Some(1062) => "two rows are equal under the target's collation",
            Some(1044 | 1142 | 1143 | 1227) => {
                "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, REFERENCES, DROP ON the database to the account"
            }
            Some(1205) => "another session holds a lock on the table: end it and run again",
            _ => return fault.error(ErrorKind::Ddl, "the server refuses a statement"),
        };
        fault.error(ErrorKind::Ddl, "the server refuses a statement").help(help)
    })
}
