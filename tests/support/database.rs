//! Scratch databases with unique names that vanish when the test ends.

use super::client;
use super::hsqldb::{resident, words};
use super::server::{Family, Server};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database of a test's own.
pub(crate) struct Database {
    /// Where it lives.
    pub(crate) server: Server,
    /// Its name.
    pub(crate) name: String,
    /// Where its files are, if it has files of its own.
    folder: Option<tempfile::TempDir>,
}

impl Database {
    /// An empty database.
    pub(crate) fn empty(server: &Server, label: &str) -> Database {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("suite_{}_{number}_{label}", std::process::id());
        let (home, create) = match server.kind.family() {
            Family::PostgreSql => ("postgres", format!("CREATE DATABASE {name}")),
            Family::MySql => ("mysql", format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")),
            Family::Hsqldb => return Database::folder(server, name),
        };
        client::run(server, home, &create);
        Database { server: server.clone(), name, folder: None }
    }

    /// An empty HSQLDB database.
    fn folder(server: &Server, name: String) -> Database {
        let folder = Some(tempfile::tempdir().expect("temporary directory"));
        let database = Database { server: server.clone(), name, folder };
        database.run("");
        database
    }

    /// The folder that holds `hsqldb/<name>/`, for settings; empty for servers.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.as_ref().map(|folder| folder.path().to_path_buf()).unwrap_or_default()
    }

    /// A database filled by scripts, run in order.
    pub(crate) fn filled(server: &Server, label: &str, scripts: &[&str]) -> Database {
        let database = Database::empty(server, label);
        for script in scripts {
            database.run(script);
        }
        database
    }

    /// Runs a script as administrator, with the native client.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> String {
        self.attempt(script).unwrap_or_else(|message| panic!("{} in {}: {message}", self.server.kind.name(), self.name))
    }

    /// The same for a script in which names in lower case are quoted already, where that matters.
    #[track_caller]
    pub(crate) fn run_as_it_is(&self, script: &str) -> String {
        let said = self.send(script);
        said.unwrap_or_else(|message| panic!("{} in {}: {message}", self.server.kind.name(), self.name))
    }

    /// Runs a script that may fail.
    pub(crate) fn attempt(&self, script: &str) -> Result<String, String> {
        match self.family() {
            Family::Hsqldb => self.send(&words::quoted(script)),
            _ => self.send(script),
        }
    }

    fn send(&self, script: &str) -> Result<String, String> {
        match self.family() {
            Family::Hsqldb => resident::attempt(&self.root().join("hsqldb").join(&self.name).join(&self.name), script),
            _ => client::attempt(&self.server, &self.name, script),
        }
    }

    /// Answer of a query, one line per row.
    pub(crate) fn lines(&self, query: &str) -> Vec<String> {
        self.run(query).lines().map(str::to_string).collect()
    }

    /// SQL family.
    pub(crate) fn family(&self) -> Family {
        self.server.kind.family()
    }

    /// A name quoted for this server.
    pub(crate) fn quote(&self, name: &str) -> String {
        match self.family() {
            Family::PostgreSql | Family::Hsqldb => format!("\"{}\"", name.replace('"', "\"\"")),
            Family::MySql => format!("`{}`", name.replace('`', "``")),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (home, sql) = match self.family() {
            Family::PostgreSql => ("postgres", format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)),
            Family::MySql => ("mysql", format!("DROP DATABASE IF EXISTS {}", self.name)),
            Family::Hsqldb => return,
        };
        if let Err(message) = client::attempt(&self.server, home, &sql) {
            eprintln!("scratch database {} stays: {message}", self.name);
        }
    }
}
