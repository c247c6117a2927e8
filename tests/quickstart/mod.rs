//! The quick start as a new user runs it, and what the real engine says of both databases.

#[path = "../../examples/quickstart/sample/mod.rs"]
mod sample;

use crate::hsqldb::normal::read;
use crate::hsqldb::states::compare;
use crate::support::hsqldb::engine::{contents, copy_of, engine};
use dbferry::backends::memory::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the sample lies.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/data/database/hsqldb/default")
}

/// Runs the README's command, but for the folder of the target.
fn dbferry(command: &str, target: &Path, more: &[&str]) -> Output {
    let to = format!("BuiltInDatabasePath={}", target.display());
    Command::new(env!("CARGO_BIN_EXE_dbferry"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([command, "--config", "examples/quickstart/m2ee.yaml", "--set", &to])
        .args(more)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_shipped_files_are_what_the_generator_writes() {
    for (name, made) in sample::files() {
        let there = std::fs::read(shipped().join(name)).unwrap();
        assert!(there == made, "{name} is out of date: run cargo run --example quickstart");
    }
}

#[test]
fn copied_verified_refused_cleared_and_copied_again() {
    let (root, before) = (tempfile::tempdir().unwrap(), contents(&shipped()));
    let target = root.path().join("new/folder");
    let first = dbferry("copy", &target, &[]);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(said(&first).contains("copied and verified: 34 tables, 7,378 rows"), "{}", said(&first));
    assert!(contents(&shipped()) == before, "the source was changed");
    let script = target.join("hsqldb/default/default.script");
    let copied = std::fs::read(&script).unwrap();
    let second = dbferry("copy", &target, &[]);
    assert_eq!(second.status.code(), Some(2), "{}", said(&second));
    assert!(said(&second).contains("not empty") && said(&second).contains("--execute --confirm default"));
    assert!(std::fs::read(&script).unwrap() == copied, "a refused target was changed");
    let cleared = dbferry("clear-target", &target, &["--execute", "--confirm", "default"]);
    assert_eq!(cleared.status.code(), Some(0), "{}", said(&cleared));
    let again = dbferry("copy", &target, &[]);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
}

#[test]
fn the_source_itself_is_no_target() {
    for folder in ["examples/quickstart/data/database", "examples/quickstart/data/../data/database/hsqldb/default"] {
        for command in ["copy", "clear-target"] {
            let output = dbferry(command, Path::new(folder), &[]);
            assert_eq!(output.status.code(), Some(2), "{}", said(&output));
            assert!(said(&output).contains("the same database"), "{}", said(&output));
            assert!(said(&output).contains("BuiltInDatabasePath"), "{}", said(&output));
        }
    }
}

#[test]
fn wrong_folders_are_named_in_full() {
    let root = tempfile::tempdir().unwrap();
    let missing = dbferry("copy", root.path(), &["--set", "SourceBuiltInDatabasePath=nowhere"]);
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("nowhere");
    assert!(said(&missing).contains(&format!("source {}: there is no", full.display())), "{}", said(&missing));
    let file = dbferry("copy", Path::new("README.md"), &[]);
    assert_eq!((missing.status.code(), file.status.code()), (Some(2), Some(2)));
    assert!(said(&file).contains("a part of this path is a file"), "{}", said(&file));
}

/// Mendix's own tables tell of every table, column, index, constraint and sequence, and of nothing else.
#[test]
fn the_sample_is_true_to_its_metadata() {
    let target = dbferry::backends::memory::MemoryDb::new("metadata");
    crate::hsqldb::normal::copy(crate::hsqldb::normal::endpoint(&shipped()), target.endpoint()).unwrap();
    let texts = |table: &str, column: usize| -> BTreeSet<String> {
        let rows = target.rows(table).unwrap().into_iter();
        rows.map(|row| match &row[column] {
            Value::Text(text) => text.clone(),
            other => panic!("{other:?} in {table}"),
        })
        .collect()
    };
    let schema = target.schema();
    let own = |name: &str| name.starts_with("mendixsystem$");
    let tables: BTreeSet<String> = schema.tables.iter().map(|t| t.name.clone()).filter(|name| !own(name)).collect();
    let known: BTreeSet<String> = &texts("mendixsystem$entity", 2) | &texts("mendixsystem$association", 2);
    assert_eq!(tables, known);
    let model = || schema.tables.iter().filter(|t| !own(&t.name));
    let columns: BTreeSet<String> = model().flat_map(|t| &t.columns).map(|c| c.name.clone()).collect();
    let known = &(&texts("mendixsystem$attribute", 3) | &texts("mendixsystem$association", 5))
        | &texts("mendixsystem$association", 6);
    assert_eq!(columns, known);
    let uniques: BTreeSet<String> = model().flat_map(|t| &t.uniques).map(|key| key.name.clone()).collect();
    assert_eq!(uniques, texts("mendixsystem$unique_constraint", 0));
    let indexes: BTreeSet<String> = model().flat_map(|t| &t.indexes).map(|index| index.name.clone()).collect();
    assert!(indexes.is_superset(&texts("mendixsystem$index", 2)), "{indexes:?}");
    let sequences: BTreeSet<String> = schema.sequences.iter().map(|s| s.name.clone()).collect();
    assert_eq!(sequences, texts("mendixsystem$sequence", 0));
}

#[test]
fn the_engine_sees_the_same_rows_on_both_sides() {
    let Some(engine) = engine() else { return };
    let root = tempfile::tempdir().unwrap();
    let copied = dbferry("copy", root.path(), &[]);
    assert_eq!(copied.status.code(), Some(0), "{}", said(&copied));
    let (source, target) = (engine.dump(&shipped()), engine.dump(&root.path().join("hsqldb/default")));
    assert_eq!((source.len(), source.values().map(Vec::len).sum::<usize>()), (34, 7378));
    compare(&target, &source);
    compare(&read(&shipped()).unwrap(), &source);
}

#[test]
fn the_engine_goes_on_with_both() {
    let Some(engine) = engine() else { return };
    let root = tempfile::tempdir().unwrap();
    assert_eq!(dbferry("copy", root.path(), &[]).status.code(), Some(0));
    let source = copy_of(&shipped());
    std::fs::remove_file(source.path().join("default.lck")).unwrap();
    let work = r#"
SELECT NEXT VALUE FOR "sales$voucher_number_mxseq" FROM (VALUES(0));;
SELECT NEXT VALUE FOR "sales$order_number_mxseq" FROM (VALUES(0));;
INSERT INTO "sales$voucher"("id","code") VALUES(1,'welcome-0');;
INSERT INTO "sales$orderline"("id","sales$orderline_product") VALUES(1,1);;
INSERT INTO "mendixsystem$data_change_event"("change_type") VALUES(1);;
SELECT MAX("sequence") FROM "mendixsystem$data_change_event";;
DELETE FROM "system$userrole" WHERE "name"='CLERK';;
SELECT COUNT(*) FROM "system$userroles";;
"#;
    let expect = ["61", "801", "ERR 23505", "ERR 23503", "25", "5"];
    for folder in [source.path().to_path_buf(), root.path().join("hsqldb/default")] {
        let said = engine.run(&folder, work);
        let lines: Vec<_> = said.lines().map(|line| line.get(..9).unwrap_or(line)).collect();
        assert_eq!(lines, expect, "{said}");
    }
}
