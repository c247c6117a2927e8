//! Writer: one chunk is one transaction of its claim and its rows.

use super::connect::{self, Role};
use super::encode::{RowEncoder, Style};
use super::fault::{Fault, ServerFault};
use super::session::{Done, Session};
use super::{insert, sql, target};
use crate::backends::{Claim, Encoder, WriteTable, Writer};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Payload of one infile packet; below every server's `max_allowed_packet`.
const PIECE: usize = 512 * 1024;

/// A loading session.
pub(super) struct MySqlWriter {
    endpoint: Endpoint,
    session: Session,
    style: Style,
    max_packet: u64,
    /// Bulk statement by table, made from the target's own catalog.
    statements: HashMap<String, String>,
    token: String,
    chunk: Option<Chunk>,
}

/// The chunk at work.
struct Chunk {
    table: String,
    claim: Claim,
    /// `INSERT … VALUES ` where rows go by INSERT.
    head: String,
    /// LOAD DATA waits for more.
    loading: bool,
    done: Done,
}

impl MySqlWriter {
    /// A writer on a fresh session.
    pub(super) fn new(endpoint: Endpoint, session: Session, local_infile: bool, max_packet: u64) -> MySqlWriter {
        let style = if local_infile { Style::Load } else { Style::Insert };
        // The server may only ask for this name, which nobody else can know.
        let random = || RandomState::new().hash_one(session.thread);
        let token = format!("dbferry-{:016x}{:016x}", random(), random());
        MySqlWriter { endpoint, session, style, max_packet, statements: HashMap::new(), token, chunk: None }
    }

    fn statement(&mut self, table: &WriteTable) -> Result<String, Fault> {
        if let Some(statement) = self.statements.get(&table.name) {
            return Ok(statement.clone());
        }
        let statement = match self.style {
            Style::Insert => {
                let columns = sql::names(table.columns.iter().map(|c| c.name.as_str()));
                format!("INSERT INTO {} ({columns}) VALUES ", sql::name(&table.name))
            }
            Style::Load => load_statement(&mut self.session, table, &self.token)?,
        };
        self.statements.insert(table.name.clone(), statement.clone());
        Ok(statement)
    }

    fn start(&mut self, table: &WriteTable, claim: &Claim) -> Result<(), Fault> {
        let statement = self.statement(table)?;
        self.claim(claim)?;
        let loading = self.style == Style::Load;
        if loading {
            self.session.query(&statement)?;
            self.session.file_request(&self.token)?;
        }
        let head = if loading { String::new() } else { statement };
        self.chunk =
            Some(Chunk { table: table.name.clone(), claim: claim.clone(), head, loading, done: Done::default() });
        Ok(())
    }

    /// The claim comes first: its primary key is the fence against a second writer of this chunk.
    fn claim(&mut self, claim: &Claim) -> Result<(), Fault> {
        self.session.run("START TRANSACTION")?;
        let Claim { epoch, table, chunk, range } = claim;
        self.session.run(&format!(
            "INSERT INTO `dbferry_chunk` (`epoch`, `table_no`, `chunk_no`, `chunk_range`, `row_count`) \
             VALUES ({epoch}, {table}, {chunk}, {}, 0)",
            sql::text(range)
        ))?;
        Ok(())
    }

    fn finish(&mut self, mut chunk: Chunk, rows: u64, hash: Option<u128>) -> Result<()> {
        let failed = |f: Fault| refusal(f).object(&*chunk.table);
        if chunk.loading {
            self.session.wire.send(&[]).map_err(failed)?;
            chunk.done = self.session.done().map_err(failed)?;
        }
        if chunk.done.warnings > 0 {
            return Err(warnings(&mut self.session).object(&*chunk.table));
        }
        if chunk.done.affected != rows {
            let what = format!("the server took {} of {rows} rows", chunk.done.affected);
            return Err(Error::new(ErrorKind::Write, what).object(&*chunk.table));
        }
        self.close_claim(&chunk.claim, rows, hash).map_err(|error| error.object(&*chunk.table))
    }

