//! What an in-memory database holds: an immutable state that every change replaces, so that a
//! snapshot is one reference.

use super::wire::{Decoder, rows};
use crate::cell::Cell;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Sequence, Table};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tables and sequences at one point in time.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) tables: BTreeMap<String, Arc<Stored>>,
    pub(super) sequences: BTreeMap<String, Sequence>,
    /// How many changes led here; names the point in time.
    pub(super) changes: u64,
}

impl State {
    /// The table called `name`.
    pub(super) fn table(&self, name: &str, kind: ErrorKind) -> Result<&Arc<Stored>> {
        self.tables.get(name).ok_or_else(|| Error::new(kind, "there is no such table").object(name))
    }

    /// Puts a changed structure in the place of a table's own.
    pub(super) fn restructure(&mut self, schema: Table) {
        if let Some(stored) = self.tables.get_mut(&schema.name) {
            Arc::make_mut(stored).schema = Arc::new(schema);
        }
    }
}

/// A table with its rows.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) schema: Arc<Table>,
    pub(super) segments: Vec<Arc<Segment>>,
}

/// Some rows in wire form, never changed once made.
pub(super) struct Segment {
    data: Box<[u8]>,
    rows: u64,
}

impl Segment {
    /// Takes a buffer of whole rows; `None` if its last row is cut off.
    pub(super) fn new(data: impl Into<Box<[u8]>>) -> Option<Self> {
        let data = data.into();
        let mut count = 0;
        for row in rows(&data) {
            row?;
            count += 1;
        }
        Some(Segment { data, rows: count })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes in wire form.
    pub(super) fn bytes(&self) -> u64 {
        self.data.len() as u64
    }

    /// Each row in wire form.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        rows(&self.data).flatten()
    }
}

impl Stored {
    /// A table without rows.
    pub(super) fn new(schema: Table) -> Self {
        Stored { schema: Arc::new(schema), segments: Vec::new() }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.segments.iter().map(|s| s.rows()).sum()
    }

    /// Bytes in wire form.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|s| s.bytes()).sum()
    }

    /// Calls `visit` with the cells of all rows, in the order of the table's columns.
    pub(super) fn each<'a>(&'a self, visit: impl FnMut(&[Cell<'a>]) -> Result<()>) -> Result<u64> {
        self.scan(0, u64::MAX, visit)
    }

    /// Calls `visit` with the cells of the rows `from..to`; returns how many.
    pub(super) fn scan<'a>(
        &'a self,
        from: u64,
        to: u64,
        mut visit: impl FnMut(&[Cell<'a>]) -> Result<()>,
    ) -> Result<u64> {
        let mut cells = Vec::with_capacity(self.schema.columns.len());
        let (mut first, mut seen) = (0u64, 0u64);
        for segment in &self.segments {
            let next = first + segment.rows();
            if next > from && first < to {
                let skip = from.saturating_sub(first);
                let take = to.min(next) - first.max(from);
                for row in segment.iter().skip(skip as usize).take(take as usize) {
                    decode(row, self.schema.columns.len(), &mut cells).ok_or_else(damaged)?;
                    visit(&cells)?;
                }
                seen += take;
            }
            first = next;
        }
        Ok(seen)
    }
}

/// Decodes a row of `width` cells.
pub(super) fn decode<'a>(row: &'a [u8], width: usize, cells: &mut Vec<Cell<'a>>) -> Option<()> {
    cells.clear();
    let mut decoder = Decoder(row);
    for _ in 0..width {
        cells.push(decoder.cell()?);
    }
    decoder.0.is_empty().then_some(())
}

pub(super) fn damaged() -> Error {
    Error::new(ErrorKind::Read, "a row in memory has another form than its table")
        .help("this is a fault of dbferry; please report it")
}

/// What all handles of one database share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) name: String,
    inner: Mutex<Inner>,
}

/// The part behind the lock.
#[derive(Default)]
pub(super) struct Inner {
    pub(super) state: Arc<State>,
    /// Session that holds the run lock.
    pub(super) holder: Option<u64>,
    /// Sessions opened so far.
    pub(super) sessions: u64,
}

impl Shared {
    pub(super) fn new(name: String) -> Self {
        Shared { name, inner: Mutex::default() }
    }

    /// The part behind the lock; a thread that panicked leaves no half-made state, for states are replaced whole.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present state.
    pub(super) fn state(&self) -> Arc<State> {
        self.lock().state.clone()
    }

    /// Applies a change wholly or not at all.
    pub(super) fn change(&self, apply: impl FnOnce(&mut State) -> Result<()>) -> Result<()> {
        let mut inner = self.lock();
        let mut next = State::clone(&inner.state);
        apply(&mut next)?;
        next.changes += 1;
        inner.state = Arc::new(next);
        Ok(())
    }
}
