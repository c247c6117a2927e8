//! The grants of the documentation are enough, and each that is missing is told by one message.

use crate::suite::{Pair, copy_equal};
use crate::support::account::{Account, documented};
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome, text};
use crate::support::fixtures;
use crate::support::oracle::Dump;
use crate::support::server::{Kind, Server};
use insta::assert_snapshot;

fn as_accounts(call: Dbferry, reader: &Account, writer: &Account) -> Dbferry {
    call.set("SourceDatabaseUserName", &reader.name)
        .set("SourceDatabasePassword", reader.password)
        .set("DatabaseUserName", &writer.name)
        .set("DatabasePassword", writer.password)
}

fn suffice(from: Kind, to: Kind) {
    let Some(pair) = Pair::or_skip(from, to) else { return };
    let (source, target) = (fixtures::structure(&pair.source), pair.target("grants"));
    let reader = Account::new(&source, "source", &documented(source.server.kind, "source"));
    let writer = Account::new(&target, "target", &documented(target.server.kind, "target"));
    let accounts = |call| as_accounts(call, &reader, &writer);
    copy_equal(&source, &target, &accounts(Dbferry::copy(&source, &target)), &[]);
    accounts(Dbferry::new("verify", &source, &target)).run().expect(0);
    let looker = Account::new(&target, "look", &documented(target.server.kind, "source"));
    as_accounts(Dbferry::new("verify", &source, &target), &reader, &looker).run().expect(0);
    let clear = ["--execute", "--confirm", &target.name];
    accounts(Dbferry::new("clear-target", &source, &target)).args(&clear).run().expect(0);
}

#[test]
fn documented_grants_suffice_from_postgresql_to_mariadb() {
    suffice(Kind::PostgreSql, Kind::MariaDb);
}

#[test]
fn documented_grants_suffice_from_mariadb_to_mysql() {
    suffice(Kind::MariaDb, Kind::MySql);
}

#[test]
fn documented_grants_suffice_from_mysql_to_postgresql() {
    suffice(Kind::MySql, Kind::PostgreSql);
}

/// What is said without each of the documented rights of one side, one paragraph each.
fn without_each(kind: Kind, side: &str) -> Option<String> {
    let (server, other) = (Server::or_skip(kind)?, Server::or_skip(Kind::PostgreSql)?);
    let source = fixtures::small(if side == "source" { &server } else { &other }, "denied");
    if source.server.kind == Kind::PostgreSql {
        source.run("CREATE SEQUENCE counter");
    }
    let all = documented(server.kind, side);
    let said = (1..all.len()).map(|missing| {
        let target = Database::empty(if side == "target" { &server } else { &other }, "denied");
        let mut kept = all.clone();
        let taken = kept.remove(missing);
        let pick = |of: &Database, at: &str| if at == side { kept.clone() } else { documented(of.server.kind, at) };
        let reader = Account::new(&source, "source", &pick(&source, "source"));
        let writer = Account::new(&target, "target", &pick(&target, "target"));
        let outcome = as_accounts(Dbferry::copy(&source, &target), &reader, &writer).run();
        if outcome.code == 2 {
            assert!(Dump::of(&target).names().is_empty(), "a refused run wrote tables");
        }
        let said = format!("{taken}\nexit {}\n{}\n", outcome.code, heart(&outcome));
        let place = |d: &Database| format!("{}:{}", d.server.host, d.server.port);
        said.replace(&reader.name, "reader")
            .replace(&writer.name, "writer")
            .replace(&place(&source), "SOURCE-HOST")
            .replace(&place(&target), "TARGET-HOST")
            .replace(&source.name, "SOURCE")
            .replace(&target.name, "TARGET")
    });
    Some(said.collect::<Vec<_>>().join("\n"))
}

/// The error, or how a run that succeeded names its point in time.
fn heart(outcome: &Outcome) -> String {
    match outcome.code {
        0 => format!("snapshot: {} …", text(&outcome.json()["snapshot"]).split(' ').next().unwrap_or_default()),
        _ => outcome.error(),
    }
}

#[test]
fn each_missing_grant_of_a_postgresql_source_is_told() {
    if let Some(said) = without_each(Kind::PostgreSql, "source") {
        assert_snapshot!(said);
    }
}

#[test]
fn each_missing_grant_of_a_postgresql_target_is_told() {
    if let Some(said) = without_each(Kind::PostgreSql, "target") {
        assert_snapshot!(said);
    }
}

#[test]
fn each_missing_grant_of_a_mariadb_source_is_told() {
    if let Some(said) = without_each(Kind::MariaDb, "source") {
        assert_snapshot!(said);
    }
}

#[test]
fn each_missing_grant_of_a_mariadb_target_is_told() {
    if let Some(said) = without_each(Kind::MariaDb, "target") {
        assert_snapshot!(said);
    }
}

#[test]
fn each_missing_grant_of_a_mysql_source_is_told() {
    if let Some(said) = without_each(Kind::MySql, "source") {
        assert_snapshot!(said);
    }
}

#[test]
fn each_missing_grant_of_a_mysql_target_is_told() {
    if let Some(said) = without_each(Kind::MySql, "target") {
        assert_snapshot!(said);
    }
}
