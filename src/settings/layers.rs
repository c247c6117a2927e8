//! The layered loader: defaults, files, environment, `--set` and flags; later wins.

use super::fault::{Origin, SettingsErrors};
use super::file;
use super::merged::Merged;
use super::names::{Class, Field, Key, classify};
use super::options::Options;
use super::{Settings, environment, resolve, shape, url};
use crate::endpoint::Secret;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most files, included ones counted.
const MAX_FILES: usize = 64;

/// Gathers the layers of a configuration.
///
/// ```
/// use dbferry::settings::Layers;
///
/// let variables = [
///     ("MXRUNTIME_SourceDatabaseType", "MYSQL"),
///     ("MXRUNTIME_SourceDatabaseHost", "old.example.com"),
///     ("MXRUNTIME_SourceDatabaseName", "app"),
///     ("MXRUNTIME_SourceDatabaseUserName", "reader"),
///     ("DATABASE_URL", "postgres://writer:secret@new.example.com/app"),
/// ];
/// let settings = Layers::new().environment(variables).set("SourceDatabaseHost=old:3307").load().unwrap();
/// assert_eq!(settings.source.display_name(), "old:3307/app");
/// assert_eq!(settings.target.display_name(), "new.example.com:5432/app");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Layers {
    files: Vec<PathBuf>,
    variables: BTreeMap<OsString, Hidden>,
    /// Hidden from `Debug`: a password may have been put here by mistake.
    sets: Vec<Secret>,
    flags: Vec<(String, String)>,
}

/// A variable's value, which `Debug` does not show.
#[derive(Clone, Default)]
struct Hidden(OsString);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Layers {
    /// No layer yet but the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file (YAML, JSON or TOML by its name's end); later files win.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Adds environment variables, usually `std::env::vars_os()`.
    #[must_use]
    pub fn environment<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.into(), Hidden(value.into()))));
        self
    }

    /// Adds a `NAME=VALUE` of the command line; options are `dbferry.<option>=VALUE`. Passwords are refused here.
    #[must_use]
    pub fn set(mut self, assignment: impl Into<String>) -> Self {
        self.sets.push(Secret::new(assignment));
        self
    }

    /// Adds the value of an option's own flag (`option` as under `dbferry:` in a file), which wins over all.
    #[must_use]
    pub fn flag(mut self, option: impl Into<String>, value: impl Into<String>) -> Self {
        self.flags.push((option.into(), value.into()));
        self
    }

    /// Reads all layers and checks everything that needs no network.
    ///
    /// # Errors
    /// Every fault of the configuration at once.
    pub fn load(self) -> Result<Settings, SettingsErrors> {
        let mut merged = Merged::default();
        let mut loader = FileLoader { merged: &mut merged, open: Vec::new(), count: 0 };
        for path in &self.files {
            loader.load(path, None);
        }
        let variables = self.variables.into_iter().map(|(name, value)| (name, value.0)).collect();
        environment::take(&variables, &mut merged);
        for (position, assignment) in self.sets.iter().enumerate() {
            merged.next_layer();
            take_set(assignment.expose(), position + 1, &mut merged);
        }
        for (option, value) in &self.flags {
            merged.next_layer();
            let origin = Origin::Flag(option.clone());
            if let Some(key) = merged.option_key(option, &origin) {
                merged.put(key, Secret::new(value.as_str()), origin);
            }
        }
        resolve::resolve(merged, Options::default(), None, None)
    }
}

/// One `--set`. What has no `=` is not quoted: it may be a secret that lost its name.
fn take_set(assignment: &str, position: usize, merged: &mut Merged) {
    let Some((name, value)) = assignment.split_once('=') else {
        let what = format!("argument {position} has no `=`");
        return merged.faults.add(Some(&Origin::Set), "", &what, "write --set NAME=VALUE");
    };
    let key = match classify(name) {
        Class::Known(key) => Some(key),
        _ => None,
    };
    let refused = match key {
        Some(key) if key.is_secret() => Some("passwords are never accepted on the command line"),
        Some(Key::Database(_, Field::JdbcUrl)) if url::holds_password(value) => {
            Some("a URL with a password is never accepted on the command line")
        }
        _ => None,
    };
    match (key, refused) {
        (Some(key), Some(what)) => {
            let help = format!(
                "other users can read it there: use a file, MXRUNTIME_{name} or MXRUNTIME_{name}_FILE",
                name = key.name()
            );
            merged.faults.add(Some(&Origin::Set), &key.name(), what, &help);
        }
        _ => merged.put_named(name, Secret::new(value), Origin::Set),
    }
}

/// Reads files and what they include.
struct FileLoader<'a> {
    merged: &'a mut Merged,
    /// Files whose includes are being read, by canonical path.
    open: Vec<PathBuf>,
    count: usize,
}

impl FileLoader<'_> {
    fn load(&mut self, path: &Path, included_from: Option<&Origin>) {
        let shared: Arc<Path> = Arc::from(path);
        let Some(canonical) = self.admit(&shared, included_from) else { return };
        let node = match file::read(path) {
            Ok(node) => node,
            Err(fault) => {
                let at = Origin::File(shared, fault.line);
                let what = match included_from {
                    Some(from) => format!("{} (included at {from})", fault.what),
                    None => fault.what,
                };
                return self.merged.faults.add(Some(&at), "", &what, &fault.help);
            }
        };
        self.merged.next_layer();
        let before = self.secrets();
        let includes = shape::take_file(node, &shared, self.merged);
        self.warn_if_readable(path, before);
        self.open.push(canonical);
        for (name, from) in includes {
            let base = path.parent().unwrap_or(Path::new(""));
            self.load(&base.join(name), Some(&from));
        }
        self.open.pop();
    }

    /// The canonical path, unless there are too many files or this one includes itself.
    fn admit(&mut self, path: &Arc<Path>, included_from: Option<&Origin>) -> Option<PathBuf> {
        self.count += 1;
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let (what, help) = if self.count > MAX_FILES {
            (format!("more than {MAX_FILES} files"), "include fewer")
        } else if self.open.contains(&canonical) {
            (format!("{} includes itself", super::fault::shown(&path.display().to_string(), 300)), "remove the include")
        } else {
            return Some(canonical);
        };
        let own = Origin::File(path.clone(), 0);
        self.merged.faults.add(Some(included_from.unwrap_or(&own)), "include", &what, help);
        None
    }

    /// Ranks of the passwords known so far.
    fn secrets(&self) -> u32 {
        let secrets = self.merged.values.iter().filter(|(key, given)| key.is_secret() && !given.value.is_empty());
        secrets.map(|(_, given)| given.rank).max().unwrap_or(0)
    }

    fn warn_if_readable(&mut self, path: &Path, before: u32) {
        if self.secrets() > before && environment::readable_by_others(path, 0o004) {
            let shown = super::fault::shown(&path.display().to_string(), 300);
            self.merged
                .faults
                .warn(format!("{shown} holds a password and can be read by all users: chmod 600 protects it"));
        }
    }
}
