//! Columns of a row in the data file: cut into values, values decoded to cells.

use super::lobs::LobReader;
use crate::backends::hsqldb::fault::damaged;
use crate::backends::hsqldb::model::catalog::Slot;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::rows::encode;
use crate::backends::hsqldb::rows::interval::split as split_interval;
use crate::backends::hsqldb::rows::literal::text_cell;
use crate::backends::hsqldb::rows::split::Raw;
use crate::backends::hsqldb::rows::temporal::{Day, instant};
use crate::backends::hsqldb::sql::escape;
use crate::cell::Cell;
use crate::error::Result;

const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000_000;

/// Cuts the columns of a row.
///
/// # Errors
/// `Read` when a value lies beyond the end of its row.
pub(crate) fn split<'a>(mut bytes: &'a [u8], layout: &[Slot]) -> Result<Vec<Raw<'a>>> {
    let mut raws = Vec::with_capacity(layout.len());
    for slot in layout {
        let (raw, rest) = value(&slot.ty, bytes).ok_or_else(|| damaged("a row in the data file is cut off"))?;
        raws.push(raw);
        bytes = rest;
    }
    Ok(raws)
}

/// One value and what follows it.
fn value<'a>(ty: &ColumnType, bytes: &'a [u8]) -> Option<(Raw<'a>, &'a [u8])> {
    match bytes.split_first()? {
        (0, rest) => Some((Raw::Bare(b"NULL"), rest)),
        (1, rest) => {
            let (value, rest) = rest.split_at_checked(width(ty, rest)?)?;
            Some((Raw::Binary(value), rest))
        }
        _ => None,
    }
}

/// Bytes of a value, its length word included.
fn width(ty: &ColumnType, bytes: &[u8]) -> Option<usize> {
    let sized = || usize::try_from(i32_at(bytes, 0)?).ok()?.checked_add(4);
    match &ty.base {
        Base::Boolean => Some(1),
        Base::Tinyint | Base::Smallint => Some(2),
        Base::Integer => Some(4),
        Base::Bigint | Base::Double | Base::Date | Base::Clob | Base::Blob | Base::Months { .. } | Base::Time => {
            Some(8)
        }
        Base::Timestamp | Base::Seconds { .. } | Base::TimeTz => Some(12),
        Base::TimestampTz => Some(16),
        Base::Char | Base::Varchar | Base::Binary | Base::Varbinary | Base::Uuid | Base::Other => sized(),
        Base::Decimal => sized()?.checked_add(4),
        Base::Bit | Base::BitVarying => Some(usize::try_from(i32_at(bytes, 0)?).ok()?.div_ceil(8) + 4),
        Base::Array(element, _) => {
            let count = usize::try_from(i32_at(bytes, 0)?).ok()?;
            let mut rest = bytes.get(4..)?;
            for _ in 0..count {
                rest = value(element, rest)?.1;
            }
            Some(bytes.len() - rest.len())
        }
    }
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn i64_at(bytes: &[u8], at: usize) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Decodes a value that [`split`] cut.
///
/// # Errors
/// `Read` when it is no value of its type.
pub(crate) fn cell<'a>(
    ty: &ColumnType,
    bytes: &'a [u8],
    lobs: &mut LobReader,
    scratch: &'a mut Vec<u8>,
) -> Result<Cell<'a>> {
    let wrong = || damaged(format!("a value in the data file is no {}", ty.ddl()));
    match &ty.base {
        Base::Clob | Base::Blob => lobs.read(i64_at(bytes, 0).ok_or_else(wrong)?, scratch),
        Base::Char | Base::Varchar => {
            let broken = modified_utf8(bytes.get(4..).unwrap_or_default(), scratch).ok_or_else(wrong)?;
            text_cell(scratch, broken)
        }
        Base::Array(element, _) => {
            array(element, bytes, lobs, scratch)?;
            text_cell(scratch, false)
        }
        _ => plain(ty, bytes, scratch).ok_or_else(wrong),
    }
}

