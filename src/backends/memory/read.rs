//! Reading rows out of a snapshot.

use super::MemoryDb;
use super::probe;
use super::store::{State, Stored};
use super::text::render;
use crate::backends::{Range, ReadTable, Reader};
use crate::cell::{Cell, FrameSink, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::probe::{Answer, TableProbes};
use std::sync::Arc;

/// A reading session.
pub(super) struct MemoryReader {
    view: View,
}

enum View {
    /// One state of the database.
    Snapshot(Arc<State>),
    /// What the database holds at each moment.
    Live(MemoryDb),
}

impl MemoryReader {
    pub(super) fn new(state: Arc<State>) -> Self {
        MemoryReader { view: View::Snapshot(state) }
    }

    pub(super) fn live(db: MemoryDb) -> Self {
        MemoryReader { view: View::Live(db) }
    }

    fn state(&self) -> Arc<State> {
        match &self.view {
            View::Snapshot(state) => state.clone(),
            View::Live(db) => db.shared.state(),
        }
    }

    fn stored(&self, table: &ReadTable) -> Result<Arc<Stored>> {
        self.state().table(&table.name, ErrorKind::Read).cloned()
    }
}

/// A column to deliver: its position, and whether its text form travels.
struct Wanted {
    at: usize,
    as_text: bool,
}

impl Reader for MemoryReader {
    fn probe(&mut self, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
        // Probing is cheap here: the first part of a table answers for all of it, the others add nothing.
        if matches!(probes.range, Range::Pages { from: Some(_), .. }) {
            return Ok(vec![Answer::default(); probes.probes.len()]);
        }
        let state = self.state();
        probes.probes.iter().map(|one| probe::answer(&state, probes, one)).collect()
    }

    fn count(&mut self, table: &ReadTable) -> Result<u64> {
        Ok(self.stored(table)?.rows())
    }

    fn split(&mut self, table: &ReadTable, bytes: u64) -> Result<Vec<Range>> {
        let cuts = cuts(&*self.stored(table)?, bytes.max(1));
        if cuts.is_empty() {
            return Ok(vec![Range::All]);
        }
        let starts = std::iter::once(None).chain(cuts.iter().copied().map(Some));
        let ends = cuts.iter().copied().map(Some).chain(std::iter::once(None));
        Ok(starts.zip(ends).map(|(from, to)| Range::Pages { from, to }).collect())
    }

    fn read(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn RowSink) -> Result<u64> {
        let stored = self.stored(table)?;
        let (from, to) = bounds(table, range)?;
        let wanted = wanted(&stored, table)?;
        let mut text = String::new();
        stored.scan(from, to, |row| {
            for column in &wanted {
                deliver(row[column.at], column.as_text, &mut text, sink)?;
            }
            sink.end_row()
        })
    }

    fn read_frames(&mut self, table: &ReadTable, _range: &Range, _sink: &mut dyn FrameSink) -> Result<u64> {
        Err(Error::new(ErrorKind::Read, "a database in memory has no frames that could be spliced")
            .object(table.name.clone())
            .help("this is a fault of dbferry's plan; please report it"))
    }
}

/// Rows at which a table is cut so that each part has about `bytes` bytes.
fn cuts(stored: &Stored, bytes: u64) -> Vec<u64> {
    let (mut cuts, mut row, mut size) = (Vec::new(), 0, 0);
    for bytes_of_row in stored.segments.iter().flat_map(|segment| segment.iter()).map(<[u8]>::len) {
        if size >= bytes {
            cuts.push(row);
            size = 0;
        }
        size += bytes_of_row as u64;
        row += 1;
    }
    cuts
}

/// First row and one past the last.
fn bounds(table: &ReadTable, range: &Range) -> Result<(u64, u64)> {
    match range {
        Range::All => Ok((0, u64::MAX)),
        Range::Pages { from, to } => Ok((from.unwrap_or(0), to.unwrap_or(u64::MAX))),
        Range::Key { .. } => {
            Err(Error::new(ErrorKind::Read, "a database in memory is read by row numbers, not by keys")
                .object(table.name.clone())
                .help("use the ranges that split returns"))
        }
    }
}

fn wanted(stored: &Stored, table: &ReadTable) -> Result<Vec<Wanted>> {
    let wanted = table.columns.iter().map(|column| {
        let at = stored.schema.column_index(&column.name).ok_or_else(|| {
            Error::new(ErrorKind::Read, "there is no such column").object(format!("{}.{}", table.name, column.name))
        })?;
        Ok(Wanted { at, as_text: column.as_text })
    });
    wanted.collect()
}

#[inline]
fn deliver(cell: Cell<'_>, as_text: bool, text: &mut String, sink: &mut dyn RowSink) -> Result<()> {
    match cell {
        Cell::Null | Cell::Text(_) => crate::large::deliver(cell, sink),
        _ if as_text => {
            text.clear();
            render(cell, text);
            sink.cell(Cell::Text(text))
        }
        _ => crate::large::deliver(cell, sink),
    }
}
