//! Others at work on the same server: locks, cancelled statements, killed sessions of each role, revoked rights.

use super::network::{SLOW, proxy, through};
use super::server::{kill_sessions, wait_for, wait_for_claim};
use super::summary::tried;
use super::{TABLES, assert_equal, copy, findings, resume, source, targets, with};
use crate::support::account::{Account, documented};
use crate::support::client;
use crate::support::database::Database;
use crate::support::dbferry::{Outcome, Running};
use crate::support::server::{Family, Kind, Server};
use std::time::{Duration, Instant};

/// Another session holds a table for longer than a lock is waited for.
#[test]
fn locked_tables_are_tried_again() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "locked");
        let call = with(&source, &target, "1", "checksum").args(&["--stall-timeout", "4"]);
        let mut running = call.start();
        wait_for(&mut running, &target, "twins");
        let (lock, holder) = match target.family() {
            Family::PostgreSql => {
                ("BEGIN; LOCK TABLE twins IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60);", "pg_sleep")
            }
            _ => ("LOCK TABLES twins WRITE; SELECT SLEEP(60);", "SLEEP"),
        };
        std::thread::scope(|scope| {
            // It ends with an error, since its session is killed.
            scope.spawn(|| client::attempt(&to, &target.name, lock));
            while !running.stderr().contains("\"retried\"") && !running.ended() {
                std::thread::sleep(Duration::from_millis(50));
            }
            end_holder(&target, holder);
        });
        let outcome = running.wait().expect(0);
        let retried = findings(&outcome, "retried");
        assert!(retried.iter().any(|text| text.contains("twins")), "{retried:?}");
        assert_equal(&source, &target);
        tried(to.kind, "lock waits", 1);
    }
}

/// Ends the test's own session that sleeps with a lock.
fn end_holder(target: &Database, sleep: &str) {
    match target.family() {
        Family::PostgreSql => target.run(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()
             AND query LIKE '%{sleep}(60)%' AND pid <> pg_backend_pid();"
        )),
        _ => {
            let query = format!(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{}' AND INFO LIKE 'SELECT {sleep}(60)%'",
                target.name
            );
            target.lines(&query).iter().map(|id| target.run(&format!("KILL {id};"))).collect()
        }
    };
}

/// Statements of a database's dbferry sessions that look like `pattern` (LIKE), by the number of their session.
fn at_work(database: &Database, pattern: &str) -> Vec<String> {
    let query = match database.family() {
        Family::PostgreSql => format!(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'dbferry' AND datname = current_database()
             AND state = 'active' AND query LIKE '{pattern}'"
        ),
        _ => format!(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> CONNECTION_ID()
             AND INFO LIKE '{pattern}'",
            database.name
        ),
    };
    database.lines(&query)
}

/// Does something to a session that is at such a statement, until the run tells of it.
fn hit(running: &mut Running, database: &Database, pattern: &str, kill: bool) {
    let begin = Instant::now();
    while !running.stderr().contains("\"retried\"") {
        assert!(!running.ended() && begin.elapsed() < Duration::from_secs(60), "never hit: {pattern}");
        let Some(session) = at_work(database, pattern).into_iter().next() else { continue };
        let order = match (database.family(), kill) {
            (Family::PostgreSql, true) => format!("SELECT pg_terminate_backend({session});"),
            (Family::PostgreSql, false) => format!("SELECT pg_cancel_backend({session});"),
            (_, true) => format!("KILL {session};"),
            (_, false) => format!("KILL QUERY {session};"),
        };
        // It may have ended meanwhile.
        let _ = database.attempt(&order);
    }
}

/// A copy, one of whose sessions is hit at a statement of this pattern; on a slow line, so that it can be seen there.
fn hit_in_mid_run(source: &Database, target: &Database, (at, pattern): (&Database, &str), kill: bool) -> Outcome {
    let prefix = if at.name == source.name { "Source" } else { "" };
    let call = through(with(source, target, "1", "checksum"), prefix, &proxy(&at.server, SLOW));
    let mut running = call.start();
    wait_for(&mut running, target, "dbferry_ranges");
    hit(&mut running, at, pattern, kill);
    running.wait()
}

