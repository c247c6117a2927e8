//! The plan command decides everything and writes nothing; the SQL that it prints runs.

use super::Pair;
use crate::support::catalog::{assert_untouched, fingerprint, structure};
use crate::support::dbferry::Dbferry;
use crate::support::fixtures;

/// Catalogs of both sides are the same before and after, in every format.
pub(super) fn check(pair: &Pair) {
    let source = fixtures::structure(&pair.source);
    let target = pair.target("plan");
    let before = (fingerprint(&source), fingerprint(&target));
    for format in ["text", "json", "sql"] {
        let outcome = Dbferry::new("plan", &source, &target).args(&["--format", format]).run().expect(0);
        assert!(outcome.stdout.contains("customer"), "plan --format {format} does not name a table");
        if format == "json" {
            assert!(outcome.json()["tables"].as_array().is_some_and(|tables| tables.len() > 10));
        }
    }
    assert_untouched("the source", &before.0, &fingerprint(&source));
    assert_untouched("the target", &before.1, &fingerprint(&target));
}

/// The native client runs the printed SQL on an empty database and gets the same structure as a copy.
pub(super) fn check_sql(pair: &Pair) {
    let source = fixtures::structure(&pair.source);
    let (copied, made) = (pair.target("copied"), pair.target("made"));
    let plan = Dbferry::new("plan", &source, &made).args(&["--format", "sql"]).run().expect(0);
    made.run_as_it_is(&plan.stdout);
    Dbferry::copy(&source, &copied).run().expect(0);
    assert_eq!(structure(&made), structure(&copied), "SQL of the plan and copy differ");
}