    /// Completes the claim and commits, while the run's row is locked and says that the epoch is still the claim's.
    fn close_claim(&mut self, claim: &Claim, rows: u64, hash: Option<u128>) -> Result<()> {
        let Claim { epoch, table, chunk, .. } = claim;
        let fence = format!("SELECT `epoch` FROM `dbferry_run` WHERE `epoch` = {epoch} LOCK IN SHARE MODE");
        if self.session.value(&fence).map_err(refusal)?.is_none() {
            return Err(Error::new(ErrorKind::Write, "another start of this run has taken the target over"));
        }
        let hash = hash.map_or("NULL".to_string(), |hash| format!("'{hash:032x}'"));
        let update = format!(
            "UPDATE `dbferry_chunk` SET `row_count` = {rows}, `row_hash` = {hash} \
             WHERE `table_no` = {table} AND `chunk_no` = {chunk} AND `epoch` = {epoch}"
        );
        let updated = self.session.run(&update).map_err(refusal)?;
        if rows > 0 && updated.affected != 1 {
            return Err(Error::new(ErrorKind::Write, "the chunk's claim is gone"));
        }
        let committed = self.session.run("COMMIT");
        committed.map(drop).map_err(|f| f.error(ErrorKind::Write, "the commit was not confirmed"))
    }

    fn roll_back(&mut self) {
        // The session may be gone; then the server rolls back by itself.
        let _ = self.session.run("ROLLBACK");
    }
}

impl Writer for MySqlWriter {
    fn encoder(&self, table: &WriteTable) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(RowEncoder::new(table, self.style)?.within(self.max_packet)))
    }

    fn begin(&mut self, table: &WriteTable, claim: &Claim) -> Result<()> {
        self.session.hurry(true);
        self.start(table, claim).map_err(|fault| {
            let error = match fault.code() {
                Some(1062) => Error::new(ErrorKind::Write, "another run has claimed this chunk already")
                    .help("make sure that only one dbferry works on this target"),
                Some(1148 | 3948) => refusal(fault)
                    .help("SET GLOBAL local_infile = ON on the target, or run again: rows then go by INSERT"),
                _ => refusal(fault),
            };
            self.roll_back();
            self.session.hurry(false);
            error.object(&*table.name)
        })
    }

    fn send(&mut self, buffer: &[u8]) -> Result<()> {
        let Some(chunk) = &mut self.chunk else { return Err(Error::new(ErrorKind::Write, "no chunk was begun")) };
        let sent = if chunk.loading {
            buffer.chunks(PIECE).try_for_each(|piece| self.session.wire.send(piece))
        } else {
            insert::send(&mut self.session, &chunk.head, self.max_packet, buffer).map(|done| {
                chunk.done.affected += done.affected;
            })
        };
        sent.map_err(|fault| refusal(fault).object(&*chunk.table))
    }

    fn commit(&mut self, rows: u64, hash: Option<u128>) -> Result<()> {
        let Some(chunk) = self.chunk.take() else { return Err(Error::new(ErrorKind::Write, "no chunk was begun")) };
        let outcome = self.finish(chunk, rows, hash);
        if outcome.is_err() {
            self.roll_back();
        }
        self.session.hurry(false);
        outcome
    }

    fn abort(&mut self) {
        if let Some(chunk) = self.chunk.take()
            && chunk.loading
        {
            // An empty packet ends the stream; what the server took of it is rolled back.
            let _ = self.session.wire.send(&[]).and_then(|()| self.session.done());
        }
        self.roll_back();
        self.session.hurry(false);
    }

    fn recover(&mut self) -> Result<()> {
        self.chunk = None;
        self.session.hurry(true);
        if self.session.run("ROLLBACK").is_err() {
            self.session = connect::open(&self.endpoint, Role::Target)?;
        }
        self.session.hurry(false);
        Ok(())
    }

    fn is_committed(&mut self, claim: &Claim) -> Result<bool> {
        self.session.hurry(true);
        let claimed = self.claim(claim);
        self.roll_back();
        self.session.hurry(false);
        match claimed {
            Ok(()) => Ok(false),
            Err(fault) if fault.code() == Some(1062) => Ok(true),
            Err(fault) => Err(fault.error(ErrorKind::Write, "it cannot be found out whether the chunk arrived")),
        }
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        target::execute(&mut self.session, statement)
    }
}

