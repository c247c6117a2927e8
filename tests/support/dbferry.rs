//! Runs the real binary with a private configuration file and captures all it says.

use super::database::Database;
use super::server::{Family, Server};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// No run of the suite takes longer; a hang fails its test instead of the machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A prepared call of dbferry.
pub(crate) struct Dbferry {
    directory: tempfile::TempDir,
    settings: Map<String, Value>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    memory: Option<u32>,
    /// Which of stdout and stderr go to a full device.
    full: Vec<&'static str>,
}

/// What a call left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code; 128 + signal if one ended it.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// Wall-clock time.
    pub(crate) elapsed: Duration,
    /// Most memory that was resident, in MiB, as of a moment before its end; 0 where the system does not tell.
    pub(crate) peak: u64,
}

impl Dbferry {
    /// A call of `command` with settings for two databases.
    pub(crate) fn new(command: &str, source: &Database, target: &Database) -> Dbferry {
        Dbferry::bare(command).database("Source", source).database("", target)
    }

    /// A call without any setting.
    pub(crate) fn bare(command: &str) -> Dbferry {
        let directory = tempfile::tempdir().expect("temporary directory");
        let arguments = vec![command.to_string()];
        Dbferry { directory, settings: Map::new(), arguments, environment: Vec::new(), memory: None, full: Vec::new() }
    }

    /// `dbferry copy` with full verification, JSON on stdout and findings as events on stderr.
    pub(crate) fn copy(source: &Database, target: &Database) -> Dbferry {
        Dbferry::new("copy", source, target).args(&["--verify", "checksum", "--format", "json", "--progress", "json"])
    }

    /// Settings of one side's database; `prefix` is `Source` or empty.
    fn database(self, prefix: &str, database: &Database) -> Dbferry {
        if database.family() != Family::Hsqldb {
            return self.side(prefix, &database.server, &database.name);
        }
        self.set(&format!("{prefix}DatabaseType"), database.server.kind.product().database_type)
            .set(&format!("{prefix}BuiltInDatabasePath"), &database.root().display().to_string())
            .set(&format!("{prefix}DatabaseName"), &database.name)
    }

    /// Settings of one side; `prefix` is `Source` or empty.
    pub(crate) fn side(self, prefix: &str, server: &Server, database: &str) -> Dbferry {
        self.set(&format!("{prefix}DatabaseType"), server.kind.product().database_type)
            .set(&format!("{prefix}DatabaseHost"), &format!("{}:{}", server.host, server.port))
            .set(&format!("{prefix}DatabaseName"), database)
            .set(&format!("{prefix}DatabaseUserName"), &server.user)
            .set(&format!("{prefix}DatabasePassword"), &server.password)
    }

    /// One setting of the configuration file, replacing what was there.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Dbferry {
        self.settings.insert(name.to_string(), json!(value));
        self
    }

    /// Takes a setting out of the configuration file.
    pub(crate) fn unset(mut self, name: &str) -> Dbferry {
        self.settings.remove(name);
        self
    }

    /// More arguments.
    pub(crate) fn args(mut self, arguments: &[&str]) -> Dbferry {
        self.arguments.extend(arguments.iter().map(|a| (*a).to_string()));
        self
    }

    /// An environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Dbferry {
        self.environment.push((name.to_string(), value.to_string()));
        self
    }

    /// At most so many MiB of data: asking for more ends the process, and with it the test.
    pub(crate) fn memory(mut self, mebibytes: u32) -> Dbferry {
        self.memory = Some(mebibytes);
        self
    }

    /// Sends `stdout` or `stderr` to a device that is full.
    pub(crate) fn full(mut self, stream: &'static str) -> Dbferry {
        self.full.push(stream);
        self
    }

    fn sink(&self, stream: &str) -> std::fs::File {
        let path = if self.full.contains(&stream) { PathBuf::from("/dev/full") } else { self.path(stream) };
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path).expect("a file for what it says")
    }

    /// A path in the call's private directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts the binary and leaves it running.
    pub(crate) fn start(&self) -> Running {
        let file = self.path("settings.json");
        let text = serde_json::to_string_pretty(&self.settings).expect("settings are JSON");
        std::fs::write(&file, text).expect("configuration file is written");
        let (out, err) = (self.path("stdout"), self.path("stderr"));
        let mut command = self.program();
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.directory.path()).env("LC_ALL", "C.UTF-8");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(&self.arguments);
        if !self.settings.is_empty() {
            command.arg("-c").arg(&file);
        }
        let child = command
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(self.sink("stdout"))
            .stderr(self.sink("stderr"))
            .spawn()
            .expect("dbferry starts");
        Running { child, started: Instant::now(), peak: 0, out, err }
    }

    fn program(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_dbferry");
        let Some(mebibytes) = self.memory else { return Command::new(binary) };
        let mut shell = Command::new("sh");
        let script = format!("ulimit -d {}; exec \"$0\" \"$@\"", u64::from(mebibytes) << 10);
        shell.args(["-c", &script, binary]);
        shell
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self) -> Outcome {
        self.start().wait()
    }
}

/// A call that is still running.
pub(crate) struct Running {
    child: Child,
    started: Instant,
    peak: u64,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// Process number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on stderr so far.
    pub(crate) fn stderr(&self) -> String {
        read(&self.err)
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(status.expect("kill runs").success(), "signal {name} was not delivered");
    }

    /// Whether it has ended.
    pub(crate) fn ended(&mut self) -> bool {
        self.peak = self.peak.max(peak(self.pid()));
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Outcome {
        while !self.ended() {
            if self.started.elapsed() > PATIENCE {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!("dbferry hangs\nstdout: {}\nstderr: {}", read(&self.out), read(&self.err));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        use std::os::unix::process::ExitStatusExt;
        let status = self.child.wait().expect("exit status");
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Outcome {
            code,
            stdout: read(&self.out),
            stderr: read(&self.err),
            elapsed: self.started.elapsed(),
            peak: self.peak,
        }
    }
}

/// Most memory that was resident so far, in MiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or(0) >> 10
}

fn read(path: &PathBuf) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

impl Outcome {
    /// Fails the test unless the exit code is as expected, showing all that was said.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Outcome {
        assert_eq!(
            self.code,
            code,
            "exit code\n--- stdout\n{}\n--- stderr\n{}",
            clip(&self.stdout),
            clip(&self.stderr)
        );
        self
    }

    /// The JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("stdout is no JSON: {e}\n{}", clip(&self.stdout)))
    }

    /// Events on stderr, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Refusing findings on stderr as `(code, object)`.
    pub(crate) fn refusals(&self) -> Vec<(String, String)> {
        let errors = self.events().into_iter().filter(|e| e["event"] == "finding" && e["severity"] == "error");
        errors.map(|e| (text(&e["code"]), text(&e["object"]))).collect()
    }

    /// The lines from `error:` to the end, as a user reads them.
    pub(crate) fn error(&self) -> String {
        let mut lines = self.stderr.lines().skip_while(|line| !line.starts_with("error: ")).collect::<Vec<_>>();
        lines.retain(|line| !line.starts_with('{'));
        lines.join("\n")
    }
}

/// A JSON string's text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

fn clip(text: &str) -> String {
    if text.chars().count() <= 6000 {
        return text.to_string();
    }
    let head: String = text.chars().take(3000).collect();
    let tail: Vec<char> = text.chars().rev().take(3000).collect();
    format!("{head}\n…\n{}", tail.into_iter().rev().collect::<String>())
}
