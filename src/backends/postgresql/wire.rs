//! Frames of the PostgreSQL protocol, sliced out of one read buffer without copying.

use crate::large::LONG_ROW;
use crate::net::Stream;
use std::io::{self, BufRead, Read, Write};

/// Read buffer in bytes: many rows per system call.
const BUFFER: usize = 128 * 1024;
/// A buffer that one huge row has grown beyond this is given back.
const KEEP: usize = 4 * 1024 * 1024;
/// No message of a real server is longer: fields end at 1 GiB.
const MAX_FRAME: usize = (1 << 30) + 1024;
/// Tag and length.
pub(super) const HEADER: usize = 5;

/// One message of the server.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Kind of message.
    pub(super) tag: u8,
    /// The message with tag and length, as it came.
    pub(super) whole: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The message without tag and length.
    pub(super) fn body(self) -> &'a [u8] {
        &self.whole[HEADER..]
    }
}

/// The next message, as far as it is there.
pub(super) enum Message<'a> {
    /// All of it.
    Whole(Frame<'a>),
    /// A row (CopyData) that is too long to be held.
    Long(LongRow<'a>),
}

/// The body of a row that is read piece by piece, to its end.
pub(super) struct LongRow<'a>(&'a mut Wire);

impl LongRow<'_> {
    /// Bytes that were not read yet.
    pub(super) fn left(&self) -> u64 {
        self.0.long_left as u64
    }
}

impl Read for LongRow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for LongRow<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let wire = &mut *self.0;
        if wire.start == wire.end && wire.long_left > 0 {
            wire.fill()?;
        }
        let end = wire.end.min(wire.start.saturating_add(wire.long_left));
        Ok(&wire.buffer[wire.start..end])
    }

    fn consume(&mut self, n: usize) {
        self.0.start += n;
        self.0.long_left -= n;
    }
}

/// A connection that sends bytes and receives frames.
pub(super) struct Wire {
    stream: Stream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes of a long row that were not read yet.
    long_left: usize,
    max_frame: usize,
}

impl Wire {
    /// Takes over a connection that nothing was read from beyond the TLS request's answer.
    /// Before the login only short frames are believed.
    pub(super) fn new(stream: Stream) -> Self {
        Wire { stream, buffer: vec![0; BUFFER], start: 0, end: 0, long_left: 0, max_frame: 64 * 1024 }
    }

    /// From now on frames may be as long as rows can be.
    pub(super) fn trust_lengths(&mut self) {
        self.max_frame = MAX_FRAME;
    }

    /// The connection below.
    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Sends bytes at once.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// The next frame.
    pub(super) fn frame(&mut self) -> io::Result<Frame<'_>> {
        self.peek_tag()?;
        self.next_buffered().and_then(|frame| frame.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()))
    }

    /// Waits until a whole frame, or the beginning of a long row, is in the buffer and tells its tag.
    pub(super) fn peek_tag(&mut self) -> io::Result<u8> {
        while self.buffered()?.is_none() && self.long_row()?.is_none() {
            self.fill()?;
        }
        Ok(self.buffer[self.start])
    }

    /// The message that [`Wire::peek_tag`] waited for.
    pub(super) fn next_message(&mut self) -> io::Result<Message<'_>> {
        if self.buffered()?.is_none()
            && let Some(length) = self.long_row()?
        {
            self.start += HEADER;
            self.long_left = length - HEADER;
            return Ok(Message::Long(LongRow(self)));
        }
        let frame = self.next_buffered()?;
        frame.map(Message::Whole).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Whether all of the last long row was read.
    pub(super) fn is_row_read(&self) -> bool {
        self.long_left == 0
    }

    /// Length of the first frame with its header, if it is a row that is too long to be held.
    fn long_row(&self) -> io::Result<Option<usize>> {
        Ok(self.announced()?.filter(|length| *length > LONG_ROW && self.buffer[self.start] == b'd'))
    }

    /// The next frame, if all of it is in the buffer.
    pub(super) fn next_buffered(&mut self) -> io::Result<Option<Frame<'_>>> {
        let Some(length) = self.buffered()? else { return Ok(None) };
        let whole = &self.buffer[self.start..self.start + length];
        self.start += length;
        Ok(Some(Frame { tag: whole[0], whole }))
    }

    /// Reads what has arrived, without waiting.
    pub(super) fn poll(&mut self) -> io::Result<()> {
        self.make_room()?;
        self.stream.set_nonblocking(true)?;
        let read = self.stream.read(&mut self.buffer[self.end..]);
        self.stream.set_nonblocking(false)?;
        match read {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                self.end += n;
                Ok(())
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Length of the first frame with its header, if all of it is in the buffer.
    fn buffered(&self) -> io::Result<Option<usize>> {
        Ok(self.announced()?.filter(|length| self.end - self.start >= *length))
    }

    /// Length of the first frame, if its header is in the buffer.
    fn announced(&self) -> io::Result<Option<usize>> {
        let Some(&[_, a, b, c, d]) = self.buffer[self.start..self.end].first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length < 4 || length > self.max_frame {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message has an impossible length"));
        }
        Ok(Some(length + 1))
    }

    fn fill(&mut self) -> io::Result<()> {
        self.make_room()?;
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    self.end += n;
                    return Ok(());
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Moves what waits to the front and grows the buffer for a frame that is longer than it. It grows
    /// as bytes arrive, so that an announced length alone takes no memory.
    fn make_room(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let needed = self.announced()?.unwrap_or(HEADER);
        if self.buffer.len() > KEEP && needed <= BUFFER && self.end < BUFFER {
            self.buffer.truncate(BUFFER);
            self.buffer.shrink_to_fit();
        }
        if self.end == self.buffer.len() {
            let grown = (self.buffer.len() * 2).min(needed.max(BUFFER));
            self.buffer.resize(grown.max(self.end + 1), 0);
        }
        Ok(())
    }
}

/// Appends a message: tag, length, and what `body` writes.
pub(super) fn message(out: &mut Vec<u8>, tag: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    body(out);
    let length = (out.len() - at) as u32;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
}

/// Appends text and its closing zero.
pub(super) fn cstring(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(0);
}

/// A simple query as a message.
pub(super) fn query(sql: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(sql.len() + 8);
    message(&mut out, b'Q', |out| cstring(out, sql));
    out
}
