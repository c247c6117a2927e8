//! What an earlier run wrote down, read back from the target.

use super::Control;
use crate::backends::{KeyBound, Range, Target};
use crate::error::{AtStep, Error, ErrorKind, Result, Side};
use std::collections::{BTreeMap, BTreeSet};

/// The row of `dbferry_run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunRow {
    /// Identity over all epochs.
    pub(crate) run_id: String,
    /// Starts of this run so far.
    pub(crate) epoch: i64,
    /// Start of the present epoch.
    pub(crate) started: String,
    /// Machine of the present epoch.
    pub(crate) host: String,
    /// Settings that decide what is copied, as a JSON map.
    pub(crate) settings: String,
    /// Which database is the source, whatever address it is reached by.
    pub(crate) source: String,
    /// Point in time of the present epoch.
    pub(crate) snapshot: String,
    /// Definitions of everything that is built, as JSON.
    pub(crate) plan: String,
}

/// A chunk that is on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    /// Rows committed.
    pub(crate) rows: u64,
    /// Sum of their hashes, where the run took checksums.
    pub(crate) hash: Option<u128>,
}

/// Everything but the run's row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// Where each table was cut, by its number in the plan.
    pub(crate) ranges: BTreeMap<usize, Vec<Range>>,
    /// Chunks by table and number.
    pub(crate) claims: BTreeMap<usize, BTreeMap<u32, Claimed>>,
    /// Hashes of the statements that were run.
    pub(crate) steps: BTreeSet<String>,
    /// The run was done and verified, and was removing its control tables.
    pub(crate) ended: bool,
}

impl RunRow {
    /// The run that a target holds; `None` where a run was stopped before it wrote its row.
    ///
    /// # Errors
    /// `Introspect` when the table cannot be read.
    pub(crate) fn read(target: &mut dyn Target, control: &Control) -> Result<Option<RunRow>> {
        let rows = target.rows(&control.select_run()).on(Side::Target)?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || fields.next().unwrap_or_default();
        Ok(Some(RunRow {
            run_id: next(),
            epoch: next().parse().map_err(|_| damaged("epoch"))?,
            started: next(),
            host: next(),
            settings: next(),
            source: next(),
            snapshot: next(),
            plan: next(),
        }))
    }
}

impl Record {
    /// Reads it. Only after the epoch was raised nothing can be added by anybody else.
    ///
    /// # Errors
    /// `Introspect` when a control table is missing or holds what dbferry did not write.
    pub(crate) fn read(target: &mut dyn Target, control: &Control) -> Result<Record> {
        let mut record = Record::default();
        for row in target.rows(&control.select_ranges()).on(Side::Target)? {
            let ranges: Vec<Range> = serde_json::from_str(&text(&row, 1)).map_err(|_| damaged("ranges"))?;
            if !ranges.iter().all(is_ours) {
                return Err(damaged("ranges"));
            }
            record.ranges.insert(number(&row, 0)?, ranges);
        }
        for row in target.rows(&control.select_claims()).on(Side::Target)? {
            let hash = row.get(3).and_then(Option::as_deref).map(|hex| u128::from_str_radix(hex, 16));
            let hash = hash.transpose().map_err(|_| damaged("row_hash"))?;
            let claimed = Claimed { rows: number(&row, 2)?, hash };
            record.claims.entry(number(&row, 0)?).or_default().insert(number(&row, 1)?, claimed);
        }
        let steps = target.rows(&control.select_steps()).on(Side::Target)?;
        record.steps = steps.iter().map(|row| text(row, 0)).collect();
        Ok(record)
    }
}

/// Whether a range's bounds are literals as we write them. They become part of statements for the source, and
/// whoever can write to the target must not be able to run anything there.
fn is_ours(range: &Range) -> bool {
    let Range::Key { from, to, .. } = range else { return true };
    [from, to].into_iter().flatten().all(|bound| match bound {
        KeyBound::Int(_) => true,
        KeyBound::Literal(text) => is_literal(text),
    })
}

/// A number, or a quoted text of harmless characters, with the introducers of hexadecimal digits.
fn is_literal(text: &str) -> bool {
    let text = text.strip_prefix("_utf8mb4 ").unwrap_or(text);
    let text = text.strip_prefix('X').unwrap_or(text);
    match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(quoted) => quoted.chars().all(|c| c.is_ascii_alphanumeric() || " :.+-".contains(c)),
        None => !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || ".+-eE".contains(c)),
    }
}

fn text(row: &[Option<String>], at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}

fn number<T: std::str::FromStr>(row: &[Option<String>], at: usize) -> Result<T> {
    text(row, at).parse().map_err(|_| damaged("a number"))
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Introspect, format!("the control tables of the unfinished run are damaged ({what})"))
        .on(Side::Target)
        .help("somebody changed them: empty the target with `dbferry clear-target` and start again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_literals_of_ours_come_back() {
        for ours in ["''", "_utf8mb4 X'00ff'", "X'AB'", "-12.5e+3", "'2024-02-29 23:59:59.5'", "'0a-1B'"] {
            assert!(is_literal(ours), "{ours}");
        }
        for foreign in ["", "'", "1 OR sleep(9)", "''; DROP", "'a' OR 'b'", "X'0' -- ", "(SELECT 1)", "'\\'", "@@x"] {
            assert!(!is_literal(foreign), "{foreign}");
        }
    }
}
