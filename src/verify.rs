//! Reads tables back and compares them with what was sent (or with the source, for `verify`).

use crate::backends::{Range, ReadTable, Reader, Target};
use crate::connect::reopen_target;
use crate::convert::{ColumnRules, Convert};
use crate::digest::{Digest, DigestFrames, Discard, Sum};
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use crate::event::{Event, TableState, Work};
use crate::introspect::lanes;
use crate::ledger::{Copied, Entry};
use crate::plan::{Canon, Plan, TablePlan};
use crate::pool::{Stop, for_each, lock};
use crate::report::Verdict;
use crate::retry::retrying;
use crate::rewrite::{Rewrite, leaves_out, read_changed};
use crate::run::Run;
use crate::settings::VerifyMode;
use crate::split::split;
use std::sync::Mutex;

/// One table to read and hash.
pub(crate) struct Readable {
    pub(crate) name: String,
    pub(crate) read: ReadTable,
    pub(crate) canons: Vec<Canon>,
    /// Changes and conversions to apply before hashing (source side of `verify`).
    pub(crate) rewrites: Vec<Rewrite>,
    pub(crate) rules: Vec<ColumnRules>,
}

/// Sum and seconds of a table that was read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReadBack {
    pub(crate) sum: Sum,
    pub(crate) seconds: f64,
    pub(crate) verdict: Verdict,
}

/// Compares what was read back with what was sent, after reading back what could not be read earlier.
///
/// # Errors
/// `Difference`, naming every table that differs; or what stopped the reading.
pub(crate) fn check(run: &Run, plan: &Plan, target: &mut dyn Target, entries: &[Entry]) -> Result<Vec<ReadBack>> {
    let mode = run.settings.options.verify;
    if mode == VerifyMode::None {
        return Ok(vec![ReadBack::default(); entries.len()]);
    }
    let mut results = read_the_rest(run, plan, target, entries)?;
    for (result, entry) in results.iter_mut().zip(entries) {
        result.verdict = verdict(mode, entry.copied.sum_with_rows(), result.sum);
    }
    let compared = plan.tables.iter().zip(entries.iter().zip(&results));
    let differing = compared.filter(|(_, (_, result))| result.verdict == Verdict::Different);
    match difference(differing.map(|(plan, (e, result))| (plan.target.as_str(), e.copied.rows, result.sum.rows))) {
        Some(error) => Err(error.on(Side::Target)),
        None => Ok(results),
    }
}

/// What was read back of every table.
fn read_the_rest(run: &Run, plan: &Plan, target: &mut dyn Target, entries: &[Entry]) -> Result<Vec<ReadBack>> {
    let unread = || plan.tables.iter().zip(entries).filter(|(_, entry)| entry.read_back.is_none());
    let tables: Vec<_> = unread().map(|(plan, entry)| target_table(plan, &entry.copied)).collect();
    let mut rest = Vec::new();
    if !tables.is_empty() {
        let mut readers = checkers(run, target)?;
        rest = survey(run, Side::Target, &tables, &mut readers)?;
    }
    let mut rest = rest.into_iter();
    Ok(entries.iter().map(|entry| entry.read_back.or_else(|| rest.next()).unwrap_or_default()).collect())
}

/// Sessions that read the target: such as can be opened anew, where the target has them.
fn checkers(run: &Run, target: &mut dyn Target) -> Result<Vec<Box<dyn Reader>>> {
    let mut checkers = Vec::new();
    for _ in 0..lanes(run) {
        match target.open_checker().on(Side::Target)? {
            Some(checker) => checkers.push(checker),
            None => {
                return reopen_target(run)?.open_readers(lanes(run)).on(Side::Target).map(|readers| readers.sessions);
            }
        }
    }
    Ok(checkers)
}

/// How a copied table is read back.
pub(crate) fn target_table(plan: &TablePlan, copied: &Copied) -> Readable {
    let mut read = plan.read_back.clone();
    read.rows_estimate = copied.rows;
    read.bytes_estimate = copied.bytes;
    Readable {
        name: plan.target.clone(),
        read,
        canons: plan.columns.iter().map(|c| c.canon).collect(),
        rewrites: Vec::new(),
        rules: Vec::new(),
    }
}

/// Reads and hashes all tables over all sessions.
///
/// # Errors
/// The first error of any session.
fn read_back(run: &Run, side: Side, tables: &[Readable], readers: &mut [Box<dyn Reader>]) -> Result<Vec<ReadBack>> {
    let reads: Vec<_> = tables.iter().map(|t| &t.read).collect();
    let chunks = split(run, side, &reads, readers, |reader| reader.as_mut())?;
    let left = |index| chunks.iter().filter(|c| c.table == index).count();
    let results: Vec<_> = (0..tables.len()).map(|index| Mutex::new((ReadBack::default(), left(index)))).collect();
    for_each(readers, chunks.iter().collect(), &run.cancel, |lane, reader, chunk, stop| {
        let table = &tables[chunk.table];
        let (sum, seconds) = run.span(lane, &table.name, Work::Verify, || {
            retrying(run, &table.name, stop, |_| {
                read_range(VerifyMode::Checksum, side, reader.as_mut(), table, &chunk.range, stop)
            })
        })?;
        let (result, left) = &mut *lock(&results[chunk.table]);
        result.sum.merge(sum);
        result.seconds += seconds;
        *left -= 1;
        emit(run, table, result.sum.rows, if *left == 0 { TableState::Done } else { TableState::Verifying });
        Ok(())
    })?;
    Ok(results.into_iter().map(|r| r.into_inner().unwrap_or_default().0).collect())
}

