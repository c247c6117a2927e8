//! Answers questions about a table's data in one pass over its rows.

use super::keys::{KeyHasher, Uniqueness};
use super::load::database::Database;
use super::load::rows::Blocks;
use super::measure::Measure;
use super::model::catalog::TableDef;
use super::read::read_rows;
use crate::backends::ReadColumn;
use crate::cell::{Cell, RowSink};
use crate::error::Result;
use crate::probe::{Answer, Probe};
use std::collections::BTreeSet;

/// Keys of rows that an answer shows.
const SHOWN: usize = 3;

/// Answers the probes of one table about some of its blocks, in order. Probes about keys take memory
/// for the keys' hashes.
///
/// # Errors
/// `Read` when rows cannot be decoded.
pub(crate) fn answer(database: &Database, table: &TableDef, probes: &[Probe], blocks: Blocks) -> Result<Vec<Answer>> {
    let mut sink = ProbeSink::new(database, table, probes)?;
    let asked = sink.used.iter().filter_map(|at| table.columns.get(*at));
    let columns: Vec<ReadColumn> =
        asked.map(|c| ReadColumn { name: c.name.clone(), ty: c.ty.portable(), as_text: false }).collect();
    read_rows(database, table, &columns, blocks, &mut sink)?;
    Ok(sink.checks.into_iter().map(Check::finish).collect())
}

/// What one probe collects.
enum Check {
    Column { at: usize, measure: Measure, answer: Answer, hit: bool },
    KeyBytes { at: Vec<usize>, limit: u64, bytes: u64, answer: Answer },
    Keys { at: Vec<usize>, hasher: KeyHasher, seen: Uniqueness },
    Dangling { at: Vec<usize>, hasher: KeyHasher, known: Vec<u128>, answer: Answer },
    Values { at: usize, hasher: KeyHasher, known: Vec<u128>, value: Option<i64>, count: u64, found: BTreeSet<i64> },
}

struct ProbeSink {
    checks: Vec<Check>,
    /// Columns that are read: those that a check or the primary key names, in the table's order.
    used: Vec<usize>,
    /// Which of them comes next.
    next: usize,
    names: Vec<(usize, String)>,
    /// Integer and uuid keys of the row.
    row_key: Vec<(usize, KeyPart)>,
}

/// A part of a key that may be shown.
#[derive(Clone, Copy)]
enum KeyPart {
    Int(i64),
    Uuid(u128),
}

impl ProbeSink {
    fn new(database: &Database, table: &TableDef, probes: &[Probe]) -> Result<Self> {
        let place = |name: &String| table.columns.iter().position(|c| c.name == *name).unwrap_or(usize::MAX);
        let mut checks = Vec::new();
        for probe in probes {
            checks.push(check(database, table, probe, &place)?);
        }
        let keys = table.primary_key.iter().flat_map(|k| &k.columns);
        let names: Vec<(usize, String)> = keys.map(|name| (place(name), name.clone())).collect();
        let asked = |at: &usize| names.iter().any(|(key, _)| key == at) || checks.iter().any(|check| check.asks(*at));
        let used = (0..table.columns.len()).filter(asked).collect();
        Ok(ProbeSink { used, checks, next: 0, names, row_key: Vec::new() })
    }
}

fn check(database: &Database, table: &TableDef, probe: &Probe, place: &dyn Fn(&String) -> usize) -> Result<Check> {
    if let Some((column, measure)) = Measure::of(probe) {
        return Ok(Check::Column { at: place(column), measure, answer: Answer::default(), hit: false });
    }
    let places = |names: &[String]| names.iter().map(place).collect::<Vec<_>>();
    Ok(match probe {
        Probe::KeyBytes { columns, bytes } => {
            Check::KeyBytes { at: places(columns), limit: *bytes, bytes: 0, answer: Answer::default() }
        }
        Probe::Collisions { columns, ignore_case, ignore_trailing_blanks } => {
            let hasher = KeyHasher::new(columns.len(), *ignore_case, *ignore_trailing_blanks);
            Check::Keys { at: places(columns), hasher, seen: Uniqueness::default() }
        }
        Probe::Dangling { foreign_key } => {
            let (columns, known) = references(database, table, foreign_key)?;
            let hasher = KeyHasher::of(table, &columns);
            Check::Dangling { at: places(&columns), hasher, known, answer: Answer::default() }
        }
        Probe::DanglingValues { foreign_key } => {
            let (columns, known) = references(database, table, foreign_key)?;
            let (at, hasher) = (columns.first().map_or(usize::MAX, place), KeyHasher::of(table, &columns));
            Check::Values { at, hasher, known, value: None, count: 0, found: BTreeSet::new() }
        }
        _ => Check::Column { at: usize::MAX, measure: Measure::Nothing, answer: Answer::default(), hit: false },
    })
}

