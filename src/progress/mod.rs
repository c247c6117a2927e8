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

use crate::error::{Error, ErrorKind, Result};
use crate::event::Observer;
use std::io::{self, IsTerminal};
use std::str::FromStr;
use std::sync::Arc;

pub use screen::{StderrWriter, suspend};

/// How progress is shown: the values of `--progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Bars on a terminal, else plain lines.
    #[default]
    Auto,
    /// Bars; plain lines where stderr is no terminal, for there is nothing to redraw.
    Bars,
    /// A line for each step and finished table, and one every few seconds.
    Plain,
    /// One JSON object per line.
    Json,
    /// Nothing.
    None,
}

impl Mode {
    /// Every mode with its name.
    pub const ALL: [(Mode, &'static str); 5] = [
        (Mode::Auto, "auto"),
        (Mode::Bars, "bars"),
        (Mode::Plain, "plain"),
        (Mode::Json, "json"),
        (Mode::None, "none"),
    ];
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        found.map(|(mode, _)| *mode).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            Error::new(
                ErrorKind::Settings,
                format!("`{}` is no kind of progress", crate::report::printable::printable(text)),
            )
            .object("progress")
            .help(format!("choose one of {}", names.join(", ")))
        })
    }
}

/// The observer that shows progress on stderr in this mode; `None` where nothing is to be shown.
///
/// While bars are on the screen, print through [`suspend`] or [`StderrWriter`], or the two get mixed up.
pub fn observer(mode: Mode) -> Option<Arc<dyn Observer>> {
    match mode {
        Mode::None => None,
        Mode::Json => Some(Arc::new(json::Json::new(io::stderr()))),
        Mode::Auto | Mode::Bars if redrawable() => Some(Arc::new(bars::Bars::stderr())),
        Mode::Auto | Mode::Bars | Mode::Plain => Some(Arc::new(plain::Plain::new(io::stderr()))),
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
    fn modes_have_names() {
        for (mode, name) in Mode::ALL {
            assert_eq!(name.parse::<Mode>().unwrap(), mode);
        }
        assert_eq!("JSON".parse::<Mode>().unwrap(), Mode::Json);
        let error = "bar".parse::<Mode>().unwrap_err();
        assert!(error.help_text().unwrap().contains("auto, bars, plain, json, none"));
    }

    #[test]
    fn none_observes_nothing() {
        assert!(observer(Mode::None).is_none());
        assert!(observer(Mode::Auto).is_some());
    }
}
