//! Whether a column's type holds a cell, as a strict server would decide; nothing is ever cut off.

use crate::calendar::NANOS_PER_DAY;
use crate::cell::{Cell, Special};
use crate::types::{Length, Type, Unit};

/// The cell as the column stores it, or why it cannot.
pub(super) fn fit<'a>(ty: &Type, cell: Cell<'a>) -> Result<Cell<'a>, String> {
    match (ty, cell) {
        (_, Cell::Null) => Ok(cell),
        (Type::Int { bytes: 8, unsigned: false }, Cell::I64(_)) => Ok(cell),
        (Type::Int { bytes, unsigned }, _) => integer(*bytes, *unsigned, cell),
        (Type::Text { max, fixed }, Cell::Text(text)) => text_fits(*max, *fixed, text).map(|()| cell),
        (Type::Bytes { max, .. }, Cell::Bytes(bytes)) => match max {
            Some(max) if bytes.len() as u64 > *max => Err(too_long(bytes.len() as u64, "bytes", *max)),
            _ => Ok(cell),
        },
        (Type::Bool, _) => boolean(cell),
        (Type::Decimal { precision, scale }, _) => decimal(*precision, *scale, cell),
        (Type::Float { bytes }, _) => float(*bytes, cell),
        (Type::Date | Type::Time { .. } | Type::Timestamp { .. } | Type::Interval, _) => moment(ty, cell),
        (Type::Uuid, Cell::Uuid(_)) => Ok(cell),
        // A half of a pair counts as one character; its three bytes are no more than the bound allows for one.
        (Type::Text { max, fixed }, Cell::BrokenText(text)) => {
            text_fits(*max, *fixed, &String::from_utf8_lossy(text)).map(|()| cell)
        }
        (Type::Json { .. }, Cell::Text(_)) => Ok(cell),
        (Type::Native { .. }, Cell::Text(_) | Cell::Bytes(_)) => Ok(cell),
        (Type::Bits { len, fixed }, Cell::Bits(bits, n)) => bits_fit(*len, *fixed, bits, n).map(|()| cell),
        (Type::Enum { labels, .. }, Cell::Text(text)) => is_label(labels, text).then_some(cell).ok_or_else(no_label),
        (Type::Set { labels }, Cell::Text(text)) => {
            let all = text.is_empty() || text.split(',').all(|part| is_label(labels, part));
            all.then_some(cell).ok_or_else(no_label)
        }
        (_, cell) => Err(mismatch(cell)),
    }
}

fn mismatch(cell: Cell<'_>) -> String {
    format!("a value of kind {} is none of the column's type", cell.kind())
}

fn no_label() -> String {
    "the value is none of the type's labels".into()
}

fn too_long(n: u64, unit: &str, max: u64) -> String {
    format!("a value of {n} {unit} is longer than the {max} that the column holds")
}

fn is_label(labels: &[String], text: &str) -> bool {
    labels.iter().any(|label| label == text)
}

