//! Values of script and log → cells.

use super::interval::{parse_months, parse_seconds};
use super::split::Raw;
use super::temporal::{Day, instant, parse_date, parse_time, parse_timestamp, split_zone};
use crate::backends::hsqldb::fault::malformed;
use crate::backends::hsqldb::files::codec;
use crate::backends::hsqldb::files::lobs::LobReader;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::sql::escape;
use crate::cell::Cell;
use crate::error::Result;

/// Decodes one value; `scratch` holds what cannot be borrowed from the line.
///
/// # Errors
/// `Read` when it is no value of its type.
#[inline]
pub(crate) fn cell<'a>(
    ty: &ColumnType,
    raw: Raw<'a>,
    lobs: &mut LobReader,
    scratch: &'a mut Vec<u8>,
) -> Result<Cell<'a>> {
    scratch.clear();
    match raw {
        Raw::Bare(b"NULL") => Ok(Cell::Null),
        Raw::Bare(text) if ty.is_lob() => lobs.read(integer(text).ok_or_else(|| wrong(ty))?, scratch),
        Raw::Bare(text) => bare(ty, text).ok_or_else(|| wrong(ty)),
        Raw::Quoted { text, plain: true } if ty.is_text() && text.is_ascii() => {
            Ok(Cell::Text(std::str::from_utf8(text).map_err(|_| wrong(ty))?))
        }
        Raw::Quoted { text, .. } if ty.is_text() => {
            let broken = escape::decode(text, Some(b'\''), scratch)?;
            text_cell(scratch, broken)
        }
        Raw::Quoted { text, .. } => quoted(ty, text, scratch).ok_or_else(|| wrong(ty)),
        Raw::Array(text) if matches!(ty.base, Base::Array(..)) => {
            let broken = escape::decode(text, None, scratch)?;
            text_cell(scratch, broken)
        }
        Raw::Binary(bytes) => codec::cell(ty, bytes, lobs, scratch),
        Raw::Array(_) => Err(wrong(ty)),
    }
}

/// Text, or what of it has no UTF-8 form.
pub(crate) fn text_cell(bytes: &[u8], broken: bool) -> Result<Cell<'_>> {
    if broken {
        return Ok(Cell::BrokenText(bytes));
    }
    simdutf8::basic::from_utf8(bytes).map(Cell::Text).map_err(|_| malformed("a text is not valid"))
}

#[cold]
fn wrong(ty: &ColumnType) -> crate::error::Error {
    malformed(format!("a value is no {}", ty.ddl()))
}

#[inline]
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    // 19 digits fit 64 bits without a sign.
    let (words, rest) = digits.as_chunks();
    let mut n = 0_u64;
    for word in words {
        n = n * 100_000_000 + eight_digits(*word)?;
    }
    for digit in rest {
        n = n * 10 + u64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    if negative { 0_i64.checked_sub_unsigned(n) } else { i64::try_from(n).ok() }
}

/// The number of eight digits: neighbours are joined to pairs, fours and the whole, all at once.
#[inline]
fn eight_digits(word: [u8; 8]) -> Option<u64> {
    const ONES: u64 = u64::MAX / 255;
    let digits = u64::from_le_bytes(word) ^ (ONES * u64::from(b'0'));
    // A byte above 9 has its highest bit set, or gets it when 128 - 10 is added.
    if (digits | digits.wrapping_add(ONES * 118)) & (ONES << 7) != 0 {
        return None;
    }
    let join = |n: u64, low: u64, bits: u32, ten: u64| (n & low) * ten + (n >> bits & low);
    let pairs = join(digits, 0x00FF_00FF_00FF_00FF, 8, 10);
    let fours = join(pairs, 0x0000_FFFF_0000_FFFF, 16, 100);
    Some(join(fours, 0xFFFF_FFFF, 32, 10_000))
}

