//! Kills while a built-in database is written: its target is as it was before, or complete.

use super::kill::{ABORTED, killed, wanted};
use super::summary::tried;
use super::{TABLES, source};
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::hsqldb::engine::engine;
use crate::support::server::{Kind, Server};
use std::path::Path;

/// A call whose target is a built-in database in this folder.
fn call(command: &str, source: &Database, folder: &Path) -> Dbferry {
    let call = Dbferry::bare(command).side("Source", &source.server, &source.name);
    call.set("DatabaseType", "HSQLDB").set("BuiltInDatabasePath", &folder.display().to_string())
}

fn copy(source: &Database, folder: &Path) -> Dbferry {
    call("copy", source, folder).args(&["--resume", "--format", "json"])
}

/// Fails unless dbferry and the real engine find all rows.
fn assert_complete(source: &Database, folder: &Path) {
    call("verify", source, folder).run().expect(0);
    let Some(engine) = engine() else { return };
    let dump = engine.dump(&published(folder));
    for (table, _) in TABLES {
        let rows = dump.iter().find(|(name, _)| name.to_lowercase().ends_with(table)).map_or(0, |(_, rows)| rows.len());
        assert_eq!(rows.to_string(), source.run(&format!("SELECT count(*) FROM {table};")).trim(), "{table}");
    }
}

/// Where the finished database lies.
fn published(folder: &Path) -> std::path::PathBuf {
    folder.join("hsqldb/default")
}

/// The files of a killed run stand beside the target: it is as it was, and the next start makes them anew.
#[test]
fn built_in_databases_start_anew() {
    let Some(from) = Server::or_skip(Kind::PostgreSql) else { return };
    let source = source(&from);
    let folder = tempfile::tempdir().expect("temporary directory");
    for place in ["create:1", "mid-stream:3", "after-commit:4", "built:1", "drop-control:1", "drop-control:3"] {
        let outcome = copy(&source, folder.path()).env("DBFERRY_TEST_FAILPOINT", place).run();
        assert_eq!(outcome.code, ABORTED, "{place}: {}", outcome.stderr);
    }
    let outcome = copy(&source, folder.path()).run().expect(0);
    let told = super::findings(&outcome, "nothing-to-resume");
    assert!(told.len() == 1 && told[0].contains("made anew"), "{told:?}");
    assert_complete(&source, folder.path());
    tried(Kind::Hsqldb, "kills at named places", 6);
}

/// Until the files are renamed into place there is nothing at all; from then on everything.
#[test]
fn random_moments_of_a_built_in_database() {
    let Some(from) = Server::or_skip(Kind::PostgreSql) else { return };
    let source = source(&from);
    let folder = || tempfile::tempdir().expect("temporary directory");
    let first = folder();
    let whole = copy(&source, first.path()).run().expect(0).elapsed;
    let mut kills = 0;
    while kills < wanted() {
        let folder = folder();
        let (call, before) = (copy(&source, folder.path()), kills);
        while kills < wanted() && !published(folder.path()).join("default.script").exists() {
            kills += u32::from(killed(&call, whole.as_millis() as u64 * 6 / 5));
        }
        if !published(folder.path()).join("default.script").exists() {
            call.run().expect(0);
        }
        assert_complete(&source, folder.path());
        tried(Kind::Hsqldb, "random kills", kills - before);
    }
}
