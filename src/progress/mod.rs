//! What a run tells on stderr while it goes on: bars for people, lines for logs, JSON for host programs.

mod bars;
#[cfg(test)]
mod fake_term;
mod json;
mod lines;
mod model;
mod plain;
mod rate;
mod screen;

use crate::event::Observer;
use crate::settings::ProgressMode;
use std::io::{self, IsTerminal};
use std::sync::Arc;

pub use screen::{StderrWriter, suspend};

/// The observer that shows progress on stderr in this mode; `None` where nothing is to be shown.
///
/// While bars are on the screen, print through [`suspend`] or [`StderrWriter`], or the two get mixed up.
pub fn observer(mode: ProgressMode) -> Option<Arc<dyn Observer>> {
    match mode {
        ProgressMode::None => None,
        ProgressMode::Json => Some(Arc::new(json::Json::new(io::stderr()))),
        ProgressMode::Auto | ProgressMode::Bars if redrawable() => Some(Arc::new(bars::Bars::stderr())),
        ProgressMode::Auto | ProgressMode::Bars | ProgressMode::Plain => {
            Some(Arc::new(plain::Plain::new(io::stderr())))
        }
    }
}

/// Whether stderr is a terminal that can move its cursor.
fn redrawable() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_observes_nothing() {
        assert!(observer(ProgressMode::None).is_none());
        assert!(observer(ProgressMode::Auto).is_some());
    }
}
