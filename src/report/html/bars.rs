//! Bars of the largest tables, by time and by rows.

use super::markup::{card, esc, percent};
use super::timeline::legend;
use crate::report::format::{count, duration, rate};
use crate::report::{Report, TableReport};

/// Bars at most; the rest stands in the table below.
const TOP: usize = 12;

/// The card with both kinds of bars, chosen by radio buttons that need no script.
pub(super) fn section(report: &Report) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    let by_time = top(report, work);
    let by_rows = top(report, |t| t.rows as f64);
    let body = format!(
        "<div class=\"choice\"><input type=\"radio\" name=\"by\" id=\"by-time\" checked><label for=\"by-time\">by \
         time</label><input type=\"radio\" name=\"by\" id=\"by-rows\"><label for=\"by-rows\">by rows</label>\n\
         <ol class=\"bars time\">{}</ol>\n<ol class=\"bars rows\">{}</ol></div>",
        bars(&by_time, work, stacked),
        bars(&by_rows, |t| t.rows as f64, |t, whole| bar("copy", percent(t.rows as f64, whole)))
    );
    let note = if report.tables.len() > TOP {
        format!("{} <span>top {TOP} of {}</span>", legend(), count(report.tables.len() as i128))
    } else {
        legend()
    };
    card("", "Tables", &note, &body)
}

/// Seconds that a table took in all.
fn work(table: &TableReport) -> f64 {
    [table.seconds, table.index_seconds, table.verify_seconds].into_iter().filter(|s| s.is_finite()).sum()
}

fn top(report: &Report, of: fn(&TableReport) -> f64) -> Vec<&TableReport> {
    let mut tables: Vec<_> = report.tables.iter().collect();
    tables.sort_by(|a, b| of(b).total_cmp(&of(a)));
    tables.truncate(TOP);
    tables
}

fn bars(tables: &[&TableReport], of: fn(&TableReport) -> f64, draw: fn(&TableReport, f64) -> String) -> String {
    let whole = tables.iter().map(|t| of(t)).fold(0.0, f64::max);
    tables.iter().map(|t| row(t, &draw(t, whole))).collect()
}

fn row(table: &TableReport, bars: &str) -> String {
    let tip = format!(
        "{}\n{} rows\ncopy {}\nindex {}\nverify {}",
        esc(&table.source),
        count(table.rows),
        duration(table.seconds),
        duration(table.index_seconds),
        duration(table.verify_seconds)
    );
    format!(
        "<li title=\"{tip}\"><span class=\"name\">{}</span><div class=\"bar\">{bars}</div><span class=\"n\">{}<small>rows</small></span>\
         <span class=\"rate\">{}<small>rows/s</small></span></li>\n",
        esc(&table.source),
        count(table.rows),
        rate(table.rows, table.seconds)
    )
}

fn stacked(table: &TableReport, whole: f64) -> String {
    let parts = [("copy", table.seconds), ("index", table.index_seconds), ("verify", table.verify_seconds)];
    parts.iter().map(|(class, seconds)| bar(class, percent(*seconds, whole))).collect()
}

fn bar(class: &str, width: f64) -> String {
    format!("<i class=\"{class}\" style=\"width:{width:.2}%\"></i>")
}
