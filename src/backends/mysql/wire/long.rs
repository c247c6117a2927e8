//! Packets that are too long to be held: read piece by piece, over as many frames as they take.

use super::{MAX_FRAME, MAX_PACKET, Wire};
use crate::backends::mysql::fault::Fault;
use crate::large::LONG_ROW;
use std::io::{self, BufRead, Read, Write};

/// The rest of a long packet.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    /// Bytes of this frame.
    frame: usize,
    /// Another frame continues it.
    continued: bool,
    /// Bytes that the packet may still have: beyond that no server goes.
    most: usize,
}

/// A packet of an answer, as far as it is there.
pub(in crate::backends::mysql) enum Packet<'a, S> {
    /// All of it.
    Whole(&'a [u8]),
    /// One that is too long to be held.
    Long(LongPacket<'a, S>),
}

/// A packet that is read piece by piece. What is not read of it is skipped before the next one.
pub(in crate::backends::mysql) struct LongPacket<'a, S>(&'a mut Wire<S>);

impl<S: Read + Write> LongPacket<'_, S> {
    /// Whether all of it was read.
    pub(in crate::backends::mysql) fn is_read(&self) -> bool {
        self.0.long.is_none()
    }
}

impl<S: Read + Write> Read for LongPacket<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

impl<S: Read + Write> BufRead for LongPacket<'_, S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.long_buffer().map_err(|fault| match fault {
            Fault::Io(error) => error,
            Fault::Protocol(what) => io::Error::new(io::ErrorKind::InvalidData, what),
            Fault::Server(_) | Fault::Ours(_) => io::ErrorKind::InvalidData.into(),
        })
    }

    fn consume(&mut self, n: usize) {
        self.0.consume_long(n);
    }
}

impl<S: Read + Write> Wire<S> {
    /// The next packet, which may be too long to be held.
    pub(in crate::backends::mysql) fn long_packet(&mut self) -> Result<Packet<'_, S>, Fault> {
        self.check()?;
        let length = self.header()?;
        if length > LONG_ROW {
            self.long = Some(Rest { frame: length, continued: length == MAX_FRAME, most: MAX_PACKET });
            return Ok(Packet::Long(LongPacket(self)));
        }
        let (at, length) = self.payload(length)?;
        Ok(Packet::Whole(&self.buffer[at..at + length]))
    }

    /// What lies in the buffer of the long packet, at least one byte until its end.
    fn long_buffer(&mut self) -> Result<&[u8], Fault> {
        while let Some(rest) = self.long.filter(|rest| rest.frame == 0) {
            self.long = None;
            if rest.continued {
                let frame = self.header()?;
                self.long = Some(Rest { frame, continued: frame == MAX_FRAME, most: rest.most });
            }
        }
        let Some(rest) = self.long else { return Ok(&[]) };
        if rest.most == 0 {
            self.broken = true;
            return Err(Fault::Protocol("the server sent a packet of more than 1 GiB"));
        }
        self.fill(1)?;
        let end = self.end.min(self.start + rest.frame);
        Ok(&self.buffer[self.start..end])
    }

    fn consume_long(&mut self, n: usize) {
        self.start += n;
        if let Some(rest) = &mut self.long {
            rest.frame -= n;
            rest.most = rest.most.saturating_sub(n);
            if rest.frame == 0 && !rest.continued {
                self.long = None;
            }
        }
    }

    pub(super) fn skip_long(&mut self) -> Result<(), Fault> {
        while self.long.is_some() {
            let n = self.long_buffer()?.len();
            self.consume_long(n);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::BUFFER;
    use super::super::tests::wire;
    use super::*;

    #[test]
    fn long_packets_are_read_in_pieces_and_skipped() {
        let payload: Vec<u8> = (0..MAX_FRAME + 70_000).map(|n| n as u8).collect();
        for len in [LONG_ROW, LONG_ROW + 1, MAX_FRAME - 1, MAX_FRAME, MAX_FRAME + 1, payload.len()] {
            let mut out = wire(Vec::new(), 1);
            for _ in 0..2 {
                out.send(&payload[..len]).unwrap();
            }
            out.send(b"next").unwrap();
            let mut back = wire(out.stream.output, 60_000);
            back.trust_lengths();
            match back.long_packet().unwrap() {
                Packet::Whole(whole) => assert!(len <= LONG_ROW && whole == &payload[..len]),
                Packet::Long(mut long) => {
                    let mut all = Vec::new();
                    long.read_to_end(&mut all).unwrap();
                    assert!(len > LONG_ROW && all == payload[..len] && long.is_read());
                }
            }
            // The second one is left in its middle.
            if let Packet::Long(mut long) = back.long_packet().unwrap() {
                long.read_exact(&mut [0; 100]).unwrap();
                assert!(!long.is_read());
            }
            assert_eq!(back.packet().unwrap(), b"next");
            assert!(back.buffer.len() <= 2 * BUFFER, "{} bytes are buffered", back.buffer.len());
        }
    }
}
