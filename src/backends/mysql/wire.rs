//! Framing of the MySQL protocol: packets over a byte stream, read without copying where they lie whole in the buffer.

mod long;

pub(super) use long::{LongPacket, Packet};

use super::fault::Fault;
use long::Rest;
use std::io::{self, Read, Write};

/// Longest payload of one frame; a frame of this length is continued by the next.
const MAX_FRAME: usize = 0xFF_FFFF;
/// Longest frame before the login is done.
const MAX_LOGIN_FRAME: usize = 64 * 1024;
/// No server sends more than its `max_allowed_packet`, which ends at 1 GiB.
const MAX_PACKET: usize = (1 << 30) + (1 << 20);
/// Read buffer: the server writes 16 KiB at a time, a bigger buffer saves system calls.
const BUFFER: usize = 256 * 1024;
/// A buffer that grew for one large packet is given back above this.
const KEEP: usize = 2 * 1024 * 1024;

/// Packets over a stream, with sequence numbers checked.
pub(super) struct Wire<S> {
    stream: S,
    sequence: u8,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    joined: Vec<u8>,
    scratch: Vec<u8>,
    max_frame: usize,
    broken: bool,
    /// What is still to come of a packet that is read piece by piece.
    long: Option<Rest>,
}

impl<S: Read + Write> Wire<S> {
    /// Starts on a fresh connection. Before the login only short frames are believed.
    pub(super) fn new(stream: S) -> Self {
        Wire {
            stream,
            sequence: 0,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            joined: Vec::new(),
            scratch: Vec::new(),
            max_frame: MAX_LOGIN_FRAME,
            broken: false,
            long: None,
        }
    }

    /// From now on packets may be as long as rows can be.
    pub(super) fn trust_lengths(&mut self) {
        self.max_frame = MAX_FRAME;
    }

    /// The stream underneath.
    pub(super) fn stream(&self) -> &S {
        &self.stream
    }

    /// Swaps the stream (TLS starts). Bytes that came before TLS would be trusted as if they came
    /// through it, so there must be none.
    pub(super) fn upgrade<T, F>(self, start_tls: F) -> Result<Wire<T>, Fault>
    where
        T: Read + Write,
        F: FnOnce(S) -> Result<T, Fault>,
    {
        if self.start != self.end {
            return Err(Fault::Protocol("the server sent data before the TLS handshake"));
        }
        let mut wire = Wire::new(start_tls(self.stream)?);
        wire.sequence = self.sequence;
        Ok(wire)
    }

    /// Refuses all further use: what the server did cannot be answered safely.
    pub(super) fn poison(&mut self) {
        self.broken = true;
    }

    /// Starts a command: the sequence begins anew.
    pub(super) fn command(&mut self, payload: &[u8]) -> Result<(), Fault> {
        self.sequence = 0;
        self.send(payload)
    }

    /// Sends a payload as the next packet, in as many frames as it takes.
    pub(super) fn send(&mut self, payload: &[u8]) -> Result<(), Fault> {
        self.check()?;
        let mut rest = payload;
        loop {
            let (frame, tail) = rest.split_at(rest.len().min(MAX_FRAME));
            self.frame_out(frame)?;
            rest = tail;
            if frame.len() < MAX_FRAME {
                break;
            }
        }
        Ok(self.stream.flush()?)
    }

    fn frame_out(&mut self, frame: &[u8]) -> Result<(), Fault> {
        let len = (frame.len() as u32).to_le_bytes();
        let header = [len[0], len[1], len[2], self.sequence];
        self.sequence = self.sequence.wrapping_add(1);
        if frame.len() <= 16 * 1024 {
            // One write is one segment; a lone header would travel by itself.
            self.scratch.clear();
            self.scratch.extend_from_slice(&header);
            self.scratch.extend_from_slice(frame);
            self.stream.write_all(&self.scratch)?;
        } else {
            self.stream.write_all(&header)?;
            self.stream.write_all(frame)?;
        }
        Ok(())
    }

