//! Keys, indexes, foreign keys, checks, comments and numbering arrive; what is not copied is listed.

use super::{Pair, copy_equal};
use crate::support::catalog::structure;
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, text};
use crate::support::fixtures;
use crate::support::oracle::Dump;
use crate::support::server::{Family, Kind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Structure lines of the source that the target lacks must be told by the report, all else must be there.
pub(super) fn check(pair: &Pair) {
    let source = fixtures::structure(&pair.source);
    let target = pair.target("structure");
    let (outcome, _) = copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    let report = outcome.json();
    let (ours, theirs) = (comparable(&source), comparable(&target));
    let told = told(&report);
    let missing: Vec<&String> = ours.difference(&theirs).filter(|line| !excused(line, &told)).collect();
    assert!(missing.is_empty(), "neither on the target nor told: {missing:#?}\ntold: {told:#?}");
    let extra: Vec<&String> = theirs.difference(&ours).filter(|line| !line.starts_with("index ")).collect();
    assert!(extra.is_empty(), "only on the target: {extra:#?}");
    let listed: Vec<String> = report["not_copied"].as_array().into_iter().flatten().map(|o| text(&o["name"])).collect();
    for name in ["customer_view", "customer_touch", "touch"] {
        assert!(listed.iter().any(|l| l.contains(name)), "{name} is not listed as not copied: {listed:?}");
    }
}

/// Lines in a form that both families spell alike; checks are only counted, as servers rewrite their text.
fn comparable(database: &Database) -> BTreeSet<String> {
    let mut checks = BTreeMap::new();
    let mut spelled = |line: String| {
        if line.starts_with("check ") {
            let table = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let number = checks.entry(table.clone()).and_modify(|n| *n += 1).or_insert(1);
            return format!("{table} number {number}");
        }
        // InnoDB has no NO ACTION of its own, both spellings mean RESTRICT there.
        line.replace("delete r", "delete a").replace("update r", "update a")
    };
    structure(database).into_iter().map(&mut spelled).collect()
}

/// What the report says that the target lacks, as `code object`.
fn told(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().map(|f| format!("{} {}", text(&f["code"]), text(&f["object"]))).collect()
}

/// Whether a finding about the same kind of object on the same table tells that the line is missing.
fn excused(line: &str, told: &BTreeSet<String>) -> bool {
    let kind = line.split(' ').next().unwrap_or_default();
    let kind = if kind == "fulltext" { "index" } else { kind };
    let table = line.trim_start_matches("foreign key ").split([' ', '.']).nth(usize::from(kind != "foreign"));
    let table = table.unwrap_or_default();
    let about = |finding: &&String| finding.starts_with(kind) && finding.contains(table);
    told.iter().any(|finding| about(&finding))
}

/// The next value of every identity and sequence is the one the source would have given.
pub(super) fn check_numbering(pair: &Pair) {
    let source = fixtures::structure(&pair.source);
    let target = pair.target("numbering");
    let told = told(&Dbferry::copy(&source, &target).run().expect(0).json());
    for (table, columns, value) in [
        ("customer", "code", "'new'"),
        ("child", "cascades", "1"),
        ("numbered", "v", "9"),
        ("numbered_zero", "v", "9"),
        ("numbered_fresh", "v", "9"),
        ("numbered_aside", "k", "'new'"),
        ("unsigned_key", "v", "9"),
    ] {
        let given_up = told.iter().any(|f| f.starts_with("identity-not-copied") && f.contains(table));
        if Dump::of(&source).names().contains(&table) && !given_up {
            let insert = format!("INSERT INTO {table} ({columns}) VALUES ({value});");
            let next = |database: &Database| next_identity(database, table, &insert);
            assert_eq!(next(&target), next(&source), "next number of {table}");
        }
    }
    for sequence in sequences(&source) {
        if pair.target.kind != Kind::MySql {
            assert_eq!(next_value(&target, &sequence), next_value(&source, &sequence), "next value of {sequence}");
        }
    }
}

fn next_identity(database: &Database, table: &str, insert: &str) -> String {
    let column = match table {
        "numbered_aside" => "n",
        "unsigned_key" => "k",
        _ => "id",
    };
    match database.family() {
        Family::PostgreSql => database.run(&insert.replace(';', &format!(" RETURNING {column};"))),
        Family::MySql => database.run(&format!("{insert} SELECT LAST_INSERT_ID();")),
        Family::Hsqldb => database.run(&format!("{insert} CALL IDENTITY();")),
    }
}

fn sequences(database: &Database) -> Vec<String> {
    let lines = structure(database).into_iter();
    lines.filter_map(|line| line.strip_prefix("sequence ").map(str::to_string)).collect()
}

fn next_value(database: &Database, sequence: &str) -> String {
    match database.family() {
        Family::PostgreSql => database.run(&format!("SELECT nextval('{sequence}')")),
        Family::MySql => database.run(&format!("SELECT nextval({sequence})")),
        Family::Hsqldb => database.run(&format!("CALL NEXT VALUE FOR {sequence}")),
    }
}

/// A database without any table is copied, and verified, with nothing to do.
pub(super) fn check_no_tables(pair: &Pair) {
    let source = Database::empty(&pair.source, "void");
    let target = pair.target("void");
    let (outcome, _) = copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    assert_eq!(outcome.json()["tables"].as_array().map(Vec::len), Some(0));
    Dbferry::new("verify", &source, &target).run().expect(0);
}
