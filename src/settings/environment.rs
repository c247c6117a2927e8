//! Settings from environment variables, in the forms of the buildpacks and the portable distribution.

use super::fault::Origin;
use super::file;
use super::merged::{Merged, Strangers};
use super::names::{Field, Key};
use super::shape;
use crate::endpoint::Secret;
use crate::error::Side;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Largest secret file.
const MAX_SECRET: u64 = 64 << 10;
const URL: Key = Key::Database(Side::Target, Field::JdbcUrl);

/// Takes over all variables that concern us.
pub(super) fn take(variables: &BTreeMap<OsString, OsString>, merged: &mut Merged) {
    let named: BTreeMap<&str, &OsStr> =
        variables.iter().filter_map(|(name, value)| Some((name.to_str()?, value.as_os_str()))).collect();
    let mut reader = Reader { variables: named, merged };
    reader.database_url();
    reader.custom_runtime_settings();
    reader.prefixed("RUNTIME_PARAMS_");
    reader.prefixed("MXRUNTIME_");
    reader.options();
}

struct Reader<'a> {
    variables: BTreeMap<&'a str, &'a OsStr>,
    merged: &'a mut Merged,
}

impl Reader<'_> {
    /// The target as one URL, unless the runtime's own variables describe it.
    fn database_url(&mut self) {
        self.merged.next_layer();
        let urls: Vec<(Secret, Origin)> = ["DATABASE_URL", "DATABASE_ENDPOINT"]
            .into_iter()
            .filter_map(|name| self.fetch(name))
            .filter(|(v, _)| !v.is_empty())
            .collect();
        let Some((url, origin)) = urls.first() else { return };
        if let Some(own) = self.variables.keys().find(|name| name.starts_with("MXRUNTIME_Database")) {
            let text = format!("{origin} is ignored because {own} is set");
            return self.merged.faults.warn(text);
        }
        if urls.iter().any(|(other, _)| other != url) {
            let what = "DATABASE_URL and DATABASE_ENDPOINT differ";
            return self.merged.faults.add(Some(origin), "", what, "set only one of them");
        }
        if self.variables.contains_key("DATABASE_CONNECTION_PARAMS") {
            let origin = Origin::Variable("DATABASE_CONNECTION_PARAMS".to_string());
            self.merged.faults.add(
                Some(&origin),
                "",
                "is not read",
                "put the parameters into DATABASE_URL, and unset it",
            );
        }
        let (url, origin) = (url.clone(), origin.clone());
        self.merged.put(URL, url, origin);
        self.merged.mark_whole(URL);
    }

    fn custom_runtime_settings(&mut self) {
        self.merged.next_layer();
        let Some((json, origin)) = self.fetch("CUSTOM_RUNTIME_SETTINGS") else { return };
        match file::read_json(json.expose()) {
            Ok(node) => shape::take_section(node, "", &|_| origin.clone(), self.merged),
            Err(fault) => {
                let what = format!("{} (line {} of the value)", fault.what, fault.line);
                self.merged.faults.add(Some(&origin), "", &what, &fault.help);
            }
        }
    }

    /// `<prefix><name>` with `_` for dots, and `<prefix><name>_FILE`.
    fn prefixed(&mut self, prefix: &str) {
        self.merged.next_layer();
        let names: Vec<String> =
            self.variables.keys().filter(|name| name.starts_with(prefix)).map(|name| (*name).to_string()).collect();
        let mut done = Vec::new();
        for variable in names {
            let base = variable.strip_suffix("_FILE").unwrap_or(&variable).to_string();
            if done.contains(&base) {
                continue;
            }
            let setting = base[prefix.len()..].replace('_', ".");
            let origin = Origin::Variable(variable);
            let key = self.merged.setting_key(&setting, Strangers::Ignored, &origin);
            if let Some((key, (value, origin))) = key.and_then(|key| Some((key, self.fetch(&base)?))) {
                self.merged.put(key, value, origin);
            }
            done.push(base);
        }
    }

    fn options(&mut self) {
        const PREFIX: &str = "DBFERRY_";
        self.merged.next_layer();
        // DBFERRY_TEST_… belongs to the test suite.
        let ours = |name: &&str| name.starts_with(PREFIX) && !name.starts_with("DBFERRY_TEST_");
        let names: Vec<String> = self.variables.keys().copied().filter(|n| ours(n)).map(str::to_string).collect();
        for name in names {
            let origin = Origin::Variable(name.clone());
            let key = self.merged.option_key(&name[PREFIX.len()..], &origin);
            if let Some((key, value)) = key.and_then(|key| Some((key, self.value(&name, &origin)?))) {
                self.merged.put(key, value, origin);
            }
        }
    }

    /// The value of a variable, or the content of the file that `<name>_FILE` names.
    fn fetch(&mut self, name: &str) -> Option<(Secret, Origin)> {
        let file_variable = format!("{name}_FILE");
        let (direct, by_file) =
            (self.variables.contains_key(name), self.variables.contains_key(file_variable.as_str()));
        if direct && by_file {
            let origin = Origin::Variable(file_variable);
            self.merged.faults.add(Some(&origin), "", &format!("{name} is set, too"), "unset one of them");
            return None;
        }
        if direct {
            let origin = Origin::Variable(name.to_string());
            return self.value(name, &origin).map(|value| (value, origin));
        }
        if by_file {
            let origin = Origin::Variable(file_variable.clone());
            let path = self.value(&file_variable, &origin)?;
            return self.secret_file(Path::new(path.expose()), &origin).map(|value| (value, origin));
        }
        None
    }

    fn value(&mut self, name: &str, origin: &Origin) -> Option<Secret> {
        let text = self.variables.get(name)?.to_str();
        if text.is_none() {
            self.merged.faults.add(Some(origin), "", "the value is not valid UTF-8", "correct the variable");
        }
        text.map(Secret::new)
    }

    /// A secret file's text without the line end at its end.
    fn secret_file(&mut self, path: &Path, origin: &Origin) -> Option<Secret> {
        let text = file::read_bytes(path, MAX_SECRET).and_then(|bytes| file::decode(&bytes).map(Secret::new));
        match text {
            Ok(text) => {
                if readable_by_others(path, 0o077) {
                    let shown = super::fault::shown(&path.display().to_string(), 300);
                    self.merged
                        .faults
                        .warn(format!("{shown} ({origin}) can be read by other users: chmod 600 protects it"));
                }
                let bare = text.expose();
                let bare = bare.strip_suffix('\n').unwrap_or(bare);
                let bare = bare.strip_suffix('\r').unwrap_or(bare);
                if bare.is_empty() {
                    self.merged.faults.add(Some(origin), "", "the file is empty", "write the value into it");
                    return None;
                }
                Some(Secret::new(bare))
            }
            Err(fault) => {
                let what = format!("{}: {}", super::fault::shown(&path.display().to_string(), 300), fault.what);
                self.merged.faults.add(Some(origin), "", &what, &fault.help);
                None
            }
        }
    }
}

/// Whether the file's mode has any of `bits`.
#[cfg(unix)]
pub(super) fn readable_by_others(path: &Path, bits: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & bits != 0)
}

/// Elsewhere files have no such mode.
#[cfg(not(unix))]
pub(super) fn readable_by_others(_path: &Path, _bits: u32) -> bool {
    false
}
