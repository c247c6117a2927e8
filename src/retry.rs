//! Tries again where the fault may pass: a lost connection, a lock, a deadlock, a server that restarts.

use crate::backends::Target;
use crate::error::{AtStep, Error, ErrorKind, Nature, Result, Side};
use crate::finding::Finding;
use crate::pool::Stop;
use crate::run::Run;
use std::error::Error as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Attempts in all. With the waits between them they span the restart of a server.
const ATTEMPTS: u32 = 10;
/// Wait before the second attempt; it doubles from one to the next.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// How often a waiting lane looks whether the run has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Runs `attempt`, and again after faults that may pass; it is told how many attempts failed before. Every retry is a
/// finding of the run.
///
/// # Errors
/// A fault that does not pass, or the last one when all attempts failed; `Cancelled` when the run ends meanwhile.
pub(crate) fn retrying<T>(
    run: &Run,
    object: &str,
    stop: &Stop<'_>,
    mut attempt: impl FnMut(u32) -> Result<T>,
) -> Result<T> {
    for failed in 0..ATTEMPTS - 1 {
        match attempt(failed) {
            Err(error) if passes(&error) && !stop.is_set() => {
                if error.side() == Some(Side::Target) && error.how() == Nature::Lost {
                    run.target_lost.store(true, Ordering::Relaxed);
                }
                let wait = wait(failed);
                run.found(finding(object, &error, wait));
                rest(wait, stop)?;
            }
            outcome => return outcome,
        }
    }
    attempt(ATTEMPTS - 1).map_err(|error| match passes(&error) {
        true => error.place(&format!(" ({ATTEMPTS} attempts)")),
        false => error,
    })
}

/// The same for work on the target's own session, which is opened anew where it was lost; the work is told whether it
/// was tried before.
///
/// # Errors
/// As [`retrying`].
pub(crate) fn on_target<T>(
    run: &Run,
    object: &str,
    target: &mut dyn Target,
    mut work: impl FnMut(&mut dyn Target, bool) -> Result<T>,
) -> Result<T> {
    retrying(run, object, &Stop::of(&run.cancel), |failed| {
        if failed > 0 {
            target.recover().on(Side::Target)?;
        }
        work(target, failed > 0)
    })
}

/// Whether the same again may succeed.
fn passes(error: &Error) -> bool {
    matches!(error.how(), Nature::Lost | Nature::Busy) && error.kind() != ErrorKind::Cancelled
}

fn wait(failed: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failed.min(10)).min(LONGEST_WAIT)
}

fn finding(object: &str, error: &Error, wait: Duration) -> Finding {
    let cause = error.source().map(|cause| format!(" ({cause})")).unwrap_or_default();
    let text = format!("{error}{cause}; tried again after {:.2} s", wait.as_secs_f64());
    Finding::note("retried", object, text)
}

fn rest(wait: Duration, stop: &Stop<'_>) -> Result<()> {
    let until = Instant::now() + wait;
    while Instant::now() < until {
        stop.check()?;
        std::thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
    }
    stop.check()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::CancelToken;
    use crate::event::Observers;
    use crate::settings::Settings;

    fn run() -> Run {
        let sides = ["SourceDatabase", "Database"];
        let settings = sides.iter().fold(Settings::builder(), |builder, side| {
            let fields = [("Type", "POSTGRESQL"), ("Host", "h"), ("Name", side), ("UserName", "u"), ("Password", "p")];
            fields.iter().fold(builder, |builder, (field, value)| builder.set(&format!("{side}{field}"), *value))
        });
        Run::new(settings.build().unwrap(), Observers::default(), CancelToken::new())
    }

    fn failing(nature: Nature) -> Error {
        Error::new(ErrorKind::Write, "no").nature(nature)
    }

    #[test]
    fn what_passes_is_tried_again_and_told() {
        let (run, cancel) = (run(), CancelToken::new());
        let outcome = retrying(&run, "t", &Stop::of(&cancel), |failed| match failed {
            0 => Err(failing(Nature::Busy)),
            failed => Ok(failed),
        });
        assert_eq!((outcome.unwrap(), run.findings().len()), (1, 1));
    }

    #[test]
    fn what_does_not_pass_ends_at_once() {
        let (run, cancel) = (run(), CancelToken::new());
        let mut attempts = 0;
        let outcome: Result<()> = retrying(&run, "t", &Stop::of(&cancel), |_| {
            attempts += 1;
            Err(failing(Nature::Permanent))
        });
        assert!(outcome.is_err() && attempts == 1 && run.findings().is_empty());
    }

    #[test]
    fn a_run_that_ends_waits_no_longer() {
        let (run, cancel) = (run(), CancelToken::new());
        let outcome: Result<()> = retrying(&run, "t", &Stop::of(&cancel), |_| {
            cancel.cancel();
            Err(failing(Nature::Lost))
        });
        assert_eq!(outcome.unwrap_err().to_string(), "no");
    }

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (0..ATTEMPTS - 1).map(wait).collect();
        assert!(waits.windows(2).all(|w| w[0] <= w[1]) && waits.iter().all(|w| *w <= LONGEST_WAIT));
        assert!(waits.iter().sum::<Duration>() > Duration::from_secs(30));
    }
}
