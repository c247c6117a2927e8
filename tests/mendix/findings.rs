//! What a plan says about a Mendix database, and what the options change.

use super::app::{App, association_name, object, table_name};
use super::around::{inside, on};
use crate::hsqldb::normal::{copy, endpoint, read};
use crate::support::database::Database;
use crate::support::server::{Kind, Server};
use dbferry::backends::memory::MemoryDb;
use dbferry::{Migration, Plan, Report, Result, Settings};

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn plan(settings: Settings) -> Plan {
    run(Migration::new(settings).plan()).unwrap()
}

fn found(plan: &Plan, code: &str) -> Vec<String> {
    plan.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.object.clone()).collect()
}

#[test]
fn strays_are_left_behind_unless_asked_for() {
    let (from, target) = (tempfile::tempdir().unwrap(), MemoryDb::new("strays"));
    let mut app = App::new(1);
    app.strays();
    app.write(from.path());
    let settings = |all: bool| {
        let settings = Settings::builder().source(endpoint(from.path())).target(target.endpoint());
        settings.all_tables(all).build().unwrap()
    };
    let strict = plan(settings(false));
    assert_eq!(found(&strict, "table-of-deleted-entity"), ["0b988c4865d2408ebbc40c52efa315e8"]);
    assert_eq!(found(&strict, "table-unknown-to-mendix"), ["reporting"]);
    assert_eq!(found(&strict, "object-not-copied"), ["mendixsystem$temporary_ids"]);
    let report = run(Migration::new(settings(true)).copy()).unwrap();
    let copied: Vec<_> = report.tables.iter().map(|table| table.target.as_str()).collect();
    assert_eq!(copied.len(), strict.tables.len() + 2);
    assert!(copied.contains(&"reporting") && copied.contains(&"0b988c4865d2408ebbc40c52efa315e8"));
}

#[test]
fn other_databases_have_no_strays() {
    let (from, target) = (tempfile::tempdir().unwrap(), MemoryDb::new("plain"));
    let script = "CREATE USER SA PASSWORD DIGEST 'd41d8cd98f00b204e9800998ecf8427e'\nCREATE SCHEMA PUBLIC AUTHORIZATION DBA\n\
                  CREATE MEMORY TABLE PUBLIC.\"0b988c4865d2408ebbc40c52efa315e8\"(\"id\" BIGINT)\nGRANT DBA TO SA\n";
    std::fs::write(from.path().join("default.script"), script).unwrap();
    std::fs::write(from.path().join("default.properties"), "version=2.7.1\nmodified=no\n").unwrap();
    assert_eq!(copy(endpoint(from.path()), target.endpoint()).unwrap().tables.len(), 1);
}

/// An app with references to nothing: two rows of an association table, and two columns.
fn dangling() -> App {
    let mut app = App::new(2);
    for n in [8, 9] {
        app.row(&format!("{}({},281474976710785)", association_name(1), object(1, n)));
        let values = "'2025-06-25 16:39:30.000000',1.00000000,NULL,NULL";
        app.row(&format!("{}({},NULL,'late {n}',TRUE,{values},{})", table_name(2), object(2, n), object(1, n)));
    }
    app
}

