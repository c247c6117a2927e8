//! Text, bytes, bit strings and UUIDs as binary fields.

use super::{Bad, Column, Done};
use crate::cell::Cell;

/// Longest field that the server takes: within 1 GiB it also wants room for the row's and the value's headers.
pub(super) const MAX_FIELD: usize = (1 << 30) - 64;

/// Appends a field after a `prefix`.
fn field(out: &mut Vec<u8>, prefix: &[u8], bytes: &[u8]) -> Done {
    let length = prefix.len() + bytes.len();
    if length > MAX_FIELD {
        return Err(Bad::Length);
    }
    out.extend_from_slice(&(length as u32).to_be_bytes());
    out.extend_from_slice(prefix);
    out.extend_from_slice(bytes);
    Ok(())
}

pub(super) fn text(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let mut digits = itoa::Buffer::new();
    match cell {
        Cell::Text(text) => checked(column, text, &[], out),
        Cell::I64(n) => checked(column, digits.format(n), &[], out),
        Cell::U64(n) => checked(column, digits.format(n), &[], out),
        Cell::Decimal(text) => checked(column, text, &[], out),
        Cell::Uuid(bytes) => {
            let hyphenated = hyphenated(bytes);
            checked(column, std::str::from_utf8(&hyphenated).map_err(|_| Bad::Kind)?, &[], out)
        }
        _ => Err(Bad::Kind),
    }
}

/// Types that only travel as whole frames from another PostgreSQL database.
pub(super) fn nothing(_: &Column, _: Cell<'_>, _: &mut Vec<u8>) -> Done {
    Err(Bad::Kind)
}

/// `jsonb` is text behind a version byte.
pub(super) fn jsonb(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    match cell {
        Cell::Text(text) => checked(column, text, &[1], out),
        _ => Err(Bad::Kind),
    }
}

fn checked(column: &Column, text: &str, prefix: &[u8], out: &mut Vec<u8>) -> Done {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(Bad::Nul);
    }
    // Code points are never more than bytes, so most texts need no counting.
    if text.len() as u64 > column.max && too_long(column, text) {
        return Err(Bad::Length);
    }
    field(out, prefix, text.as_bytes())
}

/// The server itself would drop excess trailing blanks without a word; only `char(n)` may.
fn too_long(column: &Column, text: &str) -> bool {
    let text = if column.fixed { text.trim_end_matches(' ') } else { text };
    text.chars().count() as u64 > column.max
}

pub(super) fn bytes(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let bytes: &[u8] = match &cell {
        Cell::Bytes(bytes) => bytes,
        Cell::Uuid(bytes) => bytes,
        _ => return Err(Bad::Kind),
    };
    if bytes.len() as u64 > column.max {
        return Err(Bad::Length);
    }
    field(out, &[], bytes)
}

pub(super) fn uuid(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    match cell {
        Cell::Uuid(bytes) => field(out, &[], &bytes),
        Cell::Bytes(bytes) if bytes.len() == 16 => field(out, &[], bytes),
        _ => Err(Bad::Kind),
    }
}

fn hyphenated(bytes: [u8; 16]) -> [u8; 36] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    text
}

pub(super) fn bits(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    match cell {
        Cell::Bits(bits, length) => bit_string(column, bits, length, out),
        Cell::U64(n) if column.fixed && column.max <= 64 => {
            let length = column.max as u32;
            if length < 64 && n >> length != 0 {
                return Err(Bad::Bits);
            }
            let aligned = if length == 0 { 0 } else { n << (64 - length) };
            bit_string(column, &aligned.to_be_bytes()[..(length as usize).div_ceil(8)], length, out)
        }
        _ => Err(Bad::Kind),
    }
}

fn bit_string(column: &Column, bits: &[u8], length: u32, out: &mut Vec<u8>) -> Done {
    let fits = if column.fixed { u64::from(length) == column.max } else { u64::from(length) <= column.max };
    if !fits || bits.len() != (length as usize).div_ceil(8) {
        return Err(Bad::Bits);
    }
    field(out, &length.to_be_bytes(), bits)
}
