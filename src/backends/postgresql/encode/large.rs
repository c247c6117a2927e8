//! Large text and bytes as binary fields, piece by piece.

use super::text::MAX_FIELD;
use super::{Bad, Column, Done, is_text};
use crate::cell::LargeKind;
use crate::types::Type;

/// What a column takes of large values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Text as it is.
    Text,
    /// Text behind a version byte (`jsonb`).
    Versioned,
    /// Bytes as they are.
    Bytes,
    /// Nothing.
    None,
}

impl Form {
    /// The form of a column's type.
    pub(super) fn of(ty: &Type) -> Form {
        match ty {
            Type::Text { .. } | Type::Enum { .. } | Type::Set { .. } | Type::Json { binary: false } => Form::Text,
            Type::Json { binary: true } => Form::Versioned,
            Type::Native { name, .. } if is_text(name) => Form::Text,
            Type::Bytes { .. } => Form::Bytes,
            _ => Form::None,
        }
    }
}

/// A large value on its way into a field.
pub(super) struct Large {
    pub(super) kind: LargeKind,
    /// Bytes that are still to come.
    pub(super) left: u64,
    /// Code points so far, and those up to the last one that is no blank; only counted where it matters.
    characters: Option<(u64, u64)>,
}

impl Large {
    /// Begins the field: the server wants to know its length first.
    pub(super) fn begin(column: &Column, kind: LargeKind, bytes: u64, out: &mut Vec<u8>) -> Result<Large, Bad> {
        let version: &[u8] = match (column.large, kind) {
            (Form::Text, LargeKind::Text) | (Form::Bytes, LargeKind::Bytes) => &[],
            (Form::Versioned, LargeKind::Text) => &[1],
            _ => return Err(Bad::Kind),
        };
        if kind == LargeKind::Bytes && bytes > column.max {
            return Err(Bad::Length);
        }
        let length = bytes + version.len() as u64;
        let length = u32::try_from(length).ok().filter(|n| *n as usize <= MAX_FIELD).ok_or(Bad::Length)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(version);
        // Code points are never more than bytes, so most texts need no counting.
        let counted = kind == LargeKind::Text && bytes > column.max;
        Ok(Large { kind, left: bytes, characters: counted.then_some((0, 0)) })
    }

    /// Appends a piece. More than was announced would be taken for the next field.
    pub(super) fn piece(&mut self, column: &Column, piece: &[u8], out: &mut Vec<u8>) -> Done {
        self.left = self.left.checked_sub(piece.len() as u64).ok_or(Bad::Length)?;
        if self.kind == LargeKind::Text && memchr::memchr(0, piece).is_some() {
            return Err(Bad::Nul);
        }
        if let Some((all, solid)) = &mut self.characters {
            let end = piece.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
            if end > 0 {
                *solid = *all + code_points(&piece[..end]);
            }
            *all += code_points(piece);
            // The server itself would drop excess trailing blanks without a word; only `char(n)` may.
            if (if column.fixed { *solid } else { *all }) > column.max {
                return Err(Bad::Length);
            }
        }
        out.extend_from_slice(piece);
        Ok(())
    }
}

fn code_points(text: &[u8]) -> u64 {
    // The bytes behind the first one of a character all begin with the bits 10.
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64
}
