//! The checksum of rows: a canonical form that does not depend on the engine, hashed and summed.
//!
//! Per cell a tag, a length where the form has none, and the canonical bytes; per row xxh3-128;
//! per table the number of rows and the sum of hashes modulo 2^128. A sum, unlike an exclusive or,
//! does not cancel out rows that stand twice, and does not depend on the order of rows.

use crate::cell::{Cell, FrameSink, Large, LargeKind, RowSink, Special};
use crate::error::{Error, ErrorKind, Result};
use crate::hashed::Hashed;
use crate::large::{drain, gather};
use crate::plan::Canon;
use serde::Serialize;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Number of rows and sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sum {
    /// Rows.
    pub(crate) rows: u64,
    /// Σ hash mod 2^128.
    pub(crate) hash: u128,
}

impl Sum {
    /// Adds one row's hash.
    #[inline]
    pub(crate) fn add(&mut self, hash: u128) {
        self.rows += 1;
        self.hash = self.hash.wrapping_add(hash);
    }

    /// What is left when a part is taken away. A side that is written meanwhile can lack rows of the part.
    pub(crate) fn without(self, part: Sum) -> Sum {
        Sum { rows: self.rows.saturating_sub(part.rows), hash: self.hash.wrapping_sub(part.hash) }
    }

    /// Adds the rows of another part.
    pub(crate) fn merge(&mut self, other: Sum) {
        self.rows += other.rows;
        self.hash = self.hash.wrapping_add(other.hash);
    }
}

/// Sink that hashes rows on their way to the next sink.
pub(crate) struct Digest<'a, S> {
    canons: &'a [Canon],
    column: usize,
    row: Vec<u8>,
    /// What came before `row` of a row with large values.
    begun: Option<Box<Xxh3>>,
    pub(crate) sum: Sum,
    pub(crate) next: S,
}

impl<'a, S> Digest<'a, S> {
    pub(crate) fn new(canons: &'a [Canon], next: S) -> Self {
        Digest { canons, column: 0, row: Vec::with_capacity(1024), begun: None, sum: Sum::default(), next }
    }

    fn canon(&self) -> Result<Canon> {
        let canon = self.canons.get(self.column).copied();
        canon.ok_or_else(|| Error::new(ErrorKind::Read, "the server sent more columns than were asked for"))
    }
}

impl<S: RowSink> RowSink for Digest<'_, S> {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        canonical(self.canon()?, cell, &mut self.row)?;
        self.column += 1;
        self.next.cell(cell)
    }

    /// The same hash as of the value in one piece.
    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        let tag = match (self.canon()?, value.kind()) {
            (Canon::Text, LargeKind::Text) => TEXT,
            (Canon::Bytes, _) => BYTES,
            // The blanks that padded text ends with do not count, so that its length shows at its end.
            _ => return gather(value, |cell| self.cell(cell)),
        };
        self.row.push(tag);
        self.row.extend_from_slice(&value.bytes().to_le_bytes());
        self.column += 1;
        let hasher = self.begun.get_or_insert_default();
        hasher.update(&self.row);
        self.row.clear();
        let mut hashed = Hashed { hasher, value };
        self.next.large(&mut hashed)?;
        drain(&mut hashed)
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        let hash = match self.begun.take() {
            None => xxh3_128(&self.row),
            Some(mut hasher) => {
                hasher.update(&self.row);
                hasher.digest128()
            }
        };
        self.sum.add(hash);
        self.row.clear();
        self.column = 0;
        self.next.end_row()
    }
}

/// Sink that hashes frames on their way to the next sink. Bytes of a frame before the payload: type and length.
pub(crate) struct DigestFrames<S> {
    pub(crate) sum: Sum,
    pub(crate) next: S,
}

impl<S: FrameSink> FrameSink for DigestFrames<S> {
    #[inline]
    fn frame(&mut self, frame: &[u8]) -> Result<()> {
        self.sum.add(xxh3_128(frame));
        self.next.frame(frame)
    }

    fn large(&mut self, row: &mut dyn Large) -> Result<()> {
        let mut hasher = Xxh3::new();
        let mut hashed = Hashed { hasher: &mut hasher, value: row };
        self.next.large(&mut hashed)?;
        drain(&mut hashed)?;
        self.sum.add(hasher.digest128());
        Ok(())
    }
}