/// As by a statement timeout: the server says that it ended the statement.
#[test]
fn cancelled_statements_are_tried_again() {
    for (from, to) in targets() {
        let source = source(&from);
        let load = if to.kind == Kind::PostgreSql { "COPY%FROM STDIN%" } else { "LOAD DATA%" };
        for on_source in [true, false] {
            let target = Database::empty(&to, "cancelled");
            let place = if on_source { (&source, "COPY (SELECT%") } else { (&target, load) };
            let outcome = hit_in_mid_run(&source, &target, place, false).expect(0);
            assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
            assert_equal(&source, &target);
            tried(to.kind, "cancelled statements", 1);
        }
    }
}

/// The session that reads back is replaced, like the one that loads.
#[test]
fn a_killed_checker_is_replaced() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "checker");
        let pattern = if to.kind == Kind::PostgreSql { "COPY (SELECT%" } else { "SELECT%`id`%FROM `big`%" };
        let outcome = hit_in_mid_run(&source, &target, (&target, pattern), true).expect(0);
        assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
        assert_equal(&source, &target);
        tried(to.kind, "killed sessions", 1);
    }
}

/// The coordinator's session on a PostgreSQL source holds the snapshot: without it the run says so and can go on.
#[test]
fn a_killed_snapshot_ends_the_run() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "coordinator");
        let call = with(&source, &target, "1", "checksum");
        let mut running = call.start();
        wait_for_claim(&mut running, &target);
        // It waits in its transaction while the others work.
        source.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dbferry'
             AND datname = current_database() AND state = 'idle in transaction' ORDER BY backend_start LIMIT 1;",
        );
        let outcome = running.wait().expect(3);
        assert!(outcome.error().contains("--resume"), "{}", outcome.error());
        resume(&source, &target).run().expect(0);
        assert_equal(&source, &target);
        tried(to.kind, "killed sessions", 1);
    }
}

/// The coordinator of a MySQL source holds nothing that a new session could not have.
#[test]
fn a_killed_mysql_coordinator_is_replaced() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let (Some(from), Some(to)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
        let source = mysql_source(&from);
        let target = Database::empty(&to, "coordinator");
        let call = with(&source, &target, "1", "checksum");
        let mut running = call.start();
        wait_for(&mut running, &target, "dbferry_ranges");
        // It connects first.
        let query = format!(
            "SELECT MIN(ID) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> CONNECTION_ID();",
            source.name
        );
        source.run(&format!("KILL {};", source.run(&query).trim()));
        let outcome = running.wait().expect(0);
        assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
        assert_eq!(target.run(MYSQL_SUM).trim(), "4000|8002000");
        tried(to.kind, "killed sessions", 1);
    }
}

const MYSQL_SUM: &str = "SELECT count(*), sum(id) FROM t;";

fn mysql_source(server: &Server) -> Database {
    let rows = "WITH RECURSIVE g AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM g WHERE n < 1000)
        SELECT NULL, REPEAT('x', 4000) FROM g;";
    let table = "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, v text);";
    let script = format!("{table} {}", format!("INSERT INTO t {rows}").repeat(4));
    let database = Database::filled(server, "mysql_source", &[&script]);
    // Numbers without gaps, whatever the server's way of handing them out.
    database.run(
        "SET @n = 0; UPDATE t SET id = id + 1000000 ORDER BY id DESC; UPDATE t SET id = (@n := @n + 1) ORDER BY id;",
    );
    database
}

/// Lets rows in, but no index be built.
const HELD: &str = "BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE; SELECT pg_sleep(60);";

