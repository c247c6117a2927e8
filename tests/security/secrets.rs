//! Neither a password nor a value of the data is ever shown, however much is logged and whatever goes wrong.

use crate::support::client;
use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome, Running};
use crate::support::fixtures;
use crate::support::server::{Family, Kind, Server};
use std::path::PathBuf;
use std::time::Duration;

const CELL: &str = "cell-canary-5b1f";

/// Canaries in columns of several types, and in every key of a table that is cut by its text key.
fn sides(from: Kind, to: Kind) -> Option<(Database, Database)> {
    let (from, to) = (Server::or_skip(from)?, Server::or_skip(to)?);
    let source = fixtures::small(&from, "secrets");
    source.run(&format!("INSERT INTO customer VALUES (99, '{CELL}', '{CELL}', 1);"));
    let (bytes, series) = match source.family() {
        Family::Hsqldb => unreachable!("files have no server to ask"),
        Family::PostgreSql => ("bytea", "generate_series(1, 60000) s(seq)"),
        Family::MySql => (
            "blob",
            "(WITH RECURSIVE s(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < 60000) SELECT seq FROM s) s",
        ),
    };
    source.run(&format!(
        "CREATE TABLE named (k varchar(100) PRIMARY KEY, b {bytes}, d varchar(200), UNIQUE (d));
         {} INSERT INTO named SELECT concat('{CELL}-', seq), '{CELL}', concat(seq, repeat('{CELL}', 10)) FROM {series};",
        match source.server.kind {
            Kind::Hsqldb => unreachable!("files have no server to ask"),
            Kind::PostgreSql => "",
            Kind::MariaDb => "SET max_recursive_iterations = 100000;",
            Kind::MySql => "SET cte_max_recursion_depth = 100000;",
        }
    ));
    source.run(if source.family() == Family::MySql { "ANALYZE TABLE named" } else { "ANALYZE named" });
    Some((source, Database::empty(&to, "secrets")))
}

/// Everything a run left behind, searched for passwords and for the canary.
#[track_caller]
fn assert_silent(outcome: &Outcome, files: &[PathBuf], secrets: &[&str]) {
    let mut places =
        vec![("stdout".to_string(), outcome.stdout.clone()), ("stderr".to_string(), outcome.stderr.clone())];
    places.extend(files.iter().map(|f| (f.display().to_string(), std::fs::read_to_string(f).expect("it was written"))));
    for (place, text) in &places {
        for secret in secrets {
            assert!(!text.contains(secret), "a secret is shown in {place}");
        }
    }
}

#[test]
fn copies_at_every_log_level_show_no_secret() {
    let levels = ["error", "warn", "info", "debug", "trace"];
    for (from, to) in [(Kind::PostgreSql, Kind::MariaDb), (Kind::MySql, Kind::PostgreSql)] {
        let Some((source, _)) = sides(from, to) else { return };
        let Some(server) = Server::or_skip(to) else { return };
        for (at, level) in levels.iter().enumerate() {
            let target = Database::empty(&server, "silent");
            let (extension, format) = [("json", "text"), ("html", "json")][at % 2];
            let progress = ["plain", "json", "bars"][at % 3];
            let call = Dbferry::new("copy", &source, &target);
            let files = [call.path(&format!("report.{extension}")), call.path("trail.jsonl")];
            let (report, audit) = (files[0].display().to_string(), files[1].display().to_string());
            let call = call.args(&["--log-level", level, "--format", format, "--progress", progress]);
            let call = call.args(&["--report", &report, "--audit", &audit]).env("RUST_BACKTRACE", "full");
            assert_silent(&call.run().expect(0), &files, &[CELL, &source.server.password, &target.server.password]);
        }
    }
}

