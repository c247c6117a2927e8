//! Money is moved on the source all the time while it is copied: on the target the accounts still add up.

use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, text};
use crate::support::server::{Family, Kind, Server};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Accounts in each of the two branches, whose tables are read by different lanes.
const ACCOUNTS: u64 = 50;
/// What each account holds at first.
const OPENING: u64 = 1000;
/// Transfers that one call of the client makes.
const BATCH: u64 = 100;

fn bank(server: &Server) -> Database {
    let series = |n: u64| match server.kind {
        Kind::PostgreSql => format!("generate_series(1, {n}) s(seq)"),
        _ => format!(
            "(WITH RECURSIVE s(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < {n}) SELECT seq FROM s) s"
        ),
    };
    let limit = match server.kind {
        Kind::Hsqldb => unreachable!("files have no server to ask"),
        Kind::PostgreSql => "",
        Kind::MariaDb => "SET max_recursive_iterations = 1000000;",
        Kind::MySql => "SET cte_max_recursion_depth = 1000000;",
    };
    let (few, many) = (series(ACCOUNTS), series(150_000));
    Database::filled(
        server,
        "bank",
        &[&format!(
            "CREATE TABLE a_branch (id int PRIMARY KEY, balance bigint);
             CREATE TABLE z_branch (id int PRIMARY KEY, balance bigint);
             CREATE TABLE booking (no bigint PRIMARY KEY, debit int, credit int, amount bigint);
             CREATE TABLE m_archive (id int PRIMARY KEY, t varchar(200));
             {limit}
             INSERT INTO a_branch SELECT seq, {OPENING} FROM {few};
             INSERT INTO z_branch SELECT seq, {OPENING} FROM {few};
             INSERT INTO m_archive SELECT seq, repeat('x', 180) FROM {many};"
        )],
    )
}

/// Moves money from one branch to the other and books it, each transfer in one transaction.
fn transfers(family: Family, first: u64) -> String {
    let begin = if family == Family::PostgreSql { "BEGIN" } else { "START TRANSACTION" };
    let transfer = |no: u64| {
        let (debit, credit, amount) = (no % ACCOUNTS + 1, no * 7 % ACCOUNTS + 1, no % 13 + 1);
        format!(
            "{begin}; UPDATE a_branch SET balance = balance - {amount} WHERE id = {debit};
             UPDATE z_branch SET balance = balance + {amount} WHERE id = {credit};
             INSERT INTO booking VALUES ({no}, {debit}, {credit}, {amount}); COMMIT;\n"
        )
    };
    (first..first + BATCH).map(transfer).collect()
}

/// Accounts whose balance is not what the bookings say, and the sum of all.
const AUDIT: &str = "SELECT count(*) FROM (
      SELECT a.id FROM a_branch a LEFT JOIN booking b ON b.debit = a.id GROUP BY a.id, a.balance
      HAVING a.balance <> 1000 - coalesce(sum(b.amount), 0)
      UNION ALL
      SELECT z.id FROM z_branch z LEFT JOIN booking b ON b.credit = z.id GROUP BY z.id, z.balance
      HAVING z.balance <> 1000 + coalesce(sum(b.amount), 0)) wrong;
    SELECT (SELECT sum(balance) FROM a_branch) + (SELECT sum(balance) FROM z_branch);
    SELECT count(*) FROM booking";

fn check(from: Kind, to: Kind) {
    let (Some(from), Some(to)) = (Server::or_skip(from), Server::or_skip(to)) else { return };
    let (source, target) = (bank(&from), Database::empty(&to, "bank"));
    let (over, made) = (AtomicBool::new(false), AtomicU64::new(0));
    let (outcome, before, after) = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                source.run(&transfers(source.family(), made.load(Ordering::SeqCst)));
                made.fetch_add(BATCH, Ordering::SeqCst);
            }
        });
        while made.load(Ordering::SeqCst) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        let before = made.load(Ordering::SeqCst);
        let outcome = Dbferry::copy(&source, &target).args(&["--jobs", "4"]).run();
        let after = made.load(Ordering::SeqCst);
        over.store(true, Ordering::SeqCst);
        (outcome, before, after)
    });
    let report = outcome.expect(0).json();
    assert!(!text(&report["snapshot"]).is_empty(), "no point in time is named");
    let audit = target.lines(AUDIT);
    let booked: u64 = audit[2].parse().expect("a number of bookings");
    assert_eq!((audit[0].as_str(), audit[1].clone()), ("0", (2 * ACCOUNTS * OPENING).to_string()), "{booked} bookings");
    assert!(after > before, "nothing was booked during the copy");
    assert!((before..=after + BATCH).contains(&booked), "{booked} bookings are not of the time of the copy");
}

#[test]
fn accounts_of_postgresql_add_up() {
    check(Kind::PostgreSql, Kind::MariaDb);
}

#[test]
fn accounts_of_mariadb_add_up() {
    check(Kind::MariaDb, Kind::PostgreSql);
}

#[test]
fn accounts_of_mysql_add_up() {
    check(Kind::MySql, Kind::PostgreSql);
}
