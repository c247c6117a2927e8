//! The whole way from one database to another without a server: the in-memory backend on both sides.

mod sample;

use dbferry::backends::memory::{MemoryDb, Value};
use dbferry::report::Verdict;
use dbferry::{ErrorKind, Migration, Plan, Report, Result, Settings, VerifyReport};
use sample::{every_type, family, sample};

/// Waits for a future on a runtime of its own.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn migration(from: &MemoryDb, to: &MemoryDb) -> Migration {
    Migration::new(Settings::builder().source(from.endpoint()).target(to.endpoint()).jobs(3).build().unwrap())
}

fn copy(from: &MemoryDb, to: &MemoryDb) -> Result<Report> {
    wait(migration(from, to).copy())
}

fn findings(plan: &Plan) -> Vec<String> {
    plan.findings.iter().map(|f| format!("{} {}: {}", f.code, f.object, f.text)).collect()
}

fn differing(report: &VerifyReport) -> Vec<&str> {
    report.tables.iter().filter(|t| t.verdict == Verdict::Different).map(|t| t.source.as_str()).collect()
}

#[test]
fn everything_arrives() {
    let (from, to) = (sample(), MemoryDb::new("target"));
    let plan = wait(migration(&from, &to).plan()).unwrap();
    assert_eq!(findings(&plan), Vec::<String>::new());
    let report = copy(&from, &to).unwrap();
    assert_eq!((report.exit, report.tables.len(), report.source.protection.as_str()), (0, 3, "in memory"));
    for table in ["every_type", "parent", "child"] {
        assert!(from.rows(table) == to.rows(table), "{table}");
    }
    assert_eq!(report.tables.iter().map(|t| t.rows).sum::<u64>(), 3 + 10 + 1000);
    let (mut left, mut right) = (from.schema(), to.schema());
    for schema in [&mut left, &mut right] {
        schema.database.clear();
        schema.snapshot = None;
        // Sizes are as good as rows here, and the target's rows may lie in other chunks.
        schema.tables.iter_mut().for_each(|table| table.bytes_estimate = 0);
    }
    assert_eq!(serde_json::to_string_pretty(&left).unwrap(), serde_json::to_string_pretty(&right).unwrap());
}

#[test]
fn a_second_copy_is_refused_until_the_target_is_cleared() {
    let (from, to) = (sample(), MemoryDb::new("target"));
    copy(&from, &to).unwrap();
    let error = copy(&from, &to).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::TargetNotEmpty, 2));
    let verified = wait(migration(&from, &to).verify()).unwrap();
    assert_eq!(differing(&verified), Vec::<&str>::new());
    assert_eq!(wait(migration(&from, &to).clear_target(None)).unwrap().len(), 4);
    wait(migration(&from, &to).clear_target(Some("target".into()))).unwrap();
    assert_eq!(to.schema().tables.len() + to.schema().sequences.len(), 0);
    copy(&from, &to).unwrap();
}

#[test]
fn rows_that_contradict_a_key_stop_the_copy() {
    let (from, to) = (MemoryDb::new("source"), MemoryDb::new("target"));
    let (parent, _) = family();
    from.add_table(parent, [vec![Value::I64(1), Value::Null], vec![Value::I64(1), Value::Null]]).unwrap();
    let error = copy(&from, &to).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Ddl, 3));
    assert!(error.to_string().contains("two rows are equal in primary key \"parent_pk\" (row id=1)"), "{error}");
}

#[test]
fn a_value_that_does_not_fit_names_its_row() {
    let (from, to) = (MemoryDb::new("source"), MemoryDb::new("target"));
    let (parent, _) = family();
    let name = Value::Text("a name longer than ten".into());
    from.add_table(parent, [vec![Value::I64(7), name]]).unwrap();
    let error = copy(&from, &to).unwrap_err();
    assert_eq!((error.kind(), error.object_name()), (ErrorKind::Value, Some("parent.name")));
    assert!(error.to_string().contains("22 characters") && error.to_string().contains("id=7"), "{error}");
    assert!(!error.render().contains("a name longer"), "{error:?}");
    assert_eq!(to.rows("parent"), Some(Vec::new()));
}

#[test]
fn differences_are_found() {
    let (from, to) = (sample(), MemoryDb::new("target"));
    let (table, mut rows) = every_type();
    rows[1][3] = Value::I64(-4);
    let (parent, child) = family();
    to.add_table(table, rows).unwrap();
    to.add_table(parent, from.rows("parent").unwrap()).unwrap();
    to.add_table(child, from.rows("child").unwrap().into_iter().rev().skip(1)).unwrap();
    let report = wait(migration(&from, &to).verify()).unwrap();
    assert_eq!(differing(&report), ["child", "every_type"]);
}
