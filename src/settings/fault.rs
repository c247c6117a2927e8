//! Faults of a configuration: collected, each with its origin, and reported together.

use crate::error::{Error, ErrorKind, Step};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A line of a file.
    File(Arc<Path>, u32),
    /// An environment variable.
    Variable(String),
    /// A `--set` argument.
    Set,
    /// A flag of the command.
    Flag(String),
    /// The library's builder.
    Builder,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File(path, 0) => write!(f, "{}", path.display()),
            Origin::File(path, line) => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => write!(f, "variable {name}"),
            Origin::Set => f.write_str("--set"),
            // The one option whose flag is not spelled like its key: each flag gives one policy.
            Origin::Flag(name) if name == "policies" => f.write_str("--policy"),
            Origin::Flag(name) => write!(f, "--{name}"),
            Origin::Builder => f.write_str("builder"),
        }
    }
}

/// One fault: where, which setting, what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    origin: Option<String>,
    setting: String,
    what: String,
    help: String,
}

impl Fault {
    /// File and line, variable or flag that the faulty value came from.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The setting it is about; empty where it is about a whole file.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do.
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if !self.setting.is_empty() {
            write!(f, "{}: ", self.setting)?;
        }
        f.write_str(&self.what)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

/// Every fault of a configuration, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(Vec<Fault>);

impl SettingsErrors {
    /// The faults in the order in which the layers were read.
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Fault::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for SettingsErrors {}

impl From<SettingsErrors> for Error {
    fn from(errors: SettingsErrors) -> Self {
        match errors.0.as_slice() {
            [fault] => single(fault),
            faults => {
                let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
                let what = format!("{} faults in the configuration{}", faults.len(), lines.concat());
                Error::new(ErrorKind::Settings, what).at(Step::Settings)
            }
        }
    }
}

fn single(fault: &Fault) -> Error {
    let bare = Fault { help: String::new(), ..fault.clone() };
    let error = Error::new(ErrorKind::Settings, bare.to_string()).at(Step::Settings);
    if fault.help.is_empty() { error } else { error.help(fault.help.clone()) }
}

/// What is wrong with a value and what to do, before it is known where the value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) what: String,
    pub(crate) help: String,
}

impl Problem {
    pub(crate) fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Problem { what: what.into(), help: help.into() }
    }
}

/// Gathers faults and warnings while the layers are read.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    errors: Vec<Fault>,
    warnings: Vec<String>,
}

impl Faults {
    /// Notes a fault.
    pub(crate) fn add(&mut self, origin: Option<&Origin>, setting: &str, what: &str, help: &str) {
        let fault = Fault {
            origin: origin.map(|o| shown(&o.to_string(), 400)),
            setting: shown(setting, 80),
            what: what.to_string(),
            help: help.to_string(),
        };
        // A fault that two layers or both sides run into is told once.
        if !self.errors.contains(&fault) {
            self.errors.push(fault);
        }
    }

    /// Notes a problem of a value.
    pub(crate) fn problem(&mut self, origin: &Origin, setting: &str, problem: &Problem) {
        // A flag is the option's name already.
        let setting = if matches!(origin, Origin::Flag(_)) { "" } else { setting };
        self.add(Some(origin), setting, &problem.what, &problem.help);
    }

    /// Notes something that works but deserves a look.
    pub(crate) fn warn(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// The warnings, or all errors if there is one.
    pub(crate) fn finish(self) -> Result<Vec<String>, SettingsErrors> {
        if self.errors.is_empty() { Ok(self.warnings) } else { Err(SettingsErrors(self.errors)) }
    }
}

/// A name from outside, safe to print: control characters escaped, length limited.
pub(crate) fn shown(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == limit {
            out.push('…');
            break;
        }
        let hidden =
            c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if hidden { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The fault of a configuration that lacks a side without any other fault.
pub(crate) fn incomplete() -> SettingsErrors {
    let what = "the configuration is incomplete".to_string();
    SettingsErrors(vec![Fault {
        origin: None,
        setting: String::new(),
        what,
        help: "describe source and target".to_string(),
    }])
}
