//! A plan as text for people, or as a script of statements.

use super::{ColumnPlan, Decision, Plan, TablePlan};
use crate::finding::{Finding, Severity};
use std::fmt::Write;

/// The plan as text: decisions table by table, changed names, findings with their remedies.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    let (source, target) = (&plan.source, &plan.target);
    line(&mut out, &format!("{} {} -> {} {}", source.name, source.version, target.name, target.version));
    line(&mut out, &totals(plan));
    for table in &plan.tables {
        table_text(&mut out, table);
    }
    if !plan.renames.is_empty() {
        heading(&mut out, "Names that change");
        for rename in &plan.renames {
            let table = if rename.table.is_empty() { String::new() } else { format!(" of {}", rename.table) };
            line(&mut out, &format!("  {}{table}: {} -> {} ({})", rename.kind, rename.from, rename.to, rename.why));
        }
    }
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")] {
        findings_text(&mut out, plan, severity, title);
    }
    heading(&mut out, &verdict(plan));
    out
}

/// One line; names may hold control characters, which must not reach a terminal.
fn line(out: &mut String, text: &str) {
    out.push_str(&shown(text));
    out.push('\n');
}

fn shown(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default())
        } else {
            shown.push(c)
        }
        shown
    })
}

fn heading(out: &mut String, text: &str) {
    out.push('\n');
    line(out, text);
}

fn totals(plan: &Plan) -> String {
    let rows: u64 = plan.tables.iter().map(|table| table.rows_estimate).sum();
    let columns: usize = plan.tables.iter().map(|table| table.columns.len()).sum();
    let finish: usize = plan.tables.iter().map(|table| table.indexes.len() + table.finish.len()).sum();
    format!(
        "tables {}, columns {columns}, rows about {rows}, statements for keys and indexes {finish}, foreign keys {}, sequences {}",
        plan.tables.len(),
        plan.foreign_keys.len(),
        plan.sequences.len()
    )
}

fn table_text(out: &mut String, table: &TablePlan) {
    let changed: Vec<&ColumnPlan> = table.columns.iter().filter(|column| column.decision != Decision::Exact).collect();
    let renamed = if table.source == table.target { String::new() } else { format!(" -> {}", table.target) };
    let exact = table.columns.len() - changed.len();
    heading(out, &format!("{}{renamed}: {exact} columns as they are, {} changed", table.source, changed.len()));
    for column in changed {
        let name = if column.source == column.target {
            column.source.clone()
        } else {
            format!("{} -> {}", column.source, column.target)
        };
        let (kind, why) = match &column.decision {
            Decision::Exact => ("exact", ""),
            Decision::Widened(why) => ("widened", why.as_str()),
            Decision::Converted(why) => ("converted", why.as_str()),
            Decision::Mapped(why) => ("mapped", why.as_str()),
        };
        line(out, &format!("  {name}: {} -> {} ({kind}: {why})", column.source_type, column.target_type));
    }
}

fn findings_text(out: &mut String, plan: &Plan, severity: Severity, title: &str) {
    let findings: Vec<&Finding> = plan.findings.iter().filter(|finding| finding.severity == severity).collect();
    if findings.is_empty() {
        return;
    }
    heading(out, &format!("{title} ({})", findings.len()));
    for finding in findings {
        line(out, &format!("  {} {}: {}", finding.code, finding.object, finding.text));
        if !finding.help.is_empty() {
            line(out, &format!("    help: {}", finding.help));
        }
    }
}

fn verdict(plan: &Plan) -> String {
    match plan.errors().count() {
        0 => "Nothing stands in the way of this copy.".into(),
        1 => "1 error refuses this copy.".into(),
        n => format!("{n} errors refuse this copy."),
    }
}

/// The plan as a script: every statement in the order of execution, positions with a placeholder in a comment.
pub fn sql(plan: &Plan) -> String {
    let mut out = String::new();
    for statement in plan.statements() {
        let _ = writeln!(out, "-- {}\n{};\n", shown(&statement.object), statement.sql);
    }
    let identities = plan.tables.iter().flat_map(|table| &table.identities).map(|identity| &identity.position);
    for statement in identities.chain(plan.sequences.iter().map(|sequence| &sequence.position)) {
        let position = statement.with_next("<next value>");
        let _ = writeln!(out, "-- {}, after the data\n-- {};\n", shown(&statement.object), shown(&position));
    }
    out
}
