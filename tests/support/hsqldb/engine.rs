//! Runs the real engine: a small Java program over its jar. Without Java the tests say so and pass.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

/// Where Debian's package puts the engine; `DBFERRY_TEST_HSQLDB_JAR` names another.
const JAR: &str = "/usr/share/java/hsqldb.jar";

/// Tables of a dump: name → sorted rows.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

/// The engine, ready to run.
pub(crate) struct Engine {
    jar: String,
    /// Holds the compiled programs.
    programs: Arc<tempfile::TempDir>,
}

/// The engine, or the reason why it is missing, printed once per test.
pub(crate) fn engine() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    match ENGINE.get_or_init(start) {
        Ok(engine) => Some(engine),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

/// The engine, and those of other versions whose jars `DBFERRY_TEST_HSQLDB_JARS` lists, separated by colons.
pub(crate) fn engines() -> Vec<Engine> {
    let Some(usual) = engine() else { return Vec::new() };
    let others = std::env::var("DBFERRY_TEST_HSQLDB_JARS").unwrap_or_default();
    let jars = std::iter::once(usual.jar.as_str()).chain(others.split(':').filter(|jar| !jar.is_empty()));
    jars.map(|jar| Engine { jar: jar.to_string(), programs: usual.programs.clone() }).collect()
}

fn start() -> Result<Engine, String> {
    let jar = std::env::var("DBFERRY_TEST_HSQLDB_JAR").unwrap_or_else(|_| JAR.into());
    if !Path::new(&jar).is_file() {
        return Err(format!("{jar} is missing (Debian: libhsqldb-java)"));
    }
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/hsqldb");
    let sources = ["Oracle.java", "Client.java"].map(|name| programs.join(name));
    let compiled = Command::new("javac").arg("-d").arg(folder.path()).args(&sources).output();
    match compiled {
        Err(_) => Err("javac is missing (Debian: default-jdk-headless)".into()),
        Ok(output) if !output.status.success() => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Ok(_) => Ok(Engine { jar, programs: Arc::new(folder) }),
    }
}

impl Engine {
    /// Which jar it is, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.jar
    }

    /// One of the two programs, ready to be given arguments.
    pub(crate) fn java(&self, program: &str) -> Command {
        let mut command = Command::new("java");
        let classpath = format!("{}:{}", self.jar, self.programs.path().display());
        command.args(["-Xmx256m", "-Duser.timezone=UTC", "-cp", &classpath, program]);
        command.stderr(Stdio::inherit());
        command
    }

    pub(crate) fn command(&self, kind: &str, database: &Path) -> Command {
        let mut command = self.java("Oracle");
        command.arg(kind).arg(database);
        command
    }

    /// Runs statements separated by `;;` on the database `folder/default`; what they print.
    pub(crate) fn run(&self, folder: &Path, sql: &str) -> String {
        self.run_and("run", folder, sql, "0")
    }

    /// The same, then stops without a word after so many milliseconds, as a kill would.
    pub(crate) fn run_and_kill(&self, folder: &Path, sql: &str, wait: &str) -> String {
        self.run_and("kill", folder, sql, wait)
    }

    fn run_and(&self, kind: &str, folder: &Path, sql: &str, wait: &str) -> String {
        let script = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(script.path(), sql).unwrap();
        let output = self.command(kind, &folder.join("default")).arg(script.path()).arg(wait).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every row of every table, as the engine sees a copy of the files.
    pub(crate) fn dump(&self, folder: &Path) -> Dump {
        let copy = copy_of(folder);
        let _ = std::fs::remove_file(copy.path().join("default.lck"));
        let output = self.command("dump", &copy.path().join("default")).output().unwrap();
        assert!(
            output.status.success(),
            "the engine cannot open the files: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        let mut dump = Dump::new();
        let mut table = String::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            match line.strip_prefix("# ") {
                Some(name) => {
                    table = unhex(name);
                    dump.insert(table.clone(), Vec::new());
                }
                None => dump.get_mut(&table).unwrap().push(line.to_string()),
            }
        }
        dump
    }
}

/// The text of UTF-16 units in hexadecimal digits, behind a `t`.
pub(crate) fn unhex(text: &str) -> String {
    let units: Vec<u16> = text.as_bytes()[1..]
        .chunks(4)
        .map(|d| u16::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap())
        .collect();
    String::from_utf16(&units).unwrap()
}

/// A copy of all files of a folder.
pub(crate) fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

/// Name, size and contents of every file: what must not change.
pub(crate) fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<_> = files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}
