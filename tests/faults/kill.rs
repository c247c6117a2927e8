//! Kills at named places and at random moments; every next start goes on where the last one died.

use super::summary::tried;
use super::{assert_equal, copy, resume, source, targets, undisturbed};
use crate::support::catalog::structure;
use crate::support::database::Database;
use crate::support::dbferry::Dbferry;
use crate::support::server::Server;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// Places in the order in which one run after the other comes to them: before, in and after every kind of write.
const PLACES: &[&str] = &[
    "create-control:1",
    "create:1",
    "create-one:2",
    "created:1",
    "rechecked:1",
    "ranges-written:1",
    "before-claim:1",
    "after-claim:2",
    "mid-stream:3",
    "before-commit:1",
    "after-commit:2",
    "before-commit:2",
    "after-commit:1",
    "before-build:1",
    "built:1",
    "built:2",
    "before-build:2",
    "built:1",
    "built:1",
    "drop-control:1",
    "drop-control:2",
    "drop-control:3",
];

/// Ends of a process that was told to abort.
pub(super) const ABORTED: i32 = 134;

#[test]
fn named_places() {
    for (from, to) in targets() {
        let source = source(&from);
        let wanted = undisturbed(&source, &to);
        let target = Database::empty(&to, "places");
        for place in PLACES {
            let outcome = resume(&source, &target).env("DBFERRY_TEST_FAILPOINT", place).run();
            assert_eq!(outcome.code, ABORTED, "{place} on {}: {}", to.kind.name(), outcome.stderr);
        }
        let outcome = resume(&source, &target).run().expect(0);
        assert_equal(&source, &target);
        assert_eq!(structure(&target), wanted, "{}", outcome.stderr);
        tried(to.kind, "kills at named places", PLACES.len() as u32);
    }
}

#[test]
fn a_killed_run_is_refused_and_then_resumed() {
    for (from, to) in targets() {
        let source = source(&from);
        let target = Database::empty(&to, "refused");
        copy(&source, &target).env("DBFERRY_TEST_FAILPOINT", "after-commit:3").run().expect(ABORTED);
        let refused = copy(&source, &target).run().expect(2);
        assert!(refused.error().contains("copy --resume"), "{}", refused.error());
        let outcome = resume(&source, &target).run().expect(0);
        assert_equal(&source, &target);
        let resumed = super::findings(&outcome, "resumed");
        assert!(resumed.len() == 1 && resumed[0].contains("start 2 of a run"), "{resumed:?}");
        assert!(super::findings(&outcome, "table-restarted").is_empty(), "what was there was not kept");
    }
}

#[test]
fn random_moments() {
    for (from, to) in targets() {
        let source = source(&from);
        let begin = Instant::now();
        let structure = undisturbed(&source, &to);
        let within = (begin.elapsed().as_millis() as u64).max(1_500);
        let mut kills = 0;
        while kills < wanted() {
            let more = killed_until_done(&source, &to, &structure, (wanted() - kills, within));
            kills += more;
            tried(to.kind, "random kills", more);
        }
    }
}

/// How often each engine's copies are killed.
pub(super) fn wanted() -> u32 {
    std::env::var("DBFERRY_TEST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(30)
}

/// Kills one copy again and again, within so many milliseconds, until it ends by itself, or `most` times; how often
/// that was.
fn killed_until_done(source: &Database, to: &Server, wanted: &BTreeSet<String>, (most, within): (u32, u64)) -> u32 {
    let target = Database::empty(to, "random");
    let call = resume(source, &target);
    let mut kills = 0;
    loop {
        if kills == most {
            call.run().expect(0);
            break;
        }
        if !killed(&call, within) {
            break;
        }
        kills += 1;
        // It may have died with nothing left to do.
        if holds(&target, "vacant") && !holds(&target, "dbferry_run") {
            break;
        }
    }
    assert_equal(source, &target);
    assert_eq!(&structure(&target), wanted, "after {kills} kills");
    kills
}

/// Starts a run and kills it within so many milliseconds, unless it ends well before.
pub(super) fn killed(call: &Dbferry, within: u64) -> bool {
    let mut running = call.start();
    std::thread::sleep(Duration::from_millis(RandomState::new().hash_one(0) % within));
    if running.ended() {
        let outcome = running.wait();
        // The server may still be at work for the one that was killed before, and hold its lock.
        if outcome.error().contains("another run is at work") {
            return killed(call, within);
        }
        outcome.expect(0);
        return false;
    }
    running.signal("KILL");
    running.wait();
    true
}

fn holds(target: &Database, table: &str) -> bool {
    target.attempt(&format!("SELECT 1 FROM {table} WHERE 1 = 0;")).is_ok()
}
