//! Copies all rows: tables cut into chunks, chunks worked off by parallel lanes.

use crate::backends::{Claim, Reader, Writer};
use crate::chunk::Chunk;
use crate::connect::Sides;
use crate::convert::ColumnRules;
use crate::dialect::Dialect;
use crate::digest::Sum;
use crate::error::{AtStep, Result, Side};
use crate::event::{Event, TableState, Work};
use crate::introspect::Found;
use crate::lane::{ChunkResult, LaneTable, copy_chunk};
use crate::plan::{Plan, TablePlan};
use crate::pool::{Stop, for_each, lock};
use crate::portion::portion;
use crate::report::Converted;
use crate::resume::Begun;
use crate::retry::retrying;
use crate::run::Run;
use crate::settings::VerifyMode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source session and a target session that work together.
struct Lane {
    reader: Box<dyn Reader>,
    writer: Box<dyn Writer>,
}

/// What was copied of one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copied {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) sum: Sum,
    pub(crate) converted: Vec<Vec<u64>>,
}

impl Copied {
    /// The sum of what was sent; without checksums only its number of rows.
    pub(crate) fn sum_with_rows(&self) -> Sum {
        Sum { rows: self.rows, hash: self.sum.hash }
    }
}

struct Progress {
    table: LaneTable,
    rows_estimate: u64,
    rows: AtomicU64,
    bytes: AtomicU64,
    outcome: Mutex<Outcome>,
}

#[derive(Default)]
struct Outcome {
    copied: Copied,
    chunks_left: usize,
    began: Option<f64>,
}

/// Copies every table of the plan.
///
/// # Errors
/// The first error of any lane; chunks that were committed stay.
pub(crate) fn transfer(
    run: &Run,
    plan: &Plan,
    found: &mut Found,
    sides: &mut Sides,
    begun: &Begun,
) -> Result<Vec<Copied>> {
    let mut lanes = Vec::new();
    for reader in found.readers.drain(..) {
        lanes.push(Lane { reader, writer: sides.target.open_writer().on(Side::Target)? });
    }
    let copied = copy_tables(run, plan, begun, sides, &mut lanes)?;
    // The source's sessions end here: nothing else is read under their snapshot.
    sides.writers = lanes.into_iter().map(|lane| lane.writer).collect();
    Ok(copied)
}

fn copy_tables(run: &Run, plan: &Plan, begun: &Begun, sides: &mut Sides, lanes: &mut [Lane]) -> Result<Vec<Copied>> {
    let tables: Vec<_> = plan.tables.iter().map(|t| lane_table(run, t, sides.dialect)).collect();
    let target = sides.target.as_mut();
    let (chunks, kept) = portion(run, plan, begun, &tables, target, lanes, |lane| lane.reader.as_mut())?;
    let tables: Vec<Progress> = tables.into_iter().zip(&plan.tables).zip(kept).map(progress).collect();
    for chunk in &chunks {
        lock(&tables[chunk.table].outcome).chunks_left += 1;
    }
    announce(run, plan, lanes.len());
    for_each(lanes, chunks, &run.cancel, |lane, sessions, chunk, stop| {
        let table = &tables[chunk.table];
        lock(&table.outcome).began.get_or_insert_with(|| run.elapsed());
        let claim = Claim {
            epoch: begun.row.epoch,
            table: chunk.table as u32,
            chunk: chunk.number,
            range: serde_json::to_string(&chunk.range).unwrap_or_default(),
        };
        let (result, _) = run.span(lane, &table.table.name, Work::Copy, || {
            copy_surely(run, sessions, table, (&chunk, &claim), stop)
                .map_err(|error| error.object(table.table.name.clone()))
        })?;
        table.finish_chunk(run, result);
        Ok(())
    })?;
    Ok(tables.into_iter().map(Progress::into_copied).collect())
}

