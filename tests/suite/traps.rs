//! Traps of single engines: each is told before the first write, or copied without loss.

use super::{Pair, copy_equal};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome, text};
use crate::support::oracle::{Dump, Names};
use crate::support::server::Kind;

fn sides(from: Kind, to: Kind, script: &str) -> Option<(Database, Database)> {
    let pair = Pair::or_skip(from, to)?;
    Some((Database::filled(&pair.source, "trap", &[script]), pair.target("trap")))
}

/// The run is refused with this finding and writes nothing.
#[track_caller]
fn assert_refused(source: &Database, target: &Database, code: &str, object: &str) -> Outcome {
    let outcome = Dbferry::copy(source, target).run().expect(2);
    let refusals = outcome.refusals();
    let found = refusals.iter().any(|(c, o)| c == code && o.contains(object));
    assert!(found, "{code} on {object} is not among {refusals:?}");
    assert!(Dump::of(target).names().is_empty(), "a refused run wrote tables");
    outcome
}

/// Codes of the findings about an object.
fn codes(outcome: &Outcome, object: &str) -> Vec<String> {
    let findings = outcome.json()["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().filter(|f| text(&f["object"]).contains(object)).map(|f| text(&f["code"])).collect()
}

#[test]
fn row_security_that_hides_rows_is_refused() {
    let script = "CREATE TABLE hidden (id int PRIMARY KEY); INSERT INTO hidden VALUES (1), (2);
        ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON hidden USING (id = 1);";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::MariaDb, script) else { return };
    let role = format!("{}_rls", source.name);
    source.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'Only-for-tests-7'; GRANT SELECT ON hidden TO {role};"));
    let call = Dbferry::copy(&source, &target)
        .set("SourceDatabaseUserName", &role)
        .set("SourceDatabasePassword", "Only-for-tests-7");
    let outcome = call.run();
    source.run(&format!("DROP OWNED BY {role}; DROP ROLE {role};"));
    let refusals = outcome.expect(2).refusals();
    assert_eq!(refusals, [("row-security".to_string(), "hidden".to_string())]);
}

#[test]
fn large_objects_are_refused() {
    let script =
        "CREATE TABLE pointing (id int PRIMARY KEY, o oid); INSERT INTO pointing VALUES (1, lo_from_bytea(0, 'x'));";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::MySql, script) else { return };
    assert_refused(&source, &target, "large-objects", "");
}

#[test]
fn partitioned_and_inherited_rows_arrive_once() {
    let script = "CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id);
        CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
        CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20);
        INSERT INTO parted SELECT n, 'v' || n FROM generate_series(0, 19) n;
        CREATE TABLE mother (id int); CREATE TABLE daughter (x int) INHERITS (mother);
        INSERT INTO mother VALUES (1); INSERT INTO daughter VALUES (2, 2);";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::MariaDb, script) else { return };
    Dbferry::copy(&source, &target).run().expect(0);
    let copied = Dump::of(&target);
    let parted: usize = copied.names().iter().filter(|n| n.starts_with("parted")).map(|n| copied.rows(n)).sum();
    assert_eq!(parted, 20, "rows of the partitioned table: {:?}", copied.names());
    assert_eq!((copied.rows("mother"), copied.rows("daughter")), (1, 1));
}

#[test]
fn rows_that_reference_nothing_are_told() {
    let script = "SET foreign_key_checks = 0; CREATE TABLE parent (id int PRIMARY KEY);
        CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT orphan FOREIGN KEY (p) REFERENCES parent (id));
        INSERT INTO child VALUES (1, 99);";
    for kind in [Kind::MariaDb, Kind::MySql] {
        let Some((source, target)) = sides(kind, Kind::PostgreSql, script) else { return };
        let outcome = Dbferry::copy(&source, &target).run();
        assert_ne!(outcome.code, 0, "a foreign key that does not hold was copied");
        let said = format!("{} {:?}", outcome.error(), outcome.refusals());
        assert!(said.contains("child"), "the table is not named: {said}");
    }
}

#[test]
fn settings_of_a_database_change_no_value() {
    let script = include_str!("../fixtures/postgresql/types.sql");
    let tables = ["dates", "timestamps", "times", "floats", "bytes", "texts", "decimals", "intervals"];
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::MariaDb, script) else { return };
    for setting in [
        "datestyle = 'German, DMY'",
        "intervalstyle = sql_standard",
        "timezone = 'Asia/Kolkata'",
        "bytea_output = escape",
        "extra_float_digits = -15",
        "standard_conforming_strings = off",
        "search_path = ''",
        "statement_timeout = '1ms'",
        "client_encoding = latin1",
    ] {
        source.run(&format!("ALTER DATABASE {} SET {setting}", source.name));
    }
    let all = Dump::of(&source);
    let rest: Vec<&str> = all.names().into_iter().filter(|name| !tables.contains(name)).collect();
    let chosen: Vec<&str> = tables.iter().flat_map(|table| ["--tables", *table]).collect();
    copy_equal(&source, &target, &Dbferry::copy(&source, &target).args(&chosen), &rest);
}

