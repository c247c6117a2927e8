//! What a database must be able to do.

pub(crate) mod hsqldb;
pub(crate) mod lock;
pub mod matrix;
pub mod memory;
pub(crate) mod mysql;
pub(crate) mod postgresql;
mod registry;
mod task;

pub use registry::{BACKENDS, Backend, find};
pub use task::{Claim, Room, WriteColumn, WriteTable};

use crate::cell::{FrameSink, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::probe::{Answer, TableProbes};
use crate::schema::{OtherObject, Product, Schema};
use crate::types::Type;

/// A database as source: the coordinator's read-only session.
pub trait Source: Send {
    /// Reads the structure of all base tables and the names of what is not copied.
    ///
    /// # Errors
    /// `Introspect` when a catalog query fails or a privilege is missing.
    fn introspect(&mut self) -> Result<Schema>;

    /// Opens up to `wanted` reading sessions at one point in time; fewer where that cannot be had.
    ///
    /// # Errors
    /// `Connect` when not even one session can have a snapshot.
    fn open_readers(&mut self, wanted: usize) -> Result<Readers>;

    /// Positions of sequences and identities are not part of a snapshot: reads them again, after the data.
    ///
    /// # Errors
    /// `Introspect` when a query fails.
    fn refresh_positions(&mut self, schema: &mut Schema) -> Result<()>;

    /// Tells this database from every other one, whatever address it is reached by.
    ///
    /// # Errors
    /// `Introspect` when a query fails.
    fn identity(&mut self) -> Result<String>;

    /// Connects anew where the session is gone; not where the point in time went with it.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    fn recover(&mut self) -> Result<()> {
        Ok(())
    }

    /// Tables altered since they were introspected in ways that do not touch their rows, by name.
    ///
    /// # Errors
    /// `Introspect` when a query fails.
    fn altered(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Tables truncated, rewritten, given other columns or dropped since the snapshot, by name, unless readers refuse
    /// such tables by themselves.
    ///
    /// # Errors
    /// `Introspect` when a query fails.
    fn disturbed(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// How the connection is protected, in words for the report.
    fn protection(&self) -> String;
}

/// Reading sessions that see one point in time.
pub struct Readers {
    /// One per lane, at least one.
    pub sessions: Vec<Box<dyn Reader>>,
    /// The point in time, as the engine names it (for the report).
    pub point: Option<String>,
    /// Why there are fewer sessions than wanted, or why they are not consistent (for the report).
    pub note: Option<String>,
}

/// A reading session within a snapshot.
pub trait Reader: Send {
    /// Answers the probes of one table, in order.
    ///
    /// # Errors
    /// `Read` when a query fails.
    fn probe(&mut self, probes: &TableProbes<'_>) -> Result<Vec<Answer>>;

    /// Counts the rows of a table.
    ///
    /// # Errors
    /// `Read` when the query fails.
    fn count(&mut self, table: &ReadTable) -> Result<u64>;

    /// Cuts a table into chunks of about `bytes` bytes (of the source's own size estimate), first and
    /// last open-ended. One chunk where the table cannot be cut.
    ///
    /// # Errors
    /// `Read` when a query fails.
    fn split(&mut self, table: &ReadTable, bytes: u64) -> Result<Vec<Range>>;

    /// Reads the rows of a range into `sink`; returns how many.
    ///
    /// # Errors
    /// `Read` when the source fails, or what the sink returned.
    fn read(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn RowSink) -> Result<u64>;

    /// Reads the rows of a range as frames of the engine's own bulk format (only if the plan chose to splice).
    ///
    /// # Errors
    /// `Read` when the source fails, or what the sink returned.
    fn read_frames(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn FrameSink) -> Result<u64>;
}

/// What of a table is read, decided at plan time.
#[derive(Clone, Debug)]
pub struct ReadTable {
    /// Table name.
    pub name: String,
    /// Columns in the order of the target's columns.
    pub columns: Vec<ReadColumn>,
    /// Primary key columns (or of a unique key without NULLs), for ranges and for naming rows.
    pub key: Vec<ReadColumn>,
    /// The target stores rows by primary key: rows should come in key order where that is cheap.
    pub key_order: bool,
    /// How frames travel when the table is spliced.
    pub splice: Option<SpliceFormat>,
    /// Bytes of data by the server's statistics.
    pub bytes_estimate: u64,
    /// Rows by the server's statistics.
    pub rows_estimate: u64,
}

/// One column to read.
#[derive(Clone, Debug)]
pub struct ReadColumn {
    /// Name.
    pub name: String,
    /// Portable source type.
    pub ty: Type,
    /// Read the server's text form and deliver `Cell::Text`.
    pub as_text: bool,
}

/// Wire form of spliced rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum SpliceFormat {
    /// The engine's binary bulk format.
    Binary,
    /// The engine's text bulk format, for types whose binary form does not travel.
    Text,
}

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Range {
    /// All of it.
    All,
    /// Physical pages `from..to`; open-ended where `None`.
    Pages {
        /// First page.
        from: Option<u64>,
        /// One past the last page.
        to: Option<u64>,
    },
    /// Rows with `from <= column < to`; open-ended where `None`. Bounds are compared by the source server.
    Key {
        /// Leading key column.
        column: String,
        /// Lower bound.
        from: Option<KeyBound>,
        /// Upper bound, exclusive.
        to: Option<KeyBound>,
    },
}

/// A bound of a key range.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyBound {
    /// Integer key.
    Int(i128),
    /// Any other key, as the source's SQL literal.
    Literal(String),
}

/// A database as target: the coordinator's session.
pub trait Target: Send {
    /// The server and the limits that planning needs to know.
    fn info(&self) -> &TargetInfo;

    /// Everything the database (or schema) holds of its own.
    ///
    /// # Errors
    /// `Introspect` when a catalog query fails.
    fn inventory(&mut self) -> Result<Vec<OtherObject>>;

    /// Takes the run lock for as long as the session lives; `None` if it is free, else who holds it.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    fn lock(&mut self) -> Result<Option<String>>;

    /// Runs one statement of the plan.
    ///
    /// # Errors
    /// `Ddl` when the server refuses.
    fn execute(&mut self, statement: &str) -> Result<()>;

    /// Rows of a control table, as text.
    ///
    /// # Errors
    /// `Introspect` when the query fails.
    fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>>;

    /// Connects anew where the session is gone, and takes the run lock again.
    ///
    /// # Errors
    /// `Connect` when the server refuses, or another run holds the lock by now.
    fn recover(&mut self) -> Result<()> {
        Ok(())
    }

    /// Opens a session that loads rows.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    fn open_writer(&mut self) -> Result<Box<dyn Writer>>;

    /// Opens a session that reads back tables that are complete while others still load: it sees what is
    /// committed when each of its statements begins. `None` where a target can only be read as a whole.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    fn open_checker(&mut self) -> Result<Option<Box<dyn Reader>>>;

    /// What the data made of the finished database other than planned, for the report.
    fn notes(&mut self) -> Vec<Finding> {
        Vec::new()
    }
}

/// Facts about a target server that its dialect file cannot know.
#[derive(Clone, Debug, Default)]
pub struct TargetInfo {
    /// Server.
    pub product: Product,
    /// Database name.
    pub database: String,
    /// Schema, where the engine has schemas.
    pub namespace: Option<String>,
    /// How the connection is protected, in words for the report.
    pub protection: String,
    /// Table names are compared without case (MySQL `lower_case_table_names`).
    pub folds_table_names: bool,
    /// InnoDB page size, or 0.
    pub page_size: u32,
    /// Bulk path is off and rows go by INSERT (MySQL `local_infile=0`).
    pub slow_load: Option<String>,
    /// What the database has besides what its product has built in, as `kind name`; where definitions may need such.
    pub objects: Vec<String>,
    /// Largest statement or row the server takes in bytes, or 0.
    pub max_packet: u64,
}

/// A loading session on the target.
pub trait Writer: Send {
    /// A new encoder for a table's rows.
    ///
    /// # Errors
    /// `Write` when a column's type has no encoding.
    fn encoder(&self, table: &WriteTable) -> Result<Box<dyn Encoder>>;

    /// Begins the chunk's transaction, inserts its claim, then opens the bulk stream.
    ///
    /// # Errors
    /// `Write` when the server refuses.
    fn begin(&mut self, table: &WriteTable, claim: &Claim) -> Result<()>;

    /// Sends a buffer that the encoder made (or frames, when spliced).
    ///
    /// # Errors
    /// `Write` when the connection fails; the server's own refusal may also come here.
    fn send(&mut self, buffer: &[u8]) -> Result<()>;

    /// Ends the stream, checks that the server took exactly `rows` rows without a warning, completes the claim (with
    /// the sum of hashes, where taken), and commits if the run's epoch is still the claim's.
    ///
    /// # Errors
    /// `Write` or `Value`; rolled back, unless the connection broke: then it may have been committed.
    fn commit(&mut self, rows: u64, hash: Option<u128>) -> Result<()>;

    /// Abandons the chunk and rolls back; the session may be broken afterwards.
    fn abort(&mut self);

    /// Connects anew where the session is gone; else makes it usable again.
    ///
    /// # Errors
    /// `Connect` when the server refuses.
    fn recover(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether a chunk whose commit was not confirmed is there. Waits for the session that may still be at it.
    ///
    /// # Errors
    /// `Write` when the server fails.
    fn is_committed(&mut self, claim: &Claim) -> Result<bool>;

    /// Runs one statement of the plan on this session.
    ///
    /// # Errors
    /// `Ddl` when the server refuses.
    fn execute(&mut self, statement: &str) -> Result<()>;

    /// Runs a statement that builds an index.
    ///
    /// # Errors
    /// `Ddl` when the server refuses.
    fn build(&mut self, statement: &str, room: Room) -> Result<()> {
        let _ = room;
        self.execute(statement)
    }
}

/// Encodes cells into the target's bulk wire form.
pub trait Encoder: RowSink + Send {
    /// Bytes that can be handed over; none within a row that can only go as a whole.
    fn len(&self) -> usize;

    /// Whether nothing waits.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands over what waits as a buffer for [`Writer::send`] and goes on in `fresh` (which is empty).
    /// Called between rows, and between the pieces of a large value where [`Encoder::len`] is not 0.
    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8>;

    /// Begins a value of so many bytes that comes in pieces. False where this encoder wants the value as a cell.
    ///
    /// # Errors
    /// `Value` when the column cannot hold it.
    fn begin_large(&mut self, kind: LargeKind, bytes: u64) -> Result<bool> {
        let _ = (kind, bytes);
        Ok(false)
    }

    /// Takes the next piece of a large value; text is cut between characters.
    ///
    /// # Errors
    /// `Value` when the column cannot hold it.
    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let _ = piece;
        Err(Error::new(ErrorKind::Write, "a piece of a value came without its beginning"))
    }

    /// Ends a large value.
    ///
    /// # Errors
    /// `Value` when the column cannot hold it; `Write` when it is not as long as announced.
    fn end_large(&mut self) -> Result<()> {
        Ok(())
    }
}
