//! Lines of a large file, through one buffer.

use crate::backends::hsqldb::fault::io;
use crate::error::Result;
use memchr::memchr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes read at once; a longer line makes the buffer grow.
const BUFFER: usize = 512 << 10;

/// Reads a file line by line.
pub(crate) struct Lines {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
    /// First byte not yet handed out.
    start: usize,
    /// One past the last byte read.
    end: usize,
    /// Where in the file `start` is.
    offset: u64,
    ended: bool,
}

/// One line without its end.
pub(crate) struct Line<'a> {
    pub(crate) text: &'a [u8],
    /// Where in the file it begins.
    pub(crate) offset: u64,
    /// Where in the file the next one begins.
    pub(crate) next: u64,
    /// It ends with a line feed.
    pub(crate) complete: bool,
}

impl Lines {
    /// Opens `path` at byte `offset`.
    ///
    /// # Errors
    /// `Io` when it cannot be opened.
    pub(crate) fn open(path: &Path, offset: u64) -> Result<Lines> {
        let fault = |e| io("this file cannot be opened", path, e);
        let mut file = File::open(path).map_err(fault)?;
        file.seek(SeekFrom::Start(offset)).map_err(fault)?;
        let buffer = vec![0; BUFFER];
        Ok(Lines { file, path: path.to_path_buf(), buffer, start: 0, end: 0, offset, ended: false })
    }

    /// The next line.
    ///
    /// # Errors
    /// `Io` when the file cannot be read.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = self.start;
        let (length, complete) = loop {
            if let Some(at) = memchr(b'\n', &self.buffer[searched..self.end]) {
                break (searched + at - self.start, true);
            }
            let scanned = self.end - self.start;
            if self.ended || !self.fill()? {
                if scanned == 0 && self.end == self.start {
                    return Ok(None);
                }
                break (self.end - self.start, false);
            }
            searched = self.start + scanned;
        };
        let from = self.start;
        let offset = self.offset;
        let whole = length + usize::from(complete);
        self.start += whole;
        self.offset += whole as u64;
        let text = &self.buffer[from..from + length];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Ok(Some(Line { text, offset, next: self.offset, complete }))
    }

    /// Reads more behind what is there; `false` at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.file.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(n) => {
                    self.end += n;
                    return Ok(true);
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(io("this file cannot be read", &self.path, e)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_lengths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let lengths = [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER, 5];
        let text: Vec<u8> =
            lengths.iter().flat_map(|n| [vec![b'x'; *n], b"\r\n".to_vec()].concat()).chain(*b"end").collect();
        std::fs::write(&path, text).unwrap();
        let mut lines = Lines::open(&path, 0).unwrap();
        for length in lengths {
            let line = lines.next().unwrap().unwrap();
            assert!(line.complete && line.text.len() == length && line.next == line.offset + length as u64 + 2);
        }
        let last = lines.next().unwrap().unwrap();
        assert!(last.text == b"end" && !last.complete);
        assert!(lines.next().unwrap().is_none());
    }
}
