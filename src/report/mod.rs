//! What a run did, as data; rendered as text, JSON or a self-contained HTML page.

mod columns;
mod details;
pub mod format;
mod html;
pub mod printable;
mod text;
mod verdict;
mod write;

pub use html::{html, verify_html};
pub use text::{text, verify_text};
pub use write::{check_path, json, write, write_verify};

use crate::error::Step;
use crate::event::Work;
use crate::finding::Finding;
use crate::plan::{Decision, Rename};
use crate::schema::Product;
use serde::Serialize;

/// Result of a copy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// dbferry's version.
    pub version: String,
    /// Start of the run, RFC 3339 in UTC.
    pub started: String,
    /// Seconds in all.
    pub seconds: f64,
    /// Exit code of the command.
    pub exit: u8,
    /// Where from.
    pub source: Place,
    /// Where to.
    pub target: Place,
    /// The point in time that was copied.
    pub snapshot: Option<String>,
    /// Lanes that worked in parallel.
    pub lanes: u32,
    /// Verification that was asked for: `checksum`, `counts` or `none`.
    pub verification: String,
    /// Seconds of each step.
    pub steps: Vec<StepTime>,
    /// Tables.
    pub tables: Vec<TableReport>,
    /// Names that changed.
    pub renames: Vec<Rename>,
    /// Warnings and notes.
    pub findings: Vec<Finding>,
    /// Cells that were changed on their way: converted because the user asked for it, or because they name or
    /// number what has another name or position on the target.
    pub converted: Vec<Converted>,
    /// Sequences and identities with the value the next call gives.
    pub positions: Vec<Position>,
    /// Keys, indexes and constraints built.
    pub objects_built: u64,
    /// Objects that were not copied.
    pub not_copied: Vec<crate::schema::OtherObject>,
    /// What each lane did when.
    pub timeline: Vec<Span>,
}

/// One end of the copy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Place {
    /// `host:port/database`.
    pub name: String,
    /// Server.
    pub product: Product,
    /// How the connection was protected: `TLS 1.3, verified`, `TLS, not verified`, `plain`.
    pub protection: String,
}

/// Duration of a step.
#[derive(Clone, Debug, Serialize)]
pub struct StepTime {
    /// Step.
    pub step: Step,
    /// Seconds.
    pub seconds: f64,
}

/// Result of one table.
#[derive(Clone, Debug, Serialize)]
pub struct TableReport {
    /// Source name.
    pub source: String,
    /// Target name.
    pub target: String,
    /// Rows copied.
    pub rows: u64,
    /// Bytes written in the target's bulk form.
    pub bytes: u64,
    /// Seconds from its first row to its last commit.
    pub seconds: f64,
    /// Seconds spent on its keys and indexes.
    pub index_seconds: f64,
    /// Seconds spent on reading it back.
    pub verify_seconds: f64,
    /// How it was verified.
    pub verified: Verdict,
    /// Columns that became another type.
    pub columns: Vec<ColumnReport>,
}

/// A column whose type changed.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnReport {
    /// Source column.
    pub column: String,
    /// Type on the source.
    pub from: String,
    /// Type on the target.
    pub to: String,
    /// How it was decided.
    pub decision: Decision,
}

/// Outcome of a table's verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was compared.
    #[default]
    Unverified,
    /// Row counts are equal.
    Counted,
    /// Every cell is equal.
    Equal,
    /// The two sides differ.
    Different,
}

/// Cells of a column that were changed on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Converted {
    /// Source table.
    pub table: String,
    /// Source column.
    pub column: String,
    /// Policy, e.g. `zero-date`, or what the plan had to change, e.g. `mendix-name`.
    pub policy: &'static str,
    /// What was done, e.g. `null`.
    pub conversion: String,
    /// How many cells.
    pub cells: u64,
}

/// Where a sequence or identity goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// `table.column` or sequence.
    pub object: String,
    /// The next value.
    pub next: i128,
}

/// A piece of work on the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    /// Lane.
    pub lane: u32,
    /// Table.
    pub table: String,
    /// What it did.
    pub work: Work,
    /// Seconds since the start.
    pub from: f64,
    /// Seconds since the start.
    pub to: f64,
}

/// Result of `verify`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VerifyReport {
    /// Where from.
    pub source: Place,
    /// Where to.
    pub target: Place,
    /// Verification that was asked for.
    pub verification: String,
    /// Seconds in all.
    pub seconds: f64,
    /// Tables in plan order.
    pub tables: Vec<TableComparison>,
    /// Tables and columns that only one side has, or that differ in type.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Whether everything that was asked for is equal.
    pub fn equal(&self) -> bool {
        self.findings.iter().all(|f| f.severity != crate::finding::Severity::Error)
            && self.tables.iter().all(|t| t.verdict != Verdict::Different)
    }
}

/// Comparison of one table.
#[derive(Clone, Debug, Serialize)]
pub struct TableComparison {
    /// Source name.
    pub source: String,
    /// Target name.
    pub target: String,
    /// Rows on the source.
    pub source_rows: u64,
    /// Rows on the target.
    pub target_rows: u64,
    /// Outcome.
    pub verdict: Verdict,
    /// Seconds.
    pub seconds: f64,
}
