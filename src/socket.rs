//! A TCP connection that gives up on a peer that falls silent where silence cannot be work.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long a peer may be silent while bytes are due, unless the settings say otherwise.
pub(crate) const STALL: Duration = Duration::from_secs(300);
/// Silence after which the kernel asks whether the peer is still there.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);
/// Time between two such questions.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(10);
/// Questions without an answer after which the connection is lost.
const KEEPALIVE_TRIES: u32 = 9;

/// A connection with three sorts of patience.
///
/// Until its deadline (a login) all that happens must be done by then: a peer that drips single bytes must not hold it
/// up. After that, a peer that does not take what is sent for the time `stall`, or sends nothing for so long while
/// bytes are due, is lost. Everything else may take as long as it takes: the kernel asks a silent peer whether it is
/// still there.
pub(crate) struct Socket {
    tcp: Arc<TcpStream>,
    stall: Duration,
    deadline: Cell<Option<Instant>>,
    /// Bytes of the peer are due.
    due: Cell<bool>,
    /// Reads do not wait.
    polled: Cell<bool>,
    stalled: Cell<bool>,
}

impl Socket {
    /// A connection that stands.
    pub(crate) fn new(tcp: TcpStream, stall: Duration) -> Socket {
        let (deadline, no) = (Cell::new(None), || Cell::new(false));
        Socket { tcp: Arc::new(tcp), stall, deadline, due: no(), polled: no(), stalled: no() }
    }

    /// A handle that breaks the connection. It does not hold it: a connection that is only shut down, with bytes in it
    /// that nobody reads, would keep the server waiting to send more.
    pub(crate) fn breaker(&self) -> Breaker {
        Breaker(Arc::downgrade(&self.tcp))
    }

    /// Has the kernel notice a peer that is gone without a word.
    pub(crate) fn keep_alive(&self) -> io::Result<()> {
        let keepalive = socket2::TcpKeepalive::new()
            .with_time(KEEPALIVE_AFTER)
            .with_interval(KEEPALIVE_EVERY)
            .with_retries(KEEPALIVE_TRIES);
        let socket = socket2::SockRef::from(&*self.tcp);
        socket.set_tcp_keepalive(&keepalive)?;
        // While something that was sent is not confirmed, nothing is asked.
        socket.set_tcp_user_timeout(Some(self.stall))
    }

    /// Bounds all that follows as a whole, or ends that.
    pub(crate) fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.deadline.set(timeout.map(|timeout| Instant::now() + timeout));
        self.due.set(false);
        self.tcp.set_read_timeout(timeout)?;
        self.tcp.set_write_timeout(timeout.or(Some(self.stall)))
    }

    /// Whether bytes of the peer are due.
    pub(crate) fn expect_bytes(&self, due: bool) -> io::Result<()> {
        if self.due.replace(due) == due {
            return Ok(());
        }
        self.tcp.set_read_timeout(due.then_some(self.stall))
    }

    /// Lets reads return at once with `WouldBlock`, or wait again.
    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.polled.set(nonblocking);
        self.tcp.set_nonblocking(nonblocking)
    }

    fn limit(&self) -> io::Result<()> {
        let Some(deadline) = self.deadline.get() else { return Ok(()) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.tcp.set_read_timeout(Some(left))?;
        self.tcp.set_write_timeout(Some(left))
    }

    /// A wait that ran out ends the connection, so that nobody waits on it a second time.
    fn judge(&self, error: io::Error) -> io::Error {
        let ran_out = error.kind() == io::ErrorKind::WouldBlock && !self.polled.get();
        if self.deadline.get().is_some() || !(ran_out || self.stalled.get()) {
            return error;
        }
        self.stalled.set(true);
        // An error means that it is down already.
        let _ = self.tcp.shutdown(Shutdown::Both);
        let text = format!("no byte went through for {} s (stall-timeout)", self.stall.as_secs());
        io::Error::new(io::ErrorKind::TimedOut, text)
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.limit()?;
        (&*self.tcp).read(buf).map_err(|error| self.judge(error))
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.limit()?;
        (&*self.tcp).write(buf).map_err(|error| self.judge(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.tcp).flush()
    }
}

/// Breaks a connection from another thread: a blocked read or write returns at once.
pub(crate) struct Breaker(Weak<TcpStream>);

impl Breaker {
    /// Shuts the connection down, if it still stands.
    pub(crate) fn cut(&self) {
        if let Some(tcp) = self.0.upgrade() {
            // An error means that it is down already.
            let _ = tcp.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A socket with little patience, and its peer.
    fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Socket::new(ours, Duration::from_millis(200));
        socket.keep_alive().unwrap();
        socket.set_timeout(None).unwrap();
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn silence_is_a_fault_only_while_bytes_are_due() {
        let (mut socket, mut peer) = pair();
        let answer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            peer.write_all(b"done").unwrap();
            peer
        });
        let mut buffer = [0; 8];
        assert_eq!(socket.read(&mut buffer).unwrap(), 4);
        let _peer = answer.join().unwrap();
        socket.expect_bytes(true).unwrap();
        let error = socket.read(&mut buffer).unwrap_err();
        assert!(error.kind() == io::ErrorKind::TimedOut && error.to_string().contains("stall-timeout"), "{error}");
        let begin = Instant::now();
        let again = socket.write(b"x").unwrap_err();
        assert!(again.to_string().contains("stall-timeout") && begin.elapsed() < Duration::from_millis(100));
    }

    #[test]
    fn a_peer_that_takes_nothing_is_lost() {
        let (mut socket, _peer) = pair();
        let error = (0..10_000).find_map(|_| socket.write(&[0; 65_536]).err()).unwrap();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
    }

    #[test]
    fn a_dropped_connection_is_gone_though_a_breaker_knows_it() {
        let (socket, mut peer) = pair();
        let breaker = socket.breaker();
        peer.set_nonblocking(true).unwrap();
        // Until neither side has room: the peer now waits for the other end to read.
        while peer.write(&[0; 65_536]).is_ok() {}
        peer.set_nonblocking(false).unwrap();
        drop(socket);
        assert!(peer.write(&[0; 65_536]).is_err());
        breaker.cut();
    }

    #[test]
    fn a_poll_is_no_stall() {
        let (mut socket, mut peer) = pair();
        socket.expect_bytes(true).unwrap();
        socket.set_nonblocking(true).unwrap();
        assert_eq!(socket.read(&mut [0; 1]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        socket.set_nonblocking(false).unwrap();
        peer.write_all(b"x").unwrap();
        assert_eq!(socket.read(&mut [0; 1]).unwrap(), 1);
    }
}
