//! Connections that fall silent without breaking, and servers that are only busy.

use super::network::{proxy, through};
use super::server::wait_for;
use super::summary::tried;
use super::{assert_equal, copy, findings, resume, source, targets, with};
use crate::support::client;
use crate::support::database::Database;
use crate::support::proxy::Fault;
use crate::support::server::{Kind, Server};
use std::time::{Duration, Instant};

/// Seconds of silence that these tests wait for.
const PATIENCE: &[&str] = &["--stall-timeout", "3"];

/// A reading session of PostgreSQL is replaced while the snapshot lives.
#[test]
fn a_silent_source_is_given_up() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "mute");
        let proxy = proxy(&from, Fault::HoldAnswers(4_000_000));
        let outcome = through(copy(&source, &target).args(PATIENCE), "Source", &proxy).run().expect(0);
        assert_eq!(proxy.cuts(), 1, "nothing fell silent");
        let retried = findings(&outcome, "retried");
        assert!(retried.iter().any(|text| text.contains("no byte went through for 3 s")), "{retried:?}");
        assert_equal(&source, &target);
        tried(to.kind, "silent sources", 1);
    }
}

/// Snapshots of MySQL end with their session: the run says so and can go on.
#[test]
fn a_silent_mysql_source_ends_the_run() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let (Some(from), Some(to)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
        let rows = "WITH RECURSIVE g AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM g WHERE n < 900)
             SELECT n, REPEAT('x', 8000) FROM g";
        let script = format!("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t {rows};");
        let source = Database::filled(&from, "mute", &[&script]);
        let target = Database::empty(&to, "mute");
        let proxy = proxy(&from, Fault::HoldAnswers(3_000_000));
        let outcome = through(copy(&source, &target).args(PATIENCE), "Source", &proxy).run().expect(3);
        assert!(outcome.error().contains("no byte went through for 3 s"), "{}", outcome.error());
        assert!(outcome.error().contains("--resume"), "{}", outcome.error());
        resume(&source, &target).run().expect(0);
        assert_eq!(target.run("SELECT count(*), sum(id), sum(length(v)) FROM t;").trim(), "900|405450|7200000");
        tried(to.kind, "silent sources", 1);
    }
}

/// What was sent vanishes: the server neither gets it nor answers.
#[test]
fn a_silent_target_is_given_up() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "mute");
        let proxy = proxy(&to, Fault::HoldRequests(6_000_000));
        let outcome = through(copy(&source, &target).args(PATIENCE), "", &proxy).run().expect(0);
        assert_eq!(proxy.cuts(), 1, "nothing fell silent");
        assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
        assert_equal(&source, &target);
        tried(to.kind, "silent targets", 1);
    }
}

/// A statement that has sent no row yet may take as long as it takes.
#[test]
fn a_busy_server_is_waited_for() {
    let Some((from, to)) = targets().into_iter().next() else { return };
    let source = source(&from);
    let target = Database::empty(&to, "busy");
    let call = with(&source, &target, "1", "checksum").args(&["--stall-timeout", "1"]);
    let mut running = call.start();
    wait_for(&mut running, &target, "dbferry_ranges");
    let waits = "(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbferry' AND wait_event_type = 'Lock'
        AND datname = current_database())";
    let script = format!(
        "BEGIN; LOCK TABLE twins IN ACCESS EXCLUSIVE MODE;
        DO $$ BEGIN FOR n IN 1..600 LOOP PERFORM pg_sleep(0.1); PERFORM pg_stat_clear_snapshot();
        EXIT WHEN {waits} > 0; END LOOP; END $$; SELECT {waits}; SELECT pg_sleep(4); COMMIT;"
    );
    let begin = Instant::now();
    let said = client::run(&from, &source.name, &script);
    assert_eq!(said.trim().lines().next(), Some("1"), "the run did not wait for the lock");
    assert!(begin.elapsed() > Duration::from_secs(4));
    let outcome = running.wait().expect(0);
    assert!(findings(&outcome, "retried").is_empty(), "a busy server was given up: {}", outcome.stderr);
    assert_equal(&source, &target);
    tried(to.kind, "long statements", 1);
}
