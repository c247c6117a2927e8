//! What servers do to a run: sessions that are killed, tables that are locked, rows that vanish on the source.

use super::network::{proxy, through};
use super::summary::tried;
use super::{assert_equal, copy, findings, resume, source, targets, with};
use crate::support::database::Database;
use crate::support::dbferry::Running;
use crate::support::proxy::Fault;
use crate::support::server::{Family, Kind, Server};
use std::time::{Duration, Instant};

/// Waits until the target has the table.
pub(super) fn wait_for(running: &mut Running, target: &Database, table: &str) {
    let begin = Instant::now();
    while target.attempt(&format!("SELECT 1 FROM {table} WHERE 1 = 0;")).is_err() {
        assert!(!running.ended(), "the run ended before it began: {}", running.stderr());
        assert!(begin.elapsed() < Duration::from_secs(60), "the run does not begin: {}", running.stderr());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until a chunk is committed.
pub(super) fn wait_for_claim(running: &mut Running, target: &Database) {
    wait_for(running, target, "dbferry_chunk");
    let begin = Instant::now();
    while target.attempt("SELECT count(*) FROM dbferry_chunk;").is_ok_and(|n| n.trim() == "0") {
        assert!(begin.elapsed() < Duration::from_secs(60) && !running.ended(), "{}", running.stderr());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends every session of dbferry in a database.
pub(super) fn kill_sessions(target: &Database) {
    match target.family() {
        Family::PostgreSql => {
            target.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'dbferry' AND datname = current_database();");
        }
        Family::Hsqldb => unreachable!("files have no sessions"),
        Family::MySql => {
            let query = format!(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> CONNECTION_ID();",
                target.name
            );
            for id in target.lines(&query) {
                // It may have ended meanwhile.
                let _ = target.attempt(&format!("KILL {id};"));
            }
        }
    }
}

/// All of them, the one that holds the run lock among them: each is opened again, and the lock taken again.
#[test]
fn killed_sessions_are_replaced() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "killed");
        let call = copy(&source, &target);
        let mut running = call.start();
        wait_for_claim(&mut running, &target);
        kill_sessions(&target);
        let outcome = running.wait().expect(0);
        assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
        assert_equal(&source, &target);
        tried(to.kind, "killed sessions", 1);
    }
}

/// A snapshot does not protect rows from TRUNCATE: such a run must not end well.
#[test]
fn truncated_source_tables_are_noticed() {
    let Some((from, to)) = targets().into_iter().next() else { return };
    let source = source(&from);
    let target = Database::empty(&to, "truncated");
    let call = with(&source, &target, "1", "checksum");
    let mut running = call.start();
    wait_for(&mut running, &target, "dbferry_ranges");
    source.run("SET lock_timeout = '20s'; TRUNCATE twins;");
    let outcome = running.wait();
    if outcome.code == 0 {
        // It was read before, and the run ended before it could be emptied.
        assert_eq!(target.run("SELECT count(*) FROM twins;").trim(), "300");
    } else {
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        assert!(outcome.error().contains("truncated, altered or dropped"), "{}", outcome.error());
        resume(&source, &target).run().expect(0);
        assert_equal(&source, &target);
    }
}

/// Tables are told apart by the second in which they were made.
const TICK: Duration = Duration::from_millis(1_100);

/// The same on MySQL, between the snapshot and the first row: read as they are now, they would be none, or others.
#[test]
fn truncated_mysql_sources_are_noticed() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let (Some(from), Some(to)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
        let made = "CREATE TABLE t (id int PRIMARY KEY)";
        for (change, rows) in [
            ("TRUNCATE t;".to_string(), "0|"),
            ("TRUNCATE t; INSERT INTO t VALUES (8), (9);".to_string(), "2|17"),
            (format!("DROP TABLE t; {made}; INSERT INTO t VALUES (8);"), "1|8"),
            ("DELETE FROM t; OPTIMIZE TABLE t;".to_string(), "0|"),
            // What tools do that alter tables beside their work. No error of the server tells of it.
            ("RENAME TABLE t TO was, u TO t, was TO u;".to_string(), "1|7"),
        ] {
            let source =
                Database::filled(&from, "emptied", &["CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (7);"]);
            std::thread::sleep(TICK);
            source.run(&format!("{made}; INSERT INTO t VALUES (1), (2);"));
            std::thread::sleep(TICK);
            let target = Database::empty(&to, "emptied");
            // The run has its snapshot by then, and waits for the target's answer.
            let proxy = proxy(&to, Fault::Pause(b"CREATE TABLE"));
            let call = through(copy(&source, &target), "", &proxy);
            let running = call.start();
            proxy.wait_until_paused();
            source.run(&change);
            proxy.go_on();
            let outcome = running.wait().expect(3);
            let error = outcome.error();
            assert!(error.contains("source t: ") && error.contains("while no structure changes"), "{change}: {error}");
            resume(&source, &target).run().expect(0);
            assert_eq!(target.run("SELECT count(*), sum(id) FROM t;").trim(), rows, "{change}");
            tried(kind, "changes of the source's structure", 1);
        }
    }
}

/// A run that hangs while another start takes over, and wakes up again, can commit nothing.
#[test]
fn a_zombie_cannot_commit() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "zombie");
        let call = with(&source, &target, "1", "checksum");
        let mut zombie = call.start();
        wait_for_claim(&mut zombie, &target);
        zombie.signal("STOP");
        let refused = resume(&source, &target).run().expect(2);
        assert!(refused.error().contains("another run is at work on it, started "), "{}", refused.error());
        assert!(refused.elapsed < Duration::from_secs(5), "refusal took {:?}", refused.elapsed);
        free_run_lock(&target);
        let call = resume(&source, &target);
        let mut next = call.start();
        let begin = Instant::now();
        while target.run("SELECT max(epoch) FROM dbferry_run;").trim() != "2" {
            assert!(begin.elapsed() < Duration::from_secs(60) && !next.ended(), "{}", next.stderr());
            std::thread::sleep(Duration::from_millis(20));
        }
        zombie.signal("CONT");
        let zombie = zombie.wait().expect(3);
        assert!(zombie.error().contains("another"), "{}", zombie.error());
        next.wait().expect(0);
        assert_equal(&source, &target);
        tried(to.kind, "zombies", 1);
    }
}

/// Ends the session that holds the run lock, as a server does that thinks its client dead.
fn free_run_lock(target: &Database) {
    match target.family() {
        Family::PostgreSql => {
            target.run("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database());");
        }
        Family::Hsqldb => unreachable!("files have no sessions"),
        Family::MySql => {
            // The coordinator connects first.
            let query = format!(
                "SELECT MIN(ID) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> CONNECTION_ID();",
                target.name
            );
            target.run(&format!("KILL {};", target.run(&query).trim()));
        }
    }
    std::thread::sleep(Duration::from_millis(300));
}
