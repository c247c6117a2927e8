//! The tool's own files: where they cannot be written, the copy is not lost and the error says what is.

use super::summary::tried;
use super::{assert_equal, copy, resume, source, targets};
use crate::support::database::Database;
use crate::support::own::Small;
use crate::support::server::{Kind, Server};

/// Source and target on PostgreSQL.
fn pair(label: &str) -> Option<(Database, Database)> {
    let (from, to) = targets().into_iter().next()?;
    Some((source(&from), Database::empty(&to, label)))
}

#[test]
fn full_screens_lose_nothing() {
    let Some((source, target)) = pair("stderr") else { return };
    copy(&source, &target).args(&["--log-level", "debug"]).full("stderr").run().expect(0);
    assert_equal(&source, &target);
    tried(Kind::PostgreSql, "full disks of the tool", 1);
}

#[test]
fn full_results_say_that_the_copy_is_done() {
    let Some((source, target)) = pair("stdout") else { return };
    let outcome = copy(&source, &target).full("stdout").run().expect(3);
    assert!(outcome.error().contains("report: standard output cannot be written"), "{}", outcome.error());
    assert!(outcome.error().contains("what was asked for is done"), "{}", outcome.error());
    assert_equal(&source, &target);
    tried(Kind::PostgreSql, "full disks of the tool", 1);
}

#[test]
fn an_audit_trail_without_room_refuses_the_run() {
    let Some((source, target)) = pair("audit") else { return };
    let outcome = copy(&source, &target).args(&["--audit", "/dev/full"]).run().expect(2);
    assert!(outcome.error().contains("/dev/full: the audit trail cannot be written"), "{}", outcome.error());
    assert_eq!(target.run("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace;").trim(), "0");
    tried(Kind::PostgreSql, "full disks of the tool", 1);
}

/// A file system of one MiB with so many KiB left, or the reason why it cannot be had.
fn nearly_full(folder: &std::path::Path, left: usize) -> Result<Small, String> {
    let small = Small::mount(folder.join("small"), folder, 1)?;
    std::fs::write(small.path.join("filler"), vec![0; (1024 - left) << 10]).map_err(|e| e.to_string())?;
    Ok(small)
}

/// The trail breaks off: so does the run, which goes on when there is room.
#[test]
fn a_trail_that_breaks_off_stops_the_run() {
    if Server::or_skip(Kind::PostgreSql).is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("temporary directory");
    let small = match nearly_full(folder.path(), 8) {
        Ok(small) => small,
        Err(why) => return eprintln!("skipped: no small file system: {why}"),
    };
    let Some((source, target)) = pair("trail") else { return };
    let (trail, report) = (small.path.join("trail.jsonl"), small.path.join("report.html"));
    let audit = ["--audit", &trail.display().to_string()];
    let outcome = copy(&source, &target).args(&audit).run();
    assert!(outcome.code == 3 && outcome.error().contains("the audit trail cannot be written"), "{}", outcome.stderr);
    std::fs::remove_file(small.path.join("filler")).expect("room is made");
    resume(&source, &target).args(&audit).run().expect(0);
    assert_equal(&source, &target);
    std::fs::write(small.path.join("filler"), vec![0; 1024 << 10]).expect_err("the file system is full");
    let target = Database::empty(&target.server, "report");
    let outcome = copy(&source, &target).args(&["--report", &report.display().to_string()]).run().expect(3);
    assert!(outcome.error().contains("only its report is missing"), "{}", outcome.error());
    let done = outcome.events().into_iter().find(|event| event["event"] == "done").expect("the run ends");
    assert_eq!(done["exit"], 3);
    assert_equal(&source, &target);
    tried(Kind::PostgreSql, "full disks of the tool", 2);
}
