//! Servers that mean ill: whatever they send, the answer is one clear error, soon, and in bounded memory.

mod data;
mod mysql;
mod postgresql;

pub(crate) use mysql::{greeting, packet};

use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::fake::{Fake, Peer, fake};
use std::io;
use std::time::Duration;

/// Stands for the password that no server may see in clear text, and for the user's name.
pub(crate) const PASSWORD: &str = "canary-password-77";
const USER: &str = "canary-user";
/// Longest that a login may take, in milliseconds.
const LOGIN: u32 = 1000;
/// How long any answer may take altogether.
const SOON: Duration = Duration::from_secs(15);
/// Memory for a whole run, in MiB: the largest answer that is believed, and what it takes to hold it.
const MEMORY: u32 = 1200;

/// What a server does, and what is said about it.
pub(crate) struct Case {
    what: &'static str,
    serve: fn(&mut Peer) -> io::Result<()>,
    told: &'static str,
}

/// A row of a table of cases.
pub(crate) const fn case(what: &'static str, serve: fn(&mut Peer) -> io::Result<()>, told: &'static str) -> Case {
    Case { what, serve, told }
}

/// Runs every case with the fake as source (`plan`) and as target (`clear-target`).
pub(crate) fn check(engine: &str, cases: &[Case]) {
    // Most of a case is waiting.
    for some in cases.chunks(4) {
        std::thread::scope(|scope| {
            for case in some {
                scope.spawn(|| ["plan", "clear-target"].iter().for_each(|command| check_case(engine, case, command)));
            }
        });
    }
}

fn check_case(engine: &str, case: &Case, command: &str) {
    let fake = fake(case.serve);
    let outcome = call(command, engine, &fake).run();
    let said = format!("{} ({command}): {}", case.what, outcome.stderr);
    assert_refused(&outcome, &said);
    assert!(outcome.error().contains(case.told), "{said}");
    assert!(!fake.heard_of(PASSWORD), "the password was sent: {said}");
}

/// A call that meets the fake first, on whichever side it stands.
fn call(command: &str, engine: &str, fake: &Fake) -> Dbferry {
    at_port(command, engine, fake.port)
}

/// A call that meets what listens on a port first.
pub(crate) fn at_port(command: &str, engine: &str, port: u16) -> Dbferry {
    let mut call = Dbferry::bare(command).memory(MEMORY).set("JdbcLoginTimeout", &LOGIN.to_string());
    // The other side is never reached: two databases must be named all the same.
    for prefix in ["Source", ""] {
        call = call
            .set(&format!("{prefix}DatabaseType"), engine)
            .set(&format!("{prefix}DatabaseHost"), &format!("127.0.0.1:{port}"))
            .set(&format!("{prefix}DatabaseName"), if prefix.is_empty() { "target" } else { "source" })
            .set(&format!("{prefix}DatabaseUserName"), USER)
            .set(&format!("{prefix}DatabasePassword"), PASSWORD)
            .set(&format!("{prefix}DatabaseUseSsl"), "false");
    }
    call
}

/// One error with a remedy, no password, no panic, no forged line.
#[track_caller]
pub(crate) fn assert_refused(outcome: &Outcome, said: &str) {
    assert_eq!(outcome.code, 2, "{said}");
    assert!(outcome.elapsed < SOON, "it took {:?}: {said}", outcome.elapsed);
    let error = outcome.error();
    assert!(error.starts_with("error: ") && error.contains("\n  help: "), "no error with a remedy: {said}");
    assert!(error.lines().skip(1).all(|l| l.starts_with("  cause: ") || l.starts_with("  help: ")), "forged: {said}");
    assert!(!outcome.stderr.contains(PASSWORD) && !outcome.stderr.contains("panicked"), "{said}");
    assert!(!outcome.stderr.contains('\u{1b}'), "an escape sequence was passed on: {said}");
}
