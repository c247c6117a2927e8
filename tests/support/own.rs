//! Servers of a test's own, which it may kill, fill and start again.

use super::server::{Kind, Server};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One private server, stopped when the test ends.
pub(crate) struct Own {
    /// How it is reached.
    pub(crate) server: Server,
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Own {
    /// Starts a server, or says why the test is skipped.
    pub(crate) fn or_skip(kind: Kind) -> Option<Own> {
        // Where the suite's own servers are not wanted, no others are.
        Server::or_skip(kind)?;
        let name = match kind {
            Kind::PostgreSql => "pg",
            Kind::MariaDb => "mariadb",
            Kind::MySql => "mysql",
            Kind::Hsqldb => return None,
        };
        let folder = tempfile::tempdir().expect("temporary directory");
        let started = script("start", folder.path(), &[name]);
        if !started.status.success() {
            eprintln!("skipped: no server of its own: {}", String::from_utf8_lossy(&started.stderr).trim());
            return None;
        }
        let settings = std::fs::read_to_string(folder.path().join("env")).expect("the servers' settings are read");
        let value = |ending: &str| {
            let line = settings.lines().find(|line| line.contains(ending)).expect("a setting of the server");
            line.split('\'').nth(1).expect("a quoted value").to_string()
        };
        let server = Server::parse(kind, &value("_URL="), value("_CLIENT="));
        Some(Own { server, folder, name })
    }

    /// Ends the server by a signal and starts it again on the same port.
    pub(crate) fn restart(&self, signal: &str) {
        let done = script("restart", self.folder.path(), &["--signal", signal, self.name]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Where its data lies.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(self.name).join("data")
    }

    /// A folder within the server's own that holds so many MiB, or the reason why that cannot be had.
    pub(crate) fn small(&self, name: &str, mebibytes: u32) -> Result<Small, String> {
        Small::mount(self.folder.path().join(name), &self.data(), mebibytes)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        script("stop", self.folder.path(), &[]);
    }
}

fn script(action: &str, folder: &Path, arguments: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/servers");
    let mut command = Command::new(script);
    command.arg(action).arg("--dir").arg(folder).args(arguments);
    command.output().expect("scripts/servers runs")
}

/// A small file system of its own.
pub(crate) struct Small {
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Small {
    /// Mounts it, with the owner and rights of `like`.
    pub(crate) fn mount(path: PathBuf, like: &Path, mebibytes: u32) -> Result<Small, String> {
        std::fs::create_dir_all(&path).map_err(|e| e.to_string())?;
        let size = format!("size={mebibytes}m");
        run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &path.display().to_string()])?;
        let small = Small { path };
        small.belong_like(like)?;
        Ok(small)
    }

    /// Gives all of it the owner of another folder.
    pub(crate) fn belong_like(&self, like: &Path) -> Result<(), String> {
        let reference = format!("--reference={}", like.display());
        run("chown", &["-R", &reference, &self.path.display().to_string()])?;
        run("chmod", &[&reference, &self.path.display().to_string()])
    }

    /// Makes it larger.
    pub(crate) fn grow(&self, mebibytes: u32) {
        let size = format!("remount,size={mebibytes}m");
        run("mount", &["-o", &size, &self.path.display().to_string()]).expect("a mounted folder can grow");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Its server may still have files open there.
        let _ = run("umount", &["-l", &self.path.display().to_string()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|e| format!("{program}: {e}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
