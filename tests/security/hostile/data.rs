//! Servers that turn ill when rows are on their way: a proxy changes single messages of real ones.

use crate::support::database::Database;
use crate::support::dbferry::{Dbferry, Outcome};
use crate::support::fake::Fake;
use crate::support::fixtures;
use crate::support::server::{Kind, Server};
use crate::support::tamper::{Change, tampering};
use std::time::Duration;

/// What is changed on its way, and what is said then.
struct Case {
    what: &'static str,
    change: Change,
    told: &'static str,
}

const fn case(what: &'static str, change: Change, told: &'static str) -> Case {
    Case { what, change, told }
}

/// Copies with the proxy on one side; the run must fail and say why.
fn check(kind: Kind, side: &str, cases: &[Case]) {
    // Between two PostgreSQL servers rows are passed on unread: there the target looks at them.
    let opposite = if kind == Kind::PostgreSql { Kind::MariaDb } else { Kind::PostgreSql };
    let (Some(server), Some(other)) = (Server::or_skip(kind), Server::or_skip(opposite)) else { return };
    let (from, to) = if side == "Source" { (&server, &other) } else { (&other, &server) };
    let source = fixtures::small(from, "tamper");
    for case in cases {
        let target = Database::empty(to, "tamper");
        let proxy = tampering(&server, case.change);
        let outcome = copy(&source, &target, side, &proxy);
        let said = format!("{}: {}", case.what, outcome.stderr);
        assert_eq!(outcome.code, 3, "{said}");
        assert!(outcome.elapsed < Duration::from_secs(60), "it took {:?}: {said}", outcome.elapsed);
        assert!(outcome.error().contains(case.told), "{said}");
        assert!(!outcome.stderr.contains("panicked") && !outcome.stderr.contains('\u{1b}'), "{said}");
        assert!(!proxy.heard_of("root:"), "a local file was sent: {said}");
    }
}

fn copy(source: &Database, target: &Database, side: &str, proxy: &Fake) -> Outcome {
    Dbferry::copy(source, target)
        .memory(super::MEMORY)
        .set(&format!("{side}DatabaseHost"), &format!("127.0.0.1:{}", proxy.port))
        .set(&format!("{side}DatabaseUseSsl"), "false")
        .args(&["--jobs", "1"])
        .run()
}

/// A row of PostgreSQL's binary COPY, changed by `change`; other messages and the stream's header stay.
fn row(request: &[u8], message: &[u8], change: fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = message.to_vec();
    let copying = memchr::memmem::find(request, b"COPY (SELECT").is_some();
    if copying && message[0] == b'd' && !message[5..].starts_with(b"PGCOPY") && message[5..] != [0xff, 0xff] {
        change(&mut out);
    }
    out
}

const POSTGRESQL: &[Case] = &[
    case("more fields", |q, _, m| row(q, m, |r| r[5..7].copy_from_slice(&[0x7f, 0xff])), "error: transfer: source"),
    case("fewer fields", |q, _, m| row(q, m, |r| r[5..7].copy_from_slice(&[0, 1])), "error: transfer: source"),
    case("a giant field", |q, _, m| row(q, m, |r| r[7..9].copy_from_slice(&[0x7f, 0xff])), "error: transfer: source"),
    case("a giant message", |q, _, m| row(q, m, |r| r[1..5].fill(0xff)), "impossible length"),
    case("a row withheld", |q, _, m| row(q, m, Vec::clear), "counted other rows than it sent"),
    case("a row twice", |q, _, m| row(q, m, |r| r.extend_from_within(..)), "counted other rows than it sent"),
    case(
        "a refusal with escape sequences",
        |q, _, m| row(q, m, |r| *r = b"E\0\0\0\x1aC58030\0Mno\x1b[2J\nerror\0\0".to_vec()),
        "no\\u{1b}[2J\\nerror",
    ),
];

#[test]
fn rows_of_postgresql() {
    check(Kind::PostgreSql, "Source", POSTGRESQL);
}

/// A message of the answer to an executed statement (command 0x17), changed by `change`.
fn executed(request: &[u8], message: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = message.to_vec();
    if request.get(4) == Some(&0x17) {
        change(&mut out);
        let length = (out.len() as u32 - 4).to_le_bytes();
        out[..3].copy_from_slice(&length[..3]);
    }
    out
}

/// Rows begin with a zero, unlike the messages before and after them.
fn is_row(message: &[u8]) -> bool {
    message.len() > 11 && message[4] == 0
}

const MYSQL: &[Case] = &[
    case(
        "a wish for a local file",
        |q, place, m| {
            executed(q, m, |r| {
                if place == 0 {
                    r.splice(4.., *b"\xfb/etc/passwd").for_each(drop)
                }
            })
        },
        "a local file that was not offered",
    ),
    case("more columns", |q, place, m| executed(q, m, |r| r[4] += u8::from(place == 0)), "error: transfer: source"),
    case("fewer columns", |q, place, m| executed(q, m, |r| r[4] -= u8::from(place == 0)), "error: transfer: source"),
    case(
        "rows cut short",
        |q, _, m| {
            executed(q, m, |r| {
                if is_row(r) {
                    r.truncate(8)
                }
            })
        },
        "error: transfer: source",
    ),
    case(
        "rows of nothing",
        |q, _, m| {
            executed(q, m, |r| {
                if is_row(r) {
                    r.truncate(5)
                }
            })
        },
        "error: transfer: source",
    ),
    case(
        "giant values",
        |q, _, m| {
            executed(q, m, |r| {
                if is_row(r) {
                    r.splice(10.., [0xfe, 255, 255, 255, 255, 255, 255, 255, 127]).for_each(drop)
                }
            })
        },
        "error: transfer: source",
    ),
];

#[test]
fn rows_of_mysql() {
    check(Kind::MySql, "Source", MYSQL);
}

/// The answer to LOAD DATA: the request for the file, then the outcome.
fn loading(request: &[u8], message: &[u8], begins: u8, change: fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = message.to_vec();
    let asked = memchr::memmem::find(request, b"LOAD DATA LOCAL").is_some();
    if (asked && begins == 0xfb || !asked && begins == 0 && request.ends_with(&[0, 0, 0, 3])) && message[4] == begins {
        change(&mut out);
        let length = (out.len() as u32 - 4).to_le_bytes();
        out[..3].copy_from_slice(&length[..3]);
    }
    out
}

const LOADING: &[Case] = &[
    case(
        "a wish for another file",
        |q, _, m| loading(q, m, 0xfb, |r| r.splice(5.., *b"/etc/passwd").for_each(drop)),
        "did not ask for the data that was offered",
    ),
    case("no wish for the file", |q, _, m| loading(q, m, 0xfb, |r| r[4] = 0), "did not ask for the data"),
    case("rows uncounted", |q, _, m| loading(q, m, 0, |r| r[5] = 0), "the server took 0 of"),
];

#[test]
fn a_target_gets_no_other_file() {
    check(Kind::MariaDb, "", LOADING);
    check(Kind::MySql, "", LOADING);
}