/// An error of the bulk path: a value that does not fit, or a failure.
fn refusal(fault: Fault) -> Error {
    match fault.code() {
        Some(code) if is_value(code) => fault.error(ErrorKind::Value, "a value does not fit its column"),
        Some(1062) => fault.error(ErrorKind::Write, "two rows have the same key on the target"),
        Some(1205 | 1213) => fault
            .error(ErrorKind::Write, "another session holds a lock on the table")
            .help("make sure that nothing else works on the target"),
        _ => fault.error(ErrorKind::Write, "the server does not take the rows"),
    }
}

fn is_value(code: u16) -> bool {
    matches!(code, 1048 | 1263..=1265 | 1292 | 1300 | 1366 | 1406 | 1411 | 1416 | 3140 | 3141 | 3643 | 4025 | 3819)
}

/// LOAD DATA raises warnings where INSERT fails: each is a row that is not what it should be.
pub(super) fn warnings(session: &mut Session) -> Error {
    let rows = session.rows("SHOW WARNINGS LIMIT 3").unwrap_or_default();
    let (mut kind, mut overflow) = (ErrorKind::Write, false);
    let mut texts = Vec::new();
    for row in rows {
        let field = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        let code = field(1).parse().unwrap_or(0);
        if is_value(code) {
            kind = ErrorKind::Value;
        }
        // A conversion to the column's character set or type, with a result above max_allowed_packet.
        overflow |= code == 1301;
        texts.push(ServerFault::warning(code, field(2)).to_string());
    }
    let error = Error::new(
        kind,
        "the server warned about values instead of taking them as they are; the chunk was rolled back",
    )
    .caused_by(texts.join("; "));
    if overflow { error.help("raise max_allowed_packet on the target above the longest value") } else { error }
}

/// LOAD DATA as the target's own columns need it: text in bytes as it is where the column is UTF-8,
/// converted where the server would otherwise take UTF-8 for something else.
fn load_statement(session: &mut Session, table: &WriteTable, token: &str) -> Result<String, Fault> {
    let found = session.rows(&format!(
        "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {}",
        sql::text(&table.name)
    ))?;
    let (mut fields, mut sets) = (Vec::new(), Vec::new());
    for (at, column) in table.columns.iter().enumerate() {
        let name = sql::name(&column.name);
        let row = found.iter().find(|row| {
            row.first().and_then(Option::as_deref) == Some(&table.name)
                && row.get(1).and_then(Option::as_deref).is_some_and(|c| c.to_lowercase() == column.name.to_lowercase())
        });
        let field = |at: usize| row.and_then(|row| row.get(at)).and_then(Option::as_deref).unwrap_or_default();
        match conversion(field(2), field(3), &format!("@v{at}")) {
            None => fields.push(name),
            Some(expression) => {
                fields.push(format!("@v{at}"));
                sets.push(format!("{name} = {expression}"));
            }
        }
    }
    let sets = if sets.is_empty() { String::new() } else { format!(" SET {}", sets.join(", ")) };
    Ok(format!(
        "LOAD DATA LOCAL INFILE '{token}' INTO TABLE {} CHARACTER SET binary \
         FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ({}){sets}",
        sql::name(&table.name),
        fields.join(", ")
    ))
}

/// How a column takes its field, if not directly.
fn conversion(data_type: &str, charset: &str, variable: &str) -> Option<String> {
    match data_type.to_ascii_lowercase().as_str() {
        // A text of one or two digits is a year of this or the last century.
        "bit" | "year" => Some(format!("CAST({variable} AS UNSIGNED)")),
        ty if super::types::is_hex_native(ty) => Some(format!("UNHEX({variable})")),
        // These read bytes as their stored form.
        "json" | "uuid" | "inet4" | "inet6" => Some(format!("CONVERT({variable} USING utf8mb4)")),
        _ if !matches!(charset, "" | "utf8mb4") => Some(format!("CONVERT({variable} USING utf8mb4)")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_it_is_converted() {
        assert_eq!(conversion("varchar", "utf8mb4", "@v"), None);
        assert_eq!(conversion("blob", "", "@v"), None);
        assert_eq!(conversion("varchar", "latin1", "@v").unwrap(), "CONVERT(@v USING utf8mb4)");
        assert_eq!(conversion("bit", "", "@v").unwrap(), "CAST(@v AS UNSIGNED)");
        assert_eq!(conversion("POINT", "", "@v").unwrap(), "UNHEX(@v)");
    }
}
