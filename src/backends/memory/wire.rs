//! The private wire form of rows: what the encoder writes, tables store and readers decode in place.
//!
//! A row is its length (4 bytes, little-endian) and its cells; a cell is a tag byte and its payload.
//! Small integers take few bytes; text, bytes and digits have their length in front (LEB128).

use crate::cell::{Cell, Special};

/// Bytes before the cells of a row.
pub(super) const HEADER: usize = 4;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT1: u8 = 3;
const INT2: u8 = 4;
const INT4: u8 = 5;
const INT8: u8 = 6;
const UINT: u8 = 7;
const DECIMAL: u8 = 8;
const F32: u8 = 9;
const F64: u8 = 10;
const TEXT: u8 = 11;
const BYTES: u8 = 12;
const DATE: u8 = 13;
const TIME: u8 = 14;
const TIME_TZ: u8 = 15;
const TIMESTAMP: u8 = 16;
const INSTANT: u8 = 17;
const INTERVAL: u8 = 18;
const UUID: u8 = 19;
const BITS: u8 = 20;
const INFINITY: u8 = 21;
const NEGATIVE_INFINITY: u8 = 22;
const NAN: u8 = 23;
const ZERO_DATE: u8 = 24;
const BROKEN_TEXT: u8 = 25;

/// Appends one cell.
#[inline]
pub(super) fn put(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => out.push(NULL),
        Cell::Bool(b) => out.push(if b { TRUE } else { FALSE }),
        Cell::I64(n) => put_int(n, out),
        Cell::U64(n) => put_fixed(UINT, &n.to_le_bytes(), out),
        Cell::Decimal(digits) => put_sized(DECIMAL, digits.as_bytes(), out),
        Cell::F32(f) => put_fixed(F32, &f.to_bits().to_le_bytes(), out),
        Cell::F64(f) => put_fixed(F64, &f.to_bits().to_le_bytes(), out),
        Cell::Text(text) => put_sized(TEXT, text.as_bytes(), out),
        Cell::BrokenText(text) => put_sized(BROKEN_TEXT, text, out),
        Cell::Bytes(bytes) => put_sized(BYTES, bytes, out),
        Cell::Date(days) => put_fixed(DATE, &days.to_le_bytes(), out),
        Cell::Time(nanos) => put_fixed(TIME, &nanos.to_le_bytes(), out),
        Cell::TimeTz(nanos, offset) => {
            put_fixed(TIME_TZ, &nanos.to_le_bytes(), out);
            out.extend_from_slice(&offset.to_le_bytes());
        }
        Cell::Timestamp(days, nanos) => put_moment(TIMESTAMP, days, nanos, out),
        Cell::Instant(days, nanos) => put_moment(INSTANT, days, nanos, out),
        Cell::Interval(months, days, nanos) => {
            put_fixed(INTERVAL, &months.to_le_bytes(), out);
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&nanos.to_le_bytes());
        }
        Cell::Uuid(uuid) => put_fixed(UUID, &uuid, out),
        Cell::Bits(bits, len) => {
            put_fixed(BITS, &len.to_le_bytes(), out);
            put_len(bits.len(), out);
            out.extend_from_slice(bits);
        }
        Cell::Special(special) => put_special(special, out),
    }
}

#[inline]
fn put_fixed(tag: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(payload);
}

#[inline]
fn put_int(n: i64, out: &mut Vec<u8>) {
    if let Ok(n) = i8::try_from(n) {
        put_fixed(INT1, &n.to_le_bytes(), out);
    } else if let Ok(n) = i16::try_from(n) {
        put_fixed(INT2, &n.to_le_bytes(), out);
    } else if let Ok(n) = i32::try_from(n) {
        put_fixed(INT4, &n.to_le_bytes(), out);
    } else {
        put_fixed(INT8, &n.to_le_bytes(), out);
    }
}

#[inline]
fn put_sized(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    put_len(bytes.len(), out);
    out.extend_from_slice(bytes);
}

#[inline]
fn put_len(mut len: usize, out: &mut Vec<u8>) {
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
}

fn put_moment(tag: u8, days: i32, nanos: i64, out: &mut Vec<u8>) {
    put_fixed(tag, &days.to_le_bytes(), out);
    out.extend_from_slice(&nanos.to_le_bytes());
}

fn put_special(special: Special, out: &mut Vec<u8>) {
    match special {
        Special::Infinity => out.push(INFINITY),
        Special::NegativeInfinity => out.push(NEGATIVE_INFINITY),
        Special::Nan => out.push(NAN),
        Special::ZeroDate(year, month, day, nanos) => {
            put_fixed(ZERO_DATE, &year.to_le_bytes(), out);
            out.extend_from_slice(&[month, day]);
            out.extend_from_slice(&nanos.to_le_bytes());
        }
    }
}

