//! Servers of the tests' own: a thread per connection that says what a script tells it to, and notes what it hears.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// No script goes on longer: its client has given up or failed its test by then.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listening fake; its threads end with their connections.
pub(crate) struct Fake {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Fake {
    /// All bytes that clients sent.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether clients sent these bytes.
    pub(crate) fn heard_of(&self, text: &str) -> bool {
        memchr::memmem::find(&self.heard(), text.as_bytes()).is_some()
    }
}

/// One connection of a fake.
pub(crate) struct Peer {
    stream: TcpStream,
    heard: Arc<Mutex<Vec<u8>>>,
    began: Instant,
}

impl Peer {
    /// Whether it is worth going on.
    pub(crate) fn patient(&self) -> bool {
        self.began.elapsed() < PATIENCE
    }

    /// Ends what this side has to say, and goes on listening.
    pub(crate) fn close_half(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Says nothing more until the client hangs up.
    pub(crate) fn stall(&mut self) -> io::Result<()> {
        let mut ignored = [0_u8; 4096];
        while self.patient() && self.read(&mut ignored)? > 0 {}
        Ok(())
    }

    /// A second handle on the connection.
    pub(crate) fn stream(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }

    /// `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Peer {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.stream.read(buf)?;
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buf[..n]);
        Ok(n)
    }
}

impl Write for Peer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Starts a fake that runs `script` for each connection.
pub(crate) fn fake(script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("listener has an address").port();
    let (script, heard) = (Arc::new(script), Arc::new(Mutex::new(Vec::new())));
    let ears = heard.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (script, heard) = (script.clone(), ears.clone());
            thread::spawn(move || {
                let timeout = stream.set_read_timeout(Some(PATIENCE)).and(stream.set_write_timeout(Some(PATIENCE)));
                // That the client hangs up in the middle of a script is what most tests are about.
                let _ = timeout.and_then(|()| script(&mut Peer { stream, heard, began: Instant::now() }));
            });
        }
    });
    Fake { port, heard }
}
