//! Several sessions work off jobs, from a list or from a board; the first error stops all of them.

use crate::board::{Board, Job};
use crate::cancel::CancelToken;
use crate::chunk::Chunk;
use crate::error::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a waiting worker looks whether the run was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// Tells work in progress to stop: the run was cancelled or another worker failed.
pub(crate) struct Stop<'a> {
    cancel: &'a CancelToken,
    failed: AtomicBool,
}

impl<'a> Stop<'a> {
    /// Stops when `cancel` says so.
    pub(crate) fn of(cancel: &'a CancelToken) -> Self {
        Stop { cancel, failed: AtomicBool::new(false) }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.cancel.is_cancelled()
    }

    /// `Err` when work must stop; the error gives way to the one that caused the stop.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_set() { Err(cancelled()) } else { Ok(()) }
    }
}

/// The error of work that was told to stop.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "stopped")
}

/// Runs `work` for every job, one job per worker at a time, in order of the list.
///
/// # Errors
/// The first error; `Cancelled` when the run was cancelled.
pub(crate) fn for_each<W: Send, J: Send>(
    workers: &mut [W],
    jobs: Vec<J>,
    cancel: &CancelToken,
    work: impl Fn(usize, &mut W, J, &Stop<'_>) -> Result<()> + Sync,
) -> Result<()> {
    let queue = Mutex::new(VecDeque::from(jobs));
    crew(workers, cancel, |lane, session, stop| {
        while !stop.is_set() {
            let Some(job) = lock(&queue).pop_front() else { return Ok(()) };
            work(lane, session, job, stop)?;
        }
        Ok(())
    })
}

/// What a worker is told besides its job.
pub(crate) struct Turn<'a> {
    /// The worker's number.
    pub(crate) lane: usize,
    /// Workers without a job at this moment.
    pub(crate) idle: usize,
    /// Every row is copied.
    pub(crate) all_copied: bool,
    /// Tells to stop.
    pub(crate) stop: &'a Stop<'a>,
}

/// Runs the jobs of a board until nothing is left. `work` returns the ranges that a cut came to.
///
/// # Errors
/// The first error; `Cancelled` when the run was cancelled.
pub(crate) fn work_off<W: Send>(
    workers: &mut [W],
    board: Board,
    cancel: &CancelToken,
    work: impl Fn(&Turn<'_>, &mut W, &Job) -> Result<Vec<Chunk>> + Sync,
) -> Result<()> {
    let (board, changed) = (Mutex::new(board), Condvar::new());
    crew(workers, cancel, |lane, session, stop| {
        while let Some((job, idle, all_copied)) = await_job(&board, &changed, lane, stop) {
            let ranges = work(&Turn { lane, idle, all_copied, stop }, session, &job)?;
            lock(&board).done(&job, ranges);
            changed.notify_all();
        }
        Ok(())
    })
}

/// The next job of a lane, with how many others idle and whether all is copied; `None` when all is done
/// or work must stop.
fn await_job(board: &Mutex<Board>, changed: &Condvar, lane: usize, stop: &Stop<'_>) -> Option<(Job, usize, bool)> {
    let mut guard = lock(board);
    loop {
        if stop.is_set() || guard.is_finished() {
            return None;
        }
        if let Some(job) = guard.next(lane) {
            return Some((job, guard.idle(), guard.all_copied()));
        }
        guard = changed.wait_timeout(guard, LOOK).unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Runs `work` once per worker, each on a thread; the first error stops the others.
fn crew<W: Send>(
    workers: &mut [W],
    cancel: &CancelToken,
    work: impl Fn(usize, &mut W, &Stop<'_>) -> Result<()> + Sync,
) -> Result<()> {
    let errors = Mutex::new(Vec::new());
    let stop = Stop::of(cancel);
    let worker = |lane: usize, session: &mut W| {
        if let Err(error) = work(lane, session, &stop) {
            lock(&errors).push(error);
            stop.failed.store(true, Ordering::SeqCst);
        }
    };
    match workers {
        [single] => worker(0, single),
        many => std::thread::scope(|scope| {
            for (lane, session) in many.iter_mut().enumerate() {
                scope.spawn(move || worker(lane, session));
            }
        }),
    }
    let errors = errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    if cancel.is_cancelled() { Err(cancelled()) } else { first(errors) }
}

/// The first error, which says how many others there were; those that only obeyed it do not count.
fn first(errors: Vec<Error>) -> Result<()> {
    let mut errors = errors.into_iter();
    let Some(first) = errors.next() else { return Ok(()) };
    match errors.filter(|error| error.kind() != ErrorKind::Cancelled).count() {
        0 => Err(first),
        1 => Err(first.place(" (and another lane failed)")),
        others => Err(first.place(&format!(" (and {others} other lanes failed)"))),
    }
}

/// Locks; a panic elsewhere does not make the data unusable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once() {
        let done = Mutex::new(Vec::new());
        for_each(&mut [(), (), ()], (0..100).collect(), &CancelToken::new(), |_, (), job, _| {
            lock(&done).push(job);
            Ok(())
        })
        .unwrap();
        let mut done = done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn first_error_wins_and_stops() {
        let seen = Mutex::new(0);
        let result = for_each(&mut [(), ()], (0..1000).collect(), &CancelToken::new(), |_, (), job, _| {
            *lock(&seen) += 1;
            if job == 3 { Err(Error::new(ErrorKind::Write, "three")) } else { Ok(()) }
        });
        assert_eq!(result.unwrap_err().to_string(), "three");
        assert!(*lock(&seen) < 1000);
    }

    #[test]
    fn cancel_stops() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let result = for_each(&mut [()], vec![1], &cancel, |_, (), _, _| Ok(()));
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    }
}
