//! A database that was never strict: refused cell by cell, or converted as asked and counted.

use super::Pair;
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, text};
use crate::support::oracle::{Dump, Names};
use crate::support::server::Kind;

const NASTY: &str = include_str!("../fixtures/mariadb/nasty.sql");

fn databases() -> Option<(Database, Database)> {
    let pair = Pair::or_skip(Kind::MariaDb, Kind::PostgreSql)?;
    Some((Database::filled(&pair.source, "nasty", &[NASTY]), pair.target("nasty")))
}

#[test]
fn strict_run_names_every_offender_and_writes_nothing() {
    let Some((source, target)) = databases() else { return };
    let outcome = Dbferry::copy(&source, &target).run().expect(2);
    let refusals = outcome.refusals();
    for (code, object) in [("nul-text", "mod$ent.s"), ("zero-date", "mod$ent.dtz")] {
        let found = refusals.iter().any(|(c, o)| c == code && o == object);
        assert!(found, "{code} on {object} is not among {refusals:?}");
        let finding = outcome.events().into_iter().find(|e| e["code"] == code && e["object"] == object);
        let finding = finding.expect("the refusal is an event");
        let said = format!("{} {}", text(&finding["text"]), text(&finding["help"]));
        assert!(said.contains('2'), "{code}: the key of the row is not told: {said}");
        assert!(said.contains(&format!("{code}=")), "{code}: no remedy is told: {said}");
    }
    assert_eq!(refusals.len(), 2, "{refusals:?}");
    assert!(Dump::of(&target).names().is_empty(), "a refused run wrote tables");
}

#[test]
fn named_policies_convert_count_and_touch_nothing_else() {
    for policies in [["nul-text=strip", "zero-date=null"], ["mod$ent.s:nul-text=strip", "mod$ent.dtz:zero-date=null"]] {
        let Some((source, target)) = databases() else { return };
        let call = Dbferry::copy(&source, &target).args(&["--policy", policies[0], "--policy", policies[1]]);
        let report = call.run().expect(0).json();
        assert_eq!(converted(&report), [("dtz".to_string(), 1), ("s".to_string(), 1)]);
        let found = Dump::of(&source).differences(&Dump::of(&target), &Names::of(&report), &[]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|f| f.contains("\"s\"") && f.contains("became \"nulbyte\"")), "{found:?}");
        assert!(found.iter().any(|f| f.contains("\"dtz\"") && f.contains("became NULL")), "{found:?}");
    }
}

fn converted(report: &serde_json::Value) -> Vec<(String, u64)> {
    let entries = report["converted"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<_> = entries.iter().map(|c| (text(&c["column"]), c["cells"].as_u64().unwrap_or(0))).collect();
    found.sort();
    found
}
