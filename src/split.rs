//! Cuts tables into chunks with the help of the sessions that will read them.

use crate::backends::{Range, ReadTable, Reader};
use crate::chunk::{Chunk, chunk_bytes, order};
use crate::error::{AtStep, Result, Side};
use crate::pool::{for_each, lock};
use crate::retry::retrying;
use crate::run::Run;
use std::sync::Mutex;

/// The chunks of all tables in the order of work. `reader` finds the reading session of a worker.
///
/// # Errors
/// `Read` when a table cannot be cut.
pub(crate) fn split<W: Send>(
    run: &Run,
    side: Side,
    tables: &[&ReadTable],
    workers: &mut [W],
    reader: impl Fn(&mut W) -> &mut (dyn Reader + 'static) + Sync,
) -> Result<Vec<Chunk>> {
    let size = chunk_bytes(tables.iter().map(|t| t.bytes_estimate).sum(), workers.len());
    let chunks = Mutex::new(Vec::new());
    for_each(workers, tables.iter().enumerate().collect(), &run.cancel, |_, worker, (index, table), stop| {
        let own = retrying(run, &table.name, stop, |_| cut(reader(worker), side, index, table, size))?;
        lock(&chunks).extend(own);
        Ok(())
    })?;
    Ok(order(chunks.into_inner().unwrap_or_default()))
}

/// The chunks of one table, of about `size` bytes each.
///
/// # Errors
/// `Read` when the table cannot be cut.
pub(crate) fn cut(
    reader: &mut dyn Reader,
    side: Side,
    index: usize,
    table: &ReadTable,
    size: u64,
) -> Result<Vec<Chunk>> {
    let ranges = match table.bytes_estimate > size {
        true => reader.split(table, size).on(side).map_err(|e| e.object(table.name.clone()))?,
        false => vec![Range::All],
    };
    let bytes = table.bytes_estimate / ranges.len().max(1) as u64;
    Ok((0..).zip(ranges).map(|(number, range)| Chunk { table: index, number, range, bytes }).collect())
}
