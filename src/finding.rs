//! What a plan has to tell: refusals, warnings and notes, each with a remedy.

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something works differently on the target.
    Warning,
    /// The run is refused until this is resolved.
    Error,
}

/// One thing a plan found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable name of the kind of finding, e.g. `nul-text`, `key-too-long`, `view-not-copied`.
    pub code: &'static str,
    /// Table, table.column, key or object.
    pub object: String,
    /// What was found, one sentence.
    pub text: String,
    /// What to do about it; empty where nothing has to be done.
    pub help: String,
}

impl Finding {
    /// A finding without help.
    pub fn new(severity: Severity, code: &'static str, object: impl Into<String>, text: impl Into<String>) -> Self {
        Finding { severity, code, object: object.into(), text: text.into(), help: String::new() }
    }

    /// A refusal.
    pub fn error(code: &'static str, object: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, object, text)
    }

    /// A warning.
    pub fn warning(code: &'static str, object: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, object, text)
    }

    /// A note.
    pub fn note(code: &'static str, object: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, object, text)
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}
