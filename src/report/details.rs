//! Sections of the text report below the table: changed types and names, conversions, positions, what is missing.

use super::columns::wrap;
use super::format::{count, counted, finding};
use super::printable::{cut, fit, pad_right, printable, width};
use super::text::{Paint, WIDTH};
use super::{ColumnReport, Report, TableReport};
use crate::finding::{Finding, Severity};
use crate::plan::Decision;
use crate::schema::OtherObject;
use std::collections::BTreeMap;

/// Longest list; the rest is in the report file.
const LIST: usize = 10;
/// Most names of one kind of object.
const NAMES: usize = 12;

/// The sections that have something to say.
pub(super) fn sections(report: &Report, paint: Paint) -> Vec<Vec<String>> {
    let all = [
        types(report, paint),
        renames(report, paint),
        converted(report, paint),
        positions(report, paint),
        not_copied(&report.not_copied, paint),
        findings(&report.findings, &report.not_copied, paint),
    ];
    all.into_iter().filter(|section| !section.is_empty()).collect()
}

/// Columns whose type is not the source's, with their tables.
pub(super) fn changed(report: &Report) -> impl Iterator<Item = (&TableReport, &ColumnReport)> {
    let columns = report.tables.iter().flat_map(|t| t.columns.iter().map(move |c| (t, c)));
    columns.filter(|(_, column)| column.decision != Decision::Exact)
}

/// What was decided and why.
pub(super) fn decision(decision: &Decision) -> (&'static str, &str) {
    match decision {
        Decision::Exact => ("exact", ""),
        Decision::Widened(why) => ("widened", why),
        Decision::Converted(why) => ("converted", why),
        Decision::Mapped(why) => ("mapped", why),
    }
}

fn types(report: &Report, paint: Paint) -> Vec<String> {
    let items: Vec<_> = changed(report)
        .map(|(table, column)| {
            let (word, why) = decision(&column.decision);
            let name = format!("{}.{}", table.source, column.column);
            [name, format!("{} → {}", column.from, column.to), format!("{word}: {why}")]
        })
        .collect();
    let title = format!("{} of another type", counted(items.len() as u64, "column"));
    section(&title, &items, paint)
}

fn renames(report: &Report, paint: Paint) -> Vec<String> {
    let item = |r: &crate::plan::Rename| {
        let owner = if r.table.is_empty() { String::new() } else { format!("{}.", r.table) };
        [format!("{} {owner}{}", r.kind, r.from), format!("→ {}", r.to), r.why.clone()]
    };
    let items: Vec<_> = report.renames.iter().map(item).collect();
    section(&format!("{} changed", counted(items.len() as u64, "name")), &items, paint)
}

fn converted(report: &Report, paint: Paint) -> Vec<String> {
    let item = |c: &super::Converted| {
        [format!("{}.{}", c.table, c.column), format!("{} → {}", c.policy, c.conversion), counted(c.cells, "cell")]
    };
    let items: Vec<_> = report.converted.iter().map(item).collect();
    let cells = report.converted.iter().map(|c| c.cells).fold(0, u64::saturating_add);
    section(&format!("{} changed on the way", counted(cells, "cell")), &items, paint)
}

fn positions(report: &Report, paint: Paint) -> Vec<String> {
    let item = |p: &super::Position| [p.object.clone(), format!("next {}", count(p.next)), String::new()];
    let items: Vec<_> = report.positions.iter().map(item).collect();
    section(&format!("{} set", counted(items.len() as u64, "numbering position")), &items, paint)
}

/// A title and up to ten items in three columns.
fn section(title: &str, items: &[[String; 3]], paint: Paint) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let shown: Vec<_> =
        items.iter().take(LIST).map(|[a, b, c]| (fit(a, 38), fit(b, 38), printable(c).into_owned())).collect();
    let first = shown.iter().map(|(a, ..)| width(a)).max().unwrap_or(0);
    let second = shown.iter().map(|(_, b, _)| width(b)).max().unwrap_or(0);
    let mut lines = vec![paint.bold(title)];
    for (a, b, c) in &shown {
        let line = format!("  {}  {}  ", pad_right(a, first), pad_right(b, second));
        let room = WIDTH.saturating_sub(width(&line));
        lines.push(format!("{line}{}", cut(c, room)).trim_end().to_string());
    }
    lines.extend(more(items.len(), LIST));
    lines
}

