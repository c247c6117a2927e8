//! The lock file: whether an engine has the database open right now. Only read, never written.

use super::place::Place;
use crate::error::{Error, ErrorKind, Result};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The engine writes its heartbeat every ten seconds.
const STALE_MILLIS: i64 = 10_100;
/// How often the heartbeat is looked at while it is fresh.
const LOOK: Duration = Duration::from_millis(250);

/// Refuses a database that an engine has open.
///
/// A heartbeat that is fresh may be one's that was killed a moment ago: it is watched until it moves
/// or grows old.
///
/// # Errors
/// `Connect` when the heartbeat moves.
pub(crate) fn refuse_open(place: &Place) -> Result<()> {
    let Some(first) = heartbeat(place) else { return Ok(()) };
    let began = Instant::now();
    let limit = Duration::from_millis(STALE_MILLIS as u64);
    if (now() - first).abs() < STALE_MILLIS {
        let folder = place.folder.display();
        tracing::warn!("{folder}: its lock is fresh; waiting up to 10 s to see whether an application has it open");
    }
    while (now() - first).abs() < STALE_MILLIS && began.elapsed() < limit {
        std::thread::sleep(LOOK);
        match heartbeat(place) {
            None => return Ok(()),
            Some(beat) if beat != first => return Err(open(place)),
            Some(_) => {}
        }
    }
    if (now() - first) < -STALE_MILLIS { Err(open(place)) } else { Ok(()) }
}

/// Milliseconds since 1970 of the last heartbeat.
fn heartbeat(place: &Place) -> Option<i64> {
    let bytes = std::fs::read(place.file("lck")).ok()?;
    let beat: [u8; 8] = bytes.strip_prefix(b"HSQLLOCK")?.get(..8)?.try_into().ok()?;
    Some(i64::from_be_bytes(beat))
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

fn open(place: &Place) -> Error {
    Error::new(ErrorKind::Connect, "an application has this database open")
        .object(place.folder.display().to_string())
        .help(
            "stop the application (in Studio Pro: Stop; with m2ee: m2ee stop), or copy the folder while it is stopped",
        )
}
