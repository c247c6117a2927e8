//! Large values on their way into a line: texts and bytes stand in the line itself, LOBs in a file of their own.

use crate::backends::hsqldb::fault::io;
use crate::backends::hsqldb::files::pieces::Draft;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::sql::escape;
use crate::cell::LargeKind;
use crate::error::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// A large value that is being written.
pub(super) enum Large {
    /// Text in quotes.
    Text(Length),
    /// Hexadecimal digits in quotes.
    Bytes(u64),
    /// A CLOB or BLOB, and where it is gathered.
    Lob(Draft, PathBuf),
}

/// Length of a text so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Length {
    pub(super) units: u64,
    pub(super) characters: u64,
}

impl Large {
    /// Begins a value; `None` where the column wants it as a whole.
    ///
    /// # Errors
    /// `Io` when the LOB's file, which `file` names, cannot be made.
    pub(super) fn begin(ty: &ColumnType, kind: LargeKind, file: impl FnOnce() -> PathBuf) -> Result<Option<Large>> {
        let clob = match (&ty.base, kind) {
            (Base::Varchar, LargeKind::Text) => return Ok(Some(Large::Text(Length::default()))),
            (Base::Varbinary, LargeKind::Bytes) => return Ok(Some(Large::Bytes(0))),
            (Base::Clob, LargeKind::Text) => true,
            (Base::Blob, LargeKind::Bytes) => false,
            _ => return Ok(None),
        };
        let path = file();
        let draft = Draft::new(&path, clob).map_err(|e| fault(&path, e))?;
        Ok(Some(Large::Lob(draft, path)))
    }

    /// Whether it stands in the line.
    pub(super) fn is_quoted(&self) -> bool {
        !matches!(self, Large::Lob(..))
    }

    /// Takes a piece.
    ///
    /// # Errors
    /// `Value` when the column cannot hold it, `Io` when the LOB's file cannot be written.
    pub(super) fn piece(&mut self, ty: &ColumnType, piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self {
            Large::Text(length) => {
                length.units += escape::utf16_len(piece);
                // The bytes behind the first one of a character all begin with the bits 10.
                length.characters += piece.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
                escape::encode(piece, Some(b'\''), out);
            }
            Large::Bytes(length) => {
                *length += piece.len() as u64;
                fits(ty, *length)?;
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend(piece.iter().flat_map(|b| [HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]));
            }
            Large::Lob(draft, path) => draft.push(piece).map_err(|e| fault(path, e))?,
        }
        Ok(())
    }
}

/// Refuses what is longer than the column.
///
/// # Errors
/// `Value`, with both lengths.
pub(super) fn fits(ty: &ColumnType, length: u64) -> Result<()> {
    if length <= ty.size {
        return Ok(());
    }
    let what = format!("the value has length {length} and {} holds {}", ty.ddl(), ty.size);
    Err(Error::new(ErrorKind::Value, what))
}

fn fault(path: &Path, error: std::io::Error) -> Error {
    io("a temporary file of the target cannot be written", path, error)
}