fn boolean(cell: Cell<'_>) -> Result<Cell<'_>, String> {
    match whole(cell) {
        Some(0) => Ok(Cell::Bool(false)),
        Some(1) => Ok(Cell::Bool(true)),
        Some(_) => Err("the number is neither 0 nor 1".into()),
        None => Err(mismatch(cell)),
    }
}

/// The whole number that a cell stands for.
pub(super) fn whole(cell: Cell<'_>) -> Option<i128> {
    match cell {
        Cell::I64(n) => Some(i128::from(n)),
        Cell::U64(n) => Some(i128::from(n)),
        Cell::Bool(b) => Some(i128::from(b)),
        Cell::Decimal(digits) => {
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            if fraction.bytes().all(|b| b == b'0') { whole.parse().ok() } else { None }
        }
        Cell::Bits(bits, len) if len < 127 => Some((0..len as usize).fold(0, |n, i| {
            let bit = bits.get(i / 8).map_or(0, |byte| byte >> (7 - i % 8) & 1);
            n << 1 | i128::from(bit)
        })),
        _ => None,
    }
}

fn integer(bytes: u8, unsigned: bool, cell: Cell<'_>) -> Result<Cell<'_>, String> {
    let bits = u32::from(bytes.clamp(1, 8)) * 8;
    let (min, max) = match unsigned {
        true => (0, (1i128 << bits) - 1),
        false => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
    };
    let Some(n) = whole(cell) else { return Err(mismatch(cell)) };
    if n < min || n > max {
        return Err(format!("the number is outside {min} to {max}"));
    }
    // Within range, one of the two always holds it.
    let signed = i64::try_from(n).map(Cell::I64);
    let plain = u64::try_from(n).map(Cell::U64);
    if unsigned { plain.or(signed) } else { signed.or(plain) }.map_err(|_| mismatch(cell))
}

/// Digits before the point without leading zeros, and after it without trailing zeros.
pub(super) fn decimal_digits(digits: &str) -> (usize, usize) {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (whole.trim_start_matches('-').trim_start_matches('0').len(), fraction.trim_end_matches('0').len())
}

fn decimal(precision: Option<u32>, scale: Option<i32>, cell: Cell<'_>) -> Result<Cell<'_>, String> {
    let mut buffer = itoa::Buffer::new();
    let (before, after) = match cell {
        Cell::Decimal(digits) => decimal_digits(digits),
        Cell::I64(0) | Cell::U64(0) => (0, 0),
        Cell::I64(n) => (buffer.format(n.unsigned_abs()).len(), 0),
        Cell::U64(n) => (buffer.format(n).len(), 0),
        Cell::Special(Special::ZeroDate(..)) => return Err(mismatch(cell)),
        Cell::Special(_) => return Ok(cell),
        _ => return Err(mismatch(cell)),
    };
    let Some(precision) = precision else { return Ok(cell) };
    let scale = scale.unwrap_or(0);
    let (most_before, most_after) = (i64::from(precision) - i64::from(scale), scale.max(0));
    // Zero has no digit before the point, however small the room there.
    if before as i64 > most_before.max(0) || after > most_after as usize {
        return Err(format!(
            "{before} digits before and {after} after the point do not fit decimal({precision},{scale})"
        ));
    }
    Ok(cell)
}

fn float(bytes: u8, cell: Cell<'_>) -> Result<Cell<'_>, String> {
    match cell {
        Cell::F32(f) if bytes > 4 => Ok(Cell::F64(f64::from(f))),
        Cell::F64(f) if bytes == 4 => {
            let short = f as f32;
            let equal = f64::from(short) == f || f.is_nan();
            equal.then_some(Cell::F32(short)).ok_or_else(|| "the number needs a float of 8 bytes".into())
        }
        Cell::F32(_) | Cell::F64(_) => Ok(cell),
        _ => Err(mismatch(cell)),
    }
}

fn text_fits(max: Option<Length>, fixed: bool, text: &str) -> Result<(), String> {
    let Some(max) = max else { return Ok(()) };
    // Bytes are never fewer than code points or UTF-16 units, so most texts need no counting.
    if text.len() as u64 <= max.n {
        return Ok(());
    }
    let text = if fixed { text.trim_end_matches(' ') } else { text };
    let (n, unit) = match max.unit {
        Unit::CodePoints => (text.chars().count(), "characters"),
        Unit::Utf16 => (text.encode_utf16().count(), "UTF-16 units"),
        Unit::Bytes => (text.len(), "bytes"),
    };
    if n as u64 <= max.n { Ok(()) } else { Err(too_long(n as u64, unit, max.n)) }
}

fn bits_fit(len: Option<u32>, fixed: bool, bits: &[u8], n: u32) -> Result<(), String> {
    if bits.len() != n.div_ceil(8) as usize {
        return Err(format!("{n} bits do not come in {} bytes", bits.len()));
    }
    match len {
        Some(max) if n > max || (fixed && n < max) => Err(format!("{n} bits do not fit a column of {max}")),
        _ => Ok(()),
    }
}

fn moment<'a>(ty: &Type, cell: Cell<'a>) -> Result<Cell<'a>, String> {
    match (ty, cell) {
        (Type::Date, Cell::Date(_)) | (Type::Interval, Cell::Interval(..)) => Ok(cell),
        (Type::Date | Type::Timestamp { .. }, Cell::Special(special)) if special != Special::Nan => Ok(cell),
        (Type::Time { precision, zone: false, duration }, Cell::Time(nanos)) => {
            if !duration && !(0..=NANOS_PER_DAY).contains(&nanos) {
                return Err("the time is outside of a day".into());
            }
            fraction(*precision, nanos).map(|()| cell)
        }
        (Type::Time { precision, zone: true, .. }, Cell::TimeTz(nanos, _)) => {
            fraction(*precision, nanos).map(|()| cell)
        }
        (Type::Timestamp { precision, zone: false }, Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos)) => {
            day_time(*precision, nanos).map(|()| Cell::Timestamp(days, nanos))
        }
        (Type::Timestamp { precision, zone: true }, Cell::Instant(_, nanos)) => {
            day_time(*precision, nanos).map(|()| cell)
        }
        _ => Err(mismatch(cell)),
    }
}

fn day_time(precision: u8, nanos: i64) -> Result<(), String> {
    if !(0..NANOS_PER_DAY).contains(&nanos) {
        return Err("the time of day is outside of a day".into());
    }
    fraction(precision, nanos)
}

/// Whether the second's fraction has more than `digits` digits.
pub(super) fn excess_fraction(digits: u8, nanos: i64) -> bool {
    nanos % 10i64.pow(9u32.saturating_sub(u32::from(digits))) != 0
}

fn fraction(precision: u8, nanos: i64) -> Result<(), String> {
    if excess_fraction(precision, nanos) {
        return Err(format!("the second's fraction has more than {precision} digits"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes(ty: &Type, cell: Cell<'_>) {
        assert!(fit(ty, cell).is_ok(), "{ty:?} {cell:?}");
    }

    fn no(ty: &Type, cell: Cell<'_>) {
        assert!(fit(ty, cell).is_err(), "{ty:?} {cell:?}");
    }

    #[test]
    fn numbers_have_ranges() {
        let unsigned = Type::Int { bytes: 8, unsigned: true };
        yes(&Type::int(1), Cell::I64(-128));
        no(&Type::int(1), Cell::I64(128));
        yes(&Type::int(3), Cell::I64(8_388_607));
        no(&Type::int(8), Cell::U64(u64::MAX));
        no(&unsigned, Cell::I64(-1));
        assert!(fit(&unsigned, Cell::Decimal("18446744073709551615.0")) == Ok(Cell::U64(u64::MAX)));
        assert!(fit(&Type::int(2), Cell::Bits(&[0x80], 1)) == Ok(Cell::I64(1)));
        assert!(fit(&Type::Bool, Cell::I64(1)) == Ok(Cell::Bool(true)));
        no(&Type::Bool, Cell::I64(2));
        yes(&Type::decimal(4, 2), Cell::Decimal("-0012.3400"));
        no(&Type::decimal(4, 2), Cell::Decimal("123.4"));
        no(&Type::decimal(4, 2), Cell::Decimal("1.234"));
        yes(&Type::decimal(2, 4), Cell::Decimal("0.0012"));
        yes(&Type::Decimal { precision: None, scale: None }, Cell::Special(Special::Nan));
        yes(&Type::Float { bytes: 4 }, Cell::F64(0.5));
        no(&Type::Float { bytes: 4 }, Cell::F64(0.1));
    }

    #[test]
    fn text_is_counted_in_its_unit() {
        let utf16 = Type::Text { max: Some(Length { n: 2, unit: Unit::Utf16 }), fixed: false };
        yes(&Type::varchar(2), Cell::Text("😀é"));
        no(&Type::varchar(2), Cell::Text("abc"));
        no(&Type::varchar(2), Cell::Text("ab "));
        yes(&utf16, Cell::Text("😀"));
        no(&utf16, Cell::Text("😀a"));
        yes(&Type::Text { max: Some(Length::code_points(2)), fixed: true }, Cell::Text("ab   "));
        no(&Type::Bytes { max: Some(1), fixed: false }, Cell::Bytes(&[0, 1]));
        let labels = vec!["a".to_string(), "b".to_string()];
        no(&Type::Enum { name: None, labels: labels.clone() }, Cell::Text("A"));
        yes(&Type::Set { labels: labels.clone() }, Cell::Text("b,a"));
        no(&Type::Set { labels }, Cell::Text("a,"));
        no(&Type::text(), Cell::I64(1));
    }

    #[test]
    fn moments_keep_their_precision() {
        let millis = Type::Timestamp { precision: 3, zone: false };
        yes(&millis, Cell::Timestamp(0, 1_000_000));
        no(&millis, Cell::Timestamp(0, 1_000));
        no(&millis, Cell::Timestamp(0, NANOS_PER_DAY));
        no(&Type::Timestamp { precision: 6, zone: true }, Cell::Timestamp(0, 0));
        no(&Type::Time { precision: 6, zone: false, duration: false }, Cell::Time(-1_000));
        yes(&Type::Time { precision: 6, zone: false, duration: true }, Cell::Time(-1_000));
        no(&Type::Date, Cell::Special(Special::Nan));
        no(&Type::Bits { len: Some(3), fixed: true }, Cell::Bits(&[0x80], 2));
    }
}
