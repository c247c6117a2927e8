//! Runs that are interrupted, killed or started twice leave a source untouched and a target that says what it is.

use super::Pair;
use crate::support::catalog::{assert_untouched, fingerprint};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Running};
use crate::support::server::{Family, Kind, Server};
use std::time::{Duration, Instant};

/// How long a run may take to stop when it is told to.
const STOP: Duration = Duration::from_secs(10);

#[test]
fn sigint_stops_postgresql_to_mariadb() {
    interrupted(Kind::PostgreSql, Kind::MariaDb, "INT", 130);
}

#[test]
fn sigterm_stops_mariadb_to_postgresql() {
    interrupted(Kind::MariaDb, Kind::PostgreSql, "TERM", 143);
}

#[test]
fn sigterm_stops_mysql_to_mysql() {
    interrupted(Kind::MySql, Kind::MySql, "TERM", 143);
}

#[test]
fn sigkill_leaves_a_refusable_target_on_postgresql() {
    interrupted(Kind::PostgreSql, Kind::PostgreSql, "KILL", 137);
}

#[test]
fn sigkill_leaves_a_refusable_target_on_mysql() {
    interrupted(Kind::PostgreSql, Kind::MySql, "KILL", 137);
}

fn interrupted(from: Kind, to: Kind, signal: &str, code: i32) {
    let Some(pair) = Pair::or_skip(from, to) else { return };
    let source = big(&pair.source);
    let target = pair.target("interrupt");
    let before = fingerprint(&source);
    let copy = Dbferry::copy(&source, &target).args(&["--jobs", "1"]);
    let mut running = copy.start();
    wait_for_rows(&mut running, &target);
    let told = Instant::now();
    running.signal(signal);
    let outcome = running.wait();
    assert!(told.elapsed() < STOP, "it took {:?} to stop", told.elapsed());
    let outcome = outcome.expect(code);
    if signal != "KILL" {
        assert!(outcome.error().starts_with("error: "), "no error line: {}", outcome.stderr);
        let done = outcome.events().into_iter().find(|event| event["event"] == "done");
        assert_eq!(done.map(|done| done["exit"].clone()), Some(code.into()), "the event tells another exit code");
    }
    assert_untouched("the source", &before, &fingerprint(&source));
    wait_until_alone(&target);
    let refused = copy.run().expect(2);
    assert!(refused.error().contains("unfinished run"), "{}", refused.error());
    assert!(refused.error().contains("clear-target"), "{}", refused.error());
    let clear = ["--execute", "--confirm", &target.name];
    Dbferry::new("clear-target", &source, &target).args(&clear).run().expect(0);
    copy.run().expect(0);
    let sum = if from == Kind::Hsqldb { HSQLDB_SUM } else { SUM };
    assert_eq!(target.run(SUM), source.run(sum), "the second copy differs");
}

#[test]
fn sigterm_stops_hsqldb_to_postgresql() {
    interrupted(Kind::Hsqldb, Kind::PostgreSql, "TERM", 143);
}

/// Files come into place at the end only: a run that does not get there leaves the target as it was.
#[test]
fn stopped_runs_leave_no_trace_on_hsqldb() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("KILL", 137)] {
        let Some(pair) = Pair::or_skip(Kind::PostgreSql, Kind::Hsqldb) else { return };
        let source = big(&pair.source);
        let target = pair.target("interrupt");
        let before = fingerprint(&target);
        let copy = Dbferry::copy(&source, &target).args(&["--jobs", "1"]);
        let mut running = copy.start();
        wait_for_segment(&mut running, &target);
        running.signal(signal);
        running.wait().expect(code);
        assert_untouched("the target", &before, &fingerprint(&target));
        copy.run().expect(0);
        let left: Vec<_> =
            files(&target.root().join("hsqldb")).into_iter().filter(|name| name.starts_with('.')).collect();
        assert!(left.is_empty(), "temporary files stay: {left:?}");
        assert_eq!(target.run(HSQLDB_SUM), source.run(SUM), "the second copy differs");
    }
}

#[test]
fn second_run_on_one_folder_refuses_at_once() {
    let Some(pair) = Pair::or_skip(Kind::PostgreSql, Kind::Hsqldb) else { return };
    let source = big(&pair.source);
    let target = pair.target("twice");
    let copy = Dbferry::copy(&source, &target).args(&["--jobs", "1"]);
    let mut first = copy.start();
    wait_for_segment(&mut first, &target);
    let second = Dbferry::copy(&source, &target).run();
    assert!(!first.ended(), "the first run ended too early to prove anything");
    let second = second.expect(2);
    assert!(second.error().contains("at work on it"), "{}", second.error());
    first.wait().expect(0);
}

