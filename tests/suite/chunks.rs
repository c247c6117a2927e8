//! Tables large enough to be cut into chunks arrive whole, whatever their key.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::{Family, Server};

/// Rows of a large table: with their padding more than the 8 MiB above which tables are cut.
const ROWS: u32 = 24_000;

/// Every table: name, columns, key, and the values of row `n`.
const TABLES: &[(&str, &str, &str, &str)] = &[
    ("by_negative", "k bigint", "k", "n - 12000"),
    ("by_sparse", "k bigint", "k", "CASE WHEN n < 100 THEN n ELSE n * 100000000000 END"),
    ("by_text", "k varchar(32)", "k", "{hash}"),
    ("by_pair", "a int, k int", "a, k", "mod(n, 3), n"),
    ("by_nothing", "k int", "", "mod(n, 1000)"),
];

/// Tables with keys of every sort, each cut into several chunks where the engine can cut it.
pub(super) fn check(pair: &Pair) {
    let source = large(&pair.source);
    let target = pair.target("chunks");
    let call = Dbferry::copy(&source, &target).args(&["--jobs", "2"]);
    let (outcome, _) = copy_equal(&source, &target, &call, &[]);
    let report = outcome.json();
    for (table, ..) in TABLES.iter().filter(|(_, _, key, _)| !key.is_empty()) {
        let spans = report["timeline"].as_array().into_iter().flatten();
        let chunks = spans.filter(|span| span["table"] == *table && span["work"] == "copy").count();
        assert!(chunks > 1, "{table} was copied in {chunks} piece: {:#}", report["timeline"]);
    }
}

/// The statistics are fresh, as a server in use has them.
fn large(server: &Server) -> Database {
    let database = Database::empty(server, "chunks");
    let (numbers, hash, analyze) = match server.kind.family() {
        Family::PostgreSql => (format!("generate_series(1, {ROWS}) AS g(n)"), "md5(n::text)", "ANALYZE"),
        Family::MySql => {
            database.run("CREATE TABLE d (d int); INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);");
            let numbers = "(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM d a, d b, d c, d e, d f) g";
            (numbers.to_string(), "left(sha2(n, 256), 32)", "ANALYZE TABLE")
        }
        Family::Hsqldb => {
            let numbers = format!("UNNEST(SEQUENCE_ARRAY(1, {ROWS}, 1)) AS g(n)");
            // No row number repeats modulo a prime above all of them.
            (numbers, "lpad(CAST(mod(n * 7919, 1000003) AS varchar(10)), 32, 'x')", "-- no statistics for")
        }
    };
    for (table, columns, key, values) in TABLES {
        let key = if key.is_empty() { String::new() } else { format!(", PRIMARY KEY ({key})") };
        let values = values.replace("{hash}", hash);
        database.run(&format!(
            "CREATE TABLE {table} ({columns}, pad varchar(500){key});
             INSERT INTO {table} SELECT {values}, repeat('padding ', 50) FROM {numbers} WHERE n <= {ROWS}; {analyze} {table};"
        ));
    }
    if server.kind.family() == Family::MySql {
        database.run("DROP TABLE d");
    }
    database
}
