//! Every type of every engine: each table arrives equal, or is refused with the expected reason.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::fixtures;
use crate::support::oracle::Dump;
use crate::support::server::{Family, Kind};

/// Which tables of which engine's fixture another engine cannot take, and the code of the finding that says so.
/// Tables that are not listed must arrive equal.
struct Refusal {
    source: Family,
    target: fn(Kind) -> bool,
    table: &'static str,
    code: &'static str,
}

fn postgresql(kind: Kind) -> bool {
    kind == Kind::PostgreSql
}

fn mysql_family(kind: Kind) -> bool {
    matches!(kind, Kind::MariaDb | Kind::MySql)
}

fn but_mysql(kind: Kind) -> bool {
    !mysql_family(kind)
}

fn but_postgresql(kind: Kind) -> bool {
    kind != Kind::PostgreSql
}

fn but_hsqldb(kind: Kind) -> bool {
    kind != Kind::Hsqldb
}

fn any(_: Kind) -> bool {
    true
}

const REFUSALS: &[Refusal] = &[
    row(Family::MySql, any, "versioneds", "system-versioned"),
    row(Family::MySql, postgresql, "texts_with_nul", "nul-text"),
    row(Family::MySql, mysql_family, "enums_invalid", "invalid-enum"),
    row(Family::MySql, but_mysql, "dates_zero", "zero-date"),
    row(Family::MySql, but_mysql, "dates_partial", "zero-date"),
    row(Family::PostgreSql, but_postgresql, "decimals_special", "nan"),
    row(Family::PostgreSql, mysql_family, "floats_special", "nan"),
    row(Family::PostgreSql, but_postgresql, "dates_far", "out-of-range-date"),
    row(Family::PostgreSql, but_postgresql, "dates_infinite", "out-of-range-date"),
    row(Family::Hsqldb, postgresql, "texts_with_nul", "nul-text"),
    row(Family::Hsqldb, but_hsqldb, "dates_julian", "zero-date"),
    row(Family::Hsqldb, but_hsqldb, "timestamps_nanos", "excess-precision"),
    row(Family::Hsqldb, mysql_family, "floats_special", "nan"),
];

/// Tables that no probe judges beforehand: exit code and what the message must name.
/// HSQLDB has no 1582-10-05 to 1582-10-14 and no 24:00; decimals in JSON documents become doubles on the way through
/// the only form in which MySQL reads documents.
const STOPS: &[Stop] = &[
    Stop { applies: |from, to| (from, to) == (Kind::MySql, Kind::MySql), table: "json_with_decimals", code: 1 },
    Stop { applies: |from, to| from != Kind::Hsqldb && to == Kind::Hsqldb, table: "dates", code: 3 },
    Stop { applies: |from, to| (from, to) == (Kind::PostgreSql, Kind::Hsqldb), table: "timestamps", code: 3 },
    Stop { applies: |from, to| (from, to) == (Kind::PostgreSql, Kind::Hsqldb), table: "times_midnight", code: 3 },
];

struct Stop {
    applies: fn(Kind, Kind) -> bool,
    table: &'static str,
    code: i32,
}

const fn row(source: Family, target: fn(Kind) -> bool, table: &'static str, code: &'static str) -> Refusal {
    Refusal { source, target, table, code }
}

/// One run over everything is refused for exactly the expected tables and writes nothing; a second run without
/// them copies the rest, and every value arrives equal.
pub(super) fn check(pair: &Pair) {
    let source = fixtures::types(&pair.source);
    let target = pair.target("types");
    let expected = expected(pair);
    let mut refused: Vec<&str> = expected.iter().map(|(table, _)| *table).collect();
    if !expected.is_empty() {
        let outcome = Dbferry::copy(&source, &target).run().expect(2);
        let mut found: Vec<(String, String)> =
            outcome.refusals().into_iter().map(|(code, object)| (table_of(&object), code)).collect();
        found.sort();
        found.dedup();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(table, code)| ((*table).to_string(), (*code).to_string())).collect();
        assert_eq!(found, expected, "refused tables with their reasons");
        assert_eq!(Dump::of(&target).names(), Vec::<&str>::new(), "a refused run wrote tables");
    }
    refused.extend(stops(pair, &source));
    refused.dedup();
    let without: Vec<&str> = refused.iter().flat_map(|table| ["--exclude-tables", *table]).collect();
    copy_equal(&source, &target, &Dbferry::copy(&source, &target).args(&without), &refused);
}

/// Runs that stop, or end as different: nothing is silently wrong, and the message names the table.
fn stops(pair: &Pair, source: &Database) -> Vec<&'static str> {
    let stops = STOPS.iter().filter(|stop| (stop.applies)(pair.source.kind, pair.target.kind));
    let mut tables = Vec::new();
    for Stop { table, code, .. } in stops {
        let target = pair.target("stops");
        let outcome = Dbferry::copy(source, &target).args(&["--tables", table]).run().expect(*code);
        assert!(outcome.error().contains(table), "{table} is not named: {}", outcome.error());
        assert!(*code != 3 || Dump::of(&target).rows(table) == 0, "rows of a refused chunk stayed in {table}");
        tables.push(*table);
    }
    tables
}

fn expected(pair: &Pair) -> Vec<(&'static str, &'static str)> {
    let only_mariadb = |r: &Refusal| r.table != "versioneds" || pair.source.kind == Kind::MariaDb;
    let applies =
        |r: &&Refusal| r.source == pair.source.kind.family() && (r.target)(pair.target.kind) && only_mariadb(r);
    let mut rows: Vec<_> = REFUSALS.iter().filter(applies).map(|r| (r.table, r.code)).collect();
    rows.sort_unstable();
    rows
}

fn table_of(object: &str) -> String {
    object.split('.').next().unwrap_or(object).to_string()
}