/// HSQLDB joins with blanks only what is text.
const HSQLDB_SUM: &str = "SELECT count(*) || ' ' || sum(id) || ' ' || sum(n) || ' ' || sum(length(t)) FROM big;";

/// Waits until the run writes rows beside the target.
fn wait_for_segment(running: &mut Running, target: &Database) {
    let folder = target.root().join("hsqldb").join(format!(".{}.dbferry", target.name));
    let begin = Instant::now();
    while !files(&folder).iter().any(|name| name.starts_with("rows-")) {
        assert!(!running.ended(), "the run ended before it began: {}", running.stderr());
        assert!(begin.elapsed() < Duration::from_secs(60), "the run does not begin: {}", running.stderr());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Other suites compare cell by cell; here it matters that nothing of the first run is left over.
const SUM: &str = "SELECT concat_ws(' ', count(*), sum(id), sum(n), sum(length(t))) FROM big;";

#[test]
fn second_run_on_one_target_refuses_at_once() {
    for (from, to) in [(Kind::PostgreSql, Kind::PostgreSql), (Kind::PostgreSql, Kind::MariaDb)] {
        let Some(pair) = Pair::or_skip(from, to) else { return };
        let source = big(&pair.source);
        let target = pair.target("twice");
        let copy = Dbferry::copy(&source, &target).args(&["--jobs", "1"]);
        let mut first = copy.start();
        wait_for_rows(&mut first, &target);
        let second = Dbferry::copy(&source, &target).run();
        assert!(!first.ended(), "the first run ended too early to prove anything");
        let second = second.expect(2);
        assert!(second.elapsed < Duration::from_secs(5), "refusal took {:?}", second.elapsed);
        assert!(second.error().starts_with("error: guard: target "), "{}", second.error());
        first.wait().expect(0);
    }
}

/// 200,000 rows in two tables.
fn big(server: &Server) -> Database {
    let database = Database::empty(server, "big");
    let script = match server.kind.family() {
        Family::PostgreSql => {
            "CREATE TABLE big (id int PRIMARY KEY, t text, n numeric(20, 4));
             INSERT INTO big SELECT n, repeat(md5(n::text), 4), n FROM generate_series(1, 200000) n;
             CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1); ANALYZE;"
        }
        Family::MySql => {
            "CREATE TABLE d (d int); INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
             CREATE TABLE big (id int PRIMARY KEY, t text, n decimal(20, 4));
             INSERT INTO big SELECT n, repeat(left(sha2(n, 256), 32), 4), n FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n
               FROM d a, d b, d c, d e, d f, d g WHERE g.d < 2) g;
             DROP TABLE d; CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1); ANALYZE TABLE big, small;"
        }
        Family::Hsqldb => {
            "CREATE TABLE big (id int PRIMARY KEY, t text, n decimal(20, 4));
             INSERT INTO big SELECT g.i, repeat(lpad(CAST(g.i AS varchar(10)), 32, 'x'), 4), g.i FROM UNNEST(SEQUENCE_ARRAY(1, 200000, 1)) AS g(i);
             CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);"
        }
    };
    database.run(script);
    database
}

/// Waits until the run is at work on rows: its table exists on the target.
fn wait_for_rows(running: &mut Running, target: &Database) {
    let begin = Instant::now();
    while target.attempt("SELECT 1 FROM big WHERE 1 = 0").is_err() {
        assert!(!running.ended(), "the run ended before it began: {}", running.stderr());
        assert!(begin.elapsed() < Duration::from_secs(60), "the run does not begin: {}", running.stderr());
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
}

/// A killed client's sessions live until the server notices.
fn wait_until_alone(target: &Database) {
    let sessions = match target.family() {
        Family::PostgreSql => format!("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = '{}'", target.name),
        Family::MySql => {
            format!("SELECT count(*) - 1 FROM information_schema.PROCESSLIST WHERE DB = '{}'", target.name)
        }
        Family::Hsqldb => return,
    };
    let begin = Instant::now();
    while target.run(&sessions).trim() != "0" {
        assert!(begin.elapsed() < Duration::from_secs(15), "sessions of the stopped run stay on the target");
        std::thread::sleep(Duration::from_millis(50));
    }
}
