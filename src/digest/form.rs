//! The canonical form of a value: equal for what is equal, whatever type it has on either side.

use crate::cell::{Cell, Special};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Canon;

const NULL: u8 = 0;
const INT: u8 = 1;
const BIG: u8 = 2;
const DECIMAL: u8 = 3;
const FLOAT: u8 = 4;
pub(super) const TEXT: u8 = 5;
pub(super) const BYTES: u8 = 6;
const DATE: u8 = 7;
const TIME: u8 = 8;
const TIMESTAMP: u8 = 9;
const INTERVAL: u8 = 10;
const UUID: u8 = 11;
const BITS: u8 = 12;
const SPECIAL: u8 = 13;
const LONG_DECIMAL: u8 = 14;

/// Appends the canonical form of `cell` to `out`. Inlined, so that short forms need no call; long ones get their own.
#[inline(always)]
pub(super) fn canonical(canon: Canon, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<()> {
    match (canon, cell) {
        (_, Cell::Null) => out.push(NULL),
        (Canon::Text, Cell::Text(text)) => put_sized(TEXT, text.as_bytes(), out),
        (Canon::Int, Cell::I64(n)) => put_int(n, out),
        (Canon::Int, Cell::Bool(b)) => put_int(i64::from(b), out),
        (Canon::Decimal, Cell::Decimal(digits)) => put_decimal(digits, out),
        (Canon::Timestamp, Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos)) => {
            let mut form = [TIMESTAMP; 13];
            form[1..5].copy_from_slice(&days.to_le_bytes());
            form[5..].copy_from_slice(&nanos.to_le_bytes());
            out.extend_from_slice(&form);
        }
        (Canon::Bytes, Cell::Bytes(bytes)) => put_sized(BYTES, bytes, out),
        (Canon::Float4 | Canon::Float8, Cell::F64(f)) => put_float(f, out),
        (Canon::Date, Cell::Date(days)) => {
            out.push(DATE);
            out.extend_from_slice(&days.to_le_bytes());
        }
        (Canon::Uuid, Cell::Uuid(uuid)) => {
            out.push(UUID);
            out.extend_from_slice(&uuid);
        }
        (canon, cell) => return canonical_of_twin(canon, cell, out),
    }
    Ok(())
}

/// Forms that arise where the two sides have different types for the same value.
#[cold]
fn canonical_of_twin(canon: Canon, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<()> {
    match (canon, cell) {
        (_, Cell::Special(special)) => put_special(special, out),
        (Canon::PaddedText, Cell::Text(text)) => put_sized(TEXT, text.trim_end_matches(' ').as_bytes(), out),
        (Canon::Int, Cell::Decimal(digits)) => match digits.split('.').next().unwrap_or(digits).parse() {
            Ok(n) => put_i128(n, out),
            Err(_) => return Err(mismatch(canon, cell)),
        },
        (Canon::Int, Cell::U64(n)) => put_i128(i128::from(n), out),
        (Canon::Int, Cell::Bits(bits, len)) => put_i128(bits_to_int(bits, len), out),
        (Canon::Decimal, Cell::I64(n)) => put_decimal(itoa::Buffer::new().format(n), out),
        (Canon::Decimal, Cell::U64(n)) => put_decimal(itoa::Buffer::new().format(n), out),
        (Canon::Decimal, Cell::Text(digits)) => put_decimal(digits, out),
        (Canon::Float4 | Canon::Float8, Cell::F32(f)) => put_float(f64::from(f), out),
        (Canon::Date, Cell::Timestamp(days, 0)) => return canonical(canon, Cell::Date(days), out),
        (Canon::Timestamp, Cell::Date(days)) => return canonical(canon, Cell::Timestamp(days, 0), out),
        (Canon::Time, Cell::Time(nanos)) => put_time(nanos, out),
        (Canon::Time, Cell::Interval(0, days, nanos)) => {
            put_time(i64::from(days) * crate::calendar::NANOS_PER_DAY + nanos, out);
        }
        (Canon::Time, Cell::TimeTz(nanos, offset)) => {
            put_time(nanos, out);
            out.extend_from_slice(&offset.to_le_bytes());
        }
        (Canon::Interval, Cell::Interval(months, days, nanos)) => {
            out.push(INTERVAL);
            out.extend_from_slice(&months.to_le_bytes());
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&nanos.to_le_bytes());
        }
        (Canon::Uuid, Cell::Text(text)) => {
            out.push(UUID);
            let start = out.len();
            put_hex(text, out);
            if out.len() - start != 16 {
                return Err(mismatch(canon, cell));
            }
        }
        (Canon::Uuid, Cell::Bytes(bytes)) if bytes.len() == 16 => {
            out.push(UUID);
            out.extend_from_slice(bytes);
        }
        (Canon::Bits, Cell::Bits(bits, len)) => {
            out.push(BITS);
            out.extend_from_slice(&len.to_le_bytes());
            out.extend_from_slice(bits);
        }
        (Canon::Bytes, Cell::Text(text)) => put_sized(BYTES, text.as_bytes(), out),
        (Canon::Text, Cell::BrokenText(text)) => put_sized(TEXT, text, out),
        (Canon::PaddedText, Cell::BrokenText(text)) => {
            let end = text.iter().rposition(|b| *b != b' ').map_or(0, |at| at + 1);
            put_sized(TEXT, &text[..end], out);
        }
        (canon, cell) => return Err(mismatch(canon, cell)),
    }
    Ok(())
}

fn mismatch(canon: Canon, cell: Cell<'_>) -> Error {
    Error::new(ErrorKind::Read, format!("a value of kind {} cannot be compared as {canon:?}", cell.kind()))
        .help("the column's type changed since the plan was made; run again")
}

