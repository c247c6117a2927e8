//! What earlier starts of a run copied, compared with the source as it is now, and what is left to copy.

use crate::backends::{Range, Reader, Target};
use crate::chunk::Chunk;
use crate::control::{Claimed, Record};
use crate::convert::Convert;
use crate::digest::{Digest, DigestFrames, Discard, Sum};
use crate::error::{AtStep, Result, Side};
use crate::event::Work;
use crate::finding::Finding;
use crate::finish::execute_all;
use crate::lane::LaneTable;
use crate::ledger::{Copied, add_counts, add_each};
use crate::plan::Plan;
use crate::pool::{Stop, for_each, lock};
use crate::resume::{Begun, Fate, fate};
use crate::retry::{on_target, retrying};
use crate::rewrite::{leaves_out, read_changed};
use crate::run::Run;
use crate::settings::VerifyMode;
use std::sync::Mutex;

/// What of a table is on the target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Sum of the chunks that are there.
    pub(crate) copied: Copied,
    /// Chunks that are missing; `None` where the table is still to be cut.
    pub(crate) left: Option<Vec<Chunk>>,
}

/// What is there of each table. Tables that cannot be kept are emptied.
///
/// # Errors
/// `Read` when the source cannot be read, `Ddl` when a table cannot be emptied.
pub(crate) fn recheck<W: Send>(
    run: &Run,
    plan: &Plan,
    begun: &Begun,
    tables: &[LaneTable],
    target: &mut dyn Target,
    workers: &mut [W],
    reader: impl Fn(&mut W) -> &mut (dyn Reader + 'static) + Sync,
) -> Result<Vec<Kept>> {
    let Some(record) = &begun.earlier else { return Ok(vec![Kept::default(); tables.len()]) };
    let fates: Vec<_> = (0..tables.len()).map(|index| fate_of(record, index)).collect();
    let states: Vec<_> = fates.iter().map(|fate| Mutex::new((Copied::default(), *fate != Fate::Restart))).collect();
    let jobs = jobs(run.settings.options.verify, record, &fates);
    for_each(workers, jobs, &run.cancel, |lane, worker, job, stop| {
        let table = &tables[job.table];
        if !lock(&states[job.table]).1 {
            return Ok(());
        }
        let (found, _) = run.span(lane, &table.name, Work::Verify, || {
            retrying(run, &table.name, stop, |_| {
                look(reader(worker), table, &job, stop).on(Side::Source).map_err(|e| e.object(table.name.clone()))
            })
        })?;
        let (copied, same) = &mut *lock(&states[job.table]);
        *same &= job.expected.is_none_or(|expected| expected.holds(&found));
        copied.rows += found.sum.rows;
        copied.sum.merge(found.sum);
        add_counts(&mut copied.converted, &found.converted);
        add_each(&mut copied.changed, &found.changed);
        Ok(())
    })?;
    let states = states.into_iter().map(|state| state.into_inner().unwrap_or_default());
    let mut kept = Vec::new();
    for (index, ((copied, same), fate)) in states.zip(fates).enumerate() {
        kept.push(match fate {
            Fate::Fresh => Kept::default(),
            Fate::Keep(claims) if same => {
                let size = plan.tables[index].bytes_estimate;
                Kept { copied, left: Some(left(record, index, size, |number| !claims.contains_key(&number))) }
            }
            fate => {
                run.found(changed(&tables[index].name, fate != Fate::Restart));
                let statements = begun.control.restart_table(index, &plan.tables[index].target);
                on_target(run, &tables[index].name, target, |target, _| execute_all(target, &statements))?;
                Kept::default()
            }
        });
    }
    Ok(kept)
}

fn fate_of(record: &Record, table: usize) -> Fate {
    match record.ended {
        true => Fate::Keep([(0, Claimed { rows: 0, hash: None })].into()),
        false => fate(record.ranges.get(&table).map(Vec::as_slice), record.claims.get(&table)),
    }
}

fn changed(table: &str, moved: bool) -> Finding {
    let text = match moved {
        true => "the source's rows are no longer those that were copied: the table was emptied and is copied again",
        false => "what was copied of it cannot be told apart from what is missing: it was emptied and is copied again",
    };
    Finding::note("table-restarted", table, text)
}

/// The chunks of a table that `wanted` takes.
fn left(record: &Record, table: usize, size: u64, wanted: impl Fn(u32) -> bool) -> Vec<Chunk> {
    let ranges = record.ranges.get(&table).map(Vec::as_slice).unwrap_or_default();
    let bytes = size / ranges.len().max(1) as u64;
    let chunks = (0..).zip(ranges).filter(|(number, _)| wanted(*number));
    chunks.map(|(number, range)| Chunk { table, number, range: range.clone(), bytes }).collect()
}

/// A look at the source.
struct Job {
    table: usize,
    range: Range,
    /// What is on the target, where it is known.
    expected: Option<Claimed>,
    counts_only: bool,
}

/// Chunks are read again; of whole tables the rows are counted where checksums are not asked for.
fn jobs(mode: VerifyMode, record: &Record, fates: &[Fate]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (table, fate) in fates.iter().enumerate() {
        let Fate::Keep(claims) = fate else { continue };
        let ranges = record.ranges.get(&table).map(Vec::as_slice).unwrap_or_default();
        let whole = record.ended || claims.len() == ranges.len();
        if whole && mode != VerifyMode::Checksum {
            let rows = claims.values().map(|c| c.rows).sum();
            let expected = (!record.ended).then_some(Claimed { rows, hash: None });
            jobs.push(Job { table, range: Range::All, expected, counts_only: true });
            continue;
        }
        jobs.extend(claims.iter().map(|(number, claimed)| Job {
            table,
            range: ranges.get(*number as usize).cloned().unwrap_or(Range::All),
            expected: (!record.ended).then_some(*claimed),
            counts_only: false,
        }));
    }
    jobs
}

/// What the source holds in a range.
struct Found {
    sum: Sum,
    hashed: bool,
    converted: Vec<Vec<u64>>,
    changed: Vec<u64>,
}

impl Claimed {
    fn holds(&self, found: &Found) -> bool {
        self.rows == found.sum.rows && (!found.hashed || self.hash.is_none_or(|hash| hash == found.sum.hash))
    }
}

fn look(reader: &mut dyn Reader, table: &LaneTable, job: &Job, stop: &Stop<'_>) -> Result<Found> {
    stop.check()?;
    if job.counts_only && !leaves_out(&table.rewrites) {
        let sum = Sum { rows: reader.count(&table.read)?, hash: 0 };
        return Ok(Found { sum, hashed: false, converted: Vec::new(), changed: Vec::new() });
    }
    if table.write.splice.is_some() {
        let mut sink = DigestFrames { sum: Sum::default(), next: Discard::default() };
        reader.read_frames(&table.read, &job.range, &mut sink)?;
        return Ok(Found { sum: sink.sum, hashed: true, converted: Vec::new(), changed: Vec::new() });
    }
    let mut sink = Convert::new(&table.rules, Digest::new(&table.canons, Discard::default()));
    let changed = read_changed(reader, &table.read, &job.range, &table.rewrites, &mut sink)?;
    Ok(Found { sum: sink.next.sum, hashed: true, converted: sink.counts, changed })
}
