//! What is known about a run at a moment, gathered from events; shared by bars and plain lines.

use super::rate::Rate;
use crate::error::Step;
use crate::event::{Event, StepState, TableState};
use std::collections::BTreeMap;

/// Everything that progress is drawn from.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// Steps that have begun and not ended, with the time of their start.
    pub(super) steps: Vec<(Step, f64)>,
    /// Tables that events have told of, in the order of their names.
    pub(super) tables: BTreeMap<String, Table>,
    /// Size of the work.
    pub(super) total: Total,
    rows_rate: Rate,
    bytes_rate: Rate,
    /// Largest share shown so far, and in which step.
    shown: (Option<Step>, f64),
}

/// Size of the work by estimate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Total {
    pub(super) tables: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: u64,
    pub(super) rows_total: u64,
    pub(super) bytes: u64,
    pub(super) state: TableState,
    /// Its keys and indexes are there.
    pub(super) indexed: bool,
    rate: Rate,
}

impl Table {
    /// Rows are still coming or it is worked on in another way.
    pub(super) fn in_flight(&self) -> bool {
        matches!(self.state, TableState::Copying | TableState::Indexing | TableState::Verifying)
    }

    pub(super) fn copied(&self) -> bool {
        self.state != TableState::Copying
    }

    /// Rows per second, as far as it is known.
    pub(super) fn per_second(&self) -> Option<f64> {
        self.rate.per_second()
    }

    /// Bytes that it will have in the end, judged by its rows so far.
    fn expected_bytes(&self) -> f64 {
        let rows = if self.copied() { self.rows } else { self.rows_total.max(self.rows) };
        if self.rows == 0 { 0.0 } else { self.bytes as f64 / self.rows as f64 * rows as f64 }
    }
}

impl Model {
    /// Takes an event at a time in seconds since the start.
    pub(super) fn take(&mut self, event: &Event, at: f64) {
        match event {
            Event::Step { step, state: StepState::Started, .. } => self.steps.push((*step, at)),
            Event::Step { step, state: StepState::Finished, .. } => self.steps.retain(|(s, _)| s != step),
            Event::Total { tables, rows, bytes, .. } => {
                self.total = Total { tables: *tables, rows: *rows, bytes: *bytes };
            }
            Event::Table { table, rows, rows_total, bytes, state } => {
                self.take_table(table, (*rows, *rows_total, *bytes), *state, at);
            }
            _ => {}
        }
    }

    fn take_table(&mut self, name: &str, (rows, rows_total, bytes): (u64, u64, u64), state: TableState, at: f64) {
        if !self.tables.contains_key(name) {
            let table = Table { rows: 0, rows_total, bytes: 0, state, indexed: false, rate: Rate::default() };
            self.tables.insert(name.to_string(), table);
        }
        if let Some(table) = self.tables.get_mut(name) {
            // Events of several lanes may overtake each other; what is counted never shrinks.
            table.rows = table.rows.max(rows);
            table.bytes = table.bytes.max(bytes);
            table.rows_total = rows_total;
            table.indexed |= state == TableState::Done || (table.state == TableState::Indexing && state != table.state);
            table.state = state;
            table.rate.sample(at, table.rows as f64);
        }
    }