    /// The next packet, joined if it came in several frames.
    pub(super) fn packet(&mut self) -> Result<&[u8], Fault> {
        self.check()?;
        let (at, len) = self.frame()?;
        if len < MAX_FRAME {
            if self.joined.capacity() > KEEP {
                self.joined = Vec::new();
            }
            return Ok(&self.buffer[at..at + len]);
        }
        self.joined.clear();
        self.joined.extend_from_slice(&self.buffer[at..at + len]);
        loop {
            let (at, len) = self.frame()?;
            if self.joined.len() + len > MAX_PACKET {
                self.broken = true;
                return Err(Fault::Protocol("the server sent a packet of more than 1 GiB"));
            }
            self.joined.extend_from_slice(&self.buffer[at..at + len]);
            if len < MAX_FRAME {
                return Ok(&self.joined);
            }
        }
    }

    /// Where the next frame's payload lies in the buffer.
    fn frame(&mut self) -> Result<(usize, usize), Fault> {
        let length = self.header()?;
        self.payload(length)
    }

    /// Length of the next frame's payload, which follows in the buffer or is still to be read.
    fn header(&mut self) -> Result<usize, Fault> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            if self.buffer.len() > KEEP {
                self.buffer.truncate(BUFFER);
                self.buffer.shrink_to_fit();
            }
        }
        self.fill(4)?;
        let header = &self.buffer[self.start..self.start + 4];
        let len = u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize;
        if len > self.max_frame {
            self.broken = true;
            return Err(Fault::Protocol("the server sent more than a login needs"));
        }
        if header[3] != self.sequence {
            self.broken = true;
            return Err(Fault::Protocol("a packet of the server is out of order"));
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.start += 4;
        Ok(len)
    }

    fn payload(&mut self, len: usize) -> Result<(usize, usize), Fault> {
        self.fill(len)?;
        let at = self.start;
        self.start = at + len;
        Ok((at, len))
    }

    /// Reads until `need` bytes wait.
    fn fill(&mut self, need: usize) -> Result<(), Fault> {
        if self.end - self.start < need {
            // What waits is less than a packet; behind it all of the buffer is room for the next read.
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.buffer.len() < need {
                self.buffer.resize(need, 0);
            }
        }
        while self.end - self.start < need {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.broken = true;
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection").into());
                }
                Ok(n) => self.end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.broken = true;
                    return Err(e.into());
                }
            }
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Fault> {
        if self.broken {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the connection was ended before").into());
        }
        if self.long.is_some() { self.skip_long() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) struct Pipe {
        input: io::Cursor<Vec<u8>>,
        pub(super) output: Vec<u8>,
        step: usize,
    }

    impl Read for Pipe {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = buf.len().min(self.step);
            self.input.read(&mut buf[..n])
        }
    }

    impl Write for Pipe {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.output.extend_from_slice(buf);
            Ok(buf.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub(super) fn wire(input: Vec<u8>, step: usize) -> Wire<Pipe> {
        Wire::new(Pipe { input: io::Cursor::new(input), output: Vec::new(), step })
    }

    #[test]
    fn packets_survive_any_cut() {
        let mut out = wire(Vec::new(), 1);
        let payloads: Vec<Vec<u8>> = (0..300).map(|n| vec![n as u8; n * 7]).collect();
        for payload in &payloads {
            out.send(payload).unwrap();
        }
        for step in [1, 3, 1000, 1 << 20] {
            let mut back = wire(out.stream.output.clone(), step);
            for payload in &payloads {
                assert_eq!(back.packet().unwrap(), payload.as_slice());
            }
        }
    }

    #[test]
    fn large_packets_are_joined() {
        for len in [MAX_FRAME - 1, MAX_FRAME, MAX_FRAME + 1, 2 * MAX_FRAME] {
            let payload = vec![7; len];
            let mut out = wire(Vec::new(), 1);
            out.send(&payload).unwrap();
            let mut before_login = wire(out.stream.output.clone(), 1 << 20);
            assert!(before_login.packet().is_err());
            let mut back = wire(out.stream.output, 1 << 20);
            back.trust_lengths();
            assert!(back.packet().unwrap() == payload.as_slice());
        }
    }

    #[test]
    fn wrong_sequence_and_short_input_end_the_connection() {
        let mut wrong = wire(vec![1, 0, 0, 5, 0], 10);
        assert!(matches!(wrong.packet(), Err(Fault::Protocol(_))));
        assert!(wrong.packet().is_err());
        assert!(matches!(wire(vec![9, 0, 0, 0, 1], 10).packet(), Err(Fault::Io(_))));
    }
}
