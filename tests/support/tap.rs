//! A proxy that passes a connection on as it is and keeps what the client said: its statements can be read off it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::server::{Family, Server};

/// A tapped way to a server; the connection must be without TLS.
pub(crate) struct Tap {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    family: Family,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Tap {
    /// A proxy in front of a server.
    pub(crate) fn new(server: &Server) -> Tap {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("listener has an address").port();
        let address = (server.host.clone(), server.port);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&address) else { continue };
                let ears = ears.clone();
                thread::spawn(move || relay(client, server, &ears));
            }
        });
        Tap { port, family: server.kind.family(), heard }
    }

    /// Every statement of every connection.
    pub(crate) fn statements(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let statements = |bytes: &Vec<u8>| match self.family {
            Family::Hsqldb => unreachable!("files have no server to ask"),
            Family::PostgreSql => postgresql(bytes),
            Family::MySql => mysql(bytes),
        };
        heard.iter().flat_map(statements).collect()
    }
}

fn relay(client: TcpStream, server: TcpStream, ears: &Mutex<Vec<Vec<u8>>>) {
    let (Ok(mut back), Ok(mut answers)) = (client.try_clone(), server.try_clone()) else { return };
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    let (mut client, mut server) = (client, server);
    let mut said = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while let Ok(n @ 1..) = client.read(&mut buffer) {
        said.extend_from_slice(&buffer[..n]);
        if server.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
    ears.lock().unwrap_or_else(PoisonError::into_inner).push(said);
}

/// Queries and prepared statements after the startup message.
fn postgresql(said: &[u8]) -> Vec<String> {
    let length = |at: usize| said.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let mut statements = Vec::new();
    let mut at = length(0).unwrap_or(said.len());
    while let Some(size) = length(at + 1) {
        let body = said.get(at + 5..at + 1 + size).unwrap_or_default();
        let texts: Vec<&[u8]> = body.split(|b| *b == 0).collect();
        match said[at] {
            b'Q' => statements.push(String::from_utf8_lossy(texts[0]).into_owned()),
            b'P' => statements.push(String::from_utf8_lossy(texts[1]).into_owned()),
            _ => {}
        }
        at += 1 + size;
    }
    statements
}

/// Packets that begin a command: `COM_QUERY` and `COM_STMT_PREPARE`.
fn mysql(said: &[u8]) -> Vec<String> {
    let mut statements = Vec::new();
    let mut rest = said;
    while let Some(([a, b, c, sequence], tail)) = rest.split_first_chunk::<4>() {
        let size = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
        let body = tail.get(..size).unwrap_or(tail);
        if let (0, Some((3 | 0x16, text))) = (*sequence, body.split_first()) {
            statements.push(String::from_utf8_lossy(text).into_owned());
        }
        rest = tail.get(size..).unwrap_or_default();
    }
    statements
}
