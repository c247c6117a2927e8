//! The clear-target command prints what it would drop, and drops only when the database is named.

use super::{Pair, copy_equal};
use crate::support::catalog::{assert_untouched, fingerprint};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::fixtures;

/// Printing drops nothing, a wrong name is refused, the right name empties the target, and a copy works again.
pub(super) fn check(pair: &Pair) {
    let source = fixtures::structure(&pair.source);
    let target = pair.target("clear");
    let copy = Dbferry::copy(&source, &target);
    copy.run().expect(0);
    let empty = fingerprint(&pair.target("empty"));
    let full = fingerprint(&target);

    let printed = clear(&source, &target, &[]).run().expect(0);
    assert!(printed.stdout.contains("DROP"), "nothing printed: {}", printed.stdout);
    let refused = clear(&source, &target, &["--execute", "--confirm", "another"]).run().expect(2);
    assert!(refused.error().contains(&target.name), "the refusal does not name the database: {}", refused.stderr);
    clear(&source, &target, &["--execute"]).run().expect(2);
    assert_untouched("the target", &full, &fingerprint(&target));

    clear(&source, &target, &["--execute", "--confirm", &target.name]).run().expect(0);
    assert_untouched("an emptied target", &empty, &fingerprint(&target));
    copy_equal(&source, &target, &copy, &[]);
}

fn clear(source: &Database, target: &Database, arguments: &[&str]) -> Dbferry {
    Dbferry::new("clear-target", source, target).args(arguments)
}