fn wait_for_lock(target: &Database) {
    let held = "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        WHERE c.relname = 't' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted";
    for _ in 0..600 {
        if target.lines(held) == ["1"] {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the lock was never held");
}

/// A structure that changes under way is told: other columns stop the run, everything else is a warning.
#[test]
fn altered_mysql_sources_are_noticed() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let (Some(from), Some(to)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
        for (change, code) in [("ADD INDEX more (v(20))", 0), ("ADD COLUMN more int", 3)] {
            let source = mysql_source(&from);
            source.run("CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);");
            std::thread::sleep(Duration::from_millis(1_100));
            let target = Database::empty(&to, "altered");
            let slow = proxy(&to, SLOW);
            let call = through(with(&source, &target, "1", "checksum"), "", &slow);
            let mut running = call.start();
            wait_for_claim(&mut running, &target);
            let altered = std::thread::scope(|scope| {
                // The run cannot end before the change: the target's index waits for this lock.
                scope.spawn(|| client::attempt(&to, &target.name, HELD));
                wait_for_lock(&target);
                // The reading session's lock on what it has read is waited for.
                let change = format!("SET lock_wait_timeout = 20; ALTER TABLE t {change};");
                let altered = client::attempt(&from, &source.name, &change);
                end_holder(&target, "pg_sleep");
                altered
            });
            let outcome = running.wait();
            assert!(altered.is_ok(), "{altered:?}");
            if code == 0 && outcome.code == 0 {
                let told = findings(&outcome, "source-altered");
                assert!(told.len() == 1 && told[0].starts_with("\"t\": "), "{told:?}");
            } else {
                assert_eq!(outcome.code, 3, "{}", outcome.stderr);
            }
            tried(to.kind, "changes of the source's structure", 1);
        }
    }
}

/// Rights that are gone stay gone: the run ends at once, with the first cause.
#[test]
fn revoked_rights_end_the_run() {
    for (from, to) in targets() {
        let source = source(&from);
        for side in ["source", "target"] {
            let target = Database::empty(&to, "revoked");
            let reader = Account::new(&source, "source", &documented(from.kind, "source"));
            let writer = Account::new(&target, "target", &documented(to.kind, "target"));
            // The account's connections must be encrypted.
            let slow = format!("127.0.0.1:{}", proxy(&to, SLOW).port);
            let call = copy(&source, &target)
                .set("DatabaseHost", &slow)
                .set("SourceDatabaseUserName", &reader.name)
                .set("SourceDatabasePassword", reader.password)
                .set("DatabaseUserName", &writer.name)
                .set("DatabasePassword", writer.password);
            let mut running = call.start();
            TABLES.iter().for_each(|(table, _)| wait_for(&mut running, &target, table));
            if side == "source" {
                revoke(&source, &reader, "SELECT");
            } else {
                revoke(&target, &writer, "INSERT");
            }
            // Sessions of MySQL keep the rights that they began with.
            let kept = side == "target" && target.family() == Family::MySql;
            if kept {
                kill_sessions(&target);
            }
            let outcome = running.wait().expect(3);
            let error = outcome.error();
            assert!(error.contains("denied"), "{error}");
            assert!(error.contains(&format!(" {side} ")) && error.contains("--resume"), "{error}");
            let retried = findings_told(&outcome, "retried");
            assert!(kept || retried.is_empty(), "tried again in vain: {retried:?}");
            tried(to.kind, "revoked rights", 1);
        }
    }
}

fn revoke(database: &Database, account: &Account, right: &str) {
    let name = &account.name;
    database.run(&match database.family() {
        Family::PostgreSql => format!("REVOKE {right} ON ALL TABLES IN SCHEMA public FROM {name};"),
        _ => format!("REVOKE {right} ON {}.* FROM {name}@'%';", database.name),
    });
}

/// Findings that were told as events: a run that fails has no report.
fn findings_told(outcome: &Outcome, code: &str) -> Vec<String> {
    let events = outcome.events().into_iter().filter(|e| e["event"] == "finding" && e["code"] == code);
    events.map(|e| e["text"].to_string()).collect()
}
