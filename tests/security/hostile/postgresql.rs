//! Fake PostgreSQL servers.

use super::{Case, PASSWORD, assert_refused, call, case, check};
use crate::support::fake::{Peer, fake};
use std::io::{self, Write};
use std::thread::sleep;
use std::time::Duration;

/// A message of the server.
fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
    out.extend_from_slice(body);
    out
}

/// Reads the startup message, which has no tag.
fn startup(peer: &mut Peer) -> io::Result<()> {
    let length = peer.take(4)?;
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
    peer.take(length.saturating_sub(4)).map(drop)
}

/// Reads one message of the client.
fn hear(peer: &mut Peer) -> io::Result<u8> {
    let head = peer.take(5)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    peer.take(length.saturating_sub(4))?;
    Ok(head[0])
}

const READY: &[u8] = &[b'Z', 0, 0, 0, 5, b'I'];

/// After the startup message the server sends this and listens.
fn after_startup(peer: &mut Peer, bytes: &[u8]) -> io::Result<()> {
    startup(peer)?;
    peer.write_all(bytes)?;
    peer.stall()
}

/// Lets the client in without a password.
fn let_in(peer: &mut Peer) -> io::Result<()> {
    startup(peer)?;
    peer.write_all(&message(b'R', &[0; 4]))?;
    peer.write_all(READY)
}

/// Lets the client in, takes its session settings and hears its first catalog query.
fn first_question(peer: &mut Peer) -> io::Result<()> {
    let_in(peer)?;
    hear(peer)?;
    peer.write_all(&message(b'C', b"SET\0"))?;
    peer.write_all(READY)?;
    while hear(peer)? != b'S' {}
    Ok(())
}

/// Answers the first catalog query with this.
fn first_answer(peer: &mut Peer, bytes: &[u8]) -> io::Result<()> {
    first_question(peer)?;
    peer.write_all(bytes)?;
    peer.stall()
}

/// `RowDescription` of one column called `version`.
fn one_column() -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend_from_slice(b"version\0");
    body.extend_from_slice(&[0; 18]);
    message(b'T', &body)
}

