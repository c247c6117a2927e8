//! The run lock: waiting for it, and taking it again on a new session of the same run.

use super::Target;
use crate::error::{Error, ErrorKind, Result, Side};
use std::time::{Duration, Instant};

/// How long a session that is about to end is waited for: a server ends a killed client's session when it is done with
/// the statement at hand.
pub(crate) const LAST_BREATH: Duration = Duration::from_secs(3);
/// How often the lock is tried.
const LOOK: Duration = Duration::from_millis(100);

/// Takes the lock, if it is free within that time; else who holds it.
///
/// # Errors
/// `Connect` when the server refuses.
pub(crate) fn wait_for_lock(target: &mut dyn Target, patience: Duration) -> Result<Option<String>> {
    let begin = Instant::now();
    loop {
        let Some(holder) = target.lock()? else { return Ok(None) };
        if begin.elapsed() >= patience {
            return Ok(Some(holder));
        }
        std::thread::sleep(LOOK);
    }
}

/// Takes the lock on a session that stands for one that was lost. Where the server has not noticed the loss, it keeps
/// the old session and its lock for hours: `end` has it ended.
///
/// # Errors
/// `Connect` when the server refuses, or another run holds the lock by now.
pub(super) fn lock_again<T: Target>(target: &mut T, end: impl FnOnce(&mut T)) -> Result<()> {
    if wait_for_lock(target, LAST_BREATH)?.is_none() {
        return Ok(());
    }
    end(target);
    match wait_for_lock(target, LAST_BREATH)? {
        None => Ok(()),
        Some(holder) => {
            let what = format!("another run has the target by now: {holder}");
            Err(Error::new(ErrorKind::Connect, what).on(Side::Target))
        }
    }
}
