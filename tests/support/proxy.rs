//! A TCP proxy that breaks connections on purpose: at once, at a statement, or by falling silent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// No test waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the proxy does to the client's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Cuts a connection after the server has got the n-th packet that holds this text; its answer is lost.
    CutAfter(&'static [u8], u32),
    /// Cuts a connection in the place of the n-th packet that holds this text; the server never gets it.
    CutBefore(&'static [u8], u32),
    /// As [`Fault::CutAfter`], but the server is not told: it keeps its session.
    AbandonAfter(&'static [u8], u32),
    /// Holds the first packet that holds this text back until told to go on.
    Pause(&'static [u8]),
    /// Cuts all connections once so many bytes went to the server.
    CutAtByte(u64),
    /// Holds every packet back for so many milliseconds, either way.
    Delay(u64),
    /// From the byte on, one connection's server hears nothing more, and nobody is told.
    HoldRequests(u64),
    /// From the byte on, one connection's client hears nothing more, and nobody is told.
    HoldAnswers(u64),
}

/// A proxy in front of one server; it lives as long as the test binary.
pub(crate) struct Proxy {
    /// Where it listens on 127.0.0.1.
    pub(crate) port: u16,
    state: Arc<State>,
}

struct State {
    server: String,
    fault: Mutex<Fault>,
    seen: AtomicU32,
    bytes: AtomicU64,
    cuts: AtomicU32,
    open: Mutex<Vec<Weak<TcpStream>>>,
}

impl Proxy {
    /// A proxy for a server.
    pub(crate) fn new(host: &str, port: u16, fault: Fault) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port_here = listener.local_addr().expect("listener has an address").port();
        let state = Arc::new(State {
            server: format!("{host}:{port}"),
            fault: Mutex::new(fault),
            seen: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            cuts: AtomicU32::new(0),
            open: Mutex::default(),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || state.serve(client));
            }
        });
        Proxy { port: port_here, state }
    }

    /// How many connections it has cut.
    pub(crate) fn cuts(&self) -> u32 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Waits until a packet is held back.
    pub(crate) fn wait_until_paused(&self) {
        let begin = Instant::now();
        while self.cuts() == 0 {
            assert!(begin.elapsed() < PATIENCE, "nothing came that is to be held back");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets it go.
    pub(crate) fn go_on(&self) {
        *self.state.fault.lock().unwrap_or_else(PoisonError::into_inner) = Fault::Delay(0);
    }
}

impl State {
    fn serve(self: Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(&self.server) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) else { return };
        let (client, server) = (self.keep(client), self.keep(server));
        let state = self.clone();
        thread::spawn(move || state.relay(from, to));
        self.forward(&client, &server);
    }

    /// Does not hold the connection: one that is only shut down would keep the server waiting.
    fn keep(&self, stream: TcpStream) -> Arc<TcpStream> {
        let stream = Arc::new(stream);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&stream));
        stream
    }

    fn cut_all(&self) {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        for stream in open.iter().filter_map(Weak::upgrade) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn forward(&self, mut client: &TcpStream, mut server: &TcpStream) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(n @ 1..) = client.read(&mut buffer) {
            let packet = &buffer[..n];
            let fault = *self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            let (before, after) = self.verdict(fault, packet);
            if let Fault::HoldRequests(limit) = fault
                && self.passes(limit, n)
            {
                swallow(&mut client);
                break;
            }
            if before || server.write_all(packet).is_err() {
                break;
            }
            if after && matches!(fault, Fault::AbandonAfter(..)) {
                let _ = client.shutdown(Shutdown::Both);
                return swallow(&mut server);
            }
            if after {
                // Long enough for the server to act, not so long that its answer gets through.
                let _ = client.shutdown(Shutdown::Both);
                thread::sleep(Duration::from_millis(200));
                break;
            }
        }
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    }

    fn relay(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            match *self.fault.lock().unwrap_or_else(PoisonError::into_inner) {
                Fault::HoldAnswers(limit) if self.passes(limit, n) => return swallow(&mut from),
                Fault::Delay(milliseconds) => thread::sleep(Duration::from_millis(milliseconds)),
                _ => {}
            }
            if to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }

    /// Until the fault is another one.
    fn pause(&self, fault: Fault) {
        let begin = Instant::now();
        while *self.fault.lock().unwrap_or_else(PoisonError::into_inner) == fault && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Counts bytes; true once, for the packet that passes the limit.
    fn passes(&self, limit: u64, n: usize) -> bool {
        let before = self.bytes.fetch_add(n as u64, Ordering::SeqCst);
        let passes = before < limit && before + n as u64 >= limit;
        self.cuts.fetch_add(u32::from(passes), Ordering::SeqCst);
        passes
    }

    /// Whether to cut before the packet, or after it.
    fn verdict(&self, fault: Fault, packet: &[u8]) -> (bool, bool) {
        let hit = |text: &[u8], nth: u32| {
            let found = packet.windows(text.len()).any(|window| window == text);
            found && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == nth
        };
        let verdict = match fault {
            Fault::CutAfter(text, nth) | Fault::AbandonAfter(text, nth) => (false, hit(text, nth)),
            Fault::CutBefore(text, nth) => (hit(text, nth), false),
            Fault::Pause(text) => {
                if hit(text, 1) {
                    self.cuts.fetch_add(1, Ordering::SeqCst);
                    self.pause(fault);
                }
                (false, false)
            }
            Fault::CutAtByte(limit) => {
                let before = self.bytes.fetch_add(packet.len() as u64, Ordering::SeqCst);
                let cut = before < limit && before + packet.len() as u64 >= limit;
                if cut {
                    self.cut_all();
                }
                (cut, false)
            }
            Fault::Delay(milliseconds) => {
                thread::sleep(Duration::from_millis(milliseconds));
                (false, false)
            }
            Fault::HoldRequests(_) | Fault::HoldAnswers(_) => (false, false),
        };
        if verdict != (false, false) {
            self.cuts.fetch_add(1, Ordering::SeqCst);
        }
        verdict
    }
}

/// Takes everything and says nothing, until the sender hangs up.
fn swallow(from: &mut impl Read) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(1..) = from.read(&mut buffer) {}
}
