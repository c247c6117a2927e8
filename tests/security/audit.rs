//! The audit trail tells who did what, leaves whole lines whatever happens, and holds no secret.

use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, text};
use crate::support::fixtures;
use crate::support::server::{Kind, Server};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The lines of a trail; every one must be a whole JSON object with time, run and event.
#[track_caller]
fn trail(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the trail is read");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is not whole: {text}");
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).expect("a line is JSON")).collect();
    for line in &lines {
        assert!(["time", "run", "event"].iter().all(|name| line[name].is_string()), "{line}");
    }
    lines
}

fn of<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

fn sides(from: Kind, to: Kind) -> Option<(Database, Database)> {
    let (from, to) = (Server::or_skip(from)?, Server::or_skip(to)?);
    Some((fixtures::structure(&from), Database::empty(&to, "audit")))
}

#[test]
fn a_copy_is_told_from_begin_to_end() {
    for (from, to) in [(Kind::PostgreSql, Kind::MariaDb), (Kind::MySql, Kind::PostgreSql)] {
        let Some((source, target)) = sides(from, to) else { return };
        let call = Dbferry::copy(&source, &target).args(&["--audit", "trail.jsonl", "--policy", "zero-date=null"]);
        let report = call.run().expect(0).json();
        let path = call.path("trail.jsonl");
        assert_eq!(path.metadata().expect("the trail exists").permissions().mode() & 0o777, 0o600);
        let lines = trail(&path);
        check_begin(&lines[0], &source, &target);
        let opened = of(&lines, "opened")[0];
        assert_eq!(opened["snapshot"], report["snapshot"]);
        assert_eq!(opened["source"]["product"]["version"], report["source"]["product"]["version"]);
        let tables = report["tables"].as_array().expect("tables");
        let statements: Vec<String> = of(&lines, "statement").iter().map(|line| text(&line["sql"])).collect();
        let created = statements.iter().filter(|sql| sql.starts_with("CREATE TABLE")).count();
        assert!(created >= tables.len(), "{statements:#?}");
        let rows = |lines: &[&Value]| lines.iter().filter_map(|line| line["rows"].as_u64()).sum::<u64>();
        let copied: u64 = tables.iter().filter_map(|table| table["rows"].as_u64()).sum();
        assert_eq!(rows(&of(&lines, "chunk")), copied);
        assert_eq!(rows(&of(&lines, "verified")), copied);
        assert!(of(&lines, "verified").iter().all(|line| line["verdict"] == "equal"));
        assert_eq!(
            (text(&lines[lines.len() - 1]["event"]).as_str(), &lines[lines.len() - 1]["exit"]),
            ("end", &0.into())
        );
        let whole = std::fs::read_to_string(&path).expect("the trail is read");
        assert!(!whole.contains(&source.server.password) && !whole.contains(&target.server.password));
    }
}

fn check_begin(line: &Value, source: &Database, target: &Database) {
    assert_eq!((text(&line["event"]).as_str(), text(&line["command"]).as_str()), ("begin", "copy"));
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert!(text(&line["source"]).ends_with(&source.name) && text(&line["target"]).ends_with(&target.name), "{line}");
    assert_eq!(text(&line["source_user"]), source.server.user);
    assert!(["user", "host"].iter().all(|name| !text(&line[name]).is_empty()), "{line}");
    assert_eq!(line["policies"][0]["policy"], "zero-date");
    let settings = line["settings"].as_array().expect("settings");
    let password = settings.iter().find(|s| s["name"] == "DatabasePassword").expect("the password was given");
    assert_eq!(password["value"], "***");
}

#[test]
fn commands_append_and_failures_are_told() {
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("trail.jsonl");
    let file = path.display().to_string();
    let run = |command: &str, more: &[&str], code| {
        Dbferry::new(command, &source, &target).args(&["--audit", &file]).args(more).run().expect(code);
    };
    run("plan", &[], 0);
    run("copy", &[], 0);
    run("copy", &[], 2);
    // What a crash left of a line must not spoil the next one.
    let torn = std::fs::read_to_string(&path).expect("the trail") + "{\"torn";
    std::fs::write(&path, torn).expect("the trail is written");
    target.run("CREATE TABLE intruder (i int)");
    run("verify", &[], 0);
    target.run("DELETE FROM child");
    run("verify", &[], 1);
    run("clear-target", &["--execute", "--confirm", &target.name], 0);
    let text = std::fs::read_to_string(&path).expect("the trail").replace("{\"torn\n", "");
    std::fs::write(&path, text).expect("the trail is written");
    let lines = trail(&path);
    let ends: Vec<_> = of(&lines, "end").iter().map(|line| line["exit"].as_u64()).collect();
    assert_eq!(ends, [0, 0, 2, 0, 1, 0].map(Some));
    assert_eq!(of(&lines, "begin").len(), 6);
    assert!(of(&lines, "end").iter().any(|line| line["error"].to_string().contains("is not empty")));
    assert!(of(&lines, "verified").iter().any(|line| line["table"] == "child" && line["verdict"] == "different"));
    assert!(of(&lines, "statement").iter().any(|line| line["sql"].to_string().contains("DROP TABLE")));
}

#[test]
fn a_kill_leaves_whole_lines() {
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::MariaDb) else { return };
    source.run("CREATE TABLE large AS SELECT g AS id, repeat('x', 100) AS t FROM generate_series(1, 300000) g");
    let call = Dbferry::copy(&source, &target).args(&["--audit", "trail.jsonl"]);
    let path = call.path("trail.jsonl");
    let mut running = call.start();
    while !running.ended() && !std::fs::read_to_string(&path).unwrap_or_default().contains("\"event\":\"chunk\"") {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.signal("KILL");
    running.wait().expect(137);
    let lines = trail(&path);
    assert!(!of(&lines, "chunk").is_empty() && of(&lines, "end").is_empty());
}

#[test]
fn a_trail_that_cannot_be_written_refuses_the_run() {
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    for file in ["/dev/full", "no/such/directory/trail.jsonl"] {
        let outcome = Dbferry::copy(&source, &target).args(&["--audit", file]).run().expect(2);
        assert!(
            outcome.error().starts_with(&format!("error: settings: {file}: the audit trail")),
            "{}",
            outcome.error()
        );
        assert!(outcome.error().contains("help: "), "{}", outcome.error());
    }
}

#[test]
fn converted_cells_are_counted() {
    let (Some(from), Some(to)) = (Server::or_skip(Kind::PostgreSql), Server::or_skip(Kind::MariaDb)) else { return };
    let table = "CREATE TABLE t (id int PRIMARY KEY, f float8); INSERT INTO t VALUES (1, 'NaN'), (2, 1), (3, 'NaN');";
    let (source, target) = (Database::filled(&from, "audit", &[table]), Database::empty(&to, "audit"));
    let call = Dbferry::copy(&source, &target).args(&["--audit", "trail.jsonl", "--policy", "nan=null"]);
    call.run().expect(0);
    let lines = trail(&call.path("trail.jsonl"));
    let told: Vec<_> =
        of(&lines, "converted").iter().map(|line| (text(&line["column"]), line["cells"].clone())).collect();
    assert_eq!(told, [("f".to_string(), 2.into())]);
}
