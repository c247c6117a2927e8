//! Connections that break, at a byte or exactly at COMMIT.

use super::summary::tried;
use super::{assert_equal, copy, findings, resume, source, targets};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::proxy::{Fault, Proxy};
use crate::support::server::{Kind, Server};

/// A line on which a copy takes a second or two.
pub(super) const SLOW: Fault = Fault::Delay(2);

/// A copy whose connections of one side go through a proxy, in plain text so that it can see statements.
pub(super) fn through(call: Dbferry, prefix: &str, proxy: &Proxy) -> Dbferry {
    call.set(&format!("{prefix}DatabaseHost"), &format!("127.0.0.1:{}", proxy.port))
        .set(&format!("{prefix}DatabaseUseSsl"), "false")
}

pub(super) fn proxy(server: &Server, fault: Fault) -> Proxy {
    Proxy::new(&server.host, server.port, fault)
}

/// The chunk whose commit was not confirmed is there once, whether the server got the COMMIT or not.
#[test]
fn cut_exactly_at_commit() {
    for (from, to) in targets() {
        let source = source(&from);
        // Not the COMMITTED of an isolation level.
        let commit: &[u8] = if to.kind == Kind::PostgreSql { b"; COMMIT" } else { b"\x03COMMIT" };
        for fault in [Fault::CutAfter(commit, 3), Fault::CutBefore(commit, 3)] {
            let proxy = proxy(&to, fault);
            let target = Database::empty(&to, "commit");
            let outcome = through(copy(&source, &target), "", &proxy).run().expect(0);
            assert_eq!(proxy.cuts(), 1, "nothing was cut");
            assert!(!findings(&outcome, "retried").is_empty(), "{fault:?}: the report does not tell of it");
            assert_equal(&source, &target);
            tried(to.kind, "cuts", 1);
        }
    }
}

/// Before anything is written: nothing of it is wrong when it is done twice.
#[test]
fn cut_exactly_in_the_guard() {
    for (from, to) in targets() {
        let source =
            Database::filled(&from, "guard", &["CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (7);"]);
        let (lock, inventory): (&[u8], &[u8]) = match to.kind {
            Kind::PostgreSql => (b"pg_try_advisory_lock", b"object (kind, name"),
            _ => (b"GET_LOCK", b"TABLE_COMMENT, CREATE_OPTIONS"),
        };
        let takes_over: &[u8] = b"SET epoch";
        let fresh = [Fault::CutBefore(lock, 1), Fault::AbandonAfter(lock, 1), Fault::CutAfter(inventory, 1)];
        let resumed = [Fault::CutBefore(takes_over, 1), Fault::CutAfter(takes_over, 1)];
        let stopped = [(None, fresh.as_slice()), (Some("create-control:1"), &[Fault::CutAfter(b"DROP TABLE", 1)])];
        for (place, faults) in stopped.into_iter().chain([(Some("after-commit:1"), resumed.as_slice())]) {
            for fault in faults {
                let target = Database::empty(&to, "guard");
                if let Some(place) = place {
                    resume(&source, &target).env("DBFERRY_TEST_FAILPOINT", place).run().expect(134);
                }
                let proxy = proxy(&to, *fault);
                let outcome = through(resume(&source, &target), "", &proxy).run().expect(0);
                let retried = findings(&outcome, "retried");
                assert_eq!((proxy.cuts(), retried.len()), (1, 1), "{fault:?}: {retried:?}");
                assert_eq!(target.run("SELECT id FROM t;").trim(), "7");
                tried(to.kind, "cuts", 1);
            }
        }
    }
}

/// Before the server has answered that the chunk is begun.
#[test]
fn cut_exactly_at_the_claim() {
    for (from, to) in targets() {
        let source = source(&from);
        // The first such text makes the table.
        for fault in [Fault::CutAfter(b"chunk_range", 3), Fault::CutBefore(b"chunk_range", 4)] {
            let proxy = proxy(&to, fault);
            let target = Database::empty(&to, "claim");
            let outcome = through(copy(&source, &target), "", &proxy).run().expect(0);
            assert_eq!((proxy.cuts(), findings(&outcome, "retried").len()), (1, 1));
            assert_equal(&source, &target);
            tried(to.kind, "cuts", 1);
        }
    }
}

#[test]
fn target_connections_cut_in_mid_stream() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "cut");
        let proxy = proxy(&to, Fault::CutAtByte(12_000_000));
        let outcome = through(copy(&source, &target), "", &proxy).run().expect(0);
        assert_eq!(proxy.cuts(), 1, "nothing was cut");
        assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
        assert_equal(&source, &target);
        tried(to.kind, "cuts", 1);
    }
}

#[test]
fn slow_connections_only_take_longer() {
    for (from, to) in targets().into_iter().take(2) {
        let source = source(&from);
        let target = Database::empty(&to, "slow");
        let proxy = proxy(&to, Fault::Delay(5));
        through(copy(&source, &target), "", &proxy).run().expect(0);
        assert_equal(&source, &target);
    }
}

/// While the session that exported the snapshot lives, a reading session of PostgreSQL can be replaced.
#[test]
fn source_connection_cut_at_a_statement() {
    let Some((from, to)) = targets().into_iter().next() else { return };
    let source = source(&from);
    let target = Database::empty(&to, "reader");
    let proxy = proxy(&from, Fault::CutAfter(b"COPY (SELECT", 2));
    let outcome = through(copy(&source, &target), "Source", &proxy).run().expect(0);
    assert_eq!(proxy.cuts(), 1, "nothing was cut");
    assert!(!findings(&outcome, "retried").is_empty(), "the report does not tell of it");
    assert_equal(&source, &target);
}

/// A snapshot of MySQL dies with its session: the run says so, and goes on under a new one.
#[test]
fn lost_snapshots_are_told_and_resumed() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let (Some(from), Some(to)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
        let source = Database::filled(
            &from,
            "lost",
            &["CREATE TABLE t (id int PRIMARY KEY, v varchar(100)); INSERT INTO t VALUES (1, 'a'), (2, 'b');"],
        );
        let target = Database::empty(&to, "lost");
        let proxy = proxy(&from, Fault::CutBefore(b"SELECT `id`, `v` FROM `t`", 1));
        let outcome = through(copy(&source, &target), "Source", &proxy).run().expect(3);
        assert!(outcome.error().contains("--resume"), "{}", outcome.error());
        resume(&source, &target).run().expect(0);
        assert_eq!(target.run("SELECT id, v FROM t ORDER BY id;").trim(), "1|a\n2|b");
    }
}

/// The other side breaks: the reading session ends its statement and keeps its snapshot for the second attempt.
#[test]
fn lost_targets_cost_no_snapshot() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let (Some(from), Some(to)) = (Server::or_skip(kind), Server::or_skip(Kind::PostgreSql)) else { return };
        let rows = "WITH RECURSIVE g AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM g WHERE n < 900)
             SELECT n, REPEAT('x', 8000) FROM g";
        let script = format!("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t {rows};");
        let source = Database::filled(&from, "kept", &[&script]);
        let target = Database::empty(&to, "kept");
        let proxy = proxy(&to, Fault::CutAtByte(3_000_000));
        let outcome = through(copy(&source, &target), "", &proxy).run().expect(0);
        assert!(proxy.cuts() == 1 && !findings(&outcome, "retried").is_empty());
        assert_eq!(target.run("SELECT count(*), sum(id), sum(length(v)) FROM t;").trim(), "900|405450|7200000");
    }
}