#[inline]
fn bare<'a>(ty: &ColumnType, text: &'a [u8]) -> Option<Cell<'a>> {
    match ty.base {
        Base::Bigint => integer(text).map(Cell::I64),
        Base::Integer => integer(text).filter(|n| i32::try_from(*n).is_ok()).map(Cell::I64),
        Base::Smallint => integer(text).filter(|n| i16::try_from(*n).is_ok()).map(Cell::I64),
        Base::Tinyint => integer(text).filter(|n| i8::try_from(*n).is_ok()).map(Cell::I64),
        Base::Decimal => decimal(text).map(Cell::Decimal),
        Base::Double => double(text).map(Cell::F64),
        Base::Boolean => match text {
            b"TRUE" | b"true" => Some(Cell::Bool(true)),
            b"FALSE" | b"false" => Some(Cell::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}

/// Plain digits: no exponent, at least one digit.
fn decimal(text: &[u8]) -> Option<&str> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let point = memchr::memchr(b'.', digits);
    let all = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let valid = match point {
        None => all(digits),
        Some(at) => all(&digits[..at]) && all(&digits[at + 1..]),
    };
    if valid { std::str::from_utf8(text).ok() } else { None }
}

fn double(text: &[u8]) -> Option<f64> {
    match text {
        b"1E0/0" => Some(f64::INFINITY),
        b"-1E0/0" => Some(f64::NEG_INFINITY),
        b"0E0/0E0" | b"0E0/0" => Some(f64::NAN),
        _ if text.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'E' | b'e')) => {
            std::str::from_utf8(text).ok()?.parse().ok()
        }
        _ => None,
    }
}

fn quoted<'a>(ty: &ColumnType, text: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<Cell<'a>> {
    match ty.base {
        Base::Date => parse_date(text).map(Day::date),
        Base::Timestamp => parse_timestamp(text).map(|(day, nanos)| day.timestamp(nanos)),
        Base::Time => parse_time(text).map(Cell::Time),
        Base::TimeTz => {
            let (time, offset) = split_zone(text)?;
            parse_time(time).map(|nanos| Cell::TimeTz(nanos, offset))
        }
        Base::TimestampTz => {
            let (local, offset) = split_zone(text)?;
            match parse_timestamp(local)? {
                (Day::Known(days), nanos) => {
                    instant(days, nanos, offset).map(|(days, nanos)| Cell::Instant(days, nanos))
                }
                (leap, nanos) => Some(leap.timestamp(nanos)),
            }
        }
        Base::Binary | Base::Varbinary | Base::Other => hex(text, scratch).map(|()| Cell::Bytes(scratch)),
        Base::Uuid => {
            hex(text, scratch)?;
            scratch.as_slice().try_into().ok().map(Cell::Uuid)
        }
        Base::Bit | Base::BitVarying => bits(text, scratch).map(|n| Cell::Bits(scratch, n)),
        Base::Months { years, months } => {
            parse_months(std::str::from_utf8(text).ok()?, years, months).map(|months| Cell::Interval(months, 0, 0))
        }
        Base::Seconds { from, to } => {
            let (days, nanos) = parse_seconds(std::str::from_utf8(text).ok()?, from, to)?;
            Some(Cell::Interval(0, days, nanos))
        }
        _ => None,
    }
}

/// Hex digits, dashes allowed, as bytes.
fn hex(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut high = None;
    for byte in text.iter().filter(|b| **b != b'-') {
        let digit = (*byte as char).to_digit(16)? as u8;
        match high.take() {
            None => high = Some(digit),
            Some(h) => out.push(h << 4 | digit),
        }
    }
    high.is_none().then_some(())
}

