//! Accounts with no more than the documented grants are enough, and the source's account cannot write.

use super::{Pair, copy_equal};
use crate::support::client;
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::fixtures;
use crate::support::server::{Family, Kind, Server};

/// An account of a test's own, dropped with it. PostgreSQL's go when nothing is granted to them any more.
struct Account {
    server: Server,
    name: String,
    database: String,
}

const PASSWORD: &str = "Only-for-tests-7";

impl Account {
    fn new(database: &Database, role: &str, grants: &[&str]) -> Account {
        let name = format!("{}_{role}", database.name).replace("suite_", "s_").chars().take(32).collect::<String>();
        let create = match database.family() {
            Family::PostgreSql => format!("CREATE ROLE {name} LOGIN NOSUPERUSER PASSWORD '{PASSWORD}';"),
            Family::MySql => format!("CREATE USER {name}@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL;"),
            Family::Hsqldb => panic!("files have no accounts"),
        };
        database.run(&create);
        let account = Account { server: database.server.clone(), name, database: database.name.clone() };
        for grant in grants {
            database.run(&grant.replace("{account}", &account.name).replace("{database}", &account.database));
        }
        account
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let name = &self.name;
        let (database, sql) = match self.server.kind.family() {
            Family::PostgreSql => (self.database.as_str(), format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}")),
            Family::MySql => ("mysql", format!("DROP USER {name}@'%'")),
            Family::Hsqldb => return,
        };
        if let Err(message) = client::attempt(&self.server, database, &sql) {
            eprintln!("account {name} stays: {message}");
        }
    }
}

const POSTGRESQL_SOURCE: &[&str] = &[
    "GRANT CONNECT ON DATABASE {database} TO {account}",
    "GRANT USAGE ON SCHEMA public TO {account}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {account}",
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {account}",
    "ALTER ROLE {account} SET default_transaction_read_only = on",
];
const POSTGRESQL_TARGET: &[&str] =
    &["GRANT CONNECT ON DATABASE {database} TO {account}", "GRANT USAGE, CREATE ON SCHEMA public TO {account}"];
const MYSQL_SOURCE: &[&str] = &[
    "GRANT SELECT, SHOW VIEW, TRIGGER ON {database}.* TO {account}@'%'",
    "GRANT REPLICATION CLIENT ON *.* TO {account}@'%'",
];
const MYSQL_TARGET: &[&str] =
    &["GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, DROP ON {database}.* TO {account}@'%'"];

fn grants(family: Family, source: bool) -> &'static [&'static str] {
    match (family, source) {
        (Family::PostgreSql, true) => POSTGRESQL_SOURCE,
        (Family::PostgreSql, false) => POSTGRESQL_TARGET,
        (Family::MySql, true) => MYSQL_SOURCE,
        (Family::MySql, false) => MYSQL_TARGET,
        (Family::Hsqldb, _) => &[],
    }
}

fn call(source: &Database, reader: &Account, target: &Database, writer: &Account) -> Dbferry {
    Dbferry::copy(source, target)
        .set("SourceDatabaseUserName", &reader.name)
        .set("SourceDatabasePassword", PASSWORD)
        .set("DatabaseUserName", &writer.name)
        .set("DatabasePassword", PASSWORD)
}

fn documented_grants_suffice(from: Kind, to: Kind) {
    let Some(pair) = Pair::or_skip(from, to) else { return };
    let source = fixtures::structure(&pair.source);
    let target = pair.target("grants");
    let reader = Account::new(&source, "src", grants(source.family(), true));
    let writer = Account::new(&target, "tgt", grants(target.family(), false));
    copy_equal(&source, &target, &call(&source, &reader, &target, &writer), &[]);
    let clear = call(&source, &reader, &target, &writer);
    drop(clear);
}

#[test]
fn documented_grants_suffice_from_postgresql_to_mariadb() {
    documented_grants_suffice(Kind::PostgreSql, Kind::MariaDb);
}

#[test]
fn documented_grants_suffice_from_mariadb_to_mysql() {
    documented_grants_suffice(Kind::MariaDb, Kind::MySql);
}

#[test]
fn documented_grants_suffice_from_mysql_to_postgresql() {
    documented_grants_suffice(Kind::MySql, Kind::PostgreSql);
}

/// Without each grant there is one error that names the side, and the target stays untouched.
fn missing_grant_is_told(from: Kind, to: Kind, side: &str, kept: fn(&str) -> bool, told: &str) {
    let Some(pair) = Pair::or_skip(from, to) else { return };
    let source = fixtures::small(&pair.source, "denied");
    let target = pair.target("denied");
    let pick = |family: Family, is_source: bool| -> Vec<&'static str> {
        let all = grants(family, is_source).iter().copied();
        let affected = (side == "source") == is_source;
        all.filter(|grant| !affected || kept(grant)).collect()
    };
    let reader = Account::new(&source, "src", &pick(source.family(), true));
    let writer = Account::new(&target, "tgt", &pick(target.family(), false));
    let outcome = call(&source, &reader, &target, &writer).run().expect(2);
    let refusals = outcome.refusals();
    let said = format!("{} {refusals:?}", outcome.error());
    assert!(said.contains(told), "{told} is not told: {said}");
    assert!(outcome.error().contains("help: "), "no help: {said}");
    assert!(crate::support::oracle::Dump::of(&target).names().is_empty(), "a refused run wrote tables");
}

#[test]
fn missing_select_is_told_by_postgresql() {
    missing_grant_is_told(
        Kind::PostgreSql,
        Kind::PostgreSql,
        "source",
        |g| !g.contains("SELECT ON ALL TABLES"),
        "customer",
    );
}

#[test]
fn missing_create_is_told_by_postgresql() {
    missing_grant_is_told(Kind::PostgreSql, Kind::PostgreSql, "target", |g| !g.contains("CREATE"), "public");
}

#[test]
fn missing_select_is_told_by_mariadb() {
    missing_grant_is_told(Kind::MariaDb, Kind::PostgreSql, "source", |g| !g.contains("SELECT"), "denied");
}

#[test]
fn missing_create_is_told_by_mysql() {
    missing_grant_is_told(Kind::PostgreSql, Kind::MySql, "target", |g| !g.contains("CREATE"), "denied");
}