/// Columns of a foreign key, and hashes of what they may reference.
fn references(database: &Database, table: &TableDef, name: &str) -> Result<(Vec<String>, Vec<u128>)> {
    let mut keys = table.foreign_keys.iter().enumerate();
    Ok(match keys.find(|(at, _)| table.foreign_key_name(*at) == name) {
        Some((_, key)) => (key.columns.clone(), super::keys::referenced(database, table, key)?),
        None => (Vec::new(), Vec::new()),
    })
}

impl RowSink for ProbeSink {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        let column = self.used.get(self.next).copied().unwrap_or(usize::MAX);
        self.next += 1;
        if self.names.iter().any(|(at, _)| *at == column) {
            match cell {
                Cell::I64(n) => self.row_key.push((column, KeyPart::Int(n))),
                Cell::Uuid(uuid) => self.row_key.push((column, KeyPart::Uuid(u128::from_be_bytes(uuid)))),
                _ => {}
            }
        }
        for check in &mut self.checks {
            match check {
                Check::Column { at, measure, answer, hit } if *at == column => *hit = measure.look(cell, answer),
                Check::KeyBytes { at, bytes, .. } if at.contains(&column) => *bytes += super::measure::utf8_bytes(cell),
                Check::Keys { at, hasher, .. } | Check::Dangling { at, hasher, .. } => {
                    for (part, _) in at.iter().enumerate().filter(|(_, place)| **place == column) {
                        hasher.take(part, cell);
                    }
                }
                Check::Values { at, hasher, value, .. } if *at == column => {
                    hasher.take(0, cell);
                    *value = if let Cell::I64(n) = cell { Some(n) } else { None };
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        self.next = 0;
        let (names, parts) = (&self.names, &self.row_key);
        self.checks.iter_mut().for_each(|check| check.end_row(&|| shown(names, parts)));
        self.row_key.clear();
        Ok(())
    }
}

/// `id=5, part=6`.
fn shown(names: &[(usize, String)], parts: &[(usize, KeyPart)]) -> String {
    let part = |(at, part): &(usize, KeyPart)| {
        let name = names.iter().find(|(key, _)| key == at).map_or("", |(_, name)| name);
        match part {
            KeyPart::Int(n) => format!("{name}={n}"),
            KeyPart::Uuid(uuid) => format!("{name}={uuid:032x}"),
        }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

impl Check {
    /// Whether a column's values matter to it.
    fn asks(&self, column: usize) -> bool {
        match self {
            Check::Column { at, .. } | Check::Values { at, .. } => *at == column,
            Check::KeyBytes { at, .. } | Check::Keys { at, .. } | Check::Dangling { at, .. } => at.contains(&column),
        }
    }

    fn end_row(&mut self, key: &dyn Fn() -> String) {
        match self {
            Check::Column { answer, hit, .. } => {
                if std::mem::take(hit) {
                    note(answer, key);
                }
            }
            Check::KeyBytes { limit, bytes, answer, .. } => {
                if std::mem::take(bytes) > *limit {
                    note(answer, key);
                }
            }
            Check::Keys { hasher, seen, .. } => {
                if let Some((folded, exact)) = hasher.finish() {
                    seen.add(folded, exact);
                }
            }
            Check::Dangling { hasher, known, answer, .. } => {
                if hasher.finish().is_some_and(|(folded, _)| known.binary_search(&folded).is_err()) {
                    note(answer, key);
                }
            }
            Check::Values { hasher, known, value, count, found, .. } => {
                if hasher.finish().is_some_and(|(folded, _)| known.binary_search(&folded).is_err()) {
                    *count += 1;
                    found.extend(*value);
                }
            }
        }
    }

    fn finish(self) -> Answer {
        match self {
            Check::Column { answer, .. } | Check::KeyBytes { answer, .. } | Check::Dangling { answer, .. } => answer,
            Check::Values { count, found, .. } => {
                Answer { count, keys: found.iter().map(i64::to_string).collect(), ..Answer::default() }
            }
            Check::Keys { seen, .. } => Answer { count: seen.collisions(), ..Answer::default() },
        }
    }
}

fn note(answer: &mut Answer, key: &dyn Fn() -> String) {
    answer.count += 1;
    if answer.keys.len() < SHOWN {
        answer.keys.extend(Some(key()).filter(|key| !key.is_empty()));
    }
}
