//! What a plan makes of names and types that only newer servers of a product know.

use super::fixtures::{column, plan_for, plan_with, product, with_default};
use dbferry::Policies;
use dbferry::plan::Plan;
use dbferry::probe::{Answer, Probe};
use dbferry::schema::{Collation, Column, Schema, Table};
use dbferry::types::Type;

fn table_of(from: &str, columns: Vec<Column>) -> Schema {
    let table = Table { name: "t".into(), columns, ..Table::default() };
    Schema { product: product(from), tables: vec![table], ..Schema::default() }
}

fn native(name: &str) -> Column {
    column("c", Type::Native { name: name.into(), binary_portable: false }, name)
}

fn target_type(from: &str, to: &str, column: Column) -> String {
    let plan = plan_for(&table_of(from, vec![column]), to, &Policies::default());
    plan.tables[0].columns[0].target_type.clone()
}

fn codes(plan: &Plan) -> Vec<&str> {
    plan.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn types_of_newer_servers_become_what_older_ones_have() {
    let range = || native("int4multirange");
    assert_eq!(target_type("PostgreSQL 18", "PostgreSQL 14", range()), "int4multirange");
    assert_eq!(target_type("PostgreSQL 18", "PostgreSQL 13", range()), "text");
    let rounded = || column("c", Type::decimal(5, -2), "numeric(5,-2)");
    assert_eq!(target_type("PostgreSQL 18", "PostgreSQL 15", rounded()), "numeric(5,-2)");
    assert_eq!(target_type("PostgreSQL 18", "PostgreSQL 14", rounded()), "numeric(7,0)");
    let uuid = || column("c", Type::Uuid, "uuid");
    assert_eq!(target_type("MariaDB 11.8", "MariaDB 10.7", uuid()), "uuid");
    assert_eq!(target_type("MariaDB 11.8", "MariaDB 10.6", uuid()), "char(36)");
    assert_eq!(target_type("MariaDB 11.8", "MariaDB 10.10", native("inet4")), "inet4");
    assert_eq!(target_type("MariaDB 11.8", "MariaDB 10.9", native("inet4")), "varchar(15)");
    assert_eq!(target_type("MySQL 9.7", "MySQL 9.0", native("vector(3)")), "vector(3)");
    assert_eq!(target_type("MySQL 9.7", "MySQL 8.4", native("vector(3)")), "longtext");
}

#[test]
fn functions_of_newer_servers_stay_where_they_are_known() {
    let plan = |to: &str| {
        let column = with_default(column("c", Type::Uuid, "uuid"), "uuidv7()");
        plan_for(&table_of("PostgreSQL 18", vec![column]), to, &Policies::default())
    };
    assert!(plan("PostgreSQL 18").tables[0].create.sql.contains("DEFAULT uuidv7()"));
    let older = plan("PostgreSQL 17");
    assert!(!older.tables[0].create.sql.contains("uuidv7") && codes(&older).contains(&"default-not-copied"));
}

#[test]
fn collations_of_newer_servers_are_told() {
    let plan = |from: &str, name: &str, to: &str| {
        let collation = Collation {
            name: name.into(),
            case_sensitive: false,
            accent_sensitive: false,
            pad_space: true,
            binary: false,
        };
        let text = Column { collation: Some(collation), ..column("c", Type::varchar(9), "varchar(9)") };
        plan_for(&table_of(from, vec![text]), to, &Policies::default())
    };
    for (from, name) in [("MariaDB 11.8", "utf8mb4_uca1400_ai_ci"), ("MySQL 9.7", "utf8mb4_0900_ai_ci")] {
        assert!(plan(from, name, "MariaDB 10.11").tables[0].create.sql.contains("_uca1400_"));
        let older = plan(from, name, "MariaDB 10.6");
        assert!(!older.tables[0].create.sql.contains("uca1400") && codes(&older).contains(&"collation-changed"));
    }
}

#[test]
fn instants_beyond_2038_are_found_before_an_older_server_refuses_them() {
    let refused = |from: &str, to: &str| {
        let column = column("c", Type::Timestamp { precision: 0, zone: true }, "timestamp");
        let late = |_: &str, probe: &Probe| {
            matches!(probe, Probe::DateOutside { .. }).then(|| Answer { count: 1, ..Answer::default() })
        };
        let plan = plan_with(&table_of(from, vec![column]), to, &Policies::default(), &late);
        plan.errors().map(|error| error.code).collect::<Vec<_>>()
    };
    assert_eq!(refused("MariaDB 11.8", "MySQL 9.7"), ["out-of-range-date"]);
    assert_eq!(refused("MariaDB 11.8", "MariaDB 10.11"), ["out-of-range-date"]);
    assert_eq!(refused("MariaDB 11.8", "MariaDB 11.5"), Vec::<&str>::new());
    assert_eq!(refused("MariaDB 10.11", "MySQL 9.7"), Vec::<&str>::new());
}
