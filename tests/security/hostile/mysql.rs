//! Fake MySQL servers.

use super::{Case, PASSWORD, assert_refused, call, case, check};
use crate::support::fake::{Peer, fake};
use std::io::{self, Write};
use std::thread::sleep;
use std::time::Duration;

/// A packet.
pub(crate) fn packet(sequence: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_le_bytes();
    [&[length[0], length[1], length[2], sequence][..], body].concat()
}

/// Reads a packet of the client.
fn hear(peer: &mut Peer) -> io::Result<Vec<u8>> {
    let head = peer.take(4)?;
    peer.take(usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16)
}

/// Everything that we may use, without TLS.
const ABLE: u32 = 0x01ff_f7ff;

/// The first packet of a server.
pub(crate) fn greeting(capabilities: u32, plugin: &str) -> Vec<u8> {
    let flags = capabilities.to_le_bytes();
    let mut body = b"\x0a8.4.0\0\x07\0\0\0abcdefgh\0".to_vec();
    body.extend_from_slice(&flags[..2]);
    body.extend_from_slice(&[45, 2, 0]);
    body.extend_from_slice(&flags[2..]);
    body.push(21);
    body.extend_from_slice(&[0; 10]);
    body.extend_from_slice(b"ijklmnopqrst\0");
    body.extend_from_slice(plugin.as_bytes());
    body.push(0);
    packet(0, &body)
}

/// Greets, hears the answer and says this.
fn after_answer(peer: &mut Peer, body: &[u8]) -> io::Result<()> {
    peer.write_all(&greeting(ABLE, "mysql_native_password"))?;
    hear(peer)?;
    peer.write_all(&packet(2, body))?;
    peer.stall()
}

const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];

/// Lets the client in and hears its first statement.
fn let_in(peer: &mut Peer) -> io::Result<()> {
    peer.write_all(&greeting(ABLE, "mysql_native_password"))?;
    hear(peer)?;
    peer.write_all(&packet(2, OK))?;
    hear(peer).map(drop)
}

/// Lets the client in and answers its first statement with this.
fn first_answer(peer: &mut Peer, bytes: &[u8]) -> io::Result<()> {
    let_in(peer)?;
    peer.write_all(bytes)?;
    peer.stall()
}

/// Definition of a text column.
fn column(sequence: u8) -> Vec<u8> {
    packet(sequence, b"\x03def\0\0\0\x01c\0\x0c\x2d\0\x10\0\0\0\xfd\0\0\0\0\0")
}

/// Changes the plugin again and again.
fn switching(peer: &mut Peer) -> io::Result<()> {
    peer.write_all(&greeting(ABLE, "mysql_native_password"))?;
    hear(peer)?;
    for sequence in (2..250).step_by(2) {
        peer.write_all(&packet(sequence, b"\xfemysql_native_password\0abcdefghijklmnopqrst\0"))?;
        hear(peer)?;
    }
    Ok(())
}

/// Asks for the whole password by RSA, with this for a key.
fn key(peer: &mut Peer, key: &[u8]) -> io::Result<()> {
    peer.write_all(&greeting(ABLE, "caching_sha2_password"))?;
    hear(peer)?;
    peer.write_all(&packet(2, b"\x01\x04"))?;
    hear(peer)?;
    peer.write_all(&packet(4, &[b"\x01", key].concat()))?;
    peer.stall()
}

const LOGIN: &[Case] = &[
    case("a giant packet", |p| p.write_all(b"\xff\xff\xff\0").and_then(|()| p.stall()), "more than a login needs"),
    case("an empty packet", |p| p.write_all(&packet(0, b"")).and_then(|()| p.stall()), "not a MySQL or MariaDB server"),
    case("an old protocol", |p| p.write_all(&packet(0, b"\x093.23\0")).and_then(|()| p.stall()), "not a MySQL"),
    case(
        "a greeting cut short",
        |p| p.write_all(&packet(0, b"\x0a8.4.0\0\x07")).and_then(|()| p.stall()),
        "not a MySQL",
    ),
    case("a version without end", |p| p.write_all(&packet(0, &[10; 5000])).and_then(|()| p.stall()), "not a MySQL"),
    case("a server of long ago", |p| p.write_all(&greeting(0, "x")).and_then(|()| p.stall()), "older than MySQL 5.7"),
    case(
        "a packet out of order",
        |p| {
            let mut first = greeting(ABLE, "mysql_native_password");
            first[3] = 9;
            p.write_all(&first).and_then(|()| p.stall())
        },
        "out of order",
    ),
    case("a wish for clear text", |p| after_answer(p, b"\xfemysql_clear_password\0"), "password in clear text"),
    case("a wish for an ancient password", |p| after_answer(p, b"\xfe"), "pre-4.1 password"),
    case("an unknown plugin", |p| after_answer(p, b"\xfeevil\x1b[2J\0x\0"), "is not supported"),
    case("plugins without end", switching, "does not come to an end"),
    case("a key that is none", |p| key(p, b"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq\n-----END"), "RSA public key"),
    case("a key of toys", |p| key(p, TOY.as_bytes()), "RSA public key"),
    case("more of nothing", |p| after_answer(p, b"\x01"), "error: connect"),
    case("a local file", |p| after_answer(p, b"\xfb/etc/passwd"), "unknown packet during authentication"),
    case(
        "a refusal with escape sequences and the password",
        |p| after_answer(p, &[b"\xff\x86\x0e#28000no \x1b[2J\nerror: ", PASSWORD.as_bytes()].concat()),
        "error: ***",
    ),
    case("the end at once", |p| p.close_half().and_then(|()| p.stall()), "the server closed the connection"),
    case(
        "the end after the greeting",
        |p| {
            p.write_all(&greeting(ABLE, "mysql_native_password"))?;
            p.close_half().and_then(|()| p.stall())
        },
        "the server closed the connection",
    ),
];

