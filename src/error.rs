//! The one error type of the library: opaque, with a kind by outcome and what a user needs to act on it.

use crate::report::printable::printable;
use std::error::Error as StdError;
use std::fmt;

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One of the ten steps of a run; the same names stand in logs, events, errors and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Layers are merged and validated.
    Settings,
    /// Both sides are opened.
    Connect,
    /// The source catalog is read and the snapshot fixed.
    Introspect,
    /// The target structure is decided.
    Plan,
    /// A target that is not empty is refused.
    Guard,
    /// Tables are created.
    Create,
    /// Rows are copied.
    Transfer,
    /// Keys, indexes, constraints and sequences are built.
    Finish,
    /// Both sides are compared.
    Verify,
    /// The result is shown.
    Report,
}

impl Step {
    /// All steps in their order.
    pub const ALL: [Step; 10] = [
        Step::Settings,
        Step::Connect,
        Step::Introspect,
        Step::Plan,
        Step::Guard,
        Step::Create,
        Step::Transfer,
        Step::Finish,
        Step::Verify,
        Step::Report,
    ];

    /// The step's name as users see it.
    pub fn name(self) -> &'static str {
        match self {
            Step::Settings => "settings",
            Step::Connect => "connect",
            Step::Introspect => "introspect",
            Step::Plan => "plan",
            Step::Guard => "guard",
            Step::Create => "create",
            Step::Transfer => "transfer",
            Step::Finish => "finish",
            Step::Verify => "verify",
            Step::Report => "report",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which database an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The database that is read.
    Source,
    /// The database that is written.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Source => "source",
            Side::Target => "target",
        })
    }
}

/// Shorter passwords are words of everyday messages; removing them would garble these and guess the password.
const MIN_SECRET: usize = 6;

/// What to do about a server that has no room left.
pub(crate) const NO_ROOM: &str = "the server has no room left on its disk: free some, then go on";

/// What happened, by outcome and not by cause.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A setting is missing, unknown or malformed.
    Settings,
    /// A server cannot be reached, or refuses the session.
    Connect,
    /// The catalog of a database cannot be read.
    Introspect,
    /// The source holds something that the target cannot hold under the policies in force.
    Unsupported,
    /// The target holds objects already, or another run is at work on it.
    TargetNotEmpty,
    /// A statement that builds the target failed.
    Ddl,
    /// Rows cannot be read.
    Read,
    /// Rows cannot be written.
    Write,
    /// A value does not fit its column.
    Value,
    /// The two sides differ.
    Difference,
    /// The run was cancelled.
    Cancelled,
    /// A file of ours cannot be read or written.
    Io,
}

/// What an error says about trying again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Nature {
    /// The same again would fail the same way.
    #[default]
    Permanent,
    /// The session is gone; a new one may do better.
    Lost,
    /// Others were in the way: a lock, a deadlock, a cancelled statement.
    Busy,
    /// What a statement was to make is there.
    Exists,
}

