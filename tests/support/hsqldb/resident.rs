//! The suite's HSQLDB client: one Java process for all tests, which answers one request after the other.

use super::engine::engine;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The process and its two ends.
struct Client {
    /// It ends when its standard input does.
    _child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// First character of the line that ends an answer.
const END: char = '\u{1}';

/// Runs a script in the database at `path` (folder and name, without extension), then shuts the database down.
/// What it printed, or the engine's complaint.
pub(crate) fn attempt(path: &Path, script: &str) -> Result<String, String> {
    static CLIENT: OnceLock<Mutex<Client>> = OnceLock::new();
    let file = tempfile::NamedTempFile::new().expect("file for a script");
    std::fs::write(file.path(), script).expect("script is written");
    let client = CLIENT.get_or_init(|| Mutex::new(start()));
    // A test that failed while it held the client left no answer half read.
    let mut client = client.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(client.requests, "{}\t{}", path.display(), file.path().display()).expect("the client listens");
    client.requests.flush().expect("the client listens");
    let mut said = String::new();
    loop {
        let begin = said.len();
        assert_ne!(client.answers.read_line(&mut said).expect("the client answers"), 0, "the client has ended");
        if let Some(end) = said[begin..].strip_prefix(END) {
            let end = end.trim_end().to_string();
            said.truncate(begin);
            return if end == "ok" { Ok(said) } else { Err(end) };
        }
    }
}

fn start() -> Client {
    let engine = engine().expect("a server of this kind was found");
    let child = engine.java("Client").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("java starts");
    let requests = child.stdin.take().expect("stdin is piped");
    let answers = BufReader::new(child.stdout.take().expect("stdout is piped"));
    Client { _child: child, requests, answers }
}