/// 512 bits.
const TOY: &str = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKbZ0HUJr2PGOOSBPIiEkUTxtLjBYAKt\n\
    Xu7K6xJE9v5cA8e9cTZ4c0TbM3qYyD3kq8BPj5HZ8jXkQeV4y3Nq0eMCAwEAAQ==\n-----END PUBLIC KEY-----\n";

#[test]
fn logins() {
    check("MYSQL", LOGIN);
}

const CATALOG: &[Case] = &[
    case("a local file", |p| first_answer(p, &packet(1, b"\xfb/etc/passwd")), "a local file that was not offered"),
    case("an empty answer", |p| first_answer(p, &packet(1, b"")), "an empty answer"),
    case("columns without end", |p| first_answer(p, &packet(1, b"\xfd\xff\xff\xff")), "an answer is malformed"),
    case("no column", |p| first_answer(p, &packet(1, b"\xfc\0\0")), "an answer is malformed"),
    case("an OK cut short", |p| first_answer(p, &packet(1, b"\0\xfe")), "OK packet is malformed"),
    case(
        "a column that is none",
        |p| first_answer(p, &[packet(1, b"\x01"), packet(2, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff")].concat()),
        "column definition is malformed",
    ),
    case(
        "a giant value",
        |p| {
            let row = packet(3, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7fx");
            first_answer(p, &[packet(1, b"\x01"), column(2), row].concat())
        },
        "error: connect",
    ),
    case(
        "fewer columns than announced",
        |p| first_answer(p, &[packet(1, b"\x02"), column(2), column(3), packet(4, b"\x01x")].concat()),
        "a row is malformed",
    ),
    case(
        "more results than asked for",
        |p| first_answer(p, &[packet(1, b"\x01"), column(2), packet(3, b"\xfe\0\0\x0a\0\0\0")].concat()),
        "more results",
    ),
    case("half an answer", |p| first_answer(p, &[packet(1, b"\x01"), column(2)].concat()), "error: connect"),
    case("a packet out of order", |p| first_answer(p, &packet(7, OK)), "out of order"),
];

#[test]
fn catalogs() {
    check("MYSQL", CATALOG);
}

const ENDLESS: &[Case] = &[
    case("silence", |p| p.stall(), "no greeting within"),
    case(
        "single bytes",
        |p| {
            greeting(ABLE, "mysql_native_password").iter().try_for_each(|byte| {
                sleep(Duration::from_millis(100));
                p.write_all(&[*byte])
            })
        },
        "no greeting within",
    ),
    case(
        "silence after the greeting",
        |p| p.write_all(&greeting(ABLE, "mysql_native_password")).and_then(|()| p.stall()),
        "error: connect",
    ),
    case("silence after the login", |p| let_in(p).and_then(|()| p.stall()), "error: connect"),
];

#[test]
fn time_ends() {
    check("MYSQL", ENDLESS);
}

#[test]
fn rows_without_end_are_not_kept() {
    let fake = fake(|p| {
        let_in(p)?;
        p.write_all(&[packet(1, b"\x01"), column(2)].concat())?;
        let mut sequence = 3_u8;
        while p.patient() {
            p.write_all(&packet(sequence, &[&b"\xfc\0\x40"[..], &[b'x'; 0x4000]].concat()))?;
            sequence = sequence.wrapping_add(1);
        }
        Ok(())
    });
    let outcome = call("plan", "MYSQL", &fake).set("JdbcLoginTimeout", "60000").run();
    assert_refused(&outcome, &outcome.stderr);
    assert!(outcome.stderr.contains("longer than any catalog"), "{}", outcome.stderr);
}