/// The server's first SCRAM message, made of what the client said; `more` is salt and rounds.
fn scram(peer: &mut Peer, more: &str, own: bool) -> io::Result<()> {
    startup(peer)?;
    peer.write_all(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"))?;
    let head = peer.take(5)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let body = String::from_utf8_lossy(&peer.take(length - 4)?).into_owned();
    let nonce = if own { "r=ours" } else { body.rfind("r=").map_or("", |at| &body[at..]) };
    peer.write_all(&message(b'R', format!("\0\0\0\x0b{nonce}Zz,{more}").as_bytes()))?;
    hear(peer)?;
    peer.write_all(&message(b'R', b"\0\0\0\x0cv=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))?;
    peer.write_all(&message(b'R', &[0; 4]))?;
    peer.write_all(READY)?;
    peer.stall()
}

const LOGIN: &[Case] = &[
    case("a giant message", |p| after_startup(p, b"R\xff\xff\xff\xff1234"), "not a PostgreSQL server"),
    case("a giant message that fits", |p| after_startup(p, b"R\x3f\xff\xff\xff1234"), "not a PostgreSQL server"),
    case("a message of no length", |p| after_startup(p, b"R\0\0\0\0"), "not a PostgreSQL server"),
    case("an empty request for a password", |p| after_startup(p, &message(b'R', b"")), "ends too early"),
    case("a wish for clear text", |p| after_startup(p, &message(b'R', &[0, 0, 0, 3])), "in clear text"),
    case("Kerberos", |p| after_startup(p, &message(b'R', &[0, 0, 0, 7])), "other than SCRAM-SHA-256"),
    case("md5 without its salt", |p| after_startup(p, &message(b'R', &[0, 0, 0, 5, 1])), "ends too early"),
    case("no mechanism at all", |p| after_startup(p, &message(b'R', &[0, 0, 0, 10])), "other than SCRAM-SHA-256"),
    case("an own mechanism", |p| after_startup(p, &message(b'R', b"\0\0\0\x0aPLAIN\0\0")), "other than SCRAM-SHA-256"),
    case("another's nonce", |p| scram(p, "s=QUFBQQ==,i=4096", true), "SCRAM"),
    case("endless rounds", |p| scram(p, "s=QUFBQQ==,i=4294967295", false), "more rounds of SCRAM"),
    case("a server that knows no password", |p| scram(p, "s=QUFBQQ==,i=4096", false), "SCRAM"),
    case("a message from nowhere", |p| after_startup(p, &message(b'!', b"x")), "not a PostgreSQL server"),
    case("letters", |p| after_startup(p, &b"abcdefghij".repeat(500)), "not a PostgreSQL server"),
    case(
        "a refusal with escape sequences and the password",
        |p| after_startup(p, &message(b'E', format!("C08004\0Mno\x1b[2J\nerror: {PASSWORD}\0\0").as_bytes())),
        "no\\u{1b}[2J\\nerror: *** (SQLSTATE 08004)",
    ),
    case("a refusal cut short", |p| after_startup(p, &message(b'E', b"C")), "the login failed"),
    case("the end at once", |p| p.close_half().and_then(|()| p.stall()), "the server closed the connection"),
    case(
        "the end after the first message",
        |p| startup(p).and_then(|()| p.close_half()).and_then(|()| p.stall()),
        "the server closed the connection",
    ),
];

#[test]
fn logins() {
    check("POSTGRESQL", LOGIN);
}

const CATALOG: &[Case] = &[
    case("columns without end", |p| first_answer(p, &message(b'T', b"\xff\xffa\0")), "ends too early"),
    case("a row before its columns", |p| first_answer(p, &message(b'D', &[0, 1])), "ends too early"),
    case(
        "more columns than announced",
        |p| first_answer(p, &[one_column(), message(b'D', b"\xff\xff\0\0\0\x01x")].concat()),
        "ends too early",
    ),
    case(
        "a giant value",
        |p| first_answer(p, &[one_column(), message(b'D', b"\0\x01\x7f\xff\xff\xffx")].concat()),
        "ends too early",
    ),
    case(
        "no row at all",
        |p| first_answer(p, &[one_column(), message(b'C', b"SELECT 0\0"), READY.to_vec()].concat()),
        "no answer about the server",
    ),
    case(
        "nonsense for a version",
        |p| {
            let row = message(b'D', b"\0\x01\0\0\0\x06\x1b[2J\nx");
            first_answer(p, &[one_column(), row, message(b'C', b"SELECT 1\0"), READY.to_vec()].concat())
        },
        "is too old",
    ),
    case("a wish for data", |p| first_answer(p, &message(b'G', &[0, 0, 0])), "no answer in time"),
    case("a giant message", |p| first_answer(p, b"D\xff\xff\xff\xff"), "impossible length"),
    case("half an answer", |p| first_answer(p, &one_column()), "no answer in time"),
];

#[test]
fn catalogs() {
    check("POSTGRESQL", CATALOG);
}

/// Says the same for ever.
fn endless(peer: &mut Peer, bytes: &[u8]) -> io::Result<()> {
    while peer.patient() {
        peer.write_all(bytes)?;
    }
    Ok(())
}

const ENDLESS: &[Case] = &[
    case(
        "notices without end",
        |p| startup(p).and_then(|()| endless(p, &message(b'N', &[b'x'; 8000]))),
        "does not answer",
    ),
    case(
        "single bytes",
        |p| {
            startup(p)?;
            message(b'N', &[b'x'; 8000]).iter().try_for_each(|byte| {
                sleep(Duration::from_millis(100));
                p.write_all(&[*byte])
            })
        },
        "does not answer",
    ),
    case("silence", |p| p.stall(), "does not answer"),
    case(
        "silence after the password",
        |p| after_startup(p, &message(b'R', &[0, 0, 0, 5, 1, 2, 3, 4])),
        "does not answer",
    ),
    case("silence after the login", |p| let_in(p).and_then(|()| p.stall()), "no answer in time"),
];

#[test]
fn time_ends() {
    check("POSTGRESQL", ENDLESS);
}

#[test]
fn rows_without_end_are_not_kept() {
    let fake = fake(|p| {
        first_question(p)?;
        p.write_all(&one_column())?;
        endless(p, &message(b'D', &[&[0, 1, 0, 0, 0x40, 0][..], &[b'x'; 0x4000]].concat()).repeat(64))
    });
    let outcome = call("plan", "POSTGRESQL", &fake).set("JdbcLoginTimeout", "60000").run();
    assert_refused(&outcome, &outcome.stderr);
    assert!(outcome.stderr.contains("longer than any catalog"), "{}", outcome.stderr);
}
