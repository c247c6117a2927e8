//! A run goes on only where it would end in the same copy; what changed on the source meanwhile is mended.

use super::{assert_equal, copy, findings, resume, source, targets, with};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::Kind;

const ABORTED: i32 = 134;

fn killed(source: &Database, target: &Database) {
    copy(source, target).env("DBFERRY_TEST_FAILPOINT", "after-commit:3").run().expect(ABORTED);
}

#[track_caller]
fn refused(call: Dbferry, words: &[&str]) {
    let outcome = call.run().expect(2);
    for word in words {
        assert!(outcome.error().contains(word), "`{word}` is not in: {}", outcome.error());
    }
}

#[test]
fn other_settings_sources_and_structures_are_refused_by_name() {
    for (from, to) in targets() {
        let (source, other) = (source(&from), source(&from));
        let target = Database::empty(&to, "other");
        killed(&source, &target);
        refused(
            resume(&source, &target).args(&["--exclude-tables", "twins"]),
            &["exclude-tables was not set, and is `twins`"],
        );
        refused(resume(&source, &target).args(&["--policy", "nan=null"]), &["policies was not set, and is `nan=null`"]);
        refused(resume(&other, &target), &["the source was PostgreSQL system"]);
        source.run("ALTER TABLE parent ADD COLUMN more int;");
        refused(resume(&source, &target), &["the source's structure changed", "parent"]);
        source.run("ALTER TABLE parent DROP COLUMN more;");
        resume(&source, &target).run().expect(0);
        assert_equal(&source, &target);
    }
}

#[test]
fn foreign_objects_are_never_resumed() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::filled(&to, "foreign", &["CREATE TABLE mine (id int); INSERT INTO mine VALUES (1);"]);
        refused(resume(&source, &target), &["it is not empty: table mine"]);
        assert_eq!(target.run("SELECT count(*) FROM mine;").trim(), "1");
    }
}

#[test]
fn nothing_to_resume_is_a_fresh_start() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "fresh");
        let outcome = resume(&source, &target).run().expect(0);
        assert_eq!(findings(&outcome, "nothing-to-resume").len(), 1);
        assert_equal(&source, &target);
    }
}

/// Rows that were copied and are others now: their table is copied again, the rest is kept.
#[test]
fn changed_tables_are_copied_again() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "changed");
        with(&source, &target, "1", "checksum").env("DBFERRY_TEST_FAILPOINT", "after-commit:6").run().expect(ABORTED);
        source.run("UPDATE big SET n = n + 1 WHERE id = 5; DELETE FROM big WHERE id = 6; INSERT INTO big VALUES (-1, 0, 'new');");
        let outcome = resume(&source, &target).run().expect(0);
        let restarted = findings(&outcome, "table-restarted");
        assert!(restarted.len() == 1 && restarted[0].contains("big"), "{restarted:?}");
        assert_equal(&source, &target);
    }
}

#[test]
fn runs_without_checksums_keep_whole_tables_only() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "counts");
        with(&source, &target, "1", "counts").env("DBFERRY_TEST_FAILPOINT", "after-commit:2").run().expect(ABORTED);
        let outcome = resume(&source, &target).run().expect(0);
        let restarted = findings(&outcome, "table-restarted");
        assert!(restarted.len() == 1 && restarted[0].contains("cannot be told apart"), "{restarted:?}");
        assert_equal(&source, &target);
    }
}

/// Somebody takes a row away from the target that another one references: whether the server looks at the rows of a
/// foreign key or dbferry does, the key is not made.
#[test]
fn foreign_keys_are_made_of_rows_that_keep_them() {
    for (from, to) in targets() {
        let script = "CREATE TABLE parent (id int PRIMARY KEY);
            CREATE TABLE child (id int PRIMARY KEY, p int CONSTRAINT of_parent REFERENCES parent);
            INSERT INTO parent VALUES (1), (2), (3);
            INSERT INTO child VALUES (1, 1), (2, 3), (3, NULL), (4, 3);";
        let source = Database::filled(&from, "references", &[script]);
        let target = Database::empty(&to, "references");
        let call = with(&source, &target, "1", "checksum");
        call.env("DBFERRY_TEST_FAILPOINT", "after-commit:2").run().expect(ABORTED);
        target.run("DELETE FROM parent WHERE id = 3;");
        let outcome = resume(&source, &target).run().expect(3);
        let error = outcome.error();
        assert!(error.contains("of_parent") && error.contains("child"), "{error}");
        // PostgreSQL has the key by then, but does not vouch for it.
        let made = match to.kind {
            Kind::PostgreSql => "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated",
            _ => {
                "SELECT count(*) FROM information_schema.table_constraints
                  WHERE constraint_type = 'FOREIGN KEY' AND table_schema = DATABASE()"
            }
        };
        assert_eq!(target.lines(made), ["0"]);
        target.run("INSERT INTO parent VALUES (3);");
        resume(&source, &target).run().expect(0);
        assert_eq!(target.lines(made), ["1"]);
    }
}
