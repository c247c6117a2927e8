//! `--progress plain`: lines for logs, one for each step and finished table, and now and then how far it is.

use super::lines;
use super::model::Model;
use crate::event::{Event, Observer, StepState, TableState};
use crate::report::format::{bytes, counted, duration, finding, rate};
use crate::report::printable::printable;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Seconds between two lines on how far it is.
const STATUS: f64 = 5.0;
/// Seconds between two looks at the speed.
const SAMPLE: f64 = 0.25;

/// Writes lines that begin with the seconds since the start.
pub(super) struct Plain<W> {
    start: Instant,
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    model: Model,
    status: f64,
    sampled: f64,
    begun: HashMap<String, f64>,
    /// Tables that had their line.
    told: HashSet<String>,
}

impl<W: Write> Plain<W> {
    pub(super) fn new(out: W) -> Self {
        let (model, begun, told) = (Model::default(), HashMap::new(), HashSet::new());
        let state = State { out, model, status: 0.0, sampled: 0.0, begun, told };
        Plain { start: Instant::now(), state: Mutex::new(state) }
    }
}

impl<W: Write + Send> Observer for Plain<W> {
    fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.take(event, self.start.elapsed().as_secs_f64());
    }
}

impl<W: Write> State<W> {
    fn take(&mut self, event: &Event, at: f64) {
        if let Some(text) = self.tell(event, at) {
            self.line(at, &text);
        }
        self.model.take(event, at);
        if at - self.sampled >= SAMPLE {
            self.sampled = at;
            self.model.tick(at);
        }
        if matches!(event, Event::Total { .. }) {
            self.status = at;
        }
        if matches!(event, Event::Table { .. }) && at - self.status >= STATUS {
            self.status = at;
            let percent = (self.model.share() * 100.0) as u32;
            let text = format!("{percent:>3}%  {}", lines::summary(&self.model));
            self.line(at, &text);
        }
    }

    /// The line for an event, unless it is only one of many.
    fn tell(&mut self, event: &Event, at: f64) -> Option<String> {
        match event {
            Event::Step { step, state: StepState::Started, .. } => Some(format!("{step}")),
            Event::Step { step, state: StepState::Finished, seconds } => {
                Some(format!("{step} finished in {}", duration(*seconds)))
            }
            Event::Total { tables, rows, bytes: size, lanes } => {
                let lanes = counted(u64::from(*lanes), "lane");
                let tables = counted(*tables, "table");
                Some(format!("{tables}, about {}, about {}, {lanes}", counted(*rows, "row"), bytes(*size)))
            }
            Event::Table { table, rows, bytes, state, .. } => self.table(table, (*rows, *bytes), *state, at),
            Event::Finding(found) => Some(finding(found)),
            Event::Note { text } => Some(format!("note: {}", printable(text))),
            Event::Done { exit, tables, rows, bytes: size, seconds } => Some(format!(
                "done, exit code {exit}: {}, {}, {} in {}",
                counted(*tables, "table"),
                counted(*rows, "row"),
                bytes(*size),
                duration(*seconds)
            )),
            Event::Opened { .. }
            | Event::Statement { .. }
            | Event::Chunk { .. }
            | Event::Verified { .. }
            | Event::Converted(_) => None,
            Event::Span { .. } => None,
        }
    }

    /// A table's line: when all its rows are there (or are read, where none is copied), and nothing more.
    fn table(&mut self, name: &str, (rows, size): (u64, u64), state: TableState, at: f64) -> Option<String> {
        if self.told.contains(name) {
            return None;
        }
        if matches!(state, TableState::Copying | TableState::Verifying) {
            self.begun.entry(name.to_string()).or_insert(at);
            return None;
        }
        self.told.insert(name.to_string());
        let seconds = at - self.begun.remove(name).unwrap_or(at);
        let speed = rate(rows, seconds);
        let speed = if speed == "–" { String::new() } else { format!(" ({speed} rows/s)") };
        let (done, size) = match state {
            TableState::Done => ("read", String::new()),
            _ => ("copied", format!(", {}", bytes(size))),
        };
        Some(format!("  {} {done}: {}{size} in {}{speed}", printable(name), counted(rows, "row"), duration(seconds)))
    }

    /// Prints each line of `text` behind the time.
    fn line(&mut self, at: f64, text: &str) {
        for (i, line) in text.lines().enumerate() {
            let time = if i == 0 { clock(at) } else { " ".repeat(clock(at).len()) };
            // Nobody reads any more: the copy goes on all the same.
            let _ = writeln!(self.out, "{time}  {line}");
        }
        let _ = self.out.flush();
    }
}

/// Time since the start: `   7.1s`, `  02:05`, `1:02:05`, all of one width for a day.
fn clock(at: f64) -> String {
    let whole = at as u64;
    let text = match whole {
        0..100 => format!("{at:.1}s"),
        100..3600 => format!("{:02}:{:02}", whole / 60, whole % 60),
        _ => format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60),
    };
    format!("{text:>7}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Step;
    use crate::finding::Finding;

    fn lines(events: &[(f64, Event)]) -> String {
        let plain = Plain::new(Vec::new());
        let mut state = plain.state.into_inner().unwrap();
        events.iter().for_each(|(at, event)| state.take(event, *at));
        String::from_utf8(state.out).unwrap()
    }

    fn table(name: &str, rows: u64, state: TableState) -> Event {
        Event::Table { table: name.into(), rows, rows_total: 100_000, bytes: rows * 100, state }
    }

    #[test]
    fn a_log_of_a_run() {
        let found = Finding::error("nul-text", "mod$ent.s", "holds U+0000").help("set the policy nul-text");
        insta::assert_snapshot!(lines(&[
            (0.0, Event::Step { step: Step::Plan, state: StepState::Started, seconds: 0.0 }),
            (0.2, Event::Finding(found)),
            (0.25, Event::Step { step: Step::Plan, state: StepState::Finished, seconds: 0.25 }),
            (0.3, Event::Step { step: Step::Transfer, state: StepState::Started, seconds: 0.0 }),
            (0.3, Event::Total { tables: 2, rows: 110_000, bytes: 12_000_000, lanes: 2 }),
            (0.4, table("a", 0, TableState::Copying)),
            (0.4, table("b\n", 0, TableState::Copying)),
            (1.4, table("b\n", 10_000, TableState::Copied)),
            (3.0, table("a", 30_000, TableState::Copying)),
            (5.9, table("a", 60_000, TableState::Copying)),
            (6.0, table("a", 61_000, TableState::Copying)),
            (9.4, table("a", 100_000, TableState::Copied)),
            (9.5, table("a", 100_000, TableState::Indexing)),
            (9.9, table("a", 100_000, TableState::Done)),
            (125.0, Event::Note { text: "read by one lane".into() }),
            (3_725.0, Event::Done { exit: 0, tables: 2, rows: 110_000, bytes: 11_000_000, seconds: 3_725.0 }),
        ]));
    }

    #[test]
    fn a_comparison_copies_nothing() {
        let text = lines(&[
            (1.0, table("a", 30_000, TableState::Verifying)),
            (2.0, table("b", 7, TableState::Done)),
            (2.1, table("b", 7, TableState::Done)),
            (3.0, table("a", 100_000, TableState::Done)),
        ]);
        let told: Vec<_> =
            text.lines().map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(told, ["b read: 7 rows in 0 ms", "a read: 100,000 rows in 2.0 s (50.0 k rows/s)"]);
    }
}
