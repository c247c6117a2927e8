//! Fewer wake-ups while rows stream in: servers send 8 or 16 KiB at a time, and waking up for each costs both sides.

use std::io::{self, Read, Write};
use std::time::Duration;

/// Reads in a row without a request in between from which an answer counts as a stream.
const STREAM: u32 = 8;
/// A pause in which a fast server sends hundreds of KiB; a slow one is not waited for longer than this.
const PAUSE: Duration = Duration::from_micros(500);

/// Decides when to wait a moment before reading.
#[derive(Debug, Default)]
struct Pace {
    reads: u32,
    filled: bool,
}

impl Pace {
    /// A request went out: its answer may be short, so that waiting would only delay it.
    fn sent(&mut self) {
        *self = Pace::default();
    }

    /// Lets data pile up, if the answer is a stream that leaves room in the read buffer.
    fn before_read(&self) {
        if self.pauses() {
            std::thread::sleep(PAUSE);
        }
    }

    /// So many bytes of the room there was were read.
    fn after_read(&mut self, bytes: usize, room: usize) {
        self.reads = self.reads.saturating_add(1);
        self.filled = bytes == room;
    }

    fn pauses(&self) -> bool {
        self.reads >= STREAM && !self.filled
    }
}

/// A stream that is read at a pace.
pub(crate) struct Paced<S> {
    stream: S,
    pace: Pace,
}

impl<S> Paced<S> {
    /// Paces the reads of a stream.
    pub(crate) fn new(stream: S) -> Self {
        Paced { stream, pace: Pace::default() }
    }

    /// The stream below.
    pub(crate) fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream below, without the pace.
    pub(crate) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: Read> Read for Paced<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pace.before_read();
        let read = self.stream.read(buf)?;
        self.pace.after_read(read, buf.len());
        Ok(read)
    }
}

impl<S: Write> Write for Paced<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.pace.sent();
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_streams_with_room_left_are_paced() {
        let mut pace = Pace::default();
        (0..STREAM).for_each(|_| {
            assert!(!pace.pauses());
            pace.after_read(10, 100);
        });
        assert!(pace.pauses());
        pace.after_read(100, 100);
        assert!(!pace.pauses());
        pace.after_read(99, 100);
        assert!(pace.pauses());
        pace.sent();
        assert!(!pace.pauses());
    }
}
