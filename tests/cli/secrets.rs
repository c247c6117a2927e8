//! Neither a password nor a value of the data is ever shown, however much is logged and whatever goes wrong.

use super::sides;
use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::server::Kind;

const CELL: &str = "cell-canary-5b1f";

/// Everything a run left behind, searched for passwords and for the canary.
fn assert_silent(outcome: &Outcome, files: &[std::path::PathBuf], secrets: &[&str]) {
    let mut places =
        vec![("stdout".to_string(), outcome.stdout.clone()), ("stderr".to_string(), outcome.stderr.clone())];
    places.extend(files.iter().map(|f| (f.display().to_string(), std::fs::read_to_string(f).unwrap_or_default())));
    for (place, text) in &places {
        for secret in secrets {
            assert!(!text.contains(secret), "a secret is shown in {place}");
        }
    }
}

#[test]
fn copy_at_trace_level_shows_no_secret() {
    for (from, to) in [(Kind::PostgreSql, Kind::MariaDb), (Kind::MySql, Kind::PostgreSql)] {
        let Some((source, target)) = sides(from, to) else { return };
        source.run(&format!("INSERT INTO customer VALUES (99, '{CELL}', '{CELL}', 1);"));
        for extension in ["json", "html"] {
            let call = Dbferry::copy(&source, &target);
            let report = call.path(&format!("report.{extension}"));
            let path = report.display().to_string();
            let call = call.args(&["--log-level", "trace", "-vvv", "--report", &path]);
            let outcome = call.run();
            assert!([0, 2].contains(&outcome.code), "{}", outcome.stderr);
            assert!(outcome.code != 0 || report.exists(), "no report was written");
            assert_silent(&outcome, &[report], &[CELL, &source.server.password, &target.server.password]);
        }
    }
}

#[test]
fn value_that_does_not_fit_is_told_without_being_shown() {
    for (from, to) in [(Kind::MariaDb, Kind::PostgreSql), (Kind::MySql, Kind::PostgreSql)] {
        let Some((source, target)) = sides(from, to) else { return };
        source.run(&format!("INSERT INTO customer VALUES (99, 'x', concat('{CELL}', char(0)), 1);"));
        let outcome = Dbferry::copy(&source, &target).args(&["--log-level", "trace"]).run();
        assert!([2, 3].contains(&outcome.code), "{}", outcome.stderr);
        let said = format!("{} {:?}", outcome.error(), outcome.refusals());
        assert!(said.contains("customer") && said.contains("note"), "{said}");
        assert_silent(&outcome, &[], &[CELL, &source.server.password, &target.server.password]);
    }
}

#[test]
fn difference_is_told_without_values() {
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    Dbferry::copy(&source, &target).run().expect(0);
    target.run(&format!("UPDATE customer SET name = '{CELL}' WHERE id = 1"));
    let outcome = Dbferry::new("verify", &source, &target).args(&["--log-level", "trace"]).run().expect(1);
    assert_silent(&outcome, &[], &[CELL, "Ada", &source.server.password]);
}
