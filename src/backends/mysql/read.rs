//! Source and reader: what a MySQL or MariaDB database offers to be copied.

use super::connect::{self, Role};
use super::decode::Decoder;
use super::fault::Fault;
use super::session::{Cursor, Session};
use super::shapes::{self, Shapes};
use super::wire::Packet;
use super::{catalog, probe, snapshot, split, sql, types};
use crate::backends::{KeyBound, Range, ReadColumn, ReadTable, Reader, Readers, Source};
use crate::cell::{FrameSink, RowSink};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Nature, Result};
use crate::probe::{Answer, TableProbes};
use crate::schema::Schema;
use crate::types::Type;

/// Warning that a function's result was longer than `max_allowed_packet`.
const OVERFLOW: &str = "1301";

/// The coordinator's session on a source.
pub(super) struct MySqlSource {
    endpoint: Endpoint,
    session: Session,
    /// Every table as it was introspected.
    shapes: Shapes,
}

impl MySqlSource {
    /// Connects.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    pub(super) fn open(endpoint: &Endpoint) -> Result<MySqlSource> {
        let session = connect::open(endpoint, Role::Source)?;
        Ok(MySqlSource { endpoint: endpoint.clone(), session, shapes: Shapes::new() })
    }
}

impl Source for MySqlSource {
    fn introspect(&mut self) -> Result<Schema> {
        // First, so that nothing can change in between unseen.
        self.shapes = shapes::read(&mut self.session)?;
        catalog::introspect(&mut self.session, &self.endpoint.database)
    }

    fn open_readers(&mut self, wanted: usize) -> Result<Readers> {
        let snapshots = snapshot::open(&self.endpoint, wanted)?;
        let sessions = snapshots
            .sessions
            .into_iter()
            .map(|session| Box::new(MySqlReader::new(self.endpoint.clone(), session)) as Box<dyn Reader>);
        Ok(Readers { sessions: sessions.collect(), point: Some(snapshots.point), note: snapshots.note })
    }

    fn refresh_positions(&mut self, schema: &mut Schema) -> Result<()> {
        catalog::refresh_positions(&mut self.session, schema)
    }

    fn recover(&mut self) -> Result<()> {
        if self.session.value("SELECT 1").is_err() {
            self.session = connect::open(&self.endpoint, Role::Source)?;
        }
        Ok(())
    }

    fn disturbed(&mut self) -> Result<Vec<String>> {
        shapes::read(&mut self.session).map(|now| shapes::disturbed(&self.shapes, &now))
    }

    fn altered(&mut self) -> Result<Vec<String>> {
        shapes::read(&mut self.session).map(|now| shapes::altered(&self.shapes, &now))
    }

    fn identity(&mut self) -> Result<String> {
        let failed = |f: Fault| f.error(ErrorKind::Introspect, "the server's identity cannot be read");
        let server = match self.session.is_mariadb() {
            true => "CONCAT_WS(':', @@hostname, @@port, @@datadir)",
            false => "@@server_uuid",
        };
        let server = self.session.value(&format!("SELECT {server}")).map_err(failed)?.unwrap_or_default();
        Ok(format!("{} server {server}, database {}", self.session.product.name, self.endpoint.database))
    }

    fn protection(&self) -> String {
        self.session.protection(&self.endpoint)
    }
}

/// A reading session; a snapshot ends with it.
pub(super) struct MySqlReader {
    endpoint: Endpoint,
    session: Session,
    /// Without a snapshot: a new session is as good as this one.
    replaceable: bool,
    /// The session is of no use any more.
    lost: bool,
}

impl Reader for MySqlReader {
    fn probe(&mut self, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
        self.renew()?;
        probe::answer(&mut self.session, probes).inspect_err(|_| self.lost = self.replaceable)
    }