fn bits(text: &[u8], out: &mut Vec<u8>) -> Option<u32> {
    for (at, digit) in text.iter().enumerate() {
        if at % 8 == 0 {
            out.push(0);
        }
        let bit = (digit.is_ascii_digit() && *digit < b'2').then(|| digit - b'0')?;
        if let Some(last) = out.last_mut() {
            *last |= bit << (7 - at % 8);
        }
    }
    u32::try_from(text.len()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::hsqldb::sql::cursor::Cursor;
    use proptest::prelude::*;

    fn ty(ddl: &str) -> ColumnType {
        ColumnType::parse(&mut Cursor::new(ddl).unwrap()).unwrap().0
    }

    fn check(ddl: &str, raw: Raw<'_>, expect: Cell<'_>) {
        let mut scratch = Vec::new();
        let found = cell(&ty(ddl), raw, &mut LobReader::none(), &mut scratch).unwrap();
        assert!(found == expect, "{ddl}");
    }

    #[test]
    fn values_of_all_kinds() {
        let quoted = |text| Raw::Quoted { text, plain: true };
        check("BIGINT", Raw::Bare(b"-9223372036854775808"), Cell::I64(i64::MIN));
        check("DOUBLE", Raw::Bare(b"-1E0/0"), Cell::F64(f64::NEG_INFINITY));
        check("DOUBLE", Raw::Bare(b"4.9E-324"), Cell::F64(5e-324));
        check("DECIMAL(28,8)", Raw::Bare(b"0.00000001"), Cell::Decimal("0.00000001"));
        check("VARBINARY(3)", quoted(b"00ff"), Cell::Bytes(&[0, 255]));
        check("BIT VARYING(9)", quoted(b"101000001"), Cell::Bits(&[0xA0, 0x80], 9));
        check("TIMESTAMP", quoted(b"1970-01-01 00:00:01.500000"), Cell::Timestamp(0, 1_500_000_000));
        check("INTEGER ARRAY", Raw::Array(b"ARRAY[1,NULL]"), Cell::Text("ARRAY[1,NULL]"));
        check("VARCHAR(3)", Raw::Quoted { text: br"\ud83d", plain: false }, Cell::BrokenText(&[0xED, 0xA0, 0xBD]));
    }

    proptest! {
        #[test]
        fn eight_digits_are_their_number(bytes in proptest::array::uniform8(b'+'..b'>'), n in 0..100_000_000_u64) {
            let text: String = bytes.map(char::from).iter().collect();
            let expected = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().unwrap());
            prop_assert_eq!(eight_digits(bytes), expected);
            let digits = format!("{n:08}");
            prop_assert_eq!(eight_digits(digits.as_bytes().try_into().unwrap()), Some(n));
        }

        #[test]
        fn integers_are_as_the_language_reads_them(n in any::<i64>(), any in "-?[0-9/:]{0,20}") {
            prop_assert_eq!(integer(n.to_string().as_bytes()), Some(n));
            let expected = any.parse().ok().filter(|_| any.trim_start_matches('-').len() <= 19);
            prop_assert_eq!(integer(any.as_bytes()), expected);
        }
    }

    #[test]
    fn values_of_other_types_are_errors() {
        let wrong: [(&str, Raw<'_>); 7] = [
            ("SMALLINT", Raw::Bare(b"40000")),
            ("BIGINT", Raw::Bare(b"9223372036854775808")),
            ("DECIMAL(3,1)", Raw::Bare(b"1.")),
            ("BOOLEAN", Raw::Bare(b"1")),
            ("DATE", Raw::Quoted { text: b"2023-02-30", plain: true }),
            ("VARCHAR(3)", Raw::Bare(b"x")),
            ("VARBINARY(3)", Raw::Quoted { text: b"0", plain: true }),
        ];
        for (ddl, raw) in wrong {
            assert!(cell(&ty(ddl), raw, &mut LobReader::none(), &mut Vec::new()).is_err(), "{ddl}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in proptest::collection::vec(any::<u8>(), 0..40), kind in 0..20_usize) {
            let ddl = ["BIGINT", "DECIMAL(5,2)", "DOUBLE", "BOOLEAN", "CHAR(3)", "VARCHAR(4)", "BINARY(4)", "UUID", "BIT(3)",
                "DATE", "TIME", "TIME WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "INTERVAL YEAR TO MONTH",
                "INTERVAL DAY TO SECOND", "OTHER", "INTEGER ARRAY", "CLOB", "TINYINT"][kind];
            for raw in [Raw::Bare(&text), Raw::Quoted { text: &text, plain: false }, Raw::Array(&text)] {
                let _ = cell(&ty(ddl), raw, &mut LobReader::none(), &mut Vec::new());
            }
        }
    }
}
