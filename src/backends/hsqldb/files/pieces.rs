//! Values of the LOB file in pieces, both ways.

use super::lobs::push_utf16;
use crate::backends::hsqldb::fault::damaged;
use crate::backends::hsqldb::sql::escape;
use crate::cell::{Large, LargeKind};
use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes read or written at once.
pub(crate) const BUFFER: usize = 64 << 10;

/// A value's bytes, wherever in the file its parts lie.
pub(crate) struct Parts {
    file: File,
    /// Offset and length of each part that was not read to its end.
    parts: Vec<(u64, u64)>,
    at: usize,
    /// The file stands where this part goes on.
    placed: bool,
}

impl Parts {
    /// The value in these parts of `file`.
    pub(crate) fn new(file: File, parts: Vec<(u64, u64)>) -> BufReader<Parts> {
        BufReader::with_capacity(BUFFER, Parts { file, parts, at: 0, placed: false })
    }
}

impl Read for Parts {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some((offset, left)) = self.parts.get_mut(self.at) else { return Ok(0) };
        if !std::mem::replace(&mut self.placed, true) {
            self.file.seek(SeekFrom::Start(*offset))?;
        }
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(out.len());
        let n = self.file.read(&mut out[..most])?;
        *left -= n as u64;
        if *left == 0 {
            (self.at, self.placed) = (self.at + 1, false);
        }
        Ok(n)
    }
}

/// UTF-16 of the file as text.
pub(crate) struct Units<'a> {
    source: &'a mut dyn BufRead,
    /// Units that were not read yet.
    left: u64,
    bytes: u64,
    /// First half of a pair whose second half is still to come.
    high: Option<u16>,
    piece: Vec<u8>,
    /// Half of a pair stood alone.
    broken: bool,
}

impl<'a> Units<'a> {
    /// A text of `units` units that takes `bytes` bytes of UTF-8.
    pub(crate) fn new(source: &'a mut dyn BufRead, units: u64, bytes: u64) -> Self {
        Units { source, left: units, bytes, high: None, piece: Vec::new(), broken: false }
    }

    /// Bytes of UTF-8 that the text takes, if it has such a form. Reads all of it.
    ///
    /// # Errors
    /// `Read` when the file ends before it.
    pub(crate) fn measure(mut self) -> Result<Option<u64>> {
        let mut bytes = 0;
        while let Some(piece) = self.piece()? {
            bytes += piece.len() as u64;
        }
        Ok((!self.broken).then_some(bytes))
    }
}

impl Large for Units<'_> {
    fn kind(&self) -> LargeKind {
        LargeKind::Text
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn piece(&mut self) -> Result<Option<&[u8]>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.piece.clear();
        let units = self.left.min(BUFFER as u64 / 2);
        let mut pair = [0; 2];
        for _ in 0..units {
            self.source
                .read_exact(&mut pair)
                .map_err(|error| damaged("a LOB cannot be read to its end").caused_by(error))?;
            self.broken |= escape::push_unit(u16::from_be_bytes(pair), &mut self.high, &mut self.piece);
        }
        self.left -= units;
        if self.left == 0 {
            self.broken |= escape::flush(&mut self.high, &mut self.piece);
        }
        Ok(Some(&self.piece))
    }
}

/// A value that is gathered in a file of its own, because its place in the LOB file shows only at its end.
pub(crate) struct Draft {
    pub(crate) file: File,
    pub(crate) clob: bool,
    /// UTF-16 units of text, bytes otherwise.
    pub(crate) length: u64,
    units: Vec<u8>,
}

impl Draft {
    /// A draft in the file at `path`, which only this program knows and which goes with it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn new(path: &Path, clob: bool) -> io::Result<Draft> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Draft { file, clob, length: 0, units: Vec::new() })
    }

    /// Appends a piece, which is UTF-8 where the value is text.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn push(&mut self, piece: &[u8]) -> io::Result<()> {
        if !self.clob {
            self.length += piece.len() as u64;
            return self.file.write_all(piece);
        }
        self.units.clear();
        push_utf16(piece, &mut self.units);
        self.length += self.units.len() as u64 / 2;
        self.file.write_all(&self.units)
    }
}

/// The error for bytes of a LOB that would have to be text.
pub(crate) fn no_text() -> Error {
    Error::new(ErrorKind::Read, "a LOB of bytes is no text")
}
