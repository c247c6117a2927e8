//! What has been done for each table: rows, bytes, sums and seconds, while several lanes work on it.

use crate::chunk::Chunk;
use crate::convert::ColumnRules;
use crate::dialect::Dialect;
use crate::digest::Sum;
use crate::event::{Event, TableState};
use crate::lane::{ChunkResult, LaneTable};
use crate::plan::TablePlan;
use crate::pool::lock;
use crate::report::Converted;
use crate::run::Run;
use crate::settings::VerifyMode;
use crate::verify::{ReadBack, Readable, target_table};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was copied of one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copied {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) sum: Sum,
    pub(crate) converted: Vec<Vec<u64>>,
    /// Cells that the plan rewrote, per rewrite.
    pub(crate) changed: Vec<u64>,
}

impl Copied {
    /// The sum of what was sent; without checksums only its number of rows.
    pub(crate) fn sum_with_rows(&self) -> Sum {
        Sum { rows: self.rows, hash: self.sum.hash }
    }
}

/// What became of one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) copied: Copied,
    /// Seconds spent on keys and indexes.
    pub(crate) built: f64,
    /// What was read back, if it was.
    pub(crate) read_back: Option<ReadBack>,
    began: Option<f64>,
}

/// One table at work.
pub(crate) struct Account {
    pub(crate) table: LaneTable,
    rows_estimate: u64,
    rows: AtomicU64,
    bytes: AtomicU64,
    chunks_left: AtomicU64,
    builds_left: AtomicU64,
    checks_left: AtomicU64,
    entry: Mutex<Entry>,
}

impl Account {
    /// A table of which earlier starts have copied `kept`, with so many chunks left.
    pub(crate) fn new(table: LaneTable, plan: &TablePlan, kept: Copied, chunks: u64) -> Self {
        Account {
            table,
            rows_estimate: plan.rows_estimate,
            rows: AtomicU64::new(kept.rows),
            bytes: AtomicU64::new(kept.bytes),
            chunks_left: AtomicU64::new(chunks),
            builds_left: AtomicU64::new((plan.indexes.len() + plan.finish.len()) as u64),
            checks_left: AtomicU64::new(0),
            entry: Mutex::new(Entry { copied: kept, ..Entry::default() }),
        }
    }

    /// Rows of a chunk are being copied.
    pub(crate) fn begin(&self, run: &Run) {
        lock(&self.entry).began.get_or_insert_with(|| run.elapsed());
    }

    /// So many rows and bytes more are on their way.
    pub(crate) fn tick(&self, run: &Run, rows: u64, bytes: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.emit(run, rows, bytes, rows.max(self.rows_estimate), TableState::Copying);
    }

