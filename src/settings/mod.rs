//! Settings: layers are merged, secrets fetched, and everything that needs no network is checked.

mod builder;
mod environment;
mod fault;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod host;
mod layers;
mod merged;
pub mod names;
mod options;
mod resolve;
mod shape;
mod side;
mod suggest;
mod url;

pub use builder::SettingsBuilder;
pub use fault::{Fault, SettingsErrors};
pub use layers::Layers;
pub use options::{Options, OutputFormat, ProgressMode, VerifyMode};

use crate::endpoint::Endpoint;

/// Everything a run needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database to copy from.
    pub source: Endpoint,
    /// The database to copy to.
    pub target: Endpoint,
    /// Options of the run.
    pub options: Options,
    effective: Vec<Effective>,
    warnings: Vec<String>,
}

/// A setting that was given, as it can be shown: secrets masked, URLs without parameters.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Effective {
    /// Name of the setting or option.
    pub name: String,
    /// Value, or `***`.
    pub value: String,
    /// File and line, variable or flag that it came from.
    pub origin: String,
}

impl Settings {
    /// Settings for programs that use the library.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::default()
    }

    /// The settings that were given and still count, in the order of the README's tables.
    pub fn effective(&self) -> &[Effective] {
        &self.effective
    }

    /// What works but deserves a look: files that others can read, settings that are overridden.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
