//! Cells → values of a script. The engine checks neither length nor scale when it loads: this does.

use super::interval::{push_months, push_seconds};
use super::temporal::{is_writable, push_date, push_fields, push_time, push_zone};
use crate::backends::hsqldb::files::lobs::LobWriter;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::rows::split;
use crate::backends::hsqldb::sql::escape;
use crate::calendar::NANOS_PER_DAY;
use crate::cell::{Cell, Special};
use crate::error::{Error, ErrorKind, Result};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the value of `cell` for a column of type `ty`.
///
/// # Errors
/// `Value` when the column cannot hold it.
pub(crate) fn push_cell(ty: &ColumnType, cell: Cell<'_>, lobs: Option<&LobWriter>, out: &mut Vec<u8>) -> Result<()> {
    match (&ty.base, cell) {
        (_, Cell::Null) => out.extend_from_slice(b"NULL"),
        (Base::Tinyint | Base::Smallint | Base::Integer | Base::Bigint, cell) => push_integer(ty, cell, out)?,
        (Base::Varchar | Base::Char, Cell::Text(text)) => push_text(ty, text.as_bytes(), out)?,
        (Base::Varchar | Base::Char, Cell::BrokenText(text)) => push_text(ty, text, out)?,
        (Base::Boolean, Cell::Bool(b)) => push_bool(b, out),
        (Base::Boolean, Cell::I64(n @ (0 | 1))) => push_bool(n == 1, out),
        (Base::Boolean, Cell::Bits([bits, ..], 1)) => push_bool(bits >> 7 == 1, out),
        (Base::Decimal, Cell::Decimal(digits)) => push_decimal(ty, digits, out)?,
        (Base::Decimal, Cell::I64(n)) => push_decimal(ty, itoa::Buffer::new().format(n), out)?,
        (Base::Decimal, Cell::U64(n)) => push_decimal(ty, itoa::Buffer::new().format(n), out)?,
        (Base::Double, Cell::F64(f)) => push_double(f, out),
        (Base::Double, Cell::F32(f)) => push_double(f64::from(f), out),
        (Base::Binary | Base::Varbinary | Base::Other, Cell::Bytes(bytes)) => push_bytes(ty, bytes, out)?,
        (Base::Clob, Cell::Text(text)) => push_lob(ty, text.as_bytes(), lobs, out)?,
        (Base::Clob, Cell::BrokenText(text)) => push_lob(ty, text, lobs, out)?,
        (Base::Blob, Cell::Bytes(bytes)) => push_lob(ty, bytes, lobs, out)?,
        (Base::Array(..), Cell::Text(text)) => push_array(text, out)?,
        (_, cell) => return push_quoted(ty, cell, out),
    }
    Ok(())
}

/// Values between quotes whose text needs no escape.
fn push_quoted(ty: &ColumnType, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<()> {
    out.push(b'\'');
    let fits = match (&ty.base, cell) {
        (Base::Date, Cell::Date(days) | Cell::Timestamp(days, 0)) => push_day(days, out)?,
        (Base::Timestamp, Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos)) => {
            push_clock(ty, days, nanos, out)?
        }
        (Base::Timestamp, Cell::Date(days)) => push_clock(ty, days, 0, out)?,
        (Base::TimestampTz, Cell::Instant(days, nanos)) => {
            let fits = push_clock(ty, days, nanos, out)?;
            push_zone(0, out);
            fits
        }
        (Base::Date | Base::Timestamp | Base::TimestampTz, Cell::Special(special)) => push_leap(ty, special, out)?,
        (Base::Time, Cell::Time(nanos)) if (0..NANOS_PER_DAY).contains(&nanos) => push_time(nanos, 1, ty.size, out),
        (Base::TimeTz, Cell::TimeTz(nanos, offset)) if (0..NANOS_PER_DAY).contains(&nanos) && offset % 60 == 0 => {
            let fits = push_time(nanos, 1, ty.size, out);
            push_zone(offset, out);
            fits
        }
        (Base::Months { years, months }, Cell::Interval(n, 0, 0)) => push_months(n, *years, *months, out),
        (Base::Seconds { from, to }, Cell::Interval(0, days, nanos)) => {
            push_seconds(days, nanos, (*from, *to), ty.scale, out)
        }
        (Base::Uuid, Cell::Uuid(uuid)) => push_uuid(&uuid, out),
        (Base::Bit | Base::BitVarying, Cell::Bits(bits, n)) => push_bits(ty, bits, n, out)?,
        (_, cell) => return Err(refuse(ty, cell)),
    };
    out.push(b'\'');
    if fits { Ok(()) } else { Err(value(format!("the value has digits that {} does not keep", ty.ddl()))) }
}