#[test]
fn references_to_nothing_are_counted_and_refused() {
    let (from, target) = (tempfile::tempdir().unwrap(), MemoryDb::new("dangling"));
    dangling().write(from.path());
    let error = copy(endpoint(from.path()), target.endpoint()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let help = error.help_text().unwrap();
    let column = format!("{}id:dangling-reference=remove", table_name(1));
    assert!(help.contains("2 rows reference nothing") && help.contains(&column), "{help}");
    assert!(target.schema().tables.is_empty());
}

fn without_references(from: &std::path::Path, target: dbferry::endpoint::Endpoint) -> Result<Report> {
    let settings = Settings::builder().source(endpoint(from)).target(target);
    run(Migration::new(settings.policy("", "dangling-reference", "remove").build().unwrap()).copy())
}

fn removed(report: &Report) -> Vec<(String, String, u64)> {
    let removed = report.converted.iter().filter(|change| change.policy == "dangling-reference");
    removed.map(|change| (change.table.clone(), change.conversion.clone(), change.cells)).collect()
}

#[test]
fn references_to_nothing_are_removed_on_request() {
    let (from, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    dangling().write(from.path());
    let report = without_references(from.path(), endpoint(root.path())).unwrap();
    let expected = [(association_name(1), "row left out".to_string(), 2), (table_name(2), "null".to_string(), 2)];
    assert_eq!(removed(&report), expected);
    let (before, after) = (read_all(from.path()), read(&inside(root.path())).unwrap());
    for (table, rows) in before {
        let gone = if table == association_name(1) { 2 } else { 0 };
        assert_eq!(after[&table].len(), rows - gone, "{table}");
    }
    let settings = Settings::builder().source(endpoint(from.path())).target(endpoint(root.path()));
    let settings = settings.policy("", "dangling-reference", "remove").build().unwrap();
    assert!(run(Migration::new(settings).verify()).unwrap().equal());
}

/// Rows of each table, references to nothing and all: into a target that makes no foreign keys of them.
fn read_all(folder: &std::path::Path) -> Vec<(String, usize)> {
    let script = std::fs::read_to_string(folder.join("default.script")).unwrap();
    let tables = ["system$user".to_string(), association_name(1), table_name(1), table_name(2)];
    tables
        .into_iter()
        .map(|table| {
            let rows = script.lines().filter(|line| line.starts_with(&format!("INSERT INTO \"{table}\" "))).count();
            (table, rows)
        })
        .collect()
}

#[test]
fn servers_find_the_values_that_reference_nothing() {
    for kind in [Kind::PostgreSql, Kind::MariaDb, Kind::MySql] {
        let Some(server) = Server::or_skip(kind) else { continue };
        let from = Database::filled(
            &server,
            "mendix_dangling",
            &["
CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE c (id bigint PRIMARY KEY, p bigint);
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 1), (2, 7), (3, NULL), (4, 7), (5, -9);
"],
        );
        // Only PostgreSQL says itself that a foreign key is not validated.
        if kind == Kind::PostgreSql {
            from.run("ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id) NOT VALID");
        } else {
            from.run("SET foreign_key_checks = 0; ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id)");
        }
        assert_eq!(dangling_values(&on(&from)), ["-9", "7"], "{}", kind.name());
        if kind == Kind::PostgreSql {
            let to = Database::empty(&server, "mendix_removed");
            let settings =
                Settings::builder().source(on(&from)).target(on(&to)).policy("c.p", "dangling-reference", "remove");
            let report = run(Migration::new(settings.build().unwrap()).copy()).unwrap();
            assert_eq!(removed(&report), [("c".to_string(), "null".to_string(), 3)]);
            assert_eq!(to.lines("SELECT convalidated FROM pg_constraint WHERE contype = 'f'"), ["t"]);
        }
    }
}

#[test]
fn associations_may_dangle_on_servers_too() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let Some(server) = Server::or_skip(kind) else { continue };
        let (from, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        App::new(1).write(from.path());
        let between = Database::empty(&server, "mendix_checks_off");
        let there = copy(endpoint(from.path()), on(&between)).unwrap();
        let table = there.tables.iter().find(|table| table.source == association_name(1)).unwrap();
        let row = format!("INSERT INTO `{}` VALUES (999, 281474976710785)", table.target);
        between.run(&format!("SET foreign_key_checks = 0; {row}"));
        let error = copy(on(&between), endpoint(root.path())).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.help_text().unwrap().contains("1 row reference"), "{error:?}");
        let settings = Settings::builder().source(on(&between)).target(endpoint(root.path()));
        let settings = settings.policy(&table.target, "dangling-reference", "remove").build().unwrap();
        let report = run(Migration::new(settings).copy()).unwrap();
        assert_eq!(removed(&report), [(table.target.clone(), "row left out".to_string(), 1)]);
    }
}

fn dangling_values(endpoint: &dbferry::endpoint::Endpoint) -> Vec<String> {
    use dbferry::backends::{Range, find};
    use dbferry::probe::{Probe, TableProbes};
    let mut source = (find(endpoint.engine).unwrap().open_source)(endpoint).unwrap();
    let mut readers = source.open_readers(1).unwrap();
    let schema = source.introspect().unwrap();
    let table = schema.tables.iter().find(|table| table.name == "c").unwrap();
    let probes = vec![Probe::DanglingValues { foreign_key: "fk".into() }];
    let mut answers = readers.sessions[0].probe(&TableProbes { table, probes, range: Range::All }).unwrap();
    assert_eq!(answers[0].count, 3);
    answers[0].keys.sort();
    answers.remove(0).keys
}

#[test]
fn texts_that_differ_in_case_only_collide_in_a_built_in_database() {
    let Some(server) = Server::or_skip(Kind::PostgreSql) else { return };
    let (from, root, again) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    App::new(1).write(from.path());
    let between = Database::empty(&server, "mendix_case");
    let there = copy(endpoint(from.path()), on(&between)).unwrap();
    let weaker =
        there.findings.iter().find(|f| f.code == "unique-weaker" && f.object == "system$user.uniq_system$user_name");
    assert!(weaker.is_some(), "PostgreSQL takes what the built-in database refuses");
    between.run("INSERT INTO \"system$user\" VALUES (1, 'mxADMIN', TRUE)");
    let error = copy(on(&between), endpoint(root.path())).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.help_text().unwrap().contains("unique-collision"), "{error:?}");
    between.run("UPDATE \"system$user\" SET \"name\" = 'other' WHERE \"id\" = 1");
    copy(on(&between), endpoint(again.path())).unwrap();
}
