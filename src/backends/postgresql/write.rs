//! The writing side: the coordinator that builds the target, and sessions that load chunks by COPY.

use super::catalog;
use super::connect::{self, Role};
use super::copy_out::{SIGNATURE, STREAM_HEADER, TRAILER};
use super::encode::PgEncoder;
use super::fault::{Fault, Refusal};
use super::quote::{ident, literal, qualified};
use super::session::{Row, Session};
use super::sort::Sort;
use super::wire::{cstring, message, query};
use crate::backends::lock::lock_again;
use crate::backends::{Claim, Encoder, Reader, Room, SpliceFormat, Target, TargetInfo, WriteTable, Writer};
use crate::dialect::names::{CHUNK, RUN};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::OtherObject;

/// Rows travel in frames of at most so many bytes; the server takes just under 1 GiB.
const MAX_FRAME: usize = 64 << 20;
/// Who holds a lock.
const LOCK_HOLDER: &str = include_str!("../../../dialects/postgresql/lock_holder.sql");

/// The coordinator.
struct PgTarget {
    endpoint: Endpoint,
    session: Session,
    info: TargetInfo,
    locked: bool,
}

/// Opens the coordinator.
pub(crate) fn open(endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    let role = if endpoint.only_read { Role::Source } else { Role::Target };
    let mut session = connect::open(endpoint, role)?;
    let info = TargetInfo {
        objects: catalog::object_names(&mut session)?,
        product: catalog::product(&session),
        database: session.server.database.clone(),
        namespace: Some(session.server.schema.clone()),
        protection: session.wire().stream().protection(&endpoint.tls),
        ..TargetInfo::default()
    };
    Ok(Box::new(PgTarget { endpoint: endpoint.clone(), session, info, locked: false }))
}

impl PgTarget {
    /// Advisory locks are per database; the key tells schemas apart.
    fn lock_key(&self) -> String {
        let key = xxhash_rust::xxh3::xxh3_64(format!("dbferry\0{}", self.session.server.schema).as_bytes());
        (key as i64).to_string()
    }

    /// Ends the session that stood here before, if it holds the lock.
    fn end(&mut self, before: &str) {
        let holder = self.session.rows(LOCK_HOLDER, &[&self.lock_key()]).unwrap_or_default();
        if holder.first().is_some_and(|row| row.text("pid") == before) {
            // Where that is refused, the lock stays taken, and that is told.
            let _ = self.session.rows("SELECT pg_catalog.pg_terminate_backend($1::int4)", &[before]);
        }
    }
}

impl Target for PgTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn inventory(&mut self) -> Result<Vec<OtherObject>> {
        catalog::inventory(&mut self.session)
    }

    fn lock(&mut self) -> Result<Option<String>> {
        self.locked = true;
        let key = self.lock_key();
        try_lock(&mut self.session, &key)
            .map_err(|fault| fault.error(ErrorKind::Connect, "the run lock cannot be taken"))
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        execute(&mut self.session, statement)
    }

    fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>> {
        let rows = self
            .session
            .rows(query, &[])
            .map_err(|fault| fault.error(ErrorKind::Introspect, "the control tables cannot be read"))?;
        Ok(rows.into_iter().map(Row::into_values).collect())
    }

    fn recover(&mut self) -> Result<()> {
        let before = self.session.server.process.clone();
        let alive = self.session.execute("ROLLBACK").is_ok();
        if !alive {
            self.session = connect::open(&self.endpoint, Role::Target)?;
        }
        // Also where the session lives: it may have been refused the lock, and may take it twice.
        if !self.locked {
            return Ok(());
        }
        lock_again(self, |target| {
            if !alive {
                target.end(&before);
            }
        })
    }

    fn open_writer(&mut self) -> Result<Box<dyn Writer>> {
        let session = connect::open(&self.endpoint, Role::Target)?;
        let endpoint = self.endpoint.clone();
        let claim = Claim { epoch: 0, table: 0, chunk: 0, range: String::new() };
        let state = State::Idle;
        Ok(Box::new(PgWriter { endpoint, session, state, claim, binary: true, bare: false, sort: None }))
    }

    fn open_checker(&mut self) -> Result<Option<Box<dyn Reader>>> {
        super::read::open_checker(&self.endpoint).map(Some)
    }
}

fn try_lock(session: &mut Session, key: &str) -> Result<Option<String>, Fault> {
    let rows = session.rows("SELECT pg_catalog.pg_try_advisory_lock($1::int8) AS taken", &[key])?;
    if rows.first().is_some_and(|row| row.flag("taken")) {
        return Ok(None);
    }
    let rows = session.rows(LOCK_HOLDER, &[key])?;
    let holder = rows.first().map(|row| {
        let from = row.get("address").unwrap_or("this host");
        let (pid, user, since) = (row.text("pid"), row.text("user"), row.text("started"));
        format!(
            "server process {pid} of user {user} from {from} ({}), connected since {since}",
            row.text("application")
        )
    });
    Ok(Some(holder.unwrap_or_else(|| "another session".to_string())))
}