fn plain<'a>(ty: &ColumnType, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<Cell<'a>> {
    Some(match &ty.base {
        Base::Tinyint | Base::Smallint => Cell::I64(i64::from(i16::from_be_bytes(bytes.try_into().ok()?))),
        Base::Integer => Cell::I64(i64::from(i32_at(bytes, 0)?)),
        Base::Bigint => Cell::I64(i64_at(bytes, 0)?),
        Base::Double => Cell::F64(f64::from_bits(i64_at(bytes, 0)? as u64)),
        Base::Boolean => Cell::Bool(*bytes.first()? != 0),
        Base::Decimal => decimal(bytes, scratch)?,
        Base::Binary | Base::Varbinary | Base::Other => Cell::Bytes(bytes.get(4..)?),
        Base::Uuid => Cell::Uuid(bytes.get(4..)?.try_into().ok()?),
        Base::Bit | Base::BitVarying => Cell::Bits(bytes.get(4..)?, u32::try_from(i32_at(bytes, 0)?).ok()?),
        Base::Date => Day::from_java(i64_at(bytes, 0)?.div_euclid(DAY))?.date(),
        Base::Time => Cell::Time(clock(i32_at(bytes, 0)?.into(), i32_at(bytes, 4)?)?),
        Base::TimeTz => {
            let offset = i32_at(bytes, 8)?;
            let local = (i64::from(i32_at(bytes, 0)?) + i64::from(offset)).rem_euclid(DAY);
            Cell::TimeTz(clock(local, i32_at(bytes, 4)?)?, offset)
        }
        Base::Timestamp => {
            let seconds = i64_at(bytes, 0)?;
            Day::from_java(seconds.div_euclid(DAY))?.timestamp(clock(seconds.rem_euclid(DAY), i32_at(bytes, 8)?)?)
        }
        Base::TimestampTz => zoned(i64_at(bytes, 0)?, i32_at(bytes, 8)?, i32_at(bytes, 12)?)?,
        Base::Months { .. } => Cell::Interval(i32::try_from(i64_at(bytes, 0)?).ok()?, 0, 0),
        Base::Seconds { .. } => {
            let nanos = i128::from(i64_at(bytes, 0)?) * i128::from(SECOND) + i128::from(i32_at(bytes, 8)?);
            let (days, nanos) = split_interval(nanos)?;
            Cell::Interval(0, days, nanos)
        }
        _ => return None,
    })
}

fn clock(seconds: i64, nanos: i32) -> Option<i64> {
    let inside = (0..DAY).contains(&seconds) && (0..1_000_000_000).contains(&nanos);
    inside.then(|| seconds * SECOND + i64::from(nanos))
}

/// Fields of the local clock decide, as in the text form, so that both forms give one instant.
fn zoned<'a>(utc: i64, nanos: i32, offset: i32) -> Option<Cell<'a>> {
    let local = utc.checked_add(offset.into())?;
    let nanos = clock(local.rem_euclid(DAY), nanos)?;
    match Day::from_java(local.div_euclid(DAY))? {
        Day::Known(days) => instant(days, nanos, offset).map(|(days, nanos)| Cell::Instant(days, nanos)),
        leap => Some(leap.timestamp(nanos)),
    }
}

/// Length, two's complement, scale.
fn decimal<'a>(bytes: &[u8], scratch: &'a mut Vec<u8>) -> Option<Cell<'a>> {
    let (number, scale) = bytes.get(4..)?.split_at_checked(bytes.len().checked_sub(8)?)?;
    let scale = usize::try_from(i32_at(scale, 0)?).ok().filter(|s| *s <= 100_000)?;
    let negative = number.first().is_some_and(|b| b & 0x80 != 0);
    let mut digits = magnitude(number, negative);
    while digits.len() <= scale {
        digits.push(b'0');
    }
    if negative {
        scratch.push(b'-');
    }
    let point = digits.len() - scale;
    digits.reverse();
    scratch.extend_from_slice(&digits[..point]);
    if scale > 0 {
        scratch.push(b'.');
        scratch.extend_from_slice(&digits[point..]);
    }
    std::str::from_utf8(scratch).ok().map(Cell::Decimal)
}