fn more(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("  and {} more; all in --report", count((all - shown) as i128)))
}

/// Names of the objects that were not copied, by kind.
pub(super) fn by_kind(objects: &[OtherObject]) -> BTreeMap<&str, Vec<&str>> {
    let mut kinds = BTreeMap::<_, Vec<_>>::new();
    for object in objects {
        kinds.entry(object.kind.as_str()).or_default().push(object.name.as_str());
    }
    kinds
}

fn not_copied(objects: &[OtherObject], paint: Paint) -> Vec<String> {
    if objects.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![paint.bold("not copied")];
    for (kind, names) in by_kind(objects) {
        let mut items: Vec<_> = names.iter().take(NAMES).map(|name| fit(name, 56)).collect();
        if names.len() > NAMES {
            items.push(format!("and {} more; all in --report", count((names.len() - NAMES) as i128)));
        }
        let head = format!("{}: ", counted(names.len() as u64, &cut(kind, 30)));
        let body = wrap(&items, ", ", WIDTH - 4 - width(&head));
        let indent = " ".repeat(width(&head));
        for (i, line) in body.iter().enumerate() {
            lines.push(format!("  {}{line}", if i == 0 { &head } else { &indent }));
        }
    }
    lines
}

/// Findings, the gravest first, without those that only repeat an object of `not_copied`.
pub(super) fn findings(findings: &[Finding], not_copied: &[OtherObject], paint: Paint) -> Vec<String> {
    let shown = told_once(&worth_telling(findings, not_copied));
    let mut lines = Vec::new();
    for found in shown.iter().take(LIST) {
        for (i, line) in finding(found).lines().enumerate() {
            let code = if found.severity == Severity::Note { "2" } else { "33" };
            let colour = i == 0 && paint.0;
            let mut pieces = hang(line).into_iter();
            let first = pieces.next().unwrap_or_default();
            lines.push(if colour { paint.paint(code, &first) } else { first });
            lines.extend(pieces);
        }
    }
    lines.extend(more(shown.len(), LIST));
    lines
}

/// What is the same of several objects is said once, with their names.
fn told_once(findings: &[&Finding]) -> Vec<Finding> {
    let mut groups: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for found in findings {
        let alike = |f: &Finding| {
            (&f.severity, f.code, &f.text, &f.help) == (&found.severity, found.code, &found.text, &found.help)
        };
        match groups.iter_mut().find(|(first, _)| alike(first)) {
            Some((_, objects)) => objects.push(&found.object),
            None => groups.push((found, vec![&found.object])),
        }
    }
    let named = |objects: &[&str]| {
        let names = objects.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
        let more = objects.len().saturating_sub(NAMES);
        if more == 0 { names } else { format!("{names} and {} more", count(more as i128)) }
    };
    groups.into_iter().map(|(first, objects)| Finding { object: named(&objects), ..first.clone() }).collect()
}

/// The findings that a reader does not know from the list of objects that were not copied.
pub(super) fn worth_telling<'a>(findings: &'a [Finding], not_copied: &[OtherObject]) -> Vec<&'a Finding> {
    let told = |f: &Finding| f.severity == Severity::Note && f.code.ends_with("-not-copied");
    let listed = |f: &Finding| told(f) && not_copied.iter().any(|object| object.name == f.object);
    let mut shown: Vec<_> = findings.iter().filter(|f| !listed(f)).collect();
    shown.sort_by_key(|f| std::cmp::Reverse(f.severity));
    shown
}

/// Breaks a long line between words; what follows is indented.
fn hang(line: &str) -> Vec<String> {
    let words: Vec<_> = line.trim_start().split(' ').map(String::from).collect();
    let indent = " ".repeat(line.len() - line.trim_start().len());
    let pieces = wrap(&words, " ", WIDTH - indent.len() - 4);
    let lead = |i| if i == 0 { "" } else { "    " };
    pieces.iter().enumerate().map(|(i, piece)| format!("{indent}{}{piece}", lead(i))).collect()
}
