//! A reading session: rows by blocks of the files.

use super::fault::malformed;
use super::load::database::{BLOCK, Database};
use super::load::rows::{Blocks, read, read_first};
use super::model::catalog::{Kind, TableDef};
use super::probe::answer;
use super::rows::decode::RowDecoder;
use super::within::Within;
use crate::backends::{Range, ReadTable, Reader};
use crate::cell::{FrameSink, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::probe::{Answer, TableProbes};
use std::sync::Arc;

/// Reads tables of one schema.
pub(crate) struct HsqldbReader {
    database: Arc<Database>,
    schema: String,
}

impl HsqldbReader {
    pub(crate) fn new(database: Arc<Database>, schema: String) -> Self {
        HsqldbReader { database, schema }
    }

    fn table(&self, name: &str) -> Result<&TableDef> {
        let table = self.database.catalog.table(&self.schema, name);
        table.ok_or_else(|| malformed("there is no such table").object(name))
    }
}

/// The blocks of a range that this backend made.
fn blocks(range: &Range, table: &str) -> Result<Blocks> {
    match range {
        Range::All => Ok(Blocks::ALL),
        Range::Pages { from, to } => Ok(Blocks { from: from.unwrap_or(0), to: *to }),
        Range::Key { .. } => Err(malformed("HSQLDB files are not read by key").object(table)),
    }
}

/// Reads rows into a sink; how many.
pub(super) fn read_rows(
    database: &Database,
    table: &TableDef,
    columns: &[crate::backends::ReadColumn],
    blocks: Blocks,
    sink: &mut dyn RowSink,
) -> Result<u64> {
    let mut decoder = RowDecoder::new(table, columns, database.lobs.clone())?;
    let mut rows = 0;
    read(database, table, blocks, &mut |layout, raws| {
        rows += 1;
        decoder.row(layout, raws, sink)
    })?;
    Ok(rows)
}

/// Reads rows as [`read_rows`] does, without looking at what stands behind the last of these columns.
pub(super) fn read_columns(
    database: &Database,
    table: &TableDef,
    columns: &[crate::backends::ReadColumn],
    blocks: Blocks,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let (mut decoder, limit) = RowDecoder::new(table, columns, database.lobs.clone())?.cutting();
    read_first(database, table, blocks, limit, &mut |layout, raws| decoder.row(layout, raws, sink))
}

/// Parts of a table, of about `bytes` bytes each, that several can read at once.
pub(super) fn cut(database: &Database, table: &TableDef, bytes: u64) -> Vec<Blocks> {
    let total = database.rows.get(&table.id).map_or(0, |rows| rows.bytes());
    let one_reader = table.kind == Kind::Cached || database.overlays.get(&table.id).is_some_and(|o| o.counts_down());
    let step = bytes.div_ceil(BLOCK).max(1);
    let blocks = total.div_ceil(BLOCK);
    if one_reader || blocks <= step {
        return vec![Blocks::ALL];
    }
    let starts = (0..blocks).step_by(step.try_into().unwrap_or(usize::MAX));
    starts.map(|from| Blocks { from, to: Some(from + step).filter(|to| *to < blocks) }).collect()
}

impl Reader for HsqldbReader {
    fn probe(&mut self, probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
        let table = self.table(&probes.table.name)?;
        let blocks = blocks(&probes.range, &table.name)?;
        let answers = answer(&self.database, table, &probes.probes, blocks)?;
        self.database.check_unchanged()?;
        Ok(answers)
    }

    fn count(&mut self, table: &ReadTable) -> Result<u64> {
        let table = self.table(&table.name)?;
        let mut rows = 0;
        read(&self.database, table, Blocks::ALL, &mut |_, _| {
            rows += 1;
            Ok(())
        })?;
        self.database.check_unchanged()?;
        Ok(rows)
    }

    fn split(&mut self, table: &ReadTable, bytes: u64) -> Result<Vec<Range>> {
        let def = self.table(&table.name)?;
        let parts = cut(&self.database, def, bytes);
        if parts.len() == 1 {
            return Ok(vec![Range::All]);
        }
        Ok(parts
            .into_iter()
            .map(|part| Range::Pages { from: Some(part.from).filter(|f| *f > 0), to: part.to })
            .collect())
    }

    fn read(&mut self, table: &ReadTable, range: &Range, sink: &mut dyn RowSink) -> Result<u64> {
        if let Some(mut within) = Within::new(table, range, sink)? {
            self.read(table, &Range::All, &mut within)?;
            return Ok(within.rows);
        }
        let blocks = blocks(range, &table.name)?;
        let def = self.table(&table.name)?;
        let rows = read_rows(&self.database, def, &table.columns, blocks, sink)?;
        self.database.check_unchanged()?;
        Ok(rows)
    }

    fn read_frames(&mut self, table: &ReadTable, _range: &Range, _sink: &mut dyn FrameSink) -> Result<u64> {
        Err(Error::new(ErrorKind::Read, "HSQLDB rows are not spliced").object(table.name.clone()))
    }
}