    fn count(&mut self, table: &ReadTable) -> Result<u64> {
        self.renew()?;
        let statement = format!("SELECT COUNT(*) FROM {}", sql::name(&table.name));
        let count = self.session.value(&statement).map_err(|f| self.failed(f, table))?;
        Ok(count.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    fn split(&mut self, table: &ReadTable, bytes: u64) -> Result<Vec<Range>> {
        self.renew()?;
        split::split(&mut self.session, table, bytes).inspect_err(|_| self.lost = self.replaceable)
    }

    fn read(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn RowSink) -> Result<u64> {
        self.renew()?;
        let statement = select(table, range)?;
        let cursor = self.session.open_cursor(&statement).map_err(|f| self.failed(f, table))?;
        let rows = match self.rows(table, &cursor, sink) {
            Ok(rows) => rows,
            Err(fault) => {
                self.break_off(&cursor, &fault);
                return Err(self.failed(fault, table));
            }
        };
        self.session.close_cursor(&cursor).map_err(|f| self.failed(f, table))?;
        if self.session.warnings > 0 {
            self.refuse_overflow(table)?;
        }
        Ok(rows)
    }

    fn read_frames(&mut self, table: &ReadTable, _: &Range, _: &mut dyn FrameSink) -> Result<u64> {
        Err(Error::new(ErrorKind::Read, "MySQL rows have no frames that could be forwarded as they are")
            .object(&*table.name))
    }
}

impl MySqlReader {
    /// A session that reads in its snapshot.
    pub(super) fn new(endpoint: Endpoint, session: Session) -> MySqlReader {
        MySqlReader { endpoint, session, replaceable: false, lost: false }
    }

    /// A session that reads what is committed when each statement begins.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    pub(super) fn checker(endpoint: &Endpoint) -> Result<MySqlReader> {
        let session = connect::open(endpoint, Role::Source)?;
        Ok(MySqlReader { endpoint: endpoint.clone(), session, replaceable: true, lost: false })
    }

    /// Connects anew after a fault, where that costs no snapshot.
    fn renew(&mut self) -> Result<()> {
        if self.lost {
            self.session = connect::open(&self.endpoint, Role::Source)?;
            self.lost = false;
        }
        Ok(())
    }

    fn failed(&mut self, fault: Fault, table: &ReadTable) -> Error {
        self.lost = self.replaceable;
        if self.replaceable {
            return within(fault.error(ErrorKind::Read, "rows cannot be read"), table);
        }
        failed(fault, table)
    }

    fn rows(&mut self, table: &ReadTable, cursor: &Cursor, sink: &mut dyn RowSink) -> Result<u64, Fault> {
        let decoder = Decoder::new(&table.columns, &cursor.columns)?;
        let mut rows = 0;
        while let Some(packet) = self.session.next_row()? {
            match packet {
                Packet::Whole(packet) => decoder.row(packet, sink)?,
                Packet::Long(mut packet) => decoder.long_row(&mut packet, sink)?,
            }
            rows += 1;
            // Until its first row a statement may be at work for hours.
            if rows == 1 {
                self.session.hurry(true);
            }
        }
        self.session.hurry(false);
        Ok(rows)
    }

    /// A function whose result is longer than the server's limit gives NULL and a warning instead.
    #[cold]
    fn refuse_overflow(&mut self, table: &ReadTable) -> Result<()> {
        let warnings = self.session.rows("SHOW WARNINGS").map_err(|f| failed(f, table))?;
        if !warnings.iter().any(|row| row.get(1).and_then(Option::as_deref) == Some(OVERFLOW)) {
            return Ok(());
        }
        let converted = table.columns.iter().filter(|column| expression(column) != sql::name(&column.name));
        let names: Vec<_> = converted.map(|column| column.name.as_str()).collect();
        let what = "a value is longer than the server's functions give out, and it can only be read through one";
        Err(Error::new(ErrorKind::Value, what)
            .object(format!("{}.{}", table.name, names.join(", ")))
            .help("raise max_allowed_packet on that server above the longest value's hexadecimal digits"))
    }

    /// Brings the session into a state in which it can read again: its snapshot cannot be had a second time.
    fn break_off(&mut self, cursor: &Cursor, fault: &Fault) {
        let settled = match fault {
            Fault::Server(_) => self.session.close_cursor(cursor).is_ok(),
            Fault::Ours(_) => self.end_statement().and_then(|()| self.session.close_cursor(cursor)).is_ok(),
            Fault::Io(_) | Fault::Protocol(_) => false,
        };
        if !settled {
            self.session.hang_up();
        }
        self.session.hurry(false);
    }

    /// Has the server end the statement whose rows are on their way, and reads what it has sent of them.
    fn end_statement(&mut self) -> Result<(), Fault> {
        let mut other = connect::open(&self.endpoint, Role::Source)?;
        other.run(&format!("KILL QUERY {}", self.session.thread))?;
        loop {
            match self.session.next_row() {
                Ok(Some(_)) => {}
                Ok(None) | Err(Fault::Server(_)) => break,
                Err(fault) => return Err(fault),
            }
        }
        // Where the statement had ended by itself, the order hits the next one.
        match self.session.run("DO 0") {
            Ok(_) | Err(Fault::Server(_)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

fn failed(fault: Fault, table: &ReadTable) -> Error {
    let hint = match fault.code() {
        None if matches!(fault, Fault::Io(_)) => Some("its snapshot is gone with it: go on with `--resume`"),
        Some(1412) => Some(
            "the table was truncated, altered or made anew after the snapshot: run again while no structure changes",
        ),
        Some(1146 | 1054) => Some("the structure changed after it was read: run again while no structure changes"),
        _ => None,
    };
    let error = fault.error(ErrorKind::Read, "rows cannot be read");
    // The session cannot be replaced, so that trying again would not help.
    let error = if error.how() == Nature::Lost { error.nature(Nature::Permanent) } else { error };
    hint.into_iter().fold(within(error, table), Error::help)
}

/// Puts the table before the column that an error names.
fn within(error: Error, table: &ReadTable) -> Error {
    match error.object_name() {
        Some(column) if table.columns.iter().any(|c| c.name == column) => {
            let mut full = Error::new(error.kind(), what(&error)).object(format!("{}.{column}", table.name));
            if let Some(help) = error.help_text() {
                full = full.help(help);
            }
            full
        }
        _ => error.object(&*table.name),
    }
}

/// The error's sentence without its object.
fn what(error: &Error) -> String {
    let text = error.to_string();
    match error.object_name() {
        Some(object) => text.strip_prefix(&format!("{object}: ")).unwrap_or(&text).to_string(),
        None => text,
    }
}

/// The query for a range.
pub(super) fn select(table: &ReadTable, range: &Range) -> Result<String> {
    let columns: Vec<String> = table.columns.iter().map(expression).collect();
    let condition = condition(&table.name, range)?;
    let mut statement = format!("SELECT {} FROM {}{condition}", columns.join(", "), sql::name(&table.name));
    if table.key_order && !table.key.is_empty() {
        // Free with the clustered key.
        statement.push_str(&format!(" ORDER BY {}", sql::names(table.key.iter().map(|c| c.name.as_str()))));
    }
    Ok(statement)
}

/// ` WHERE …` of a range; empty for all rows.
pub(super) fn condition(table: &str, range: &Range) -> Result<String> {
    let (column, from, to) = match range {
        Range::All => return Ok(String::new()),
        Range::Key { column, from, to } => (sql::name(column), from, to),
        Range::Pages { .. } => {
            return Err(Error::new(ErrorKind::Read, "MySQL tables cannot be read by pages").object(table));
        }
    };
    let bounds = [(from, ">="), (to, "<")];
    let conditions: Vec<String> = bounds
        .iter()
        .filter_map(|(bound, op)| bound.as_ref().map(|bound| format!("{column} {op} {}", literal(bound))))
        .collect();
    Ok(if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) })
}

fn literal(bound: &KeyBound) -> String {
    match bound {
        KeyBound::Int(number) => number.to_string(),
        KeyBound::Literal(text) => text.clone(),
    }
}

/// A column as it is selected.
fn expression(column: &ReadColumn) -> String {
    let name = sql::name(&column.name);
    if !column.as_text {
        return name;
    }
    match &column.ty {
        Type::Native { name: ty, .. } if types::is_hex_native(ty) => format!("HEX({name})"),
        // FLOAT prints six digits; as DOUBLE it prints all it has.
        Type::Float { bytes: 4 } => format!("CAST({name} + 0e0 AS CHAR)"),
        Type::Bytes { .. } => format!("HEX({name})"),
        Type::Text { .. } | Type::Enum { .. } | Type::Set { .. } => name,
        _ => format!("CAST({name} AS CHAR)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_become_conditions() {
        let column = |name: &str, ty, as_text| ReadColumn { name: name.into(), ty, as_text };
        let table = ReadTable {
            name: "t`x".into(),
            columns: vec![
                column("a", Type::int(4), false),
                column("g", Type::Native { name: "point".into(), binary_portable: false }, true),
            ],
            key: vec![column("a", Type::int(4), false)],
            key_order: true,
            splice: None,
            bytes_estimate: 0,
            rows_estimate: 0,
        };
        let range = Range::Key { column: "a".into(), from: Some(KeyBound::Int(-5)), to: None };
        assert_eq!(select(&table, &range).unwrap(), "SELECT `a`, HEX(`g`) FROM `t``x` WHERE `a` >= -5 ORDER BY `a`");
        assert!(select(&table, &Range::Pages { from: None, to: None }).is_err());
    }
}
