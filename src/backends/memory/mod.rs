//! The in-memory reference backend: a real source and target that needs no server.
//!
//! It holds every portable type as it is, checks keys, foreign keys and value ranges as a strict
//! server does, and answers every probe, so that tests, examples and benchmarks of the whole way
//! from one database to another always run. What it does not do: it evaluates no expressions, so
//! check constraints and expression indexes are kept but not enforced, and defaults and generated
//! columns are kept but not computed.

mod catalog;
mod connect;
mod ddl;
mod fits;
mod keys;
mod probe;
mod read;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod value;
mod wire;
mod write;

pub(crate) use connect::{open_source, open_target};
pub use value::Value;

use crate::endpoint::{Endpoint, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Schema, Sequence, Table};
use std::fmt;
use std::sync::Arc;
use store::{Segment, Shared, Stored};

/// Bytes of a segment made of values: small enough to be skipped through, large enough to be few.
const SEGMENT_BYTES: usize = 256 << 10;

/// A database in memory. Clones are handles of the same database.
///
/// ```
/// use dbferry::backends::memory::{MemoryDb, Value};
/// use dbferry::schema::{Column, Table};
/// use dbferry::types::Type;
///
/// let db = MemoryDb::new("shop");
/// let columns = vec![Column::new("name", Type::varchar(20), "varchar(20)")];
/// db.add_table(Table { name: "product".into(), columns, ..Table::default() }, [vec![Value::Text("pear".into())]])?;
/// assert_eq!(db.rows("product").map(|rows| rows.len()), Some(1));
/// assert_eq!(db.endpoint().display_name(), "memory/shop");
/// # Ok::<(), dbferry::Error>(())
/// ```
#[derive(Clone)]
pub struct MemoryDb {
    shared: Arc<Shared>,
}

impl MemoryDb {
    /// An empty database.
    pub fn new(name: impl Into<String>) -> Self {
        MemoryDb { shared: Arc::new(Shared::new(name.into())) }
    }

    /// Adds a table with its rows, each with one value per column in the order of the columns.
    ///
    /// Values are taken as they are, also those that contradict a column's type or a key: a source
    /// may hold anything. Each column's `native` becomes its type as this backend spells it.
    ///
    /// # Errors
    /// `Value` when a row has more or fewer values than the table has columns, `Ddl` when there is
    /// such a table already.
    pub fn add_table(&self, table: Table, rows: impl IntoIterator<Item = Vec<Value>>) -> Result<()> {
        let mut stored = Stored::new(catalog::spelled(table));
        stored.segments = segments(&stored.schema, rows)?;
        self.shared.change(|state| {
            let name = stored.schema.name.clone();
            if state.tables.contains_key(&name) {
                return Err(Error::new(ErrorKind::Ddl, "there is such a table already").object(name));
            }
            state.tables.insert(name, Arc::new(stored));
            Ok(())
        })
    }

    /// Adds a sequence, or puts it in the place of one with the same name.
    pub fn add_sequence(&self, sequence: Sequence) {
        // Adding a sequence cannot fail, and so neither can the change.
        let _ = self.shared.change(|state| {
            state.sequences.insert(sequence.name.clone(), sequence);
            Ok(())
        });
    }

    /// All rows of a table, in the order they came; `None` if there is no such table.
    pub fn rows(&self, table: &str) -> Option<Vec<Vec<Value>>> {
        let state = self.shared.state();
        let mut rows = Vec::new();
        let read = state.tables.get(table)?.each(|row| {
            rows.push(row.iter().map(|cell| Value::from(*cell)).collect());
            Ok(())
        });
        read.ok().map(|_| rows)
    }

    /// The structure of all tables and sequences.
    pub fn schema(&self) -> Schema {
        catalog::schema(&self.shared.name, &self.shared.state())
    }

    /// The endpoint that names this database in settings, as source or as target.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { memory: Some(self.clone()), ..Endpoint::new(Engine::Memory, "", 0, self.shared.name.clone()) }
    }
}

impl Default for MemoryDb {
    fn default() -> Self {
        MemoryDb::new("memory")
    }
}

/// Shows names and numbers, never a value.
impl fmt::Debug for MemoryDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        f.debug_struct("MemoryDb").field("name", &self.shared.name).field("tables", &state.tables.len()).finish()
    }
}

fn segments(table: &Table, rows: impl IntoIterator<Item = Vec<Value>>) -> Result<Vec<Arc<Segment>>> {
    let (mut segments, mut buffer) = (Vec::new(), Vec::new());
    for row in rows {
        if row.len() != table.columns.len() {
            let what = format!("a row has {} values, but the table {} columns", row.len(), table.columns.len());
            return Err(Error::new(ErrorKind::Value, what).object(table.name.clone()));
        }
        put_row(row.iter().map(Value::cell), &mut buffer)?;
        if buffer.len() >= SEGMENT_BYTES {
            segments.push(segment(&std::mem::take(&mut buffer))?);
        }
    }
    if !buffer.is_empty() {
        segments.push(segment(&buffer)?);
    }
    Ok(segments)
}

fn segment(buffer: &[u8]) -> Result<Arc<Segment>> {
    Segment::new(buffer).map(Arc::new).ok_or_else(store::damaged)
}

/// Appends a row in wire form.
fn put_row<'a>(cells: impl Iterator<Item = crate::cell::Cell<'a>>, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; wire::HEADER]);
    cells.for_each(|cell| wire::put(cell, out));
    close_row(start, out)
}

/// Writes the length of the row that began at `start` into its header.
fn close_row(start: usize, out: &mut [u8]) -> Result<()> {
    let first = start + wire::HEADER;
    let len = u32::try_from(out.len() - first)
        .map_err(|_| Error::new(ErrorKind::Value, "a row is longer than the 4 GiB that a row in memory can have"))?;
    out[start..first].copy_from_slice(&len.to_le_bytes());
    Ok(())
}