/// The cells of one row, decoded one after the other; `None` where the bytes are no cell.
pub(super) struct Decoder<'a>(pub(super) &'a [u8]);

impl<'a> Decoder<'a> {
    /// The next cell.
    #[inline]
    pub(super) fn cell(&mut self) -> Option<Cell<'a>> {
        let [tag] = self.array()?;
        Some(match tag {
            NULL => Cell::Null,
            FALSE => Cell::Bool(false),
            TRUE => Cell::Bool(true),
            INT1 => Cell::I64(i64::from(i8::from_le_bytes(self.array()?))),
            INT2 => Cell::I64(i64::from(i16::from_le_bytes(self.array()?))),
            INT4 => Cell::I64(i64::from(self.i32()?)),
            INT8 => Cell::I64(self.i64()?),
            UINT => Cell::U64(u64::from_le_bytes(self.array()?)),
            DECIMAL => Cell::Decimal(self.text()?),
            F32 => Cell::F32(f32::from_bits(u32::from_le_bytes(self.array()?))),
            F64 => Cell::F64(f64::from_bits(u64::from_le_bytes(self.array()?))),
            TEXT => Cell::Text(self.text()?),
            BROKEN_TEXT => Cell::BrokenText(self.sized()?),
            BYTES => Cell::Bytes(self.sized()?),
            DATE => Cell::Date(self.i32()?),
            TIME => Cell::Time(self.i64()?),
            TIME_TZ => Cell::TimeTz(self.i64()?, self.i32()?),
            TIMESTAMP => Cell::Timestamp(self.i32()?, self.i64()?),
            INSTANT => Cell::Instant(self.i32()?, self.i64()?),
            INTERVAL => Cell::Interval(self.i32()?, self.i32()?, self.i64()?),
            UUID => Cell::Uuid(self.array()?),
            BITS => {
                let len = u32::from_le_bytes(self.array()?);
                Cell::Bits(self.sized()?, len)
            }
            other => Cell::Special(self.special(other)?),
        })
    }

    fn special(&mut self, tag: u8) -> Option<Special> {
        Some(match tag {
            INFINITY => Special::Infinity,
            NEGATIVE_INFINITY => Special::NegativeInfinity,
            NAN => Special::Nan,
            ZERO_DATE => {
                let year = u16::from_le_bytes(self.array()?);
                let [month, day] = self.array()?;
                Special::ZeroDate(year, month, day, self.i64()?)
            }
            _ => return None,
        })
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    #[inline]
    fn sized(&mut self) -> Option<&'a [u8]> {
        let mut len = 0usize;
        for shift in (0..usize::BITS).step_by(7) {
            let [byte] = self.array()?;
            len |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let (bytes, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                return Some(bytes);
            }
        }
        None
    }

    #[inline]
    fn text(&mut self) -> Option<&'a str> {
        simdutf8::basic::from_utf8(self.sized()?).ok()
    }
}

/// The rows of a buffer, without their headers; `None` where a row is cut off.
pub(super) fn rows(mut buffer: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    std::iter::from_fn(move || {
        if buffer.is_empty() {
            return None;
        }
        let row = split_row(buffer);
        buffer = row.map_or(&[], |(_, rest)| rest);
        Some(row.map(|(row, _)| row))
    })
}

fn split_row(buffer: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, rest) = buffer.split_first_chunk::<HEADER>()?;
    rest.split_at_checked(u32::from_le_bytes(*header) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::memory::Value;
    use crate::backends::memory::testing::any_value;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_round_trips(values in prop::collection::vec(any_value(), 0..20)) {
            let mut bytes = Vec::new();
            values.iter().for_each(|value| put(value.cell(), &mut bytes));
            let mut decoder = Decoder(&bytes);
            for value in &values {
                prop_assert_eq!(decoder.cell().map(Value::from), Some(value.clone()));
            }
            prop_assert!(decoder.0.is_empty());
        }

        #[test]
        fn foreign_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = Decoder(&bytes);
            while decoder.cell().is_some() {}
            rows(&bytes).for_each(drop);
        }
    }

    #[test]
    fn a_row_that_is_cut_off_is_seen() {
        assert_eq!(rows(&[1, 0, 0, 0, 0, 2, 0, 0, 0, 9]).collect::<Vec<_>>(), [Some(&[0][..]), None]);
    }
}
