//! The reading side: a coordinator that holds the snapshot, and readers that share it.

use super::catalog;
use super::connect::{self, Role};
use super::copy_out::{self, From, Opening, Row, TRAILER};
use super::decode::Decoder;
use super::fault::Fault;
use super::quote::literal;
use super::session::Session;
use super::wire::LongRow;
use super::{probe, split};
use crate::backends::{Range, ReadTable, Reader, Readers, Source, SpliceFormat};
use crate::cell::{FrameSink, LargeKind, RowSink};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Nature, Result};
use crate::large::Field;
use crate::probe::{Answer, TableProbes};
use crate::schema::Schema;
use std::collections::HashSet;
use std::sync::Arc;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The coordinator: its transaction keeps the exported snapshot importable.
pub(super) struct PgSource {
    endpoint: Endpoint,
    session: Session,
    snapshot: String,
    point: String,
}

/// Opens the coordinator and fixes the point in time.
pub(crate) fn open(endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    let mut session = connect::open(endpoint, Role::Source)?;
    let (snapshot, point) =
        export(&mut session).map_err(|fault| fault.error(ErrorKind::Connect, "no snapshot can be exported"))?;
    Ok(Box::new(PgSource { endpoint: endpoint.clone(), session, snapshot, point }))
}

fn export(session: &mut Session) -> Result<(String, String), Fault> {
    session.execute(BEGIN)?;
    let rows = session.rows(
        "SELECT pg_catalog.pg_export_snapshot() AS snapshot, \
         CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() \
         ELSE pg_catalog.pg_current_wal_lsn() END AS lsn",
        &[],
    )?;
    let row = rows.first().ok_or(Fault::Protocol("no snapshot"))?;
    let snapshot = row.text("snapshot");
    let point = format!("snapshot {snapshot} at LSN {}", row.text("lsn"));
    Ok((snapshot, point))
}

impl Source for PgSource {
    fn introspect(&mut self) -> Result<Schema> {
        let mut schema = catalog::introspect(&mut self.session)?;
        schema.snapshot = Some(self.point.clone());
        Ok(schema)
    }

    fn open_readers(&mut self, wanted: usize) -> Result<Readers> {
        let partitioned = Arc::new(catalog::partitioned(&mut self.session)?);
        let mut sessions: Vec<Box<dyn Reader>> = Vec::new();
        let mut note = None;
        for _ in 0..wanted.max(1) {
            let mut reader = PgReader {
                endpoint: self.endpoint.clone(),
                snapshot: Some(self.snapshot.clone()),
                partitioned: partitioned.clone(),
                session: None,
            };
            match reader.session() {
                Ok(_) => sessions.push(Box::new(reader)),
                Err(error) if sessions.is_empty() => return Err(error),
                Err(error) => {
                    note = Some(format!("{} of {wanted} reading sessions: {error}", sessions.len()));
                    break;
                }
            }
        }
        Ok(Readers { sessions, point: Some(self.point.clone()), note })
    }

    fn refresh_positions(&mut self, schema: &mut Schema) -> Result<()> {
        catalog::refresh(&mut self.session, schema)
    }

    fn identity(&mut self) -> Result<String> {
        catalog::identity(&mut self.session)
    }

    /// It cannot be replaced: the snapshot went with it.
    fn recover(&mut self) -> Result<()> {
        let lost = |fault: Fault| {
            let error = fault.error(ErrorKind::Connect, "the session that held the snapshot has ended");
            error.nature(Nature::Permanent)
        };
        self.session.execute("SELECT 1").map(drop).map_err(lost)
    }

    fn disturbed(&mut self) -> Result<Vec<String>> {
        catalog::disturbed(&mut self.session)
    }

    fn protection(&self) -> String {
        self.session.wire().stream().protection(&self.endpoint.tls)
    }
}

/// A reading session. After a broken-off read it connects anew into the same snapshot.
struct PgReader {
    endpoint: Endpoint,
    /// `None`: every statement sees what is committed by then.
    snapshot: Option<String>,
    partitioned: Arc<HashSet<String>>,
    session: Option<Session>,
}

/// Opens a session that reads what is committed when each statement begins.
///
/// # Errors
/// `Connect` when the server refuses.
pub(super) fn open_checker(endpoint: &Endpoint) -> Result<Box<dyn Reader>> {
    let mut reader =
        PgReader { endpoint: endpoint.clone(), snapshot: None, partitioned: Arc::default(), session: None };
    reader.session()?;
    Ok(Box::new(reader))
}