#[cold]
fn value(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Value, what)
}

#[cold]
fn refuse(ty: &ColumnType, cell: Cell<'_>) -> Error {
    value(format!("a value of kind {} does not fit {}", cell.kind(), ty.ddl()))
}

fn push_integer(ty: &ColumnType, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<()> {
    let n = match cell {
        Cell::I64(n) => n,
        Cell::Bool(b) => i64::from(b),
        Cell::U64(n) => i64::try_from(n).map_err(|_| too_large(ty))?,
        cell => return Err(refuse(ty, cell)),
    };
    let fits = match ty.base {
        Base::Tinyint => i8::try_from(n).is_ok(),
        Base::Smallint => i16::try_from(n).is_ok(),
        Base::Integer => i32::try_from(n).is_ok(),
        _ => true,
    };
    if !fits {
        return Err(too_large(ty));
    }
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
    Ok(())
}

#[cold]
fn too_large(ty: &ColumnType) -> Error {
    value(format!("the number is too large for {}", ty.ddl()))
}

fn push_bool(b: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if b { b"TRUE" } else { b"FALSE" });
}

fn push_text(ty: &ColumnType, text: &[u8], out: &mut Vec<u8>) -> Result<()> {
    // A text takes at most as many units as bytes: most need not be counted.
    let count = |text: &[u8]| if text.is_ascii() { text.len() as u64 } else { escape::utf16_len(text) };
    let (mut text, mut units) = (text, 0);
    let padded = matches!(ty.base, Base::Char);
    if padded || text.len() as u64 > ty.size {
        units = count(text);
    }
    if units > ty.size && padded {
        text = text.trim_ascii_end();
        units = count(text);
    }
    if units > ty.size {
        return Err(value(format!("the text has {units} UTF-16 units and {} holds {}", ty.ddl(), ty.size)));
    }
    out.push(b'\'');
    escape::encode(text, Some(b'\''), out);
    if padded {
        out.resize(out.len() + (ty.size - units) as usize, b' ');
    }
    out.push(b'\'');
    Ok(())
}

