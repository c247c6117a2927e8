//! The full table, sortable where scripts run, readable where they do not.

use super::markup::{card, esc};
use crate::report::format::{bytes, count, counted, duration, rate};
use crate::report::{Report, TableComparison, TableReport, Verdict, VerifyReport};

/// A cell: what is shown (markup) and what it is sorted by.
struct Cell {
    shown: String,
    key: String,
    number: bool,
}

fn text(shown: String, key: &str) -> Cell {
    Cell { shown, key: esc(key), number: false }
}

fn number(shown: String, key: f64) -> Cell {
    Cell { shown, key: format!("{key:.3}"), number: true }
}

/// All tables of a copy.
pub(super) fn section(report: &Report) -> String {
    let headings = ["Table", "Rows", "Size", "Copy", "Index", "Verify", "Rows/s", "Verified"];
    render(&headings, report.tables.iter().map(|t| row(t).into()), report.tables.len())
}

/// All tables of a comparison.
pub(super) fn comparisons(report: &VerifyReport) -> String {
    let headings = ["Table", "Source rows", "Target rows", "Time", "Equal"];
    render(&headings, report.tables.iter().map(|t| comparison(t).into()), report.tables.len())
}

fn row(table: &TableReport) -> [Cell; 8] {
    let speed = if table.seconds > 0.0 { table.rows as f64 / table.seconds } else { 0.0 };
    [
        names(&table.source, &table.target),
        number(count(table.rows), table.rows as f64),
        number(bytes(table.bytes), table.bytes as f64),
        number(duration(table.seconds), table.seconds),
        number(duration(table.index_seconds), table.index_seconds),
        number(duration(table.verify_seconds), table.verify_seconds),
        number(rate(table.rows, table.seconds), speed),
        badge(table.verified),
    ]
}

fn comparison(table: &TableComparison) -> [Cell; 5] {
    [
        names(&table.source, &table.target),
        number(count(table.source_rows), table.source_rows as f64),
        number(count(table.target_rows), table.target_rows as f64),
        number(duration(table.seconds), table.seconds),
        badge(table.verdict),
    ]
}

fn names(source: &str, target: &str) -> Cell {
    let renamed = if source == target { String::new() } else { format!("<small>→ {}</small>", esc(target)) };
    text(format!("<code>{}</code>{renamed}", esc(source)), source)
}

fn badge(verdict: Verdict) -> Cell {
    let (class, label) = match verdict {
        Verdict::Equal => ("ok", "every cell"),
        Verdict::Counted => ("ok half", "row count"),
        Verdict::Unverified => ("none", "not verified"),
        Verdict::Different => ("no", "different"),
    };
    text(format!("<span class=\"badge {class}\">{label}</span>"), label)
}

fn render(headings: &[&str], rows: impl Iterator<Item = Vec<Cell>>, n: usize) -> String {
    let head: String =
        headings.iter().map(|h| format!("<th scope=\"col\"><button type=\"button\">{h}</button></th>")).collect();
    let body: String = rows.map(|cells| line(&cells)).collect();
    let table = format!(
        "<input class=\"filter\" type=\"search\" placeholder=\"filter by name\" aria-label=\"filter by name\" hidden>\n\
         <div class=\"scroll tall\"><table class=\"sortable\"><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>\
         </table></div>"
    );
    card("all", "All tables", &counted(n as u64, "table"), &table)
}

fn line(cells: &[Cell]) -> String {
    let cell = |c: &Cell| {
        let class = if c.number { " class=\"n\"" } else { "" };
        format!("<td{class} data-v=\"{}\">{}</td>", c.key, c.shown)
    };
    format!("<tr>{}</tr>\n", cells.iter().map(cell).collect::<String>())
}