#[inline(never)]
fn put_sized(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(9 + bytes.len());
    put_word(tag, (bytes.len() as u64).to_le_bytes(), out);
    out.extend_from_slice(bytes);
}

/// In one go: each step by itself would ask whether there is room.
#[inline]
fn put_word(tag: u8, word: [u8; 8], out: &mut Vec<u8>) {
    let mut form = [tag; 9];
    form[1..].copy_from_slice(&word);
    out.extend_from_slice(&form);
}

#[inline]
fn put_int(n: i64, out: &mut Vec<u8>) {
    put_word(INT, n.to_le_bytes(), out);
}

fn put_i128(n: i128, out: &mut Vec<u8>) {
    match i64::try_from(n) {
        Ok(n) => put_int(n, out),
        Err(_) => {
            out.push(BIG);
            out.extend_from_slice(&n.to_le_bytes());
        }
    }
}

/// Bytes of the form of a decimal whose text is short, as nearly all are.
const SHORT: usize = 16;

/// The text without leading zeros, without trailing zeros of the fraction, and without the sign of zero: padded to a
/// form of fixed length if it is short, else with its length.
#[inline(never)]
fn put_decimal(digits: &str, out: &mut Vec<u8>) {
    match plain_decimal(digits.as_bytes()) {
        Some(text) => put_short_decimal(text.to_le_bytes(), out),
        None => put_any_decimal(digits.as_bytes(), out),
    }
}

/// The same for what starts with a digit other than zero, in registers: no search, no copy of unknown length.
#[inline]
fn plain_decimal(digits: &[u8]) -> Option<u128> {
    if digits.len() > SHORT || !(b'1'..=b'9').contains(digits.first()?) {
        return None;
    }
    let text = load(digits);
    let upto = |len: usize| u128::MAX >> (128 - 8 * len);
    // Of the bytes that a decimal has, digits have this bit and the point has not.
    let points = !text & u128::from_le_bytes([0x10; SHORT]) & upto(digits.len());
    if points == 0 {
        return Some(text);
    }
    let from_end = (text << (128 - 8 * digits.len())) ^ u128::from_le_bytes([b'0'; SHORT]);
    let (kept, point) = (digits.len() - from_end.leading_zeros() as usize / 8, points.trailing_zeros() as usize / 8);
    Some(text & upto(if kept == point + 1 { point } else { kept }))
}

/// Up to 16 bytes as one number, the first the lowest. Of two words that overlap, the shared bytes are the same.
#[inline]
fn load(bytes: &[u8]) -> u128 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        u128::from(first) | u128::from(last) << (8 * (bytes.len() - 8))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u128::from(first) | u128::from(last) << (8 * (bytes.len() - 4))
    } else {
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}

pub(super) fn put_any_decimal(digits: &[u8], out: &mut Vec<u8>) {
    let (negative, digits) = match digits {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, &[][..]),
    };
    let whole = &whole[whole.iter().position(|b| *b != b'0').unwrap_or(whole.len())..];
    let fraction = &fraction[..fraction.iter().rposition(|b| *b != b'0').map_or(0, |at| at + 1)];
    let sign: &[u8] = if negative && !(whole.is_empty() && fraction.is_empty()) { b"-" } else { b"" };
    let point: &[u8] = if fraction.is_empty() { b"" } else { b"." };
    let parts = [sign, whole, point, fraction];
    let len: usize = parts.iter().map(|part| part.len()).sum();
    if len > SHORT {
        put_word(LONG_DECIMAL, (len as u64).to_le_bytes(), out);
        return parts.iter().for_each(|part| out.extend_from_slice(part));
    }
    let mut text = [0; SHORT];
    let mut at = 0;
    for part in parts {
        text[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    put_short_decimal(text, out);
}

#[inline]
fn put_short_decimal(text: [u8; SHORT], out: &mut Vec<u8>) {
    let mut form = [DECIMAL; SHORT + 1];
    form[1..].copy_from_slice(&text);
    out.extend_from_slice(&form);
}

fn put_float(f: f64, out: &mut Vec<u8>) {
    let f = if f.is_nan() {
        f64::NAN
    } else if f == 0.0 {
        0.0
    } else {
        f
    };
    put_word(FLOAT, f.to_bits().to_le_bytes(), out);
}

fn put_time(nanos: i64, out: &mut Vec<u8>) {
    out.push(TIME);
    out.extend_from_slice(&nanos.to_le_bytes());
}

fn put_hex(text: &str, out: &mut Vec<u8>) {
    let mut high = None;
    for digit in text.bytes().filter_map(|b| (b as char).to_digit(16)) {
        match high.take() {
            None => high = Some(digit),
            Some(h) => out.push((h * 16 + digit) as u8),
        }
    }
}

fn put_special(special: Special, out: &mut Vec<u8>) {
    out.push(SPECIAL);
    match special {
        Special::Infinity => out.push(1),
        Special::NegativeInfinity => out.push(2),
        Special::Nan => out.push(3),
        Special::ZeroDate(year, month, day, nanos) => {
            out.push(4);
            out.extend_from_slice(&year.to_le_bytes());
            out.extend_from_slice(&[month, day]);
            out.extend_from_slice(&nanos.to_le_bytes());
        }
    }
}

/// The number whose binary digits are the first `len` bits.
fn bits_to_int(bits: &[u8], len: u32) -> i128 {
    (0..len as usize).fold(0, |n, i| {
        let bit = bits.get(i / 8).map_or(0, |byte| byte >> (7 - i % 8) & 1);
        n << 1 | i128::from(bit)
    })
}