/// Counts the rows of all tables.
fn count(run: &Run, side: Side, tables: &[Readable], readers: &mut [Box<dyn Reader>]) -> Result<Vec<ReadBack>> {
    let results: Vec<Mutex<ReadBack>> = tables.iter().map(|_| Mutex::default()).collect();
    for_each(readers, tables.iter().enumerate().collect(), &run.cancel, |lane, reader, (index, table), stop| {
        let (rows, seconds) = run.span(lane, &table.name, Work::Verify, || {
            retrying(run, &table.name, stop, |_| {
                let rows = match leaves_out(&table.rewrites) {
                    true => hash_range(reader.as_mut(), table, &Range::All, stop).map(|sum| sum.rows),
                    false => reader.count(&table.read),
                };
                rows.on(side).map_err(|e| e.object(table.name.clone()))
            })
        })?;
        *lock(&results[index]) = ReadBack { sum: Sum { rows, hash: 0 }, seconds, ..ReadBack::default() };
        emit(run, table, rows, TableState::Done);
        Ok(())
    })?;
    Ok(results.into_iter().map(|r| r.into_inner().unwrap_or_default()).collect())
}

/// Reads or counts all tables, as the mode asks.
///
/// # Errors
/// The first error of any session.
pub(crate) fn survey(
    run: &Run,
    side: Side,
    tables: &[Readable],
    readers: &mut [Box<dyn Reader>],
) -> Result<Vec<ReadBack>> {
    match run.settings.options.verify {
        VerifyMode::Checksum => read_back(run, side, tables, readers),
        VerifyMode::Counts => count(run, side, tables, readers),
        VerifyMode::None => Ok(vec![ReadBack::default(); tables.len()]),
    }
}

/// Reads or counts a range, as the mode asks; only whole tables are counted.
///
/// # Errors
/// `Read` with the table's name.
pub(crate) fn read_range(
    mode: VerifyMode,
    side: Side,
    reader: &mut dyn Reader,
    table: &Readable,
    range: &Range,
    stop: &Stop<'_>,
) -> Result<Sum> {
    let sum = match mode {
        VerifyMode::Counts => reader.count(&table.read).map(|rows| Sum { rows, hash: 0 }),
        VerifyMode::Checksum | VerifyMode::None => hash_range(reader, table, range, stop),
    };
    sum.on(side).map_err(|e| e.object(table.name.clone()))
}

/// Sum of the rows of a range.
///
/// # Errors
/// `Read` when they cannot be read; `Cancelled`.
pub(crate) fn hash_range(reader: &mut dyn Reader, table: &Readable, range: &Range, stop: &Stop<'_>) -> Result<Sum> {
    stop.check()?;
    if table.read.splice.is_some() {
        let mut sink = DigestFrames { sum: Sum::default(), next: Discard::default() };
        reader.read_frames(&table.read, range, &mut sink)?;
        return Ok(sink.sum);
    }
    let mut sink = Convert::new(&table.rules, Digest::new(&table.canons, Discard::default()));
    read_changed(reader, &table.read, range, &table.rewrites, &mut sink)?;
    Ok(sink.next.sum)
}

fn emit(run: &Run, table: &Readable, rows: u64, state: TableState) {
    run.observers.emit(Event::Table {
        table: table.name.clone(),
        rows,
        rows_total: rows.max(table.read.rows_estimate),
        bytes: table.read.bytes_estimate,
        state,
    });
}

/// Outcome of one table from the sums of both sides.
pub(crate) fn verdict(mode: VerifyMode, source: Sum, target: Sum) -> Verdict {
    match mode {
        VerifyMode::None => Verdict::Unverified,
        _ if source.rows != target.rows => Verdict::Different,
        VerifyMode::Counts => Verdict::Counted,
        VerifyMode::Checksum if source.hash == target.hash => Verdict::Equal,
        VerifyMode::Checksum => Verdict::Different,
    }
}

/// The error for tables that differ, naming all of them.
pub(crate) fn difference<'a>(tables: impl Iterator<Item = (&'a str, u64, u64)>) -> Option<Error> {
    let lines: Vec<_> = tables
        .map(|(name, source, target)| match source == target {
            true => format!("{name} (same number of rows, {source}, but other values)"),
            false => format!("{name} ({source} rows on the source, {target} on the target)"),
        })
        .collect();
    let what = match lines.len() {
        0 => return None,
        1 => format!("this table differs: {}", lines[0]),
        n => format!("{n} tables differ: {}", lines.join(", ")),
    };
    Some(
        Error::new(ErrorKind::Difference, what)
            .help("somebody else wrote to the target, or this is a fault of dbferry; do not use the target\n`dbferry verify` names the rows"),
    )
}
