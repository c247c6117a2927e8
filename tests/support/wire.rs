//! Servers that are not databases, for connections that must fail with a clear message.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// A port nobody listens on.
pub(crate) fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("listener has an address").port()
}

/// An HTTP server that answers every connection with 400; it lives as long as the test binary.
pub(crate) fn http_server() -> u16 {
    listen(|mut stream| {
        let mut request = [0_u8; 256];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    })
}

/// A server that accepts and never says a word.
pub(crate) fn silent_server() -> u16 {
    listen(|stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    })
}

/// A server that sends `bytes` to everybody and closes.
pub(crate) fn babbling_server(bytes: &'static [u8]) -> u16 {
    listen(move |mut stream| {
        let _ = stream.write_all(bytes);
        let _ = stream.read(&mut [0_u8; 64]);
    })
}

/// A proxy in front of a PostgreSQL server that answers the client's wish for TLS with "no".
pub(crate) fn postgresql_without_tls(host: &str, port: u16) -> u16 {
    let address = format!("{host}:{port}");
    listen(move |mut client| {
        let mut request = [0_u8; 8];
        let wish = client.read_exact(&mut request).is_ok() && request == [0, 0, 0, 8, 4, 210, 22, 47];
        let Ok(mut server) = TcpStream::connect(&address) else { return };
        let forward = if wish { client.write_all(b"N") } else { server.write_all(&request) };
        if forward.is_ok() {
            relay(client, server);
        }
    })
}

/// A proxy in front of a MySQL or MariaDB server that hides from the client that the server knows TLS.
pub(crate) fn mysql_without_tls(host: &str, port: u16) -> u16 {
    let address = format!("{host}:{port}");
    listen(move |mut client| {
        let Ok(mut server) = TcpStream::connect(&address) else { return };
        let mut head = [0_u8; 4];
        if server.read_exact(&mut head).is_err() {
            return;
        }
        let mut greeting = vec![0_u8; usize::from(head[0]) | usize::from(head[1]) << 8];
        if server.read_exact(&mut greeting).is_err() {
            return;
        }
        // Capabilities follow version, thread number and the first half of the scramble; CLIENT_SSL is bit 11.
        if let Some(end) = greeting.iter().skip(1).position(|b| *b == 0) {
            greeting[1 + end + 1 + 4 + 8 + 1 + 1] &= !0x08;
        }
        if client.write_all(&head).and_then(|()| client.write_all(&greeting)).is_ok() {
            relay(client, server);
        }
    })
}

fn relay(client: TcpStream, server: TcpStream) {
    let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else { return };
    thread::spawn(move || pipe(from, to));
    pipe(server, client);
}

fn pipe(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Write);
}

fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("listener has an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    port
}
