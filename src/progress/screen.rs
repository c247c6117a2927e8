//! The one screen of the process: who prints beside the bars asks them to step aside.

use indicatif::MultiProgress;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// The bars on stderr. Global as stderr is: a log line may come from anywhere.
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Runs `print` with no bars in its way and puts them back afterwards.
pub fn suspend<R>(print: impl FnOnce() -> R) -> R {
    let bars = BARS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bars {
        Some(bars) => bars.suspend(print),
        None => print(),
    }
}

/// Says which bars are on the screen.
pub(super) fn show(bars: &MultiProgress) {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = Some(bars.clone());
}

/// Says that there are none any more.
pub(super) fn hide() {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Standard error that keeps clear of the bars, for log output.
#[derive(Clone, Copy, Debug, Default)]
pub struct StderrWriter;

impl Write for StderrWriter {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        suspend(|| io::stderr().lock().write_all(text))?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
