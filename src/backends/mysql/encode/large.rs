//! Large text and bytes as fields of LOAD DATA or values of INSERT, piece by piece.

use super::Style;
use crate::backends::mysql::form::{Bound, Form, Problem};
use crate::backends::mysql::format;
use crate::cell::LargeKind;

/// How the pieces are written.
#[derive(Clone, Copy)]
enum Spelling {
    /// With escapes of LOAD DATA.
    Field,
    /// Between quotes, with escapes.
    Literal,
    /// As hexadecimal digits of their bytes.
    Hex,
    /// They are hexadecimal digits already.
    Digits,
}

/// A large value on its way into a row.
pub(super) struct Large {
    spelling: Spelling,
    /// Written in quotes.
    quoted: bool,
    /// Code points that the column may still take; only counted where it matters.
    room: Option<u64>,
}

impl Large {
    /// Begins a value of `bytes` bytes, which may become longer on its way.
    pub(super) fn begin(
        form: Form,
        style: Style,
        kind: LargeKind,
        bytes: u64,
        out: &mut Vec<u8>,
    ) -> Result<Large, Problem> {
        let spelling = spelling(form, style, kind).ok_or(Problem::Kind(kind.name()))?;
        let room = match form {
            Form::Bytes(max) | Form::Text(Bound::Bytes(max)) if bytes > max => return Err(Problem::Length),
            // No text has more characters than bytes.
            Form::Text(Bound::Characters(max)) if bytes > max => Some(max),
            _ => None,
        };
        let quoted = style == Style::Insert;
        if quoted {
            let hex = matches!(spelling, Spelling::Hex | Spelling::Digits);
            out.extend_from_slice(if hex { b"X'" } else { b"'" });
        }
        Ok(Large { spelling, quoted, room })
    }

    /// Appends a piece.
    pub(super) fn piece(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        if let Some(room) = &mut self.room {
            // The bytes behind the first one of a character all begin with the bits 10.
            let characters = piece.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
            *room = room.checked_sub(characters).ok_or(Problem::Length)?;
        }
        match self.spelling {
            Spelling::Field => format::escaped_field(out, piece),
            Spelling::Literal => format::escaped_literal(out, piece),
            Spelling::Hex => format::hex(out, piece),
            Spelling::Digits if piece.iter().all(u8::is_ascii_hexdigit) => out.extend_from_slice(piece),
            Spelling::Digits => return Err(Problem::Kind("text that is not hexadecimal")),
        }
        Ok(())
    }

    /// Ends the value.
    pub(super) fn end(self, out: &mut Vec<u8>) {
        if self.quoted {
            out.push(b'\'');
        }
    }
}

/// `None` where the column takes no such value.
fn spelling(form: Form, style: Style, kind: LargeKind) -> Option<Spelling> {
    Some(match (form, style, kind) {
        (Form::Hex, _, LargeKind::Text) => Spelling::Digits,
        (Form::Hex, _, LargeKind::Bytes) => Spelling::Hex,
        (Form::Text(_), Style::Load, LargeKind::Text) | (Form::Bytes(_), Style::Load, _) => Spelling::Field,
        (Form::Text(_), Style::Insert, LargeKind::Text) => Spelling::Literal,
        (Form::Bytes(_), Style::Insert, _) => Spelling::Hex,
        _ => return None,
    })
}
