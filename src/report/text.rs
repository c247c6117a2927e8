//! The report as text for stdout: verdict first, then the table, then what a careful reader asks for.

use super::columns::{Align, Columns, wrap};
use super::details;
use super::format::{bytes, count, counted, duration, rate};
use super::printable::{cut, fit, pad_right};
use super::verdict::{Headline, Tone};
use super::{Place, Report, TableReport, Verdict, VerifyReport};

/// Widest line.
pub(super) const WIDTH: usize = 100;
/// Widest table name in the table.
const NAME: usize = 40;

/// Colours of a terminal, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn paint(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Mixed => "1;33",
            Tone::Bad => "1;31",
        };
        self.paint(code, text)
    }
}

/// The report of a copy as text of at most 100 columns; `colour` for terminals.
pub fn text(report: &Report, colour: bool) -> String {
    let paint = Paint(colour);
    let mut lines = headline(&report.headline(), paint);
    lines.push(String::new());
    lines.extend(facts(report, paint));
    lines.push(String::new());
    lines.extend(tables(report, paint));
    lines.push(String::new());
    lines.extend(steps(report, paint));
    for section in details::sections(report, paint) {
        lines.push(String::new());
        lines.extend(section);
    }
    finish(lines)
}

/// The report of a comparison as text of at most 100 columns; `colour` for terminals.
pub fn verify_text(report: &VerifyReport, colour: bool) -> String {
    let paint = Paint(colour);
    let mut lines = headline(&report.headline(), paint);
    lines.push(String::new());
    lines.extend(places(&report.source, &report.target, paint).lines(0));
    lines.push(String::new());
    lines.extend(comparisons(report, paint));
    let findings = details::findings(&report.findings, &[], paint);
    if !findings.is_empty() {
        lines.push(String::new());
        lines.extend(findings);
    }
    finish(lines)
}

fn finish(lines: Vec<String>) -> String {
    lines.join("\n") + "\n"
}

fn headline(headline: &Headline, paint: Paint) -> Vec<String> {
    vec![format!("{}: {}", paint.tone(headline.tone, &headline.title), headline.detail)]
}

fn places(source: &Place, target: &Place, paint: Paint) -> Columns {
    let mut columns = Columns::new(&[Align::Left; 4]);
    for (label, place) in [("source", source), ("target", target)] {
        columns.row([
            paint.dim(&pad_right(label, 8)),
            cut(&format!("{} {}", place.product.name, place.product.version), 30),
            fit(&place.name, 34),
            cut(&place.protection, 20),
        ]);
    }
    columns
}

fn facts(report: &Report, paint: Paint) -> Vec<String> {
    let mut lines = places(&report.source, &report.target, paint).lines(0);
    if let Some(snapshot) = &report.snapshot {
        lines.push(labelled("snapshot", &cut(snapshot, WIDTH - 10), paint));
    }
    let lanes = counted(u64::from(report.lanes), "lane");
    let built = format!("{lanes}; keys, indexes and constraints built: {}", count(report.objects_built));
    lines.push(labelled("work", &built, paint));
    lines
}

fn labelled(label: &str, text: &str, paint: Paint) -> String {
    format!("{}  {text}", paint.dim(&pad_right(label, 8)))
}

fn tables(report: &Report, paint: Paint) -> Vec<String> {
    use Align::{Left, Right};
    let mut columns = Columns::new(&[Left, Right, Right, Right, Right, Left]);
    columns.row(["table", "rows", "bytes", "time", "rows/s", "verified"].map(String::from));
    for table in &report.tables {
        columns.row(row(table));
    }
    let totals = report.totals();
    columns.row([
        counted(totals.tables, "table"),
        count(totals.rows),
        bytes(totals.bytes),
        duration(report.transfer_seconds()),
        rate(totals.rows, report.transfer_seconds()),
        String::new(),
    ]);
    frame(columns.lines(0), report.tables.iter().map(|t| t.verified), paint)
}

fn row(table: &TableReport) -> [String; 6] {
    [
        fit(&table.source, NAME),
        count(table.rows),
        bytes(table.bytes),
        duration(table.seconds),
        rate(table.rows, table.seconds),
        table.verified.label().to_string(),
    ]
}

fn comparisons(report: &VerifyReport, paint: Paint) -> Vec<String> {
    use Align::{Left, Right};
    let mut columns = Columns::new(&[Left, Right, Right, Right, Left]);
    columns.row(["table", "source rows", "target rows", "time", "equal"].map(String::from));
    for table in &report.tables {
        columns.row([
            fit(&table.source, NAME),
            count(table.source_rows),
            count(table.target_rows),
            duration(table.seconds),
            table.verdict.label().to_string(),
        ]);
    }
    let sum = |of: fn(&super::TableComparison) -> u64| count(report.tables.iter().map(of).fold(0, u64::saturating_add));
    columns.row([
        counted(report.tables.len() as u64, "table"),
        sum(|t| t.source_rows),
        sum(|t| t.target_rows),
        duration(report.seconds),
        String::new(),
    ]);
    frame(columns.lines(0), report.tables.iter().map(|t| t.verdict), paint)
}

/// Sets the heading and the last line apart and marks the tables that differ.
fn frame(mut lines: Vec<String>, verdicts: impl Iterator<Item = Verdict>, paint: Paint) -> Vec<String> {
    for (line, verdict) in lines.iter_mut().skip(1).zip(verdicts) {
        if verdict == Verdict::Different {
            *line = paint.paint("31", line);
        }
    }
    if let Some(head) = lines.first_mut() {
        *head = paint.dim(head);
    }
    if let Some(total) = lines.last_mut() {
        *total = paint.bold(total);
    }
    lines
}

fn steps(report: &Report, paint: Paint) -> Vec<String> {
    let items: Vec<_> = report.steps.iter().map(|s| format!("{} {}", s.step, duration(s.seconds))).collect();
    let label = |i| if i == 0 { "steps" } else { "" };
    let lines = wrap(&items, " · ", WIDTH - 10);
    lines.iter().enumerate().map(|(i, line)| labelled(label(i), line, paint)).collect()
}
