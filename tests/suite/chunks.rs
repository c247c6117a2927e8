//! Tables large enough to be cut into chunks arrive whole, whatever their key.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::{Family, Server};

/// Rows of a large table: with their padding more than the 8 MiB above which tables are cut.
const ROWS: u32 = 24_000;

/// Tables with keys of every sort, each cut into several chunks; statistics are fresh, as a server in use has them.
pub(super) fn check(pair: &Pair) {
    let source = large(&pair.source);
    let target = pair.target("chunks");
    copy_equal(&source, &target, &Dbferry::copy(&source, &target).args(&["--jobs", "2"]), &[]);
}

fn large(server: &Server) -> Database {
    let database = Database::empty(server, "chunks");
    let (numbers, text, bigint) = match server.kind.family() {
        Family::PostgreSql => (format!("generate_series(1, {ROWS}) AS g(n)"), "md5(n::text)", "bigint"),
        Family::MySql => {
            database
                .run("CREATE TABLE digits (d int); INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);");
            let tens = "(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d AS n FROM digits a, digits b, digits c, digits d, digits e) AS g";
            (tens.to_string(), "left(sha2(n, 256), 32)", "bigint")
        }
    };
    for (table, key, values) in [
        ("by_integer", "k int PRIMARY KEY", "n"),
        ("by_negative", &format!("k {bigint} PRIMARY KEY") as &str, "n - 12000"),
        ("by_sparse", &format!("k {bigint} PRIMARY KEY"), "CASE WHEN n < 100 THEN n ELSE n * 100000000000 END"),
        ("by_text", "k varchar(32) PRIMARY KEY", text),
        ("by_pair", "a int, k int, PRIMARY KEY (a, k)", "n % 3, n"),
        ("by_nothing", "k int", "n % 1000"),
    ] {
        let padding = "repeat('padding ', 50)";
        database.run(&format!(
            "CREATE TABLE {table} ({}, pad varchar(500){}); INSERT INTO {table} SELECT {values}, {padding} FROM {numbers} WHERE n <= {ROWS};",
            key.split(", PRIMARY").next().unwrap_or(key),
            if key.contains(", PRIMARY") { ", PRIMARY KEY (a, k)" } else { "" },
        ));
    }
    database.run(match server.kind.family() {
        Family::PostgreSql => "ANALYZE;",
        Family::MySql => {
            "DROP TABLE digits; ANALYZE TABLE by_integer, by_negative, by_sparse, by_text, by_pair, by_nothing;"
        }
    });
    database
}