    /// Brings the speeds up to date; to be called a few times a second.
    pub(super) fn tick(&mut self, at: f64) {
        if self.total.tables == 0 && self.tables.is_empty() {
            return;
        }
        let (rows, bytes) = (self.rows() as f64, self.bytes() as f64);
        self.rows_rate.sample(at, rows);
        self.bytes_rate.sample(at, bytes);
        for table in self.tables.values_mut().filter(|t| t.state == TableState::Copying) {
            let rows = table.rows as f64;
            table.rate.sample(at, rows);
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.tables.values().map(|t| t.rows).fold(0, u64::saturating_add)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.tables.values().map(|t| t.bytes).fold(0, u64::saturating_add)
    }

    /// Tables whose rows are all there.
    pub(super) fn tables_copied(&self) -> u64 {
        self.tables.values().filter(|t| t.copied()).count() as u64
    }

    /// Tables in all.
    pub(super) fn tables_total(&self) -> u64 {
        self.total.tables.max(self.tables.len() as u64)
    }

    pub(super) fn rows_per_second(&self) -> Option<f64> {
        self.rows_rate.per_second()
    }

    /// Whether every table has all its rows.
    pub(super) fn all_copied(&self) -> bool {
        self.tables_total() > 0 && self.tables_copied() == self.tables_total()
    }

    /// Bytes in the end. The source's statistics count its own storage, so they serve only until the first
    /// rows have shown how many bytes a row takes on the target.
    pub(super) fn expected_bytes(&self) -> f64 {
        let seen: f64 = self.tables.values().map(Table::expected_bytes).sum();
        let seen_rows: f64 = self.tables.values().map(|t| t.rows_total.max(t.rows) as f64).sum();
        let coming = (self.total.rows as f64 - seen_rows).max(0.0);
        let row = match () {
            () if self.rows() > 0 => self.bytes() as f64 / self.rows() as f64,
            () if self.total.rows > 0 => self.total.bytes as f64 / self.total.rows as f64,
            () => 0.0,
        };
        if self.rows() == 0 { self.total.bytes as f64 } else { (seen + coming * row).max(self.bytes() as f64) }
    }

    /// The step that is going on.
    pub(super) fn step(&self) -> Option<Step> {
        self.steps.last().map(|(step, _)| *step)
    }

    /// Share of the step's work that is done, 0 to 1. Never goes back, whatever the estimates do.
    pub(super) fn share(&mut self) -> f64 {
        let step = self.step();
        let share = match step {
            Some(Step::Finish) => self.weighted(|table| table.indexed),
            Some(Step::Verify) => self.weighted(|table| table.state == TableState::Done),
            _ if self.all_copied() => 1.0,
            _ => ratio(self.bytes() as f64, self.expected_bytes()).min(0.99),
        };
        let before = if self.shown.0 == step { self.shown.1 } else { 0.0 };
        self.shown = (step, share.max(before));
        self.shown.1
    }

    /// Share of the tables for which `done` holds, large ones counting more.
    fn weighted(&self, done: impl Fn(&Table) -> bool) -> f64 {
        // Even an empty table takes a statement or two.
        let weight = |table: &Table| table.rows as f64 + 100.0;
        let all: f64 = self.tables.values().map(weight).sum();
        ratio(self.tables.values().filter(|table| done(table)).map(weight).sum(), all)
    }

    /// Seconds until all bytes have arrived.
    pub(super) fn eta(&self) -> Option<f64> {
        let left = self.expected_bytes() - self.bytes() as f64;
        self.bytes_rate.per_second().filter(|_| left > 0.0 && !self.all_copied()).map(|speed| left / speed)
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: u64, rows_total: u64, state: TableState) -> Event {
        Event::Table { table: name.into(), rows, rows_total, bytes: rows * 10, state }
    }

    #[test]
    fn the_estimate_follows_the_rows_that_were_seen() {
        let mut model = Model::default();
        model.take(&Event::Total { tables: 2, rows: 1_000, bytes: 99_999, lanes: 1 }, 0.0);
        assert_eq!(model.expected_bytes(), 99_999.0);
        model.take(&table("a", 100, 400, TableState::Copying), 0.1);
        assert_eq!(model.expected_bytes(), 10_000.0);
        assert_eq!(model.share(), 0.1);
    }

    #[test]
    fn the_share_never_goes_back_and_ends_at_one() {
        let mut model = Model::default();
        model.take(&Event::Total { tables: 1, rows: 100, bytes: 1_000, lanes: 1 }, 0.0);
        model.take(&table("a", 90, 100, TableState::Copying), 0.1);
        assert_eq!(model.share(), 0.9);
        model.take(&table("a", 100, 500, TableState::Copying), 0.2);
        assert_eq!(model.share(), 0.9);
        model.take(&table("a", 500, 500, TableState::Copied), 0.3);
        assert_eq!((model.share(), model.eta()), (1.0, None));
    }

    #[test]
    fn the_eta_comes_from_the_bytes() {
        let mut model = Model::default();
        model.take(&Event::Total { tables: 1, rows: 1_000, bytes: 0, lanes: 1 }, 0.0);
        for i in 0..=10u32 {
            model.take(&table("a", u64::from(i) * 10, 1_000, TableState::Copying), f64::from(i) * 0.1);
            model.tick(f64::from(i) * 0.1);
        }
        let eta = model.eta().unwrap();
        assert!((8.9..9.1).contains(&eta), "{eta}");
    }

    #[test]
    fn each_step_counts_its_own_work() {
        let mut model = Model::default();
        for name in ["a", "b"] {
            model.take(&table(name, 900, 900, TableState::Copied), 0.0);
        }
        assert_eq!(model.share(), 1.0);
        model.take(&Event::Step { step: Step::Finish, state: StepState::Started, seconds: 0.0 }, 0.0);
        model.take(&table("a", 900, 900, TableState::Indexing), 0.1);
        assert_eq!(model.share(), 0.0);
        model.take(&table("a", 900, 900, TableState::Copied), 0.2);
        assert_eq!(model.share(), 0.5);
    }

    #[test]
    fn an_empty_run_divides_by_nothing() {
        let mut model = Model::default();
        model.tick(1.0);
        assert_eq!((model.share(), model.eta(), model.expected_bytes()), (0.0, None, 0.0));
    }
}
