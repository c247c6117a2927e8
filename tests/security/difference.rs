//! Rows that differ are found by their keys in a large table, without reading it over and over.

use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, text};
use crate::support::server::{Family, Kind, Server};
use std::time::Duration;

/// Sparse keys on both sides of zero, up to the ends of their type; the second table's key has two columns.
fn filled(server: &Server) -> Database {
    let series = match server.kind {
        Kind::PostgreSql => "generate_series(1, 40000) s(seq)",
        _ => {
            "(WITH RECURSIVE s(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < 40000) SELECT seq FROM s) s"
        }
    };
    let limit = match server.kind {
        Kind::Hsqldb => unreachable!("files have no server to ask"),
        Kind::PostgreSql => "",
        Kind::MariaDb => "SET max_recursive_iterations = 100000;",
        Kind::MySql => "SET cte_max_recursion_depth = 100000;",
    };
    Database::filled(
        server,
        "differ",
        &[&format!(
            "CREATE TABLE sparse (id bigint PRIMARY KEY, t varchar(40));
             CREATE TABLE pairs (a int, b int, t varchar(10), PRIMARY KEY (a, b));
             {limit}
             INSERT INTO sparse SELECT (seq - 20000) * CAST(400000000000000 AS {}), concat('row ', seq) FROM {series};
             INSERT INTO sparse VALUES (9223372036854775807, 'last'), (-9223372036854775807, 'first');
             INSERT INTO pairs VALUES (1, 1, 'x'), (1, 2, 'y'), (2, 1, 'z');",
            if server.kind.family() == Family::MySql { "signed" } else { "bigint" }
        )],
    )
}

/// What is said of each table that differs.
fn named(source: &Database, target: &Database) -> Vec<String> {
    let call = Dbferry::new("verify", source, target).args(&["--format", "json", "--progress", "none"]);
    let outcome = call.run();
    assert!(outcome.elapsed < Duration::from_secs(60), "it took {:?}", outcome.elapsed);
    let report = outcome.expect(1).json();
    let findings = report["findings"].as_array().expect("findings").clone();
    let rows = findings.into_iter().filter(|f| f["code"] == "rows-differ");
    rows.map(|f| format!("{}: {}", text(&f["object"]), text(&f["text"]))).collect()
}

fn check(from: Kind, to: Kind) {
    let (Some(from), Some(to)) = (Server::or_skip(from), Server::or_skip(to)) else { return };
    let (source, target) = (filled(&from), Database::empty(&to, "differ"));
    Dbferry::copy(&source, &target).run().expect(0);
    target.run(
        "DELETE FROM sparse WHERE id = -9223372036854775807; UPDATE sparse SET t = 'x' WHERE id = 9223372036854775807;
         INSERT INTO sparse VALUES (77, 'new'); UPDATE pairs SET t = 'w' WHERE a = 1 AND b = 2",
    );
    assert_eq!(
        named(&source, &target),
        [
            "pairs: rows differ by a: 1 (other values)",
            "sparse: rows differ by id: -9223372036854775807 (missing on the target), 77 (only on the target), \
             9223372036854775807 (other values)",
        ]
    );
    target.run("UPDATE sparse SET t = NULL WHERE id > 0");
    let many = named(&source, &target);
    assert!(many[1].ends_with(", more up to 9223372036854775807"), "{many:?}");
    assert_eq!(many[1].matches(" (").count(), 10, "{many:?}");
}

#[test]
fn rows_of_mariadb_in_postgresql_are_named() {
    check(Kind::MariaDb, Kind::PostgreSql);
}

#[test]
fn rows_of_postgresql_in_mysql_are_named() {
    check(Kind::PostgreSql, Kind::MySql);
}

#[test]
fn rows_of_postgresql_in_postgresql_are_named() {
    check(Kind::PostgreSql, Kind::PostgreSql);
}
