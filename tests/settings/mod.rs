//! Settings through the public API: what configurations mean, and what is said about faulty ones.

mod bad;
mod environment;
mod files;
mod good;
mod library;

use dbferry::endpoint::{Endpoint, TlsMode};
use dbferry::settings::{Layers, Settings, SettingsErrors};
use std::path::PathBuf;
use tempfile::TempDir;

/// Stands for every password; no message may ever hold it.
pub(crate) const CANARY: &str = "c4n4ry";

/// Files of a test in a directory of its own.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let files_dir = Files(tempfile::tempdir().unwrap());
        for (name, text) in files {
            files_dir.write(name, text.as_bytes());
        }
        files_dir
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The text with the directory's path removed.
    pub(crate) fn bare(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// Variables of a complete configuration, MySQL to PostgreSQL.
pub(crate) const BASE: &[(&str, &str)] = &[
    ("MXRUNTIME_SourceDatabaseType", "MySQL"),
    ("MXRUNTIME_SourceDatabaseHost", "old"),
    ("MXRUNTIME_SourceDatabaseName", "app"),
    ("MXRUNTIME_SourceDatabaseUserName", "reader"),
    ("MXRUNTIME_SourceDatabasePassword", CANARY),
    ("MXRUNTIME_DatabaseType", "PostgreSQL"),
    ("MXRUNTIME_DatabaseHost", "new"),
    ("MXRUNTIME_DatabaseName", "app"),
    ("MXRUNTIME_DatabaseUserName", "writer"),
    ("MXRUNTIME_DatabasePassword", CANARY),
];

/// [`BASE`] with changes; an empty value removes the variable.
pub(crate) fn base_with(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = BASE.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    kept.chain(added).map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
}

/// An endpoint in one line.
pub(crate) fn show(endpoint: &Endpoint) -> String {
    let tls = match &endpoint.tls {
        TlsMode::Off => "off",
        TlsMode::Prefer => "prefer",
        TlsMode::Unverified => "unverified",
        TlsMode::VerifyCa { .. } => "verify-ca",
        TlsMode::VerifyFull { .. } => "verify-full",
    };
    let schema = endpoint.schema.as_deref().map(|schema| format!(" schema={schema}")).unwrap_or_default();
    let engine = endpoint.engine.name();
    let password = endpoint.password.expose();
    format!("{engine} {} {}:{password} {tls}{schema}", endpoint.display_name(), endpoint.user)
}

/// The faults' text, checked for the canary in every form in which it can be shown.
#[track_caller]
pub(crate) fn faults(result: Result<Settings, SettingsErrors>) -> String {
    let errors = result.map(|s| format!("{} -> {}", show(&s.source), show(&s.target))).expect_err("accepted");
    let text = errors.to_string();
    let error = dbferry::Error::from(errors.clone());
    assert_eq!(error.kind(), dbferry::ErrorKind::Settings);
    assert_eq!(error.exit_code(), 2);
    for shown in [&text, &format!("{errors:?}"), &error.render()] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    text
}

/// Settings that load, checked for the canary in what can be printed of them.
#[track_caller]
pub(crate) fn loaded(layers: Layers) -> Settings {
    assert!(!format!("{layers:?}").contains(CANARY));
    let settings = layers.load().unwrap();
    assert!(!format!("{settings:?}").contains(CANARY));
    settings
}