fn push_decimal(ty: &ColumnType, digits: &str, out: &mut Vec<u8>) -> Result<()> {
    if is_written_so(ty, digits.as_bytes()) {
        out.extend_from_slice(digits.as_bytes());
        return Ok(());
    }
    let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
    let digits = digits.as_bytes();
    let point = digits.iter().position(|b| *b == b'.').unwrap_or(digits.len());
    let (whole, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
    let whole = &whole[whole.iter().position(|b| *b != b'0').unwrap_or(whole.len())..];
    let fraction = &fraction[..fraction.iter().rposition(|b| *b != b'0').map_or(0, |at| at + 1)];
    let scale = ty.scale as usize;
    if fraction.len() > scale {
        return Err(value(format!(
            "the value has {} digits after the point and {} keeps {scale}",
            fraction.len(),
            ty.ddl()
        )));
    }
    if whole.len() as u64 + u64::from(ty.scale) > ty.size {
        return Err(value(format!("the value has {} digits before the point, too many for {}", whole.len(), ty.ddl())));
    }
    let zero = whole.is_empty() && fraction.is_empty();
    if negative && !zero {
        out.push(b'-');
    }
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if scale > 0 {
        out.push(b'.');
        out.extend_from_slice(fraction);
        out.resize(out.len() + scale - fraction.len(), b'0');
    }
    Ok(())
}

/// Whether digits already stand as the column writes them: no sign, no zeros in front, as many digits behind the point
/// as it keeps, and not too many before it. Most do.
#[inline]
fn is_written_so(ty: &ColumnType, digits: &[u8]) -> bool {
    let scale = ty.scale as usize;
    let Some((whole, [b'.', _, ..])) = digits.len().checked_sub(scale + 1).map(|point| digits.split_at(point)) else {
        return false;
    };
    let plain = matches!(whole, [b'1'..=b'9', ..] | [b'0']);
    plain && (whole.len() + scale) as u64 <= ty.size
}

fn push_double(f: f64, out: &mut Vec<u8>) {
    let text = match f {
        f if f.is_nan() => "0E0/0E0".to_string(),
        f64::INFINITY => "1E0/0".to_string(),
        f64::NEG_INFINITY => "-1E0/0".to_string(),
        f => format!("{f:E}"),
    };
    out.extend_from_slice(text.as_bytes());
}

fn push_bytes(ty: &ColumnType, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let n = bytes.len() as u64;
    let fits = match ty.base {
        Base::Binary => n == ty.size,
        Base::Varbinary => n <= ty.size,
        _ => true,
    };
    if !fits {
        return Err(value(format!("the value has {n} bytes and {} holds {}", ty.ddl(), ty.size)));
    }
    out.reserve(bytes.len() * 2 + 2);
    out.push(b'\'');
    out.extend(bytes.iter().flat_map(hex_pair));
    out.push(b'\'');
    Ok(())
}

#[inline]
fn hex_pair(byte: &u8) -> [u8; 2] {
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

fn push_lob(ty: &ColumnType, bytes: &[u8], lobs: Option<&LobWriter>, out: &mut Vec<u8>) -> Result<()> {
    let Some(lobs) = lobs else { return Err(value("a LOB has no file to go to")) };
    let clob = ty.base == Base::Clob;
    let length = if clob { escape::utf16_len(bytes) } else { bytes.len() as u64 };
    if length > ty.size {
        return Err(value(format!("the value has length {length} and {} holds {}", ty.ddl(), ty.size)));
    }
    let id = lobs.put(clob, length, bytes)?;
    out.extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
    Ok(())
}

fn push_array(text: &str, out: &mut Vec<u8>) -> Result<()> {
    let mut encoded = vec![b' '];
    escape::encode(text.as_bytes(), None, &mut encoded);
    match split::value(&encoded) {
        Ok((split::Raw::Array(_), [])) => {
            out.extend_from_slice(&encoded);
            Ok(())
        }
        _ => Err(value("the text is no array of HSQLDB")),
    }
}

fn push_day(days: i32, out: &mut Vec<u8>) -> Result<bool> {
    if !is_writable(days) {
        return Err(value("HSQLDB has no such day: it knows the years 1 to 9999 without 1582-10-05 to 1582-10-14"));
    }
    push_date(days, out);
    Ok(true)
}

fn push_clock(ty: &ColumnType, days: i32, nanos: i64, out: &mut Vec<u8>) -> Result<bool> {
    push_day(days, out)?;
    out.push(b' ');
    Ok(push_time(nanos, 2, ty.size, out))
}

/// 29 February of a Julian leap year, which came from another HSQLDB.
fn push_leap(ty: &ColumnType, special: Special, out: &mut Vec<u8>) -> Result<bool> {
    match special {
        Special::ZeroDate(year @ 1..=1581, 2, 29, nanos) if year % 4 == 0 => {
            push_fields(i32::from(year), 2, 29, out);
            if ty.base == Base::Date {
                return Ok(nanos == 0);
            }
            out.push(b' ');
            let fits = push_time(nanos, 2, ty.size, out);
            if ty.base == Base::TimestampTz {
                push_zone(0, out);
            }
            Ok(fits)
        }
        special => Err(refuse(ty, Cell::Special(special))),
    }
}

fn push_uuid(uuid: &[u8; 16], out: &mut Vec<u8>) -> bool {
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend_from_slice(&hex_pair(byte));
    }
    true
}

fn push_bits(ty: &ColumnType, bits: &[u8], n: u32, out: &mut Vec<u8>) -> Result<bool> {
    let count = u64::from(n);
    if count > ty.size || (ty.base == Base::Bit && count != ty.size) || bits.len() < n.div_ceil(8) as usize {
        return Err(value(format!("the value has {n} bits and {} holds {}", ty.ddl(), ty.size)));
    }
    out.extend((0..n as usize).map(|at| b'0' + (bits[at / 8] >> (7 - at % 8) & 1)));
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::hsqldb::files::lobs::LobReader;
    use crate::backends::hsqldb::rows::literal;
    use crate::backends::hsqldb::sql::cursor::Cursor;
    use proptest::prelude::*;

    fn ty(ddl: &str) -> ColumnType {
        ColumnType::parse(&mut Cursor::new(ddl).unwrap()).unwrap().0
    }

    /// Writes, cuts and decodes again.
    fn round_trip(ddl: &str, cell: Cell<'_>) {
        let ty = ty(ddl);
        let mut out = Vec::new();
        push_cell(&ty, cell, None, &mut out).unwrap();
        out.push(b')');
        let mut raws = Vec::new();
        split::values(&out, &mut raws).unwrap();
        let mut scratch = Vec::new();
        let back = literal::cell(&ty, raws[0], &mut LobReader::none(), &mut scratch).unwrap();
        assert!(back == cell, "{ddl}: {}", String::from_utf8_lossy(&out));
    }

    #[test]
    fn engine_spellings() {
        let spelled = |ddl: &str, cell: Cell<'_>| {
            let mut out = Vec::new();
            push_cell(&ty(ddl), cell, None, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(spelled("DOUBLE", Cell::F64(1.5)), "1.5E0");
        assert_eq!(spelled("DOUBLE", Cell::F64(-0.0)), "-0E0");
        assert_eq!(spelled("DECIMAL(28,8)", Cell::Decimal("-1.5")), "-1.50000000");
        assert_eq!(spelled("DECIMAL(5,0)", Cell::Decimal("-0.0")), "0");
        assert_eq!(spelled("CHAR(4)", Cell::Text("a\u{1F600}")), "'a\\ud83d\\ude00 '");
        assert_eq!(spelled("TIMESTAMP(0)", Cell::Timestamp(0, 0)), "'1970-01-01 00:00:00'");
        assert_eq!(spelled("TIME(2) WITH TIME ZONE", Cell::TimeTz(0, -12_600)), "'0:00:00.00-3:30'");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let wrong: [(&str, Cell<'_>); 11] = [
            ("VARCHAR(3)", Cell::Text("ab\u{1F600}")),
            ("SMALLINT", Cell::I64(32_768)),
            ("BIGINT", Cell::U64(u64::MAX)),
            ("DECIMAL(3,1)", Cell::Decimal("123.4")),
            ("DECIMAL(3,1)", Cell::Decimal("1.23")),
            ("VARBINARY(1)", Cell::Bytes(b"ab")),
            ("TIMESTAMP(3)", Cell::Timestamp(0, 1)),
            ("DATE", Cell::Date(i32::MAX)),
            ("DATE", Cell::Special(Special::ZeroDate(0, 0, 0, 0))),
            ("TIME", Cell::Time(NANOS_PER_DAY)),
            ("INTEGER ARRAY", Cell::Text("ARRAY[1],2")),
        ];
        for (ddl, cell) in wrong {
            assert_eq!(push_cell(&ty(ddl), cell, None, &mut Vec::new()).unwrap_err().kind(), ErrorKind::Value, "{ddl}");
        }
    }

    proptest! {
        #[test]
        fn values_round_trip(
            n in any::<i64>(), f in any::<f64>(), text in "\\PC{0,30}|[\\x00-\\u{10FFFF}]{0,30}",
            bytes in proptest::collection::vec(any::<u8>(), 0..30), days in -719_162..-141_438_i32,
            nanos in 0..NANOS_PER_DAY, uuid in any::<[u8; 16]>(), months in any::<i32>(),
        ) {
            round_trip("BIGINT", Cell::I64(n));
            round_trip("DECIMAL(28,0)", Cell::Decimal(&n.to_string()));
            if !f.is_nan() {
                round_trip("DOUBLE", Cell::F64(f));
            }
            round_trip("VARCHAR(60)", Cell::Text(&text));
            round_trip("VARBINARY(30)", Cell::Bytes(&bytes));
            round_trip("DATE", Cell::Date(days));
            round_trip("TIMESTAMP(9)", Cell::Timestamp(days, nanos));
            round_trip("TIMESTAMP(9) WITH TIME ZONE", Cell::Instant(days, nanos));
            round_trip("TIME(9)", Cell::Time(nanos));
            round_trip("UUID", Cell::Uuid(uuid));
            round_trip("INTERVAL YEAR(9) TO MONTH", Cell::Interval(months, 0, 0));
            round_trip("INTERVAL DAY(9) TO SECOND(9)", Cell::Interval(0, days, -nanos));
            round_trip("BIT VARYING(240)", Cell::Bits(&bytes, bytes.len() as u32 * 8));
        }
    }
}