/// Copies a chunk, and again where that may help. A commit that was not confirmed is looked up, never repeated.
fn copy_surely(
    run: &Run,
    sessions: &mut Lane,
    table: &Progress,
    (chunk, claim): (&Chunk, &Claim),
    stop: &Stop<'_>,
) -> Result<ChunkResult> {
    let Lane { reader, writer } = sessions;
    let mut unconfirmed = None;
    retrying(run, &table.table.name, stop, |failed| {
        if failed > 0 {
            writer.recover().on(Side::Target)?;
        }
        if unconfirmed.is_some() {
            let arrived = writer.is_committed(claim).on(Side::Target)?;
            if let Some(result) = unconfirmed.take().filter(|_| arrived) {
                return Ok(result);
            }
        }
        let ticked = (AtomicU64::new(0), AtomicU64::new(0));
        let tick = |rows, bytes| {
            ticked.0.fetch_add(rows, Ordering::Relaxed);
            ticked.1.fetch_add(bytes, Ordering::Relaxed);
            table.tick(run, rows, bytes);
        };
        let what = (&table.table, chunk, claim);
        copy_chunk(reader.as_mut(), writer.as_mut(), what, stop, &tick, &mut unconfirmed).inspect_err(|_| {
            // What did not arrive does not count.
            table.rows.fetch_sub(ticked.0.load(Ordering::Relaxed), Ordering::Relaxed);
            table.bytes.fetch_sub(ticked.1.load(Ordering::Relaxed), Ordering::Relaxed);
        })
    })
}

fn announce(run: &Run, plan: &Plan, lanes: usize) {
    run.observers.emit(Event::Total {
        tables: plan.tables.len() as u64,
        rows: plan.tables.iter().map(|t| t.rows_estimate).sum(),
        bytes: plan.tables.iter().map(|t| t.bytes_estimate).sum(),
        lanes: lanes as u32,
    });
}

fn lane_table(run: &Run, plan: &TablePlan, dialect: &Dialect) -> LaneTable {
    LaneTable {
        name: plan.source.clone(),
        read: plan.read.clone(),
        write: plan.write.clone(),
        canons: plan.columns.iter().map(|c| c.canon).collect(),
        rules: column_rules(plan, dialect.day_range()),
        hashed: run.settings.options.verify == VerifyMode::Checksum,
    }
}

fn progress(((table, plan), kept): ((LaneTable, &TablePlan), Copied)) -> Progress {
    Progress {
        table,
        rows_estimate: plan.rows_estimate,
        rows: AtomicU64::new(kept.rows),
        bytes: AtomicU64::new(kept.bytes),
        outcome: Mutex::new(Outcome { copied: kept, ..Outcome::default() }),
    }
}

/// The conversions in force for each column; `days` is the range of dates that the target holds.
pub(crate) fn column_rules(plan: &TablePlan, days: (i32, i32)) -> Vec<ColumnRules> {
    let columns = plan.columns.iter().zip(&plan.write.columns);
    columns
        .map(|(column, write)| ColumnRules { rules: column.conversions.clone(), target: Some(write.ty.clone()), days })
        .collect()
}

impl Progress {
    fn tick(&self, run: &Run, rows: u64, bytes: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.emit(run, rows, bytes, rows.max(self.rows_estimate), TableState::Copying);
    }

    fn finish_chunk(&self, run: &Run, result: ChunkResult) {
        let mut outcome = lock(&self.outcome);
        outcome.copied.rows += result.rows;
        outcome.copied.bytes += result.bytes;
        outcome.copied.sum.merge(result.sum);
        add_counts(&mut outcome.copied.converted, &result.converted);
        outcome.copied.seconds = run.elapsed() - outcome.began.unwrap_or_default();
        outcome.chunks_left -= 1;
        let (rows, bytes, last) = (outcome.copied.rows, outcome.copied.bytes, outcome.chunks_left == 0);
        drop(outcome);
        if last {
            self.emit(run, rows, bytes, rows, TableState::Copied);
        }
    }

    fn emit(&self, run: &Run, rows: u64, bytes: u64, rows_total: u64, state: TableState) {
        run.observers.emit(Event::Table { table: self.table.name.clone(), rows, rows_total, bytes, state });
    }

    fn into_copied(self) -> Copied {
        self.outcome.into_inner().unwrap_or_default().copied
    }
}

/// Adds up converted cells per column and rule.
pub(crate) fn add_counts(total: &mut Vec<Vec<u64>>, part: &[Vec<u64>]) {
    total.resize(total.len().max(part.len()), Vec::new());
    for (total, part) in total.iter_mut().zip(part) {
        total.resize(total.len().max(part.len()), 0);
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
}

/// The converted cells of a table, for the report.
pub(crate) fn converted(plan: &TablePlan, copied: &Copied) -> Vec<Converted> {
    let columns = plan.columns.iter().zip(&copied.converted);
    columns
        .flat_map(|(column, counts)| {
            column.conversions.iter().zip(counts).filter(|(_, count)| **count > 0).map(|((kind, conversion), count)| {
                Converted {
                    table: plan.source.clone(),
                    column: column.source.clone(),
                    policy: kind.name(),
                    conversion: conversion.describe(),
                    cells: *count,
                }
            })
        })
        .collect()
}