/// Sink that only counts rows, and the end of every chain that does not write.
#[derive(Default)]
pub(crate) struct Discard {
    pub(crate) rows: u64,
}

impl RowSink for Discard {
    fn cell(&mut self, _cell: Cell<'_>) -> Result<()> {
        Ok(())
    }

    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        drain(value)
    }

    fn end_row(&mut self) -> Result<()> {
        self.rows += 1;
        Ok(())
    }
}

impl FrameSink for Discard {
    fn frame(&mut self, _frame: &[u8]) -> Result<()> {
        self.rows += 1;
        Ok(())
    }

    fn large(&mut self, row: &mut dyn Large) -> Result<()> {
        self.rows += 1;
        drain(row)
    }
}

const NULL: u8 = 0;
const INT: u8 = 1;
const BIG: u8 = 2;
const DECIMAL: u8 = 3;
const FLOAT: u8 = 4;
const TEXT: u8 = 5;
const BYTES: u8 = 6;
const DATE: u8 = 7;
const TIME: u8 = 8;
const TIMESTAMP: u8 = 9;
const INTERVAL: u8 = 10;
const UUID: u8 = 11;
const BITS: u8 = 12;
const SPECIAL: u8 = 13;

/// Appends the canonical form of `cell` to `out`.
#[inline]
fn canonical(canon: Canon, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<()> {
    match (canon, cell) {
        (_, Cell::Null) => out.push(NULL),
        (_, Cell::Special(special)) => put_special(special, out),
        (Canon::Text, Cell::Text(text)) => put_sized(TEXT, text.as_bytes(), out),
        (Canon::Int, Cell::I64(n)) => put_int(n, out),
        (Canon::Int, Cell::Bool(b)) => put_int(i64::from(b), out),
        (Canon::Int, Cell::U64(n)) => put_i128(i128::from(n), out),
        (Canon::Decimal, Cell::Decimal(digits)) => put_decimal(digits, out),
        (Canon::Timestamp, Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos)) => {
            let mut form = [TIMESTAMP; 13];
            form[1..5].copy_from_slice(&days.to_le_bytes());
            form[5..].copy_from_slice(&nanos.to_le_bytes());
            out.extend_from_slice(&form);
        }
        (Canon::Bytes, Cell::Bytes(bytes)) => put_sized(BYTES, bytes, out),
        (Canon::Float4 | Canon::Float8, Cell::F32(f)) => put_float(f64::from(f), out),
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
        (Canon::PaddedText, Cell::Text(text)) => put_sized(TEXT, text.trim_end_matches(' ').as_bytes(), out),
        (Canon::Int, Cell::Decimal(digits)) => match digits.split('.').next().unwrap_or(digits).parse() {
            Ok(n) => put_i128(n, out),
            Err(_) => return Err(mismatch(canon, cell)),
        },
        (Canon::Int, Cell::Bits(bits, len)) => put_i128(bits_to_int(bits, len), out),
        (Canon::Decimal, Cell::I64(n)) => put_decimal(itoa::Buffer::new().format(n), out),
        (Canon::Decimal, Cell::U64(n)) => put_decimal(itoa::Buffer::new().format(n), out),
        (Canon::Decimal, Cell::Text(digits)) => put_decimal(digits, out),
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

#[inline]
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

/// Digits without leading zeros, without trailing zeros of the fraction, and without the sign of zero.
#[inline]
fn put_decimal(digits: &str, out: &mut Vec<u8>) {
    let (negative, digits) = match digits.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let point = memchr::memchr(b'.', digits);
    let (whole, fraction) = match point {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, &[][..]),
    };
    let whole = &whole[whole.iter().position(|b| *b != b'0').unwrap_or(whole.len())..];
    let fraction = &fraction[..fraction.iter().rposition(|b| *b != b'0').map_or(0, |at| at + 1)];
    let sign = negative && !(whole.is_empty() && fraction.is_empty());
    let mut form = [DECIMAL; 10];
    form[1] = u8::from(sign);
    form[2..6].copy_from_slice(&(whole.len() as u32).to_le_bytes());
    form[6..].copy_from_slice(&(fraction.len() as u32).to_le_bytes());
    out.extend_from_slice(&form);
    out.extend_from_slice(whole);
    out.extend_from_slice(fraction);
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

#[cfg(test)]
mod tests;
