//! Stops a run from outside: a flag that lanes look at, and open connections that are cut.

use crate::socket::Breaker;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Cancels a run. Clones share one state.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    /// Number of the signal that cancelled the run, or 0.
    signal: AtomicU8,
    breakers: Mutex<Vec<Breaker>>,
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run: uncommitted chunks are rolled back by their servers, committed ones stay.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        for breaker in self.0.breakers.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            breaker.cut();
        }
    }

    /// The same because of a signal: the run's exit code tells its number, 128 above.
    pub fn cancel_by_signal(&self, number: u8) {
        self.0.signal.store(number, Ordering::SeqCst);
        self.cancel();
    }

    /// The signal that stopped the run, if one did.
    pub fn signal(&self) -> Option<u8> {
        Some(self.0.signal.load(Ordering::SeqCst)).filter(|number| *number > 0)
    }

    /// Whether the run is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Cuts this connection too when cancelled.
    pub(crate) fn register(&self, breaker: Breaker) {
        if self.is_cancelled() {
            return breaker.cut();
        }
        self.0.breakers.lock().unwrap_or_else(PoisonError::into_inner).push(breaker);
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_cancelled()).finish()
    }
}
