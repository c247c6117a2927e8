//! A proxy in front of a real server that changes what the server says, message by message.

use super::fake::{Fake, Peer, fake};
use super::server::{Family, Server};
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Gets the client's last request, the place of a message in the answer to it, and the message; what is sent instead.
pub(crate) type Change = fn(request: &[u8], place: usize, message: &[u8]) -> Vec<u8>;

/// A proxy that changes the server's messages; connections must be without TLS. What clients send is noted.
pub(crate) fn tampering(server: &Server, change: Change) -> Fake {
    let (host, port, family) = (server.host.clone(), server.port, server.kind.family());
    fake(move |peer| relay(peer, TcpStream::connect((host.as_str(), port))?, family, change))
}

fn relay(client: &mut Peer, server: TcpStream, family: Family, change: Change) -> io::Result<()> {
    let request = Arc::new(Mutex::new(Vec::new()));
    let (mut back, mut answers, last) = (client.stream()?, BufReader::new(server.try_clone()?), request.clone());
    back.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let answering = thread::spawn(move || {
        let mut waiting = Vec::new();
        let mut place = 0;
        let mut seen = Vec::new();
        while let Ok(message) = message(&mut answers, family) {
            let request = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            place = if request == seen { place + 1 } else { 0 };
            seen.clone_from(&request);
            waiting.extend_from_slice(&change(&request, place, &message));
            // What came in one piece goes on in one piece.
            if answers.buffer().is_empty() && back.write_all(&std::mem::take(&mut waiting)).is_err() {
                break;
            }
        }
        let _ = back.shutdown(std::net::Shutdown::Both);
    });
    let (mut server, mut buffer) = (server, [0; 16 * 1024]);
    while let Ok(n @ 1..) = client.read(&mut buffer) {
        *request.lock().unwrap_or_else(PoisonError::into_inner) = buffer[..n].to_vec();
        server.write_all(&buffer[..n])?;
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
    let _ = answering.join();
    Ok(())
}

/// The next message of a server, as it came.
fn message(stream: &mut impl Read, family: Family) -> io::Result<Vec<u8>> {
    let mut message = vec![0; if family == Family::PostgreSql { 5 } else { 4 }];
    stream.read_exact(&mut message)?;
    let body = match family {
        Family::Hsqldb => unreachable!("files have no server to ask"),
        Family::PostgreSql => u32::from_be_bytes([message[1], message[2], message[3], message[4]]) as usize - 4,
        Family::MySql => usize::from(message[0]) | usize::from(message[1]) << 8 | usize::from(message[2]) << 16,
    };
    let head = message.len();
    message.resize(head + body, 0);
    stream.read_exact(&mut message[head..])?;
    Ok(message)
}
