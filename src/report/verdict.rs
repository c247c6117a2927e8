//! The one sentence a run comes down to, for the first line of the text and the head of the page.

use super::format::{bytes, count, counted, duration};
use super::{Report, Verdict, VerifyReport};
use crate::finding::Severity;

/// How good the news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Everything asked for was proved.
    Good,
    /// Done, but not everything was proved.
    Mixed,
    /// Something differs or is missing.
    Bad,
}

/// A verdict: `title` in two or three words, `detail` with the figures.
#[derive(Clone, Debug)]
pub(super) struct Headline {
    /// How good the news is.
    pub(super) tone: Tone,
    /// In a few words.
    pub(super) title: String,
    /// What it is about.
    pub(super) detail: String,
}

/// Sums over all tables of a report.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Tables.
    pub(super) tables: u64,
    /// Rows.
    pub(super) rows: u64,
    /// Bytes.
    pub(super) bytes: u64,
}

impl Report {
    pub(super) fn totals(&self) -> Totals {
        let sum = |of: fn(&super::TableReport) -> u64| self.tables.iter().map(of).fold(0, u64::saturating_add);
        Totals { tables: self.tables.len() as u64, rows: sum(|t| t.rows), bytes: sum(|t| t.bytes) }
    }

    /// Seconds that rows were on their way, for an honest rate; the whole run where no step says.
    pub(super) fn transfer_seconds(&self) -> f64 {
        let transfer = self.steps.iter().find(|s| s.step == crate::error::Step::Transfer);
        transfer.map_or(self.seconds, |s| s.seconds)
    }

    pub(super) fn headline(&self) -> Headline {
        let totals = self.totals();
        let figures = format!(
            "{}, {}, {} in {}",
            counted(totals.tables, "table"),
            counted(totals.rows, "row"),
            bytes(totals.bytes),
            duration(self.seconds)
        );
        let (tone, title) = self.outcome();
        Headline { tone, title, detail: figures }
    }

    fn outcome(&self) -> (Tone, String) {
        let tables = self.tables.len();
        let with = |verdict| self.tables.iter().filter(|t| t.verified == verdict).count();
        let different = with(Verdict::Different);
        let unverified = with(Verdict::Unverified);
        match (self.exit, self.verification.as_str()) {
            _ if different > 0 => (Tone::Bad, format!("{different} of {} differ", counted(tables as u64, "table"))),
            (0, "none") => (Tone::Mixed, "copied, not verified".to_string()),
            (0, _) if unverified > 0 => (Tone::Mixed, format!("copied, {unverified} of {tables} not verified")),
            (0, "counts") => (Tone::Good, "copied, row counts equal".to_string()),
            (0, "checksum") if with(Verdict::Equal) == tables => (Tone::Good, "copied and verified".to_string()),
            (0, _) => (Tone::Mixed, "copied, verified in part".to_string()),
            (1, _) => (Tone::Bad, "copied, but verification found differences".to_string()),
            (130 | 143, _) => (Tone::Bad, "interrupted".to_string()),
            (exit, _) => (Tone::Bad, format!("stopped with exit code {exit}")),
        }
    }
}

impl VerifyReport {
    pub(super) fn headline(&self) -> Headline {
        let tables = self.tables.len() as u64;
        let different = self.tables.iter().filter(|t| t.verdict == Verdict::Different).count();
        let unverified = self.tables.iter().filter(|t| t.verdict == Verdict::Unverified).count();
        let errors = self.findings.iter().filter(|f| f.severity == Severity::Error).count();
        let rows = self.tables.iter().map(|t| t.source_rows).fold(0, u64::saturating_add);
        let (tone, title) = match self.verification.as_str() {
            _ if different > 0 => {
                (Tone::Bad, format!("{} of {} differ", count(different as i128), counted(tables, "table")))
            }
            _ if errors > 0 => (Tone::Bad, "the structures differ".to_string()),
            "none" => (Tone::Mixed, "not verified".to_string()),
            _ if unverified > 0 => (Tone::Mixed, format!("{unverified} of {tables} tables not verified")),
            "counts" => (Tone::Good, "row counts are equal".to_string()),
            _ => (Tone::Good, "both sides are equal".to_string()),
        };
        let detail = format!("{}, {} in {}", counted(tables, "table"), counted(rows, "row"), duration(self.seconds));
        Headline { tone, title, detail }
    }
}

impl Verdict {
    /// The outcome in a word or two.
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Unverified => "not verified",
            Verdict::Counted => "row count",
            Verdict::Equal => "every cell",
            Verdict::Different => "DIFFERENT",
        }
    }
}
