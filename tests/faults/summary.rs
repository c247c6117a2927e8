//! What the fault suite has tried and what it found, told as it goes on: the last lines are the summary.

use crate::support::server::Kind;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// Points tried, by target engine and kind of fault.
static TRIED: Mutex<BTreeMap<(&str, &str), u32>> = Mutex::new(BTreeMap::new());
static DIFFERENCES: AtomicU32 = AtomicU32::new(0);

/// So many faults of a kind ended as they must.
pub(super) fn tried(engine: Kind, what: &'static str, points: u32) {
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    *tried.entry((engine.name(), what)).or_default() += points;
    let (so_far, total): (u32, u32) = (tried[&(engine.name(), what)], tried.values().sum());
    let differences = DIFFERENCES.load(Ordering::Relaxed);
    // The test harness takes only what comes through its macros: this is seen after success too.
    let line =
        format!("faults: {}: {so_far} {what}; in all {total} points, {differences} differences\n", engine.name());
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Source and target differ after a fault.
pub(super) fn differs() {
    DIFFERENCES.fetch_add(1, Ordering::Relaxed);
}
