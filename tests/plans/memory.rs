//! Runs the statements of plans on a database in memory, plans from what that then states, and runs those.

use super::fixtures::plan_for;
use super::{mysql, postgresql};
use dbferry::Policies;
use dbferry::backends::find;
use dbferry::backends::memory::MemoryDb;
use dbferry::endpoint::Engine;
use dbferry::schema::Schema;

/// The structure that a database in memory has after the plan for `schema`.
fn run(schema: &Schema) -> Schema {
    let plan = plan_for(schema, "memory", &Policies::default());
    let db = MemoryDb::new("target");
    let mut target = (find(Engine::Memory).unwrap().open_target)(&db.endpoint()).unwrap();
    let identities = plan.tables.iter().flat_map(|table| &table.identities).map(|identity| &identity.position);
    let positions = plan.sequences.iter().map(|sequence| &sequence.position).chain(identities);
    for statement in plan.statements().chain(positions) {
        let sql = statement.sql.replace("{next}", "4711");
        target.execute(&sql).unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
    }
    db.schema()
}

fn check(schema: &Schema) {
    let first = run(schema);
    let lines = |schema: &Schema| serde_json::to_string_pretty(schema).unwrap();
    let (first, second) = (lines(&first), lines(&run(&first)));
    for (number, (left, right)) in first.lines().zip(second.lines()).enumerate() {
        assert_eq!(left, right, "line {number}");
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn from_postgresql() {
    check(&postgresql::schema());
}

#[test]
fn from_mysql() {
    check(&mysql::schema("MySQL"));
}

#[test]
fn from_mariadb() {
    check(&mysql::schema("MariaDB"));
}
