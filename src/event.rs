//! What a run tells while it goes on: events for progress bars, host programs and the report's timeline.

use crate::error::Step;
use crate::finding::Finding;
use crate::report::{Converted, Place, Verdict};
use serde::Serialize;
use std::sync::Arc;

/// Something that happened. Serialises to the JSON lines of `--progress json`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Event {
    /// A step started or finished.
    Step {
        /// Which.
        step: Step,
        /// Started or finished.
        state: StepState,
        /// Seconds it took; 0 when it starts.
        seconds: f64,
    },
    /// Both sides are open and the point in time that is read is fixed.
    Opened {
        /// Where from.
        source: Place,
        /// Where to.
        target: Place,
        /// The point in time, as the engine names it.
        snapshot: Option<String>,
    },
    /// A statement is about to be run on the target.
    Statement {
        /// The statement.
        sql: String,
    },
    /// A chunk's rows are committed.
    Chunk {
        /// Target table.
        table: String,
        /// Number of the chunk within the table.
        chunk: u32,
        /// Start of the run that committed it, counted from 1.
        epoch: i64,
        /// Its rows.
        rows: u64,
    },
    /// A table was compared.
    Verified {
        /// Target table.
        table: String,
        /// Rows on the target.
        rows: u64,
        /// Outcome.
        verdict: Verdict,
    },
    /// Cells of a column were converted by a policy, or changed by the plan.
    Converted(Converted),
    /// The size of the work is known.
    Total {
        /// Tables to copy.
        tables: u64,
        /// Rows by estimate.
        rows: u64,
        /// Bytes by estimate.
        bytes: u64,
        /// Lanes that work in parallel.
        lanes: u32,
    },
    /// A table's progress.
    Table {
        /// Source table.
        table: String,
        /// Rows copied.
        rows: u64,
        /// Rows by estimate, corrected when the table is done.
        rows_total: u64,
        /// Bytes written to the target.
        bytes: u64,
        /// What is done with it.
        state: TableState,
    },
    /// A lane did a piece of work (for the timeline).
    Span {
        /// Lane number.
        lane: u32,
        /// Table.
        table: String,
        /// What it did.
        work: Work,
        /// Seconds since the run's start.
        from: f64,
        /// Seconds since the run's start.
        to: f64,
    },
    /// The plan found something.
    Finding(Finding),
    /// A log line for people.
    Note {
        /// The text.
        text: String,
    },
    /// The run ended.
    Done {
        /// Exit code of the command.
        exit: u8,
        /// Tables copied.
        tables: u64,
        /// Rows copied.
        rows: u64,
        /// Bytes written.
        bytes: u64,
        /// Seconds in all.
        seconds: f64,
    },
}

/// State of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// It begins.
    Started,
    /// It is over.
    Finished,
}

/// State of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TableState {
    /// Rows are on their way.
    Copying,
    /// All rows are committed.
    Copied,
    /// Keys and indexes are being built.
    Indexing,
    /// It is being read back.
    Verifying,
    /// Nothing is left to do.
    Done,
}

/// What a lane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Copying a chunk.
    Copy,
    /// Building a key or index.
    Index,
    /// Reading back.
    Verify,
}

/// Receives events. Called from many threads; must be quick.
pub trait Observer: Send + Sync {
    /// Takes one event.
    fn event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Observer for F {
    fn event(&self, event: &Event) {
        self(event);
    }
}

/// Passes events on to several observers.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    /// Adds one.
    pub(crate) fn add(&mut self, observer: Arc<dyn Observer>) {
        self.0.push(observer);
    }

    /// Tells all of them.
    pub(crate) fn emit(&self, event: Event) {
        for observer in &self.0 {
            observer.event(&event);
        }
    }
}
