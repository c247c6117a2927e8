//! Names with line ends and escape sequences neither forge a line nor reach a terminal, whatever is printed.

use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::server::{Kind, Server};

/// A table whose names try everything, and a view and a row that bring them into messages.
const EVIL: &str = "CREATE TABLE \"a\x1b[2J\nerror: all is lost\" (\"i\r\nd\u{202e}\" int PRIMARY KEY, \"n\x07\" text);
    INSERT INTO \"a\x1b[2J\nerror: all is lost\" VALUES (1, 'x'), (2, 'y');
    CREATE VIEW \"v\n{\"\"event\"\":\"\"done\"\"}\" AS SELECT 1 AS one;";

/// Line ends only where lines end, and no line that a name made. JSON is for programs: it keeps what is no control.
#[track_caller]
fn assert_tame(what: &str, outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        let json = text.starts_with('{') || what.ends_with("json");
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || (*c == '\u{202e}' && !json));
        assert!(bad.is_none(), "{what}: {bad:?} is printed: {text:?}");
        assert!(
            !text.lines().any(|line| line.starts_with("error: all") || line.starts_with("{\"event\":\"done\"}")),
            "{what}: {text}"
        );
    }
}

#[test]
fn nothing_printed_can_be_forged() {
    let (Some(from), Some(to)) = (Server::or_skip(Kind::PostgreSql), Server::or_skip(Kind::MariaDb)) else { return };
    let source = Database::filled(&from, "evil", &[EVIL]);
    for (progress, format) in [("plain", "text"), ("json", "json")] {
        let target = Database::empty(&to, "evil");
        let run = |command: &str, code| {
            let call = Dbferry::new(command, &source, &target).args(&["--progress", progress, "--log-level", "trace"]);
            let outcome = call.args(&["--format", format, "--audit", "trail.jsonl"]).run().expect(code);
            assert_tame(&format!("{command} {progress}"), &outcome);
        };
        run("plan", 0);
        run("copy", 0);
        run("copy", 2);
        target.run("SET sql_mode = 'ANSI_QUOTES'; DELETE FROM \"a\x1b[2J\nerror: all is lost\"");
        run("verify", 1);
    }
}
