//! Large texts whose U+0000 are converted: the new length shows only at the end, so that a file holds them meanwhile.

use crate::cell::{Large, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::large::Field;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, Seek, Write};

/// Read buffer of a held text.
const BUFFER: usize = 64 << 10;

/// Passes a text on with `replacement` in the place of every U+0000; whether it had any.
///
/// # Errors
/// `Io` when the file cannot be written; what the source or the sink returned.
pub(crate) fn replace_nul(value: &mut dyn Large, replacement: &str, next: &mut dyn RowSink) -> Result<bool> {
    let (mut file, mut nuls) = (unnamed_file()?, 0);
    while let Some(piece) = value.piece()? {
        nuls += memchr::memchr_iter(0, piece).count() as u64;
        file.write_all(piece).map_err(fault)?;
    }
    file.rewind().map_err(fault)?;
    let mut source = BufReader::with_capacity(BUFFER, file);
    let held = Field::new(LargeKind::Text, value.bytes(), &mut source, &changed);
    let bytes = value.bytes() - nuls + nuls * replacement.len() as u64;
    next.large(&mut Replaced { held, bytes, replacement, piece: Vec::new() })?;
    Ok(nuls > 0)
}

/// A file that nobody else can open: it is new, only ours to read, and its name is gone at once.
fn unnamed_file() -> Result<File> {
    let name = format!("dbferry-{:016x}", RandomState::new().hash_one(std::process::id()));
    let path = std::env::temp_dir().join(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(fault)?;
    std::fs::remove_file(&path).map_err(fault)?;
    Ok(file)
}

#[cold]
fn fault(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "a temporary file for a long text cannot be used")
        .object(std::env::temp_dir().display().to_string())
        .help("the policy nul-text needs room for the longest text there; TMPDIR names another folder")
        .caused_by(error)
}

#[cold]
fn changed() -> Error {
    fault(io::ErrorKind::InvalidData.into())
}

/// A held text on its way on.
struct Replaced<'a> {
    held: Field<'a>,
    bytes: u64,
    replacement: &'a str,
    piece: Vec<u8>,
}

impl Large for Replaced<'_> {
    fn kind(&self) -> LargeKind {
        LargeKind::Text
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn piece(&mut self) -> Result<Option<&[u8]>> {
        let Some(held) = self.held.piece()? else { return Ok(None) };
        self.piece.clear();
        for (index, part) in held.split(|byte| *byte == 0).enumerate() {
            self.piece.extend_from_slice(if index == 0 { b"" } else { self.replacement.as_bytes() });
            self.piece.extend_from_slice(part);
        }
        Ok(Some(&self.piece))
    }
}