#[test]
fn tables_without_transactions_are_told() {
    let script = "CREATE TABLE old_engine (id int PRIMARY KEY, v int) ENGINE = MyISAM; INSERT INTO old_engine VALUES (1, 1), (2, 2);";
    let Some((source, target)) = sides(Kind::MariaDb, Kind::PostgreSql, script) else { return };
    let outcome = Dbferry::copy(&source, &target).run();
    if outcome.code == 0 {
        assert!(!codes(&outcome, "old_engine").is_empty(), "nothing tells that the table has no snapshot");
        Dump::of(&source).assert_copied(&Dump::of(&target), &Names::default(), &[]);
    } else {
        assert!(outcome.expect(2).refusals().iter().any(|(_, object)| object.contains("old_engine")));
    }
}

#[test]
fn keys_longer_than_the_target_takes_are_told_before_any_write() {
    let script = "CREATE TABLE long_key (k text PRIMARY KEY); INSERT INTO long_key VALUES (repeat('x', 2000));
        CREATE TABLE longer_key (id int PRIMARY KEY, k varchar(5000) UNIQUE); INSERT INTO longer_key VALUES (1, 'short');";
    for kind in [Kind::MariaDb, Kind::MySql] {
        let Some((source, target)) = sides(Kind::PostgreSql, kind, script) else { return };
        let outcome = Dbferry::copy(&source, &target).run();
        match outcome.code {
            0 => Dump::of(&source).assert_copied(&Dump::of(&target), &Names::of(&outcome.json()), &[]),
            _ => assert!(!outcome.expect(2).refusals().is_empty()),
        }
    }
}

#[test]
fn unique_keys_without_case_do_not_collide() {
    let script = "CREATE TABLE twins (k varchar(20) PRIMARY KEY, v varchar(20) UNIQUE);
        INSERT INTO twins VALUES ('a', 'é'), ('A', 'e'), ('á', 'E'), ('a ', 'é '), ('ss', 'ß'), ('', ' ');";
    for kind in [Kind::MariaDb, Kind::MySql] {
        let Some((source, target)) = sides(Kind::PostgreSql, kind, script) else { return };
        copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    }
}

#[test]
fn keys_that_differ_in_blanks_only_are_refused_by_hsqldb() {
    let script = "CREATE TABLE padded (k varchar(20) PRIMARY KEY); INSERT INTO padded VALUES ('a'), ('a '), ('A');";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::Hsqldb, script) else { return };
    assert_refused(&source, &target, "unique-collision", "padded");
}

#[test]
fn text_beyond_the_first_plane_gets_room_in_hsqldb() {
    let script = "CREATE TABLE wide (id int PRIMARY KEY, v varchar(3), c char(2), n varchar(3));
        INSERT INTO wide VALUES (1, 'abc', 'ab', 'abc'), (2, '😀😀😀', '😀😀', 'é'), (3, '😀', '😀', NULL);";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::Hsqldb, script) else { return };
    let (outcome, _) = copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    let findings = outcome.json()["findings"].as_array().cloned().unwrap_or_default();
    let widened: Vec<_> = findings.iter().filter(|f| f["code"] == "text-widened").map(|f| text(&f["object"])).collect();
    assert_eq!(widened, ["wide.c", "wide.v"]);
    let length = "SELECT CHARACTER_MAXIMUM_LENGTH FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'wide' AND DATA_TYPE LIKE 'CHAR%' ORDER BY COLUMN_NAME";
    assert_eq!(target.lines(length), ["4", "3", "6"]);
}

#[test]
fn rows_wider_than_the_target_takes_are_told_or_moved_out_of_the_row() {
    let columns: Vec<String> = (0..20).map(|n| format!("c{n} varchar(2000)")).collect();
    let script = format!(
        "CREATE TABLE wide_row (id int PRIMARY KEY, {}); INSERT INTO wide_row (id, c0, c19) VALUES (1, 'a', repeat('é', 2000));",
        columns.join(", ")
    );
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::MySql, &script) else { return };
    copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
}

#[test]
fn latin1_columns_arrive_as_the_server_reads_them() {
    let script = "CREATE TABLE old_text (id int PRIMARY KEY, v varchar(20)) CHARACTER SET latin1;
        INSERT INTO old_text VALUES (1, 'é€'), (2, CONVERT(CAST(x'c3a9' AS BINARY) USING latin1)), (3, '');";
    for kind in [Kind::MariaDb, Kind::MySql] {
        let Some((source, target)) = sides(kind, Kind::PostgreSql, script) else { return };
        copy_equal(&source, &target, &Dbferry::copy(&source, &target), &[]);
    }
}

#[test]
fn other_schemas_of_the_source_are_left_alone_and_told() {
    let script =
        "CREATE TABLE here (id int PRIMARY KEY); CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.there (id int);";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql, script) else { return };
    let outcome = Dbferry::copy(&source, &target).run().expect(0);
    assert!(outcome.stdout.contains("elsewhere"), "the other schema is not told");
    assert_eq!(Dump::of(&target).names(), ["here"]);
}

#[test]
fn schema_of_the_settings_is_copied_into_the_schema_of_the_settings() {
    let script = "CREATE TABLE here (id int PRIMARY KEY); CREATE SCHEMA \"Else where\"; CREATE TABLE \"Else where\".there (id int); INSERT INTO \"Else where\".there VALUES (7);";
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql, script) else { return };
    target.run("CREATE SCHEMA \"Ziel\"\"e\"");
    let call =
        Dbferry::copy(&source, &target).set("SourceDatabaseSchema", "Else where").set("DatabaseSchema", "Ziel\"e");
    call.run().expect(0);
    assert_eq!(target.run("SELECT id FROM \"Ziel\"\"e\".there").trim(), "7");
}