/// An error of a run: what failed, where, and what to do about it.
///
/// `Display` prints `<step>: <side> <object>: <what>`; the cause is in `source()`.
/// Never holds a cell value or a secret.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    step: Option<Step>,
    side: Option<Side>,
    object: Option<String>,
    what: String,
    help: Option<String>,
    nature: Nature,
    signal: Option<u8>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with one sentence (no full stop) saying what is wrong.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            step: None,
            side: None,
            object: None,
            what: what.into(),
            help: None,
            nature: Nature::Permanent,
            signal: None,
            cause: None,
        }))
    }

    /// Names the step, unless one is named already.
    #[must_use]
    pub fn at(mut self, step: Step) -> Self {
        self.0.step.get_or_insert(step);
        self
    }

    /// Names the side, unless one is named already.
    #[must_use]
    pub fn on(mut self, side: Side) -> Self {
        self.0.side.get_or_insert(side);
        self
    }

    /// Names the object (setting, table, table.column, file), unless one is named already.
    #[must_use]
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.0.object.get_or_insert_with(|| object.into());
        self
    }

    /// Puts the object's full name in the place of a shorter one.
    #[must_use]
    pub(crate) fn rename_object(mut self, object: impl Into<String>) -> Self {
        self.0.object = Some(object.into());
        self
    }

    /// Adds to the sentence where in the data it happened.
    #[must_use]
    pub(crate) fn place(mut self, place: &str) -> Self {
        self.0.what.push_str(place);
        self
    }

    /// Says what the user can do, unless that is said already.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.get_or_insert_with(|| help.into());
        self
    }

    /// Adds a line to what the user can do.
    #[must_use]
    pub(crate) fn also_help(mut self, line: &str) -> Self {
        let help = self.0.help.get_or_insert_default();
        if help.contains(line) {
            return self;
        }
        if !help.is_empty() {
            help.push('\n');
        }
        help.push_str(line);
        self
    }

    /// Says whether trying again may help.
    #[must_use]
    pub(crate) fn nature(mut self, nature: Nature) -> Self {
        self.0.nature = nature;
        self
    }

    /// Whether trying again may help.
    pub(crate) fn how(&self) -> Nature {
        self.0.nature
    }

    /// Attaches the cause.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The outcome.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The step in which it happened.
    pub fn step(&self) -> Option<Step> {
        self.0.step
    }

    /// The side it is about.
    pub fn side(&self) -> Option<Side> {
        self.0.side
    }

    /// The object it is about.
    pub fn object_name(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Says which signal cancelled the run.
    #[must_use]
    pub(crate) fn by_signal(mut self, signal: Option<u8>) -> Self {
        self.0.signal = signal.filter(|_| self.0.kind == ErrorKind::Cancelled);
        self
    }

    /// Exit code of the command for this error: 1 difference, 2 refused before any write, 3 failed
    /// while running, 128 and the signal's number when a signal stopped it.
    pub fn exit_code(&self) -> u8 {
        if let Some(signal) = self.0.signal {
            return 128_u8.saturating_add(signal);
        }
        match (self.0.kind, self.0.step) {
            (ErrorKind::Difference, _) => 1,
            (_, Some(Step::Create | Step::Transfer | Step::Finish | Step::Verify | Step::Report)) => 3,
            _ => 2,
        }
    }

    /// The whole error as the command prints it: `error:`, `cause:` lines and `help:`.
    pub fn render(&self) -> String {
        let mut text = match self.0.kind {
            // A list of faults, one per line, whose parts were made safe when it was put together.
            ErrorKind::Settings => format!("error: {self}"),
            _ => format!("error: {}", printable(&self.to_string())),
        };
        for cause in self.causes() {
            text.push_str(&format!("\n  cause: {}", printable(&cause)));
        }
        for line in self.0.help.as_deref().unwrap_or_default().lines() {
            text.push_str(&format!("\n  help: {}", printable(line)));
        }
        text
    }

    fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes
    }

    /// The same error without these secrets: a server may repeat in its messages what it was told.
    #[must_use]
    pub(crate) fn without(mut self, secrets: &[&str]) -> Self {
        let telling: Vec<_> = secrets.iter().filter(|s| s.chars().count() >= MIN_SECRET).collect();
        if !telling.iter().any(|secret| self.render().contains(**secret)) {
            return self;
        }
        let clean = |text: &str| telling.iter().fold(text.to_string(), |text, secret| text.replace(**secret, "***"));
        let causes = clean(&self.causes().join(": "));
        self.0.what = clean(&self.0.what);
        self.0.object = self.0.object.as_deref().map(clean);
        self.0.help = self.0.help.as_deref().map(clean);
        self.0.cause = (!causes.is_empty()).then(|| causes.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = self.0.step {
            write!(f, "{step}: ")?;
        }
        match (&self.0.side, &self.0.object) {
            (Some(side), Some(object)) => write!(f, "{side} {object}: ")?,
            (Some(side), None) => write!(f, "{side}: ")?,
            (None, Some(object)) => write!(f, "{object}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.0.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|c| c as &(dyn StdError + 'static))
    }
}

/// Adds the step to errors on the way up.
pub(crate) trait AtStep<T> {
    fn at(self, step: Step) -> Result<T>;
    fn on(self, side: Side) -> Result<T>;
}

impl<T> AtStep<T> for Result<T> {
    fn at(self, step: Step) -> Result<T> {
        self.map_err(|e| e.at(step))
    }

    fn on(self, side: Side) -> Result<T> {
        self.map_err(|e| e.on(side))
    }
}