#[test]
fn value_that_does_not_fit_is_told_without_being_shown() {
    for (from, to) in [(Kind::MariaDb, Kind::PostgreSql), (Kind::MySql, Kind::PostgreSql)] {
        let Some((source, target)) = sides(from, to) else { return };
        source.run(&format!("INSERT INTO customer VALUES (98, 'x', concat('{CELL}', char(0)), 1);"));
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
    target.run(&format!(
        "UPDATE customer SET name = '{CELL}' WHERE id = 1; UPDATE named SET d = NULL WHERE d LIKE '77%'"
    ));
    let call = Dbferry::new("verify", &source, &target).args(&["--log-level", "trace", "--audit", "trail.jsonl"]);
    let outcome = call.run().expect(1);
    assert_silent(&outcome, &[call.path("trail.jsonl")], &[CELL, "Ada", &source.server.password]);
}

/// A row that the target's key refuses: the server repeats the row in its message, we do not.
#[test]
fn row_that_the_target_refuses_is_not_repeated() {
    for (from, to) in
        [(Kind::PostgreSql, Kind::PostgreSql), (Kind::PostgreSql, Kind::MySql), (Kind::MySql, Kind::MariaDb)]
    {
        let Some((source, target)) = sides(from, to) else { return };
        // The unique key comes after the rows: a twin written meanwhile is what it stumbles over.
        let call = Dbferry::copy(&source, &target).args(&["--jobs", "1", "--log-level", "trace"]);
        let mut running = call.start();
        while !running.ended() && target.attempt(TWIN).is_err() {}
        let outcome = running.wait();
        assert!([1, 3].contains(&outcome.code), "{}", outcome.stderr);
        assert_silent(&outcome, &[], &[CELL]);
    }
}

const TWIN: &str = "INSERT INTO named SELECT concat(k, 'x'), b, d FROM named WHERE k LIKE '%-7_' AND k NOT LIKE '%x';
    INSERT INTO named VALUES ('cell-canary-5b1f-1', NULL, NULL)";

/// Neither our command line, nor our environment, nor what the servers show of our sessions, nor the control
/// tables of a run that was killed.
#[test]
fn nothing_shows_while_it_runs_nor_after_a_kill() {
    for (from, to) in [(Kind::MySql, Kind::PostgreSql), (Kind::PostgreSql, Kind::MariaDb)] {
        let Some((source, target)) = sides(from, to) else { return };
        let call = Dbferry::copy(&source, &target).unset("SourceDatabasePassword").unset("DatabasePassword");
        let files = [("SourceDatabasePassword", &source), ("DatabasePassword", &target)].map(|(name, database)| {
            let path = call.path(name);
            std::fs::write(&path, &database.server.password).expect("file is written");
            (format!("MXRUNTIME_{name}_FILE"), path.display().to_string())
        });
        let call = files.iter().fold(call, |call, (name, path)| call.env(name, path)).args(&["--jobs", "1"]);
        let mut running = call.start();
        let shown = watch(&mut running, &[&source, &target]);
        let tables = target.attempt("SELECT * FROM dbferry_run; SELECT * FROM dbferry_chunk").unwrap_or_default();
        for secret in [&source.server.password, &target.server.password] {
            assert!(!shown.contains(secret.as_str()) && !tables.contains(secret.as_str()), "a password is shown");
        }
        assert!(!shown.contains(CELL) && !tables.contains(CELL), "a value is shown");
        assert!(shown.contains("dbferry"), "nothing was watched");
    }
}

/// What others see of a run; kills it as soon as rows are on their way.
fn watch(running: &mut Running, databases: &[&Database]) -> String {
    let mut shown = String::new();
    for _ in 0..40 {
        for file in ["cmdline", "environ"] {
            let bytes = std::fs::read(format!("/proc/{}/{file}", running.pid())).unwrap_or_default();
            shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        for database in databases {
            let (home, query) = match database.family() {
                Family::Hsqldb => unreachable!("files have no server to ask"),
                Family::PostgreSql => {
                    ("postgres", "SELECT query FROM pg_stat_activity WHERE application_name = 'dbferry' AND datname")
                }
                Family::MySql => ("mysql", "SELECT info FROM information_schema.processlist WHERE db"),
            };
            // Other tests write the same values at the same time.
            shown.push_str(&client::run(&database.server, home, &format!("{query} = '{}'", database.name)));
        }
        if running.ended() || databases[1].attempt("SELECT count(*) FROM dbferry_chunk").is_ok_and(|n| n.trim() != "0")
        {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    if !running.ended() {
        running.signal("KILL");
    }
    shown
}

#[test]
fn a_panic_shows_no_secret() {
    let endpoint = |port| {
        let mut endpoint =
            dbferry::endpoint::Endpoint::new(dbferry::endpoint::Engine::PostgreSql, "127.0.0.1", port, "x");
        endpoint.password = dbferry::endpoint::Secret::new(CELL);
        endpoint
    };
    let settings = dbferry::Settings::builder().source(endpoint(1)).target(endpoint(2)).build().expect("settings");
    assert!(!format!("{settings:?} {:?}", settings.effective()).contains(CELL));
    let dump = settings.clone();
    // What a careless host program does.
    let observer = move |event: &dbferry::Event| {
        assert!(!matches!(event, dbferry::Event::Step { .. }), "state: {dump:?}");
    };
    let (step, state) = (dbferry::Step::Plan, dbferry::StepState::Started);
    let event = dbferry::Event::Step { step, state, seconds: 0.0 };
    let told = std::panic::catch_unwind(|| observer(&event)).expect_err("panic");
    assert!(told.downcast_ref::<String>().is_some_and(|text| text.contains("***") && !text.contains(CELL)));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let migration = dbferry::Migration::new(settings).observer(std::sync::Arc::new(observer));
    let error = runtime.block_on(migration.copy()).expect_err("the observer panics");
    assert!(error.render().contains("panicked") && !error.render().contains(CELL), "{error:?}");
}
