//! The words of progress, the same for bars and for plain lines.

use super::model::{Model, Table};
use crate::error::Step;
use crate::event::TableState;
use crate::report::format::{bytes, compact, count, counted, remaining};
use crate::report::printable::{fit, pad_right};

/// `336 of 542 MB · 540 k rows/s · 6 of 10 tables · 3 s left`, as far as it is known.
pub(super) fn summary(model: &Model) -> String {
    match model.step() {
        Some(Step::Finish) => tables(model, "indexed", |table| table.indexed),
        Some(Step::Verify) => tables(model, "verified", |table| table.state == TableState::Done),
        _ => transfer(model),
    }
}

/// `3 of 10 tables indexed`.
fn tables(model: &Model, done: &str, is_done: impl Fn(&Table) -> bool) -> String {
    let n = model.tables.values().filter(|table| is_done(table)).count();
    format!("{} of {} {done}", count(n as i128), counted(model.tables_total(), "table"))
}

fn transfer(model: &Model) -> String {
    let mut parts = Vec::new();
    let arrived = model.bytes();
    let expected = model.expected_bytes() as u64;
    if model.all_copied() || expected == 0 {
        parts.push(bytes(arrived));
    } else {
        parts.push(format!("{} of about {}", bytes(arrived), bytes(expected)));
    }
    match model.rows_per_second() {
        Some(speed) if !model.all_copied() => parts.push(format!("{} rows/s", compact(speed))),
        _ => parts.push(counted(model.rows(), "row")),
    }
    parts.push(format!("{} of {}", count(model.tables_copied()), counted(model.tables_total(), "table")));
    if let Some(seconds) = model.eta() {
        parts.push(format!("{} left", remaining(seconds)));
    }
    parts.join(" · ")
}

/// What is going on with a table, beside its name.
pub(super) fn table(table: &Table) -> String {
    match table.state {
        TableState::Copying => {
            let speed = table.per_second().map(|s| format!("  {} rows/s", compact(s))).unwrap_or_default();
            format!("{}{speed}", rows(table))
        }
        _ => counted(table.rows, "row"),
    }
}

/// `1,204,000 of 2,000,000 rows`; the estimate is left out once it has proved too small.
fn rows(table: &Table) -> String {
    if table.rows_total > table.rows {
        format!("{} of {} rows", count(table.rows), count(table.rows_total))
    } else {
        counted(table.rows, "row")
    }
}

/// The word for a state, all of one width.
pub(super) fn state(state: TableState) -> &'static str {
    match state {
        TableState::Copying => "copying  ",
        TableState::Copied => "copied   ",
        TableState::Indexing => "indexing ",
        TableState::Verifying => "verifying",
        TableState::Done => "done     ",
    }
}

/// A name in exactly `width` columns.
pub(super) fn name(name: &str, width: usize) -> String {
    pad_right(&fit(name, width), width)
}