fn execute(session: &mut Session, statement: &str) -> Result<()> {
    session
        .execute(statement)
        .map(drop)
        .map_err(|fault| fault.error(ErrorKind::Ddl, "the server refuses the statement"))
}

/// Where a writing session stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between chunks.
    Idle,
    /// The server takes rows.
    Copying,
    /// The server refused the stream; its `ReadyForQuery` is still to come.
    Refused,
}

/// A session that loads chunks.
struct PgWriter {
    endpoint: Endpoint,
    session: Session,
    state: State,
    /// The claim in the open transaction.
    claim: Claim,
    binary: bool,
    /// Buffers hold bare rows, to be framed here.
    bare: bool,
    /// How index builds of this session sort at the moment.
    sort: Option<Sort>,
}

impl PgWriter {
    fn control_table(&self, name: &str) -> String {
        qualified(&self.session.server.schema, name)
    }

    /// `BEGIN` with the claim, whose primary key is the fence against a second writer of the chunk. Its commit
    /// waits for the disk only if the server is set to: what is written down last does, and all before it with it.
    fn claiming(&self, claim: &Claim) -> String {
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit TO DEFAULT; \
             INSERT INTO {} (epoch, table_no, chunk_no, chunk_range, row_count) VALUES ({}, {}, {}, {}, 0)",
            self.control_table(CHUNK),
            claim.epoch,
            claim.table,
            claim.chunk,
            literal(&claim.range)
        )
    }

    /// The claim and `COPY`, in one round trip.
    fn opening(&self, table: &WriteTable, claim: &Claim) -> Vec<u8> {
        let mut out = query(&self.claiming(claim));
        out.extend_from_slice(&query(&self.copy_statement(table)));
        out
    }

    fn copy_statement(&self, table: &WriteTable) -> String {
        let names: Vec<String> = table.columns.iter().map(|c| ident(&c.name)).collect();
        // An empty list of columns cannot be written down.
        let columns = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let format = if self.binary { "binary" } else { "text" };
        format!("COPY {}{columns} FROM STDIN (FORMAT {format})", qualified(&self.session.server.schema, &table.name))
    }

    /// Waits until the server takes rows.
    fn await_stream(&mut self) -> Result<(), Fault> {
        let claim = self.session.finish();
        loop {
            let frame = self.session.receive()?;
            match frame.tag {
                b'G' => break,
                b'E' => {
                    let refusal = Refusal::parse(frame.body());
                    self.session.finish()?;
                    return Err(claim.err().unwrap_or(Fault::Server(Box::new(refusal))));
                }
                _ => {}
            }
        }
        self.state = State::Copying;
        claim?;
        if self.binary { self.session.send(&stream_header()) } else { Ok(()) }
    }

    /// Ends the stream; how many rows the server took.
    fn close_stream(&mut self) -> Result<u64, Fault> {
        let mut out = Vec::new();
        if self.binary {
            message(&mut out, b'd', |out| out.extend_from_slice(&TRAILER));
        }
        message(&mut out, b'c', |_| {});
        self.session.send(&out)?;
        self.state = State::Idle;
        let tag = self.session.finish()?;
        tag.strip_prefix("COPY ").and_then(|n| n.parse().ok()).ok_or(Fault::Protocol("COPY without a count"))
    }

    /// Completes the claim and commits. The run's row is locked until then: where the epoch is no longer ours, there
    /// is none, and the column does not take NULL.
    fn close_claim(&mut self, rows: u64, hash: Option<u128>) -> Result<(), Fault> {
        let Claim { epoch, table, chunk, .. } = self.claim;
        let hash = hash.map_or("NULL".to_string(), |hash| format!("'{hash:032x}'"));
        let tag = self.session.execute(&format!(
            "UPDATE {} SET row_hash = {hash}, row_count = (SELECT {rows} FROM {} WHERE epoch = {epoch} FOR SHARE) \
             WHERE table_no = {table} AND chunk_no = {chunk}; COMMIT",
            self.control_table(CHUNK),
            self.control_table(RUN)
        ))?;
        if tag == "COMMIT" { Ok(()) } else { Err(Fault::Protocol("the transaction was rolled back")) }
    }

    /// Ends the stream and commits, if the server took all rows.
    fn finish(&mut self, rows: u64, hash: Option<u128>) -> Result<()> {
        let taken = self.close_stream().map_err(load_error)?;
        if taken != rows {
            return Err(Error::new(ErrorKind::Write, format!("the server took {taken} rows where {rows} were sent")));
        }
        self.close_claim(rows, hash).map_err(|fault| {
            let what = match fault.code() {
                "23502" => "another start of this run has taken the target over",
                _ => "the chunk cannot be committed",
            };
            fault.error(ErrorKind::Write, what)
        })
    }

    fn roll_back(&mut self) {
        // When this fails the session is broken, and the server rolls back by itself.
        let _ = self.session.execute("ROLLBACK");
    }
}

