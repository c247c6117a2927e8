//! What there is to copy: all chunks of all tables, less those that earlier starts of the run have copied.

use crate::backends::{Range, Reader, Target};
use crate::chunk::{Chunk, order};
use crate::error::{Result, Side};
use crate::failpoint::reach;
use crate::finish::execute_all;
use crate::lane::LaneTable;
use crate::ledger::Copied;
use crate::plan::Plan;
use crate::recheck::{Kept, recheck};
use crate::resume::Begun;
use crate::retry::on_target;
use crate::run::Run;
use crate::split::split;

/// Chunks in the order of work, and what is there of each table. Where tables are cut is written down before any of
/// it is copied, so that a later start cuts them the same way.
///
/// # Errors
/// `Read` when the source cannot be read, `Ddl` when the target refuses.
pub(crate) fn portion<W: Send>(
    run: &Run,
    plan: &Plan,
    begun: &Begun,
    tables: &[LaneTable],
    target: &mut dyn Target,
    workers: &mut [W],
    reader: impl Fn(&mut W) -> &mut (dyn Reader + 'static) + Sync,
) -> Result<(Vec<Chunk>, Vec<Copied>)> {
    let kept = recheck(run, plan, begun, tables, target, workers, &reader)?;
    reach("rechecked");
    let uncut: Vec<usize> = (0..tables.len()).filter(|index| kept[*index].left.is_none()).collect();
    let reads: Vec<_> = uncut.iter().map(|index| &tables[*index].read).collect();
    let mut chunks = split(run, Side::Source, &reads, workers, &reader)?;
    for chunk in &mut chunks {
        chunk.table = uncut[chunk.table];
    }
    write_down(run, begun, tables, &chunks, target)?;
    let (left, copied): (Vec<_>, Vec<_>) = kept.into_iter().map(|Kept { left, copied }| (left, copied)).unzip();
    chunks.extend(left.into_iter().flatten().flatten());
    Ok((order(chunks), copied))
}

fn write_down(run: &Run, begun: &Begun, tables: &[LaneTable], chunks: &[Chunk], target: &mut dyn Target) -> Result<()> {
    let mut ranges = vec![Vec::new(); tables.len()];
    let mut ordered: Vec<&Chunk> = chunks.iter().collect();
    ordered.sort_by_key(|chunk| chunk.number);
    for chunk in ordered {
        ranges[chunk.table].push(&chunk.range);
    }
    let cut: Vec<(usize, &str, &[&Range])> = (0..)
        .zip(tables.iter().zip(&ranges))
        .filter(|(_, (_, ranges))| !ranges.is_empty())
        .map(|(index, (table, ranges))| (index, table.name.as_str(), ranges.as_slice()))
        .collect();
    on_target(run, "control tables", target, |target, again| {
        let forget = if again { begun.control.forget_ranges(&cut) } else { Vec::new() };
        execute_all(target, &forget)?;
        execute_all(target, &begun.control.insert_ranges(&cut))
    })?;
    reach("ranges-written");
    Ok(())
}
