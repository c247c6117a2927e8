//! The verify command finds whatever differs, and nothing else.

use super::Pair;
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::fixtures;
use crate::support::server::Family;

/// One difference, made on the target by native SQL and then undone.
struct Mutation {
    what: &'static str,
    table: &'static str,
    make: &'static str,
    undo: &'static str,
    /// Row counts alone show it.
    counts: bool,
}

const MUTATIONS: &[Mutation] = &[
    cell(
        "a cell changed",
        "customer",
        "UPDATE customer SET score = 11 WHERE id = 1",
        "UPDATE customer SET score = 10 WHERE id = 1",
    ),
    cell(
        "two rows exchanged a value",
        "customer",
        "UPDATE customer SET score = CASE id WHEN 1 THEN 20 ELSE 10 END WHERE id IN (1, 2)",
        "UPDATE customer SET score = CASE id WHEN 1 THEN 10 ELSE 20 END WHERE id IN (1, 2)",
    ),
    cell(
        "NULL became empty",
        "customer",
        "UPDATE customer SET note = '' WHERE id = 2",
        "UPDATE customer SET note = NULL WHERE id = 2",
    ),
    cell(
        "empty became NULL",
        "customer",
        "UPDATE customer SET note = NULL WHERE id = 3",
        "UPDATE customer SET note = '' WHERE id = 3",
    ),
    cell(
        "a trailing blank came",
        "customer",
        "UPDATE customer SET note = 'first ' WHERE id = 1",
        "UPDATE customer SET note = 'first' WHERE id = 1",
    ),
    cell(
        "case changed",
        "customer",
        "UPDATE customer SET note = 'mixed case' WHERE id = 4",
        "UPDATE customer SET note = 'Mixed Case' WHERE id = 4",
    ),
    cell(
        "cents changed",
        "purchase",
        "UPDATE purchase SET total = 12.51 WHERE id = 10",
        "UPDATE purchase SET total = 12.50 WHERE id = 10",
    ),
    cell("a twin became another", "keyless", "UPDATE keyless SET t = 'same', a = 1 WHERE a = 2", "RESTORE"),
    count(
        "a row less",
        "purchase",
        "DELETE FROM purchase WHERE id = 13",
        "INSERT INTO purchase VALUES (13, NULL, NULL)",
    ),
    count(
        "a row more",
        "purchase",
        "INSERT INTO purchase VALUES (14, NULL, NULL)",
        "DELETE FROM purchase WHERE id = 14",
    ),
    count("a row doubled", "keyless", "INSERT INTO keyless VALUES (1, 'same')", "RESTORE"),
];

const RESTORE: &str =
    "DELETE FROM keyless; INSERT INTO keyless VALUES (1, 'same'), (1, 'same'), (2, 'other'), (NULL, NULL)";

const fn cell(what: &'static str, table: &'static str, make: &'static str, undo: &'static str) -> Mutation {
    Mutation { what, table, make, undo, counts: false }
}

const fn count(what: &'static str, table: &'static str, make: &'static str, undo: &'static str) -> Mutation {
    Mutation { what, table, make, undo, counts: true }
}

/// Equal after a copy; every mutation is found and its table named; counts see only what counts can see.
pub(super) fn check(pair: &Pair) {
    let source = fixtures::small(&pair.source, "verify");
    let target = pair.target("verify");
    Dbferry::copy(&source, &target).run().expect(0);
    verify(&source, &target, "checksum").expect(0);
    for mutation in MUTATIONS {
        target.run(&prepared(&target, mutation.make));
        assert_found(verify(&source, &target, "checksum"), mutation);
        if mutation.counts {
            assert_found(verify(&source, &target, "counts"), mutation);
        }
        target.run(&prepared(&target, if mutation.undo == "RESTORE" { RESTORE } else { mutation.undo }));
    }
    verify(&source, &target, "checksum").expect(0);
    target.run(MUTATIONS[0].make);
    verify(&source, &target, "counts").expect(0);
    verify(&source, &target, "none").expect(0);
}

fn verify(source: &Database, target: &Database, how: &str) -> Outcome {
    Dbferry::new("verify", source, target).args(&["--verify", how, "--progress", "none"]).run()
}

fn assert_found(outcome: Outcome, mutation: &Mutation) {
    assert_eq!(outcome.code, 1, "{}: {}{}", mutation.what, outcome.stdout, outcome.stderr);
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(said.contains(mutation.table), "{}: {} is not named: {said}", mutation.what, mutation.table);
}

/// MySQL's clients may refuse updates without a key.
fn prepared(database: &Database, sql: &str) -> String {
    match database.family() {
        Family::PostgreSql | Family::Hsqldb => sql.to_string(),
        Family::MySql => format!("SET sql_safe_updates = 0; {sql}"),
    }
}
