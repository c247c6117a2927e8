//! What a careful reader asks for: findings, types, names, conversions, positions, objects left behind.

use super::markup::{esc, fold, plain_table};
use crate::finding::Finding;
use crate::finding::Severity;
use crate::report::Report;
use crate::report::details::{by_kind, changed, decision, worth_telling};
use crate::report::format::{count, counted, severity};
use crate::schema::OtherObject;

/// All collapsible sections, and one line on what did not happen.
pub(super) fn section(report: &Report) -> String {
    let sections = [
        findings(&report.findings, &report.not_copied),
        types(report),
        renames(report),
        converted(report),
        not_copied(&report.not_copied),
        positions(report),
    ];
    format!("<section class=\"details\">{}{}</section>", sections.concat(), nothing(report))
}

/// Warnings and notes, the gravest first.
pub(super) fn findings(findings: &[Finding], listed: &[OtherObject]) -> String {
    let shown = worth_telling(findings, listed);
    if shown.is_empty() {
        return String::new();
    }
    let item = |f: &&Finding| {
        let help = if f.help.is_empty() { String::new() } else { format!("<p class=\"help\">{}</p>", esc(&f.help)) };
        format!(
            "<li class=\"{0}\"><p><span class=\"badge {0}\">{0}</span> <b>{1}</b> <code>{2}</code></p><p>{3}</p>{help}</li>\n",
            severity(f.severity),
            esc(f.code),
            esc(&f.object),
            esc(&f.text)
        )
    };
    let grave = shown.iter().any(|f| f.severity != Severity::Note);
    let body = format!("<ul class=\"findings\">{}</ul>", shown.iter().map(item).collect::<String>());
    fold("Findings", shown.len() as u64, grave, &body)
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", esc(text))
}

fn types(report: &Report) -> String {
    let rows: Vec<_> = changed(report)
        .map(|(table, column)| {
            let (word, why) = decision(&column.decision);
            let name = code(&format!("{}.{}", table.source, column.column));
            vec![name, code(&column.from), code(&column.to), format!("<b>{word}</b> {}", esc(why))]
        })
        .collect();
    listing("Columns of another type", &["Column", "Source", "Target", "Why"], rows)
}

fn renames(report: &Report) -> String {
    let row = |r: &crate::plan::Rename| {
        let owner = if r.table.is_empty() { String::new() } else { format!("{}.", r.table) };
        vec![esc(r.kind), code(&format!("{owner}{}", r.from)), code(&r.to), esc(&r.why)]
    };
    listing("Names that changed", &["Kind", "Source", "Target", "Why"], report.renames.iter().map(row).collect())
}

fn converted(report: &Report) -> String {
    let row = |c: &crate::report::Converted| {
        vec![code(&format!("{}.{}", c.table, c.column)), esc(c.policy), esc(&c.conversion), count(c.cells)]
    };
    let headings = ["Column", "Why", "Became", "Cells"];
    listing("Changed on the way", &headings, report.converted.iter().map(row).collect())
}

fn positions(report: &Report) -> String {
    let row = |p: &crate::report::Position| vec![code(&p.object), count(p.next)];
    let headings = ["Sequence or column", "Next value"];
    listing("Numbering continues", &headings, report.positions.iter().map(row).collect())
}

/// A table that can be opened; empty without rows.
fn listing(title: &str, headings: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    fold(title, rows.len() as u64, false, &plain_table(headings, rows.into_iter()))
}

fn not_copied(objects: &[OtherObject]) -> String {
    if objects.is_empty() {
        return String::new();
    }
    let group = |(kind, names): (&str, Vec<&str>)| {
        let names: String = names.iter().map(|name| format!("<li>{}</li>", code(name))).collect();
        format!("<h3>{}</h3><ul class=\"names\">{names}</ul>", esc(kind))
    };
    let body: String = by_kind(objects).into_iter().map(group).collect();
    fold("Not copied", objects.len() as u64, false, &body)
}

/// The reassuring line: what a copy can do to data and did not do.
fn nothing(report: &Report) -> String {
    let facts = [
        (changed(report).next().is_none(), "every column kept its type"),
        (report.renames.is_empty(), "every name was kept"),
        (report.converted.is_empty(), "no cell was converted"),
        (report.not_copied.is_empty(), "no object was left behind"),
    ];
    let said: Vec<_> = facts.iter().filter(|(so, _)| *so).map(|(_, text)| *text).collect();
    let checked = counted(report.tables.len() as u64, "table");
    if said.is_empty() { String::new() } else { format!("<p class=\"nothing\">{checked}: {}.</p>", said.join(", ")) }
}
