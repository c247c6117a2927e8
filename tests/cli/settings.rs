//! Settings that cannot be meant: the message names each and where it came from.

use super::{refusal, sides};
use crate::support::dbferry::Dbferry;
use crate::support::server::Kind;
use insta::assert_snapshot;

fn said(change: impl FnOnce(Dbferry) -> Dbferry) -> Option<String> {
    let (source, target) = sides(Kind::PostgreSql, Kind::PostgreSql)?;
    let call = change(Dbferry::new("copy", &source, &target));
    let directory = call.path("").display().to_string();
    Some(refusal(&call, &source, &target).replace(&directory, "DIR/"))
}

#[test]
fn unknown_setting() {
    if let Some(said) = said(|call| call.set("DatabaseHots", "h")) {
        assert_snapshot!(said);
    }
}

#[test]
fn unknown_option() {
    if let Some(said) = said(|call| call.args(&["--verify", "checksums"])) {
        assert_snapshot!(said);
    }
}

#[test]
fn unknown_policy() {
    if let Some(said) = said(|call| call.args(&["--policy", "zero-dates=null"])) {
        assert_snapshot!(said);
    }
}

#[test]
fn two_faults_at_once() {
    if let Some(said) = said(|call| call.set("DatabaseHost", "host:notaport").set("SourceDatabaseType", "DBASE")) {
        assert_snapshot!(said);
    }
}

#[test]
fn malformed_file() {
    let text = "mxruntime:\n  DatabaseType: [\n";
    let file = |call: Dbferry| {
        let path = call.path("broken.yaml");
        std::fs::write(&path, text).expect("file is written");
        let path = path.display().to_string();
        call.args(&["-c", &path])
    };
    if let Some(said) = said(file) {
        assert_snapshot!(said);
    }
}

#[test]
fn missing_file() {
    if let Some(said) = said(|call| call.args(&["-c", "not-there.yaml"])) {
        assert!(said.contains("not-there.yaml"), "{said}");
    }
}

#[test]
fn nothing_is_set() {
    let outcome = Dbferry::bare("copy").run().expect(2);
    assert_snapshot!(outcome.error());
}

#[test]
fn missing_password_of_source() {
    if let Some(said) = said(|call| call.unset("SourceDatabasePassword")) {
        assert!(said.starts_with("error: "), "{said}");
        assert!(said.to_lowercase().contains("password"), "{said}");
    }
}

#[test]
fn password_on_the_command_line_is_refused_and_not_shown() {
    if let Some(said) = said(|call| call.args(&["--set", "DatabasePassword=argv-canary"])) {
        assert!(!said.contains("argv-canary"), "{said}");
        assert!(said.contains("DatabasePassword"), "{said}");
    }
}

#[test]
fn environment_wins_over_file_and_gives_passwords_by_file() {
    let Some((source, target)) = sides(Kind::PostgreSql, Kind::PostgreSql) else { return };
    let call = Dbferry::new("plan", &source, &target).set("DatabaseName", "not_this_one").unset("DatabasePassword");
    let secret = call.path("password");
    std::fs::write(&secret, format!("{}\n", target.server.password)).expect("file is written");
    let call = call
        .env("MXRUNTIME_DatabaseName", &target.name)
        .env("MXRUNTIME_DatabasePassword_FILE", &secret.display().to_string());
    call.run().expect(0);
}