    /// So many of them did not arrive and come again.
    pub(crate) fn untick(&self, rows: u64, bytes: u64) {
        self.rows.fetch_sub(rows, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A chunk is committed.
    pub(crate) fn copied(&self, run: &Run, result: &ChunkResult) {
        let mut entry = lock(&self.entry);
        let began = entry.began.unwrap_or_default();
        let copied = &mut entry.copied;
        copied.rows += result.rows;
        copied.bytes += result.bytes;
        copied.sum.merge(result.sum);
        add_counts(&mut copied.converted, &result.converted);
        add_each(&mut copied.changed, &result.changed);
        copied.seconds = run.elapsed() - began;
        let (rows, bytes) = (copied.rows, copied.bytes);
        drop(entry);
        if self.chunks_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.emit(run, rows, bytes, rows, TableState::Copied);
        }
    }

    /// The table is at another stage.
    pub(crate) fn reached(&self, run: &Run, state: TableState) {
        let (rows, bytes) = (self.rows.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        self.emit(run, rows, bytes, rows, state);
    }

    /// A key or an index was built in so many seconds.
    pub(crate) fn built(&self, run: &Run, seconds: f64) {
        let mut entry = lock(&self.entry);
        entry.built += seconds;
        let read_back = entry.read_back.is_some();
        drop(entry);
        let last = self.builds_left.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && read_back && self.checks_left.load(Ordering::SeqCst) == 0 {
            self.reached(run, TableState::Done);
        }
    }

    /// The table as it is read back.
    pub(crate) fn readable(&self, plan: &TablePlan) -> Readable {
        target_table(plan, &lock(&self.entry).copied)
    }

    /// The table will be read back in these ranges.
    pub(crate) fn cut(&self, ranges: &[Chunk]) {
        self.checks_left.store(ranges.len() as u64, Ordering::SeqCst);
        lock(&self.entry).read_back = Some(ReadBack::default());
    }

    /// A range was read back.
    pub(crate) fn checked(&self, run: &Run, sum: Sum, seconds: f64) {
        if let Some(read_back) = &mut lock(&self.entry).read_back {
            read_back.sum.merge(sum);
            read_back.seconds += seconds;
        }
        let last = self.checks_left.fetch_sub(1, Ordering::SeqCst) == 1;
        let done = last && self.builds_left.load(Ordering::SeqCst) == 0;
        self.reached(run, if done { TableState::Done } else { TableState::Verifying });
    }

    fn emit(&self, run: &Run, rows: u64, bytes: u64, rows_total: u64, state: TableState) {
        run.observers.emit(Event::Table { table: self.table.name.clone(), rows, rows_total, bytes, state });
    }

    /// What became of the table.
    pub(crate) fn close(self) -> Entry {
        self.entry.into_inner().unwrap_or_default()
    }
}

/// What lanes need to know of a table.
pub(crate) fn lane_table(run: &Run, plan: &TablePlan, dialect: &Dialect) -> LaneTable {
    LaneTable {
        name: plan.source.clone(),
        read: plan.read.clone(),
        write: plan.write.clone(),
        canons: plan.columns.iter().map(|c| c.canon).collect(),
        rewrites: plan.rewrites.clone(),
        rules: column_rules(plan, dialect.day_range()),
        hashed: run.settings.options.verify == VerifyMode::Checksum,
    }
}

/// The conversions in force for each column; `days` is the range of dates that the target holds.
pub(crate) fn column_rules(plan: &TablePlan, days: (i32, i32)) -> Vec<ColumnRules> {
    let columns = plan.columns.iter().zip(&plan.write.columns);
    columns
        .map(|(column, write)| ColumnRules { rules: column.conversions.clone(), target: Some(write.ty.clone()), days })
        .collect()
}

/// Adds up converted cells per column and rule.
pub(crate) fn add_counts(total: &mut Vec<Vec<u64>>, part: &[Vec<u64>]) {
    total.resize(total.len().max(part.len()), Vec::new());
    for (total, part) in total.iter_mut().zip(part) {
        add_each(total, part);
    }
}

/// Adds up changed cells.
pub(crate) fn add_each(total: &mut Vec<u64>, part: &[u64]) {
    total.resize(total.len().max(part.len()), 0);
    total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
}

/// The cells of a table that were changed by its plan, for the report.
fn changed(plan: &TablePlan, copied: &Copied) -> Vec<Converted> {
    let counts = plan.rewrites.iter().zip(&copied.changed).filter(|(_, count)| **count > 0);
    counts
        .filter_map(|(rewrite, count)| {
            let (policy, conversion) = rewrite.kind.describe();
            let column = plan.columns.get(rewrite.column)?.source.clone();
            Some(Converted { table: plan.source.clone(), column, policy, conversion: conversion.into(), cells: *count })
        })
        .collect()
}

/// The cells of a table that were changed or converted, for the report.
pub(crate) fn converted(plan: &TablePlan, copied: &Copied) -> Vec<Converted> {
    let columns = plan.columns.iter().zip(&copied.converted);
    let converted = columns.flat_map(|(column, counts)| {
        column.conversions.iter().zip(counts).filter(|(_, count)| **count > 0).map(|((kind, conversion), count)| {
            Converted {
                table: plan.source.clone(),
                column: column.source.clone(),
                policy: kind.name(),
                conversion: conversion.describe(),
                cells: *count,
            }
        })
    });
    changed(plan, copied).into_iter().chain(converted).collect()
}
