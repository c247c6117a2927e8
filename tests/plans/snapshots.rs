//! Snapshots of the statements and of the text of each pair of products.

use super::fixtures::plan_for;
use super::{mysql, postgresql};
use dbferry::Policies;
use dbferry::plan::render;
use dbferry::schema::Schema;

fn check(schema: &Schema, target: &str) {
    let plan = plan_for(schema, target, &Policies::default());
    let name = format!("{}_to_{}", schema.product.name, target).to_lowercase();
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}.sql"), render::sql(&plan));
        insta::assert_snapshot!(format!("{name}.txt"), render::text(&plan));
    });
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["tables"].as_array().map(Vec::len), Some(plan.tables.len()));
}

#[test]
fn from_postgresql() {
    for target in ["PostgreSQL", "MySQL", "MariaDB", "HSQLDB", "memory"] {
        check(&postgresql::schema(), target);
    }
}

#[test]
fn from_mysql() {
    for target in ["PostgreSQL", "MySQL", "MariaDB", "HSQLDB", "memory"] {
        check(&mysql::schema("MySQL"), target);
    }
}

#[test]
fn from_mariadb() {
    for target in ["PostgreSQL", "MySQL", "MariaDB", "HSQLDB", "memory"] {
        check(&mysql::schema("MariaDB"), target);
    }
}
