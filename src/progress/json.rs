//! `--progress json`: the events that host programs rely on, one object per line.

use crate::event::{Event, Observer, TableState};
use crate::finding::Finding;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time between two lines about the rows of one table.
const PAUSE: Duration = Duration::from_millis(100);

/// Writes events as JSON lines.
pub(super) struct Json<W> {
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    told: HashMap<String, Instant>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Json { state: Mutex::new(State { out, told: HashMap::new() }) }
    }
}

impl<W: Write + Send> Observer for Json<W> {
    fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.due(event)
            && let Some(line) = line(event)
        {
            // Nobody listens any more: the copy goes on all the same.
            let _ = writeln!(state.out, "{line}").and_then(|()| state.out.flush());
        }
    }
}

impl<W> State<W> {
    /// Whether an event is worth a line: rows of one table not more often than a host can use.
    fn due(&mut self, event: &Event) -> bool {
        match event {
            Event::Table { table, state: TableState::Copying, .. } => {
                let now = Instant::now();
                let due = self.told.get(table).is_none_or(|told| now - *told >= PAUSE);
                if due {
                    self.told.insert(table.clone(), now);
                }
                due
            }
            Event::Table { table, .. } => {
                self.told.remove(table);
                true
            }
            _ => true,
        }
    }
}

/// The line for an event that is part of the contract.
fn line(event: &Event) -> Option<String> {
    match event {
        Event::Step { step, state, seconds } => {
            to_json(&Event::Step { step: *step, state: *state, seconds: milli(*seconds) })
        }
        Event::Table { table, rows, rows_total, bytes, state } => {
            // Hosts know two states. What follows the last row is no more copying, but not yet done.
            let state = match state {
                TableState::Done => TableState::Done,
                TableState::Copying | TableState::Copied => TableState::Copying,
                TableState::Indexing | TableState::Verifying => return None,
            };
            to_json(&Event::Table { table: table.clone(), rows: *rows, rows_total: *rows_total, bytes: *bytes, state })
        }
        Event::Finding(_) => to_json(event),
        Event::Note { text } => to_json(&Event::Finding(Finding::note("note", "", text.as_str()))),
        Event::Done { exit, tables, rows, bytes, seconds } => {
            let seconds = milli(*seconds);
            to_json(&Event::Done { exit: *exit, tables: *tables, rows: *rows, bytes: *bytes, seconds })
        }
        Event::Opened { .. }
        | Event::Statement { .. }
        | Event::Chunk { .. }
        | Event::Verified { .. }
        | Event::Converted(_) => None,
        Event::Total { .. } | Event::Span { .. } => None,
    }
}

/// Whole milliseconds; finer digits would claim a precision that is not there.
fn milli(seconds: f64) -> f64 {
    if seconds.is_finite() { (seconds * 1000.0).round() / 1000.0 } else { 0.0 }
}

fn to_json(event: &Event) -> Option<String> {
    serde_json::to_string(event).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Step;
    use crate::event::{StepState, Work};

    fn lines(events: &[Event]) -> Vec<String> {
        let json = Json::new(Vec::new());
        events.iter().for_each(|event| json.event(event));
        let out = json.state.into_inner().unwrap().out;
        String::from_utf8(out).unwrap().lines().map(String::from).collect()
    }

    fn table(rows: u64, state: TableState) -> Event {
        Event::Table { table: "a\n\"b".into(), rows, rows_total: 9, bytes: 70, state }
    }

    #[test]
    fn lines_are_those_of_the_contract() {
        let span = Event::Span { lane: 1, table: "a".into(), work: Work::Copy, from: 0.0, to: 1.0 };
        let events = [
            Event::Step { step: Step::Transfer, state: StepState::Started, seconds: 0.0 },
            Event::Total { tables: 1, rows: 9, bytes: 80, lanes: 1 },
            table(3, TableState::Copying),
            span,
            table(9, TableState::Copied),
            table(9, TableState::Indexing),
            table(9, TableState::Done),
            Event::Finding(Finding::warning("w", "t.c", "text").help("do")),
            Event::Done { exit: 0, tables: 1, rows: 9, bytes: 70, seconds: 1.23456 },
        ];
        assert_eq!(
            lines(&events),
            [
                r#"{"event":"step","step":"transfer","state":"started","seconds":0.0}"#,
                r#"{"event":"table","table":"a\n\"b","rows":3,"rows_total":9,"bytes":70,"state":"copying"}"#,
                r#"{"event":"table","table":"a\n\"b","rows":9,"rows_total":9,"bytes":70,"state":"copying"}"#,
                r#"{"event":"table","table":"a\n\"b","rows":9,"rows_total":9,"bytes":70,"state":"done"}"#,
                r#"{"event":"finding","severity":"warning","code":"w","object":"t.c","text":"text","help":"do"}"#,
                r#"{"event":"done","exit":0,"tables":1,"rows":9,"bytes":70,"seconds":1.235}"#,
            ]
        );
    }

    #[test]
    fn rows_of_a_table_are_not_told_too_often() {
        let events: Vec<_> = (0..100).map(|rows| table(rows, TableState::Copying)).collect();
        assert!(lines(&events).len() < 10);
    }

    #[test]
    fn notes_arrive_as_findings() {
        let told = lines(&[Event::Note { text: "one lane".into() }]);
        assert_eq!(
            told,
            [r#"{"event":"finding","severity":"note","code":"note","object":"","text":"one lane","help":""}"#]
        );
    }
}
