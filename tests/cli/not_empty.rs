//! A target that holds anything is refused by name and left alone.

use super::{refusal, sides};
use crate::support::dbferry::Dbferry;
use crate::support::server::Kind;

fn refused_for(kind: Kind, script: &str, listed: &str) {
    let Some((source, target)) = sides(Kind::PostgreSql, kind) else { return };
    target.run(script);
    let said = refusal(&Dbferry::new("copy", &source, &target), &source, &target);
    assert!(said.starts_with("error: guard: target TARGET"), "{said}");
    assert!(said.contains(listed), "{listed} is not listed: {said}");
    assert!(said.contains("clear-target"), "{said}");
}

#[test]
fn table_of_postgresql() {
    refused_for(Kind::PostgreSql, "CREATE TABLE \"Left over\" (id int)", "table Left over");
}

#[test]
fn empty_table_without_columns_of_postgresql() {
    refused_for(Kind::PostgreSql, "CREATE TABLE bare ()", "table bare");
}

#[test]
fn view_of_postgresql() {
    refused_for(Kind::PostgreSql, "CREATE VIEW sight AS SELECT 1 AS one", "view sight");
}

#[test]
fn materialized_view_of_postgresql() {
    refused_for(Kind::PostgreSql, "CREATE MATERIALIZED VIEW sight AS SELECT 1 AS one", "sight");
}

#[test]
fn sequence_of_postgresql() {
    refused_for(Kind::PostgreSql, "CREATE SEQUENCE numbers", "sequence numbers");
}

#[test]
fn named_type_of_postgresql() {
    refused_for(Kind::PostgreSql, "CREATE TYPE mood AS ENUM ('sad')", "mood");
}

#[test]
fn table_of_mysql() {
    refused_for(Kind::MySql, "CREATE TABLE `Left over` (id int)", "table Left over");
}

#[test]
fn view_of_mysql() {
    refused_for(Kind::MySql, "CREATE VIEW sight AS SELECT 1 AS one", "view sight");
}

#[test]
fn sequence_of_mariadb() {
    refused_for(Kind::MariaDb, "CREATE SEQUENCE numbers", "sequence numbers");
}

#[test]
fn many_tables_are_counted() {
    let tables: String = (10..40).map(|n| format!("CREATE TABLE t{n} (id int);")).collect();
    refused_for(Kind::MariaDb, &tables, "20 more");
}

#[test]
fn source_itself_as_target() {
    let Some((source, _)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let said = refusal(&Dbferry::new("copy", &source, &source), &source, &source);
    assert!(said.contains("target"), "{said}");
}
