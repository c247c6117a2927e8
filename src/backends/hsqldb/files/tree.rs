//! Walks the tree of a CACHED table's first index: only what it reaches is a row, the rest was freed.

use super::codec;
use super::data::DataReader;
use crate::backends::hsqldb::fault::damaged;
use crate::backends::hsqldb::model::catalog::{Slot, TableDef};
use crate::backends::hsqldb::rows::split::Raw;
use crate::error::Result;

/// Balanced trees of as many rows as a file can hold are not deeper.
const MAX_DEPTH: usize = 120;
/// Largest row that makes sense.
const MAX_ROW: usize = 1 << 31;

/// Root and number of indexes of a table, from `SET TABLE … INDEX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    position: u64,
    indexes: usize,
    rows: u64,
}

impl Root {
    /// `None` for a table without rows.
    ///
    /// # Errors
    /// `Read` when the numbers make no sense.
    pub(crate) fn of(table: &TableDef) -> Result<Option<Root>> {
        let numbers = &table.roots;
        if numbers.is_empty() {
            return Ok(None);
        }
        let wrong = || damaged("the index roots in the script make no sense").object(table.display());
        let indexes = (numbers.len() - 1) / 2;
        let position = *numbers.first().ok_or_else(wrong)?;
        let rows = u64::try_from(*numbers.last().ok_or_else(wrong)?).map_err(|_| wrong())?;
        if indexes == 0 || numbers.len() != 2 * indexes + 1 {
            return Err(wrong());
        }
        if position <= 0 {
            return Ok(None);
        }
        Ok(Some(Root { position: position as u64, indexes, rows }))
    }

    /// Rows by the last checkpoint.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}

/// Calls `each` for every row in order of the first index.
///
/// # Errors
/// `Read` when the tree is damaged or has not as many rows as the script says; or what `each` returned.
pub(crate) fn walk(
    reader: &mut DataReader,
    root: Root,
    layout: &[Slot],
    each: &mut dyn FnMut(&[Raw<'_>]) -> Result<()>,
) -> Result<()> {
    let limit = reader.max_nodes();
    // Nodes whose left side is done or under way.
    let mut path: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut next = Some(root.position);
    let mut rows = 0;
    while next.is_some() || !path.is_empty() {
        while let Some(position) = next {
            if path.len() >= MAX_DEPTH {
                return Err(damaged("the tree of a table runs in a circle").object(reader.data.display()));
            }
            let block = block(reader, position)?;
            next = pointer(&block, 1);
            path.push((position, block));
        }
        let Some((_, block)) = path.pop() else { break };
        rows += 1;
        if rows > limit {
            return Err(damaged("the tree of a table runs in a circle").object(reader.data.display()));
        }
        let columns = block.get(4 + 16 * root.indexes..).unwrap_or_default();
        let raws = codec::split(columns, layout).map_err(|e| e.object(reader.data.display()))?;
        each(&raws)?;
        next = pointer(&block, 2);
    }
    if rows == root.rows {
        return Ok(());
    }
    let what = format!("a table has {rows} rows in the data file, but {} by the script", root.rows);
    Err(damaged(what).object(reader.data.display()))
}

/// The block of a row, its size word included.
fn block(reader: &mut DataReader, position: u64) -> Result<Vec<u8>> {
    let at = position.saturating_mul(reader.data.scale);
    let mut head = [0; 4];
    reader.read_at(at, &mut head)?;
    let size = i32::from_be_bytes(head);
    let size = usize::try_from(size)
        .ok()
        .filter(|n| (20..MAX_ROW).contains(n) && *n as u64 <= reader.max_nodes() * reader.data.scale);
    let size = size.ok_or_else(|| damaged("a row has an impossible size").object(reader.data.display()))?;
    let mut block = vec![0; size];
    reader.read_at(at, &mut block)?;
    Ok(block)
}

/// Word `field` of the first index's node: 1 left, 2 right.
fn pointer(block: &[u8], field: usize) -> Option<u64> {
    let at = 4 + 4 * field;
    let word = i32::from_be_bytes(block.get(at..at + 4)?.try_into().ok()?);
    u64::try_from(word).ok().filter(|position| *position > 0)
}
