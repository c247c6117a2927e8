//! Settings for programs that use the library.

use super::fault::{Origin, SettingsErrors};
use super::merged::{Merged, Rule, RuleForm};
use super::options::{Options, OutputFormat, ProgressMode, VerifyMode};
use super::{Settings, resolve};
use crate::endpoint::{Endpoint, Secret};
use std::path::PathBuf;
use std::time::Duration;

/// Builds [`Settings`] from names and values, endpoints and typed options.
///
/// ```
/// use dbferry::endpoint::{Endpoint, Engine};
/// use dbferry::settings::Settings;
///
/// let mut source = Endpoint::new(Engine::MySql, "old.example.com", 3306, "app");
/// source.user = "reader".into();
/// let settings = Settings::builder()
///     .source(source)
///     .set("DatabaseType", "PostgreSQL")
///     .set("DatabaseHost", "new.example.com")
///     .set("DatabaseName", "app")
///     .set("DatabaseUserName", "writer")
///     .jobs(4)
///     .build()
///     .unwrap();
/// assert_eq!(settings.target.port, 5432);
/// ```
#[derive(Debug, Default)]
pub struct SettingsBuilder {
    merged: Merged,
    options: Options,
    source: Option<Endpoint>,
    target: Option<Endpoint>,
}

impl SettingsBuilder {
    /// Takes a setting by its name (passwords, too) or an option as `dbferry.<option>`; wins over the typed setters.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.merged.next_layer();
        self.merged.put_named(name, Secret::new(value), Origin::Builder);
        self
    }

    /// The database to copy from.
    #[must_use]
    pub fn source(mut self, endpoint: Endpoint) -> Self {
        self.source = Some(endpoint);
        self
    }

    /// The database to copy to.
    #[must_use]
    pub fn target(mut self, endpoint: Endpoint) -> Self {
        self.target = Some(endpoint);
        self
    }

    /// Replaces all typed options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Parallel lanes.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = Some(jobs);
        self
    }

    /// Globs of the tables to copy.
    #[must_use]
    pub fn tables<T: Into<String>>(mut self, globs: impl IntoIterator<Item = T>) -> Self {
        self.options.tables = globs.into_iter().map(Into::into).collect();
        self
    }

    /// Globs of the tables to leave out.
    #[must_use]
    pub fn exclude_tables<T: Into<String>>(mut self, globs: impl IntoIterator<Item = T>) -> Self {
        self.options.exclude_tables = globs.into_iter().map(Into::into).collect();
        self
    }

    /// Copy the tables of a Mendix database that the runtime does not know as well.
    #[must_use]
    pub fn all_tables(mut self, all: bool) -> Self {
        self.options.all_tables = all;
        self
    }

    /// How to verify.
    #[must_use]
    pub fn verify(mut self, mode: VerifyMode) -> Self {
        self.options.verify = mode;
        self
    }

    /// Read in parallel although the sessions may not see one point in time.
    #[must_use]
    pub fn allow_inconsistent(mut self, allow: bool) -> Self {
        self.options.allow_inconsistent = allow;
        self
    }

    /// Lock the source briefly to line up the snapshots.
    #[must_use]
    pub fn allow_source_lock(mut self, allow: bool) -> Self {
        self.options.allow_source_lock = allow;
        self
    }

    /// Asks for a conversion; `scope` is empty for all, or `table`, or `table.column`.
    #[must_use]
    pub fn policy(mut self, scope: &str, kind: &str, conversion: &str) -> Self {
        let form = RuleForm::One(scope.to_string(), kind.to_string(), conversion.to_string());
        self.merged.rules.push(Rule { form, origin: Origin::Builder });
        self
    }

    /// Progress on stderr.
    #[must_use]
    pub fn progress(mut self, mode: ProgressMode) -> Self {
        self.options.progress = mode;
        self
    }

    /// Result on stdout.
    #[must_use]
    pub fn format(mut self, format: OutputFormat) -> Self {
        self.options.format = format;
        self
    }

    /// Report file.
    #[must_use]
    pub fn report(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.report = Some(path.into());
        self
    }

    /// Audit trail, one JSON object per line, appended to.
    #[must_use]
    pub fn audit(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.audit = Some(path.into());
        self
    }

    /// How long a server may be silent in the middle of rows.
    #[must_use]
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.options.stall_timeout = Some(timeout);
        self
    }

    /// Log filter.
    #[must_use]
    pub fn log_level(mut self, filter: impl Into<String>) -> Self {
        self.options.log_level = Some(filter.into());
        self
    }

    /// Checks everything that needs no network.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn build(self) -> Result<Settings, SettingsErrors> {
        resolve::resolve(self.merged, self.options, self.source, self.target)
    }
}