impl PgReader {
    /// The session within the snapshot, opened if there is none.
    fn session(&mut self) -> Result<&mut Session> {
        let session = match self.session.take() {
            Some(session) => session,
            None => {
                let mut session = connect::open(&self.endpoint, Role::Source)?;
                if let Some(snapshot) = &self.snapshot {
                    let begin = format!("{BEGIN}; SET TRANSACTION SNAPSHOT {}", literal(snapshot));
                    session.execute(&begin).map_err(|fault| {
                        fault
                            .error(ErrorKind::Connect, "the snapshot cannot be shared any more")
                            .help("the source's session that held it has ended: go on with `--resume`")
                    })?;
                }
                session
            }
        };
        Ok(self.session.insert(session))
    }

    fn copy(
        &mut self,
        table: &ReadTable,
        range: &Range,
        splice: Option<SpliceFormat>,
        take: &mut dyn FnMut(Row<'_>) -> Result<bool, Fault>,
    ) -> Result<u64> {
        let partitioned = self.partitioned.contains(&table.name);
        let session = self.session()?;
        let schema = session.server.schema.clone();
        let sql = copy_out::statement(table, range, &From { schema: &schema, partitioned }, splice);
        copy_out::run(session, &sql, take).map_err(|fault| {
            // Rows may still be on their way, and a refusal ends the transaction.
            self.session = None;
            fault.error(ErrorKind::Read, "the rows cannot be read")
        })
    }

    fn ask<T>(&mut self, table: &str, ask: impl FnOnce(&mut Session, &From<'_>) -> Result<T>) -> Result<T> {
        let partitioned = self.partitioned.contains(table);
        let session = self.session()?;
        let schema = session.server.schema.clone();
        ask(session, &From { schema: &schema, partitioned }).map_err(|error| {
            self.session = None;
            error.object(table)
        })
    }
}

impl Reader for PgReader {
    fn probe(&mut self, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
        self.ask(&probes.table.name, |session, from| probe::answer(session, from, probes))
    }

    fn count(&mut self, table: &ReadTable) -> Result<u64> {
        self.ask(&table.name, |session, from| {
            let sql = format!("SELECT count(*) AS rows FROM {}", from.sql(&table.name));
            let rows = session.rows(&sql, &[]).map_err(|f| f.error(ErrorKind::Read, "the rows cannot be counted"))?;
            rows.first().map_or(Ok(0), |row| row.number("rows"))
        })
    }

    fn split(&mut self, table: &ReadTable, bytes: u64) -> Result<Vec<Range>> {
        if table.bytes_estimate <= bytes || self.partitioned.contains(&table.name) {
            return Ok(vec![Range::All]);
        }
        self.ask(&table.name, |session, _| split::split(session, table, bytes))
    }

    fn read(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn RowSink) -> Result<u64> {
        let mut decoder = Decoder::new(table);
        let mut opening = Opening::default();
        self.copy(table, range, None, &mut |row| match row {
            Row::Short(body) => {
                let body = opening.strip(body)?;
                // An empty body is the header that came without a row.
                if body.is_empty() { Ok(false) } else { decoder.row(body, sink).map_err(Fault::Sink) }
            }
            Row::Long(mut body) => {
                opening.skip(&mut body)?;
                decoder.long_row(&mut body, sink).map(|()| true)
            }
        })
        .map_err(|error| error.object(&table.name))
    }

    fn read_frames(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn FrameSink) -> Result<u64> {
        let format = table.splice.unwrap_or(SpliceFormat::Binary);
        let mut opening = Opening::default();
        let binary = format == SpliceFormat::Binary;
        self.copy(table, range, Some(format), &mut |row| match row {
            Row::Short(mut row) => {
                if binary {
                    row = opening.strip(row)?;
                    if row.is_empty() || *row == TRAILER {
                        return Ok(false);
                    }
                }
                sink.frame(row).map(|()| true).map_err(Fault::Sink)
            }
            Row::Long(mut row) => {
                if binary {
                    opening.skip(&mut row)?;
                }
                long_frame(&mut row, sink).map(|()| true)
            }
        })
        .map_err(|error| error.object(&table.name))
    }
}

/// Hands a row on as it is, piece by piece.
fn long_frame(row: &mut LongRow<'_>, sink: &mut dyn FrameSink) -> Result<(), Fault> {
    let no_text = || Error::new(ErrorKind::Read, "a frame is no text");
    let mut pieces = Field::new(LargeKind::Bytes, row.left(), row, &no_text);
    let taken = sink.large(&mut pieces);
    Ok(pieces.end(taken)?)
}
