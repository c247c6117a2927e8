//! Runs the databases' own clients, the only way the tests write and read values.

use super::server::{Family, Server};
use std::io::Write;
use std::process::{Command, Stdio};

/// What a PostgreSQL session of the tests is like, whatever a database's own settings say.
const SESSION: &str = "-c client_min_messages=warning -c timezone=UTC -c extra_float_digits=3 -c datestyle=ISO \
    -c intervalstyle=postgres -c statement_timeout=0 -c search_path=public -c standard_conforming_strings=on";

/// Runs a script in a database as administrator; panics with the client's message when it fails.
pub(crate) fn run(server: &Server, database: &str, script: &str) -> String {
    attempt(server, database, script).unwrap_or_else(|message| {
        panic!("{} client in {database}: {message}", server.kind.name());
    })
}

/// Runs a script on a server; the client's complaint if it fails.
pub(crate) fn attempt(server: &Server, database: &str, script: &str) -> Result<String, String> {
    let mut command = Command::new(&server.client);
    match server.kind.family() {
        Family::PostgreSql => {
            command.args(["-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]);
            command.env("PGOPTIONS", SESSION);
            command.env("PGCLIENTENCODING", "UTF8");
        }
        Family::MySql => {
            command.args(["-NBr", "--default-character-set=utf8mb4", "--binary-mode", "--quick"]);
            command.args(["--init-command=SET time_zone='+00:00'", database]);
        }
        Family::Hsqldb => return Err("HSQLDB has no server".into()),
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("native client {} does not start: {e}", server.client));
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let script = script.as_bytes().to_vec();
    // A client that stops at an error closes its end: that is told by its exit code.
    let feeder = std::thread::spawn(move || stdin.write_all(&script).is_ok());
    let output = child.wait_with_output().expect("native client runs");
    let _ = feeder.join();
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout).expect("native client answers in UTF-8"));
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
