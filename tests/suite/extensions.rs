//! Types, operator classes and functions of extensions stay what they are where the target has them, and are told where
//! it has not: before the first row, not when the last index fails.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome, text};
use crate::support::server::Kind;

const EXTENSIONS: &str = "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
    CREATE EXTENSION \"uuid-ossp\";";

const SOURCE: &str = "
    CREATE FUNCTION doubled(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
    CREATE TABLE things (id int PRIMARY KEY, c citext DEFAULT 'Abc', h hstore, list citext[], n int, t text,
      u uuid DEFAULT uuid_generate_v4(), CONSTRAINT alike CHECK (similarity(t, 'x') >= 0));
    INSERT INTO things VALUES (1, 'Straße', 'a=>1, \"b c\"=>NULL', '{a,B}', 5, 'hello world'), (2, 'ÄÖ', NULL, NULL, 6, 'x');
    CREATE UNIQUE INDEX things_c ON things (c);
    CREATE INDEX things_trgm ON things USING gin (t gin_trgm_ops);
    CREATE INDEX things_h ON things USING gin (h);
    CREATE INDEX things_cast ON things ((t::citext));
    CREATE DOMAIN small AS int CHECK (VALUE < 100);
    CREATE INDEX things_small ON things ((n::small));
    CREATE INDEX things_list ON things USING gin (list);
    CREATE INDEX things_part ON things (n) WHERE c IS NOT NULL;
    ALTER TABLE things ADD COLUMN net inet CONSTRAINT inside CHECK (net << '10.0.0.0/8');
    CREATE INDEX things_doubled ON things (doubled(n));";

fn source(pair: &Pair) -> Database {
    Database::filled(&pair.source, "extensions", &[EXTENSIONS, SOURCE])
}

/// Codes and objects of the findings about the table.
fn told(outcome: &Outcome) -> Vec<String> {
    let findings = outcome.json()["findings"].as_array().cloned().unwrap_or_default();
    let line = |finding: &serde_json::Value| format!("{} {}", text(&finding["code"]), text(&finding["object"]));
    let mut lines: Vec<_> = findings.iter().map(line).filter(|line| line.contains("things")).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn are_kept_where_the_target_has_them() {
    let Some(pair) = Pair::or_skip(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let (source, target) = (source(&pair), pair.target("extensions"));
    target.run(EXTENSIONS);
    let (outcome, _) = copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    assert_eq!(told(&outcome), ["index-not-copied things.things_doubled", "index-not-copied things.things_small"]);
    let listed = outcome.json()["not_copied"].to_string();
    assert!(!listed.contains("citext") && listed.contains("doubled"), "{listed}");
    let columns = "SELECT attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid) FROM pg_attribute
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = 'things'::regclass AND attnum > 0 ORDER BY attnum";
    let indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'things' AND indexname NOT IN ('things_doubled', 'things_small') ORDER BY 1";
    let checks = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 ORDER BY 1";
    for query in [columns, indexes, checks] {
        assert_eq!(target.run(query), source.run(query));
    }
}

#[test]
fn are_told_where_the_target_lacks_them() {
    let Some(pair) = Pair::or_skip(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let (source, target) = (source(&pair), pair.target("extensions"));
    target.run("CREATE FUNCTION doubled(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2'");
    let (outcome, _) = copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    let lines = [
        "check-not-copied things.alike",
        "index-not-copied things.things_cast",
        "index-not-copied things.things_h",
        "index-not-copied things.things_list",
        "index-not-copied things.things_part",
        "index-not-copied things.things_small",
        "index-not-copied things.things_trgm",
        "type-as-text things.c",
        "type-as-text things.h",
        "type-as-text things.list",
    ];
    assert_eq!(told(&outcome), lines);
    let findings = outcome.json()["findings"].to_string();
    assert!(findings.contains("create extension citext on the target before the copy"), "{findings}");
    assert!(findings.contains("operator class gin_trgm_ops (create extension pg_trgm there"), "{findings}");
    let default = "SELECT column_default FROM information_schema.columns WHERE column_name = 'u'";
    assert_eq!(target.run(default).trim(), "gen_random_uuid()");
    assert_eq!(target.run("SELECT count(*) FROM pg_indexes WHERE indexname = 'things_doubled'").trim(), "1");
}
