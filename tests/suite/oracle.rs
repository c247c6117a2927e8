//! The oracle itself: it calls equal what is equal, and finds what a careless comparison overlooks.

use crate::support::database::Database;
use crate::support::fixtures;
use crate::support::oracle::{Dump, Names};
use crate::support::server::{Kind, Server};

fn check(kind: Kind) {
    let Some(server) = Server::or_skip(kind) else { return };
    for fixture in [fixtures::types as fn(&Server) -> Database, fixtures::names, fixtures::structure] {
        let (one, two) = (Dump::of(&fixture(&server)), Dump::of(&fixture(&server)));
        assert!(one.names().len() > 15);
        one.assert_copied(&two, &Names::default(), &[]);
    }
    let changed = fixtures::small(&server, "oracle");
    let original = Dump::of(&changed);
    for change in [
        "UPDATE customer SET note = 'first ' WHERE id = 1",
        "UPDATE customer SET note = '' WHERE id = 2",
        "UPDATE purchase SET total = 12.51 WHERE id = 10",
        "DELETE FROM keyless WHERE a = 2",
        "INSERT INTO keyless VALUES (1, 'same')",
        "DROP TABLE keyless",
    ] {
        changed.run(change);
        let now = Dump::of(&changed);
        assert!(!original.differences(&now, &Names::default(), &[]).is_empty(), "not seen: {change}");
    }
}

#[test]
fn oracle_judges_postgresql() {
    check(Kind::PostgreSql);
}

#[test]
fn oracle_judges_hsqldb() {
    check(Kind::Hsqldb);
}

#[test]
fn oracle_judges_mariadb() {
    check(Kind::MariaDb);
}

#[test]
fn oracle_judges_mysql() {
    check(Kind::MySql);
}