/// Signature, no flags, no extension, as a CopyData message.
fn stream_header() -> Vec<u8> {
    let mut out = Vec::with_capacity(STREAM_HEADER + 5);
    message(&mut out, b'd', |out| {
        out.extend_from_slice(SIGNATURE);
        out.extend_from_slice(&[0; STREAM_HEADER - SIGNATURE.len()]);
    });
    out
}

/// The server's refusal of rows, by whether a value or the chunk as such is to blame.
fn load_error(fault: Fault) -> Error {
    let (kind, what) = match fault.code() {
        code if code.starts_with("22") => (ErrorKind::Value, "the server refuses a value"),
        code if code.starts_with("23") => (ErrorKind::Value, "a row violates a constraint of the target"),
        _ if fault.is_row_limit() => (ErrorKind::Value, "a row is longer than 1 GB, the most that PostgreSQL takes"),
        _ => (ErrorKind::Write, "the rows cannot be written"),
    };
    fault.error(kind, what)
}

impl Writer for PgWriter {
    fn encoder(&self, table: &WriteTable) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(PgEncoder::new(table)?))
    }

    fn begin(&mut self, table: &WriteTable, claim: &Claim) -> Result<()> {
        self.binary = table.splice != Some(SpliceFormat::Text);
        self.bare = table.splice.is_some();
        self.claim = claim.clone();
        self.session.hurry(true);
        let opening = self.opening(table, claim);
        self.session.send(&opening).and_then(|()| self.await_stream()).map_err(|fault| {
            let what = match fault.code() {
                "23505" => "the chunk is claimed by another run already",
                _ => "the chunk cannot be begun",
            };
            self.abort();
            fault.error(ErrorKind::Write, what).object(&table.name)
        })
    }

    fn send(&mut self, buffer: &[u8]) -> Result<()> {
        if buffer.is_empty() {
            return Ok(());
        }
        // The server reads on after a refusal, so nothing would block; this saves sending the rest, and
        // hears the last word of a server that hung up.
        if let Some(refusal) = self.session.early_refusal().map_err(load_error)? {
            self.state = State::Refused;
            return Err(load_error(Fault::Server(Box::new(refusal))));
        }
        if !self.bare {
            return self.session.send(buffer).map_err(load_error);
        }
        // One frame for many rows: the server spends as much on each frame as on a short row.
        buffer
            .chunks(MAX_FRAME)
            .try_for_each(|part| {
                let [a, b, c, d] = (part.len() as u32 + 4).to_be_bytes();
                self.session.send(&[b'd', a, b, c, d])?;
                self.session.send(part)
            })
            .map_err(load_error)
    }

    fn commit(&mut self, rows: u64, hash: Option<u128>) -> Result<()> {
        let outcome = self.finish(rows, hash).inspect_err(|_| self.roll_back());
        self.session.hurry(false);
        outcome
    }

    fn abort(&mut self) {
        let mut out = Vec::new();
        if self.state == State::Copying {
            message(&mut out, b'f', |out| cstring(out, "chunk abandoned"));
        }
        let answered = self.session.send(&out).map(|()| match self.state {
            State::Idle => Ok(String::new()),
            State::Copying | State::Refused => self.session.finish(),
        });
        self.state = State::Idle;
        if matches!(answered, Ok(Ok(_)) | Ok(Err(Fault::Server(_)))) {
            self.roll_back();
        }
        self.session.hurry(false);
    }

    fn recover(&mut self) -> Result<()> {
        self.state = State::Idle;
        self.session.hurry(true);
        if self.session.execute("ROLLBACK").is_err() {
            self.session = connect::open(&self.endpoint, Role::Target)?;
            self.sort = None;
        }
        self.session.hurry(false);
        Ok(())
    }

    fn is_committed(&mut self, claim: &Claim) -> Result<bool> {
        let failed = |fault: Fault| fault.error(ErrorKind::Write, "it cannot be found out whether the chunk arrived");
        let claiming = self.claiming(claim);
        self.session.hurry(true);
        let claimed = self.session.execute(&claiming);
        self.roll_back();
        self.session.hurry(false);
        match claimed {
            Ok(_) => Ok(false),
            Err(fault) if fault.code() == "23505" => Ok(true),
            Err(fault) => Err(failed(fault)),
        }
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        execute(&mut self.session, statement)
    }

    fn build(&mut self, statement: &str, room: Room) -> Result<()> {
        let sort = Sort::of(statement, room);
        if self.sort != Some(sort) {
            execute(&mut self.session, &sort.settings())?;
            self.sort = Some(sort);
        }
        // What is built is on disk when the step that tells of it is, which comes next: one wait instead of two.
        execute(&mut self.session, &format!("SET LOCAL synchronous_commit TO OFF; {statement}"))
    }
}