/// Decimal digits of the absolute value, lowest first.
fn magnitude(number: &[u8], negative: bool) -> Vec<u8> {
    let mut words: Vec<u8> = number.to_vec();
    if negative {
        words.iter_mut().for_each(|b| *b = !*b);
        for byte in words.iter_mut().rev() {
            let (sum, carried) = byte.overflowing_add(1);
            *byte = sum;
            if !carried {
                break;
            }
        }
    }
    let mut digits = Vec::new();
    while words.iter().any(|b| *b != 0) {
        let mut rest = 0_u32;
        for byte in &mut words {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 10) as u8;
            rest = value % 10;
        }
        digits.push(b'0' + rest as u8);
    }
    digits
}

/// Java's UTF-8: NUL in two bytes, halves of pairs in three each. `true` if a half stands alone.
fn modified_utf8(bytes: &[u8], out: &mut Vec<u8>) -> Option<bool> {
    if bytes.is_ascii() {
        out.extend_from_slice(bytes);
        return Some(false);
    }
    let (mut high, mut broken, mut at) = (None, false, 0);
    while at < bytes.len() {
        let (code, length) = escape::next_code(&bytes[at..]);
        let unit = u16::try_from(code).ok().filter(|_| length > 1 || code < 0x80)?;
        broken |= escape::push_unit(unit, &mut high, out);
        at += length;
    }
    Some(escape::flush(&mut high, out) || broken)
}

/// The text form of an array, as in a script.
fn array(element: &ColumnType, bytes: &[u8], lobs: &mut LobReader, out: &mut Vec<u8>) -> Result<()> {
    let wrong = || damaged("an array in the data file is cut off");
    let count = i32_at(bytes, 0).ok_or_else(wrong)?;
    let mut rest = bytes.get(4..).ok_or_else(wrong)?;
    let mut text = b"ARRAY[".to_vec();
    for at in 0..count {
        let (raw, after) = value(element, rest).ok_or_else(wrong)?;
        rest = after;
        if at > 0 {
            text.push(b',');
        }
        let mut scratch = Vec::new();
        match raw {
            Raw::Binary(bytes) => {
                encode::push_cell(element, cell(element, bytes, lobs, &mut scratch)?, None, &mut text)?
            }
            _ => text.extend_from_slice(b"NULL"),
        }
    }
    text.push(b']');
    escape::decode(&text, None, out).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ty(base: Base) -> ColumnType {
        ColumnType::new(base, 30, 2)
    }

    #[test]
    fn decimals() {
        let mut scratch = Vec::new();
        let bytes = [0, 0, 0, 2, 0xFF, 0x6A, 0, 0, 0, 2];
        assert!(decimal(&bytes, &mut scratch) == Some(Cell::Decimal("-1.50")));
        let mut scratch = Vec::new();
        assert!(decimal(&[0, 0, 0, 1, 5, 0, 0, 0, 3], &mut scratch) == Some(Cell::Decimal("0.005")));
    }

    #[test]
    fn java_text() {
        let mut out = Vec::new();
        assert_eq!(modified_utf8(&[b'a', 0xC0, 0x80, 0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], &mut out), Some(false));
        assert_eq!(out, "a\0\u{1F600}".as_bytes());
        let mut out = Vec::new();
        assert_eq!(modified_utf8(&[0xED, 0xA0, 0xBD], &mut out), Some(true));
        assert_eq!(modified_utf8(&[0xFF], &mut Vec::new()), None);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..50), kind in 0..20_usize) {
            let bases = [Base::Tinyint, Base::Integer, Base::Bigint, Base::Decimal, Base::Double, Base::Boolean, Base::Char,
                Base::Varchar, Base::Clob, Base::Binary, Base::Uuid, Base::Bit, Base::Date, Base::Time, Base::TimeTz, Base::Timestamp,
                Base::TimestampTz, Base::Months { years: true, months: true }, Base::Other,
                Base::Array(Box::new(ty(Base::Varchar)), None)];
            let ty = ty(bases[kind].clone());
            let layout = [Slot { column: 1, ty: ty.clone() }];
            let _ = split(&bytes, &layout);
            let _ = cell(&ty, &bytes, &mut LobReader::none(), &mut Vec::new());
        }
    }
}
