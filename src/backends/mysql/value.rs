//! Single values as text that needs no escape: checked against their column, then written.

use super::form::{Form, Problem};
use super::format;
use crate::cell::{Cell, Special};

/// Values whose text needs no escape in either style.
pub(super) fn plain(form: Form, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match form {
        Form::Int { min, max } => int(cell, min, max, out),
        Form::Decimal { before, after } => decimal(cell, before, after, out),
        Form::Float | Form::Double => float(cell, form == Form::Float, out),
        Form::Bits(len) => bits(cell, len, out),
        Form::Date => date(cell, out),
        Form::Timestamp(digits) => timestamp(cell, digits, out),
        Form::Time(digits) => time(cell, digits, out),
        Form::Hex => hex(cell, out),
        Form::UuidText | Form::UuidBytes => match cell {
            Cell::Uuid(uuid) => {
                format::uuid(out, &uuid);
                Ok(())
            }
            other => Err(Problem::Kind(other.kind())),
        },
        Form::Text(_) | Form::Bytes(_) => as_text(cell, out),
    }
}

fn int(cell: Cell<'_>, min: i64, max: u64, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::I64(n) if n >= min && (n < 0 || n as u64 <= max) => format::int(out, n),
        Cell::U64(n) if n <= max => format::int(out, n),
        Cell::I64(_) | Cell::U64(_) => return Err(Problem::Range),
        Cell::Bool(b) => out.push(b'0' + u8::from(b)),
        Cell::Bits(bytes, len) => return int(Cell::U64(number(bytes, len)?), min, max, out),
        Cell::Decimal(text) => {
            let whole = text
                .split_once('.')
                .map_or(text, |(whole, fraction)| if fraction.bytes().all(|b| b == b'0') { whole } else { text });
            let n: i128 = whole.parse().map_err(|_| Problem::Fraction)?;
            match (i64::try_from(n), u64::try_from(n)) {
                (Ok(n), _) => return int(Cell::I64(n), min, max, out),
                (_, Ok(n)) => return int(Cell::U64(n), min, max, out),
                _ => return Err(Problem::Range),
            }
        }
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

fn decimal(cell: Cell<'_>, before: u32, after: u32, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Decimal(text) => {
            let point = memchr::memchr(b'.', text.as_bytes()).unwrap_or(text.len());
            let (whole, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
            // Only what looks too long is looked at more closely: zeros at either end do not count.
            if whole.len() > before as usize && significant(whole) > before as usize {
                return Err(Problem::Range);
            }
            if fraction.len() <= after as usize {
                out.extend_from_slice(text.as_bytes());
                return Ok(());
            }
            // The server would round what is too long, and note it even for zeros.
            let kept = fraction.trim_end_matches('0');
            if kept.len() > after as usize {
                return Err(Problem::Fraction);
            }
            out.extend_from_slice(whole.as_bytes());
            if !kept.is_empty() {
                out.push(b'.');
                out.extend_from_slice(kept.as_bytes());
            }
        }
        Cell::I64(n) => return decimal(Cell::Decimal(itoa::Buffer::new().format(n)), before, after, out),
        Cell::U64(n) => return decimal(Cell::Decimal(itoa::Buffer::new().format(n)), before, after, out),
        Cell::Bool(b) => out.push(b'0' + u8::from(b)),
        Cell::Special(Special::Nan | Special::Infinity | Special::NegativeInfinity) => return Err(Problem::NotFinite),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

fn float(cell: Cell<'_>, single: bool, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::F32(n) if !n.is_finite() => return Err(Problem::NotFinite),
        Cell::F64(n) if !n.is_finite() => return Err(Problem::NotFinite),
        Cell::F32(n) if single => format::float(out, n),
        Cell::F32(n) => format::double(out, f64::from(n)),
        Cell::F64(n) if single && f64::from(n as f32) != n => return Err(Problem::Range),
        Cell::F64(n) => format::double(out, n),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

/// Digits of a whole number without its sign and leading zeros.
fn significant(whole: &str) -> usize {
    whole.trim_start_matches('-').trim_start_matches('0').len()
}

/// Bits from the left as a number.
fn number(bytes: &[u8], len: u32) -> Result<u64, Problem> {
    if len > 64 || bytes.len() > 8 || bytes.len() < len.div_ceil(8) as usize {
        return Err(Problem::Range);
    }
    let all = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    Ok(if len == 0 { 0 } else { all >> (bytes.len() as u32 * 8 - len) })
}

fn bits(cell: Cell<'_>, len: u32, out: &mut Vec<u8>) -> Result<(), Problem> {
    int(cell, 0, u64::MAX >> (64 - len.clamp(1, 64)), out)
}

fn date(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Date(days) => format::date(out, days).ok_or(Problem::Calendar),
        Cell::Special(Special::ZeroDate(year, month, day, 0)) => zero_date(year, month, day, out),
        Cell::Special(_) => Err(Problem::Calendar),
        other => Err(Problem::Kind(other.kind())),
    }
}

/// Zero and partial dates are MySQL's own; a day that does not exist is refused by the server too.
fn zero_date(year: u16, month: u8, day: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
    if (year != 0 && month != 0 && day != 0) || year > 9999 || month > 12 || day > 31 {
        return Err(Problem::Calendar);
    }
    format::ymd(out, year.into(), month.into(), day.into());
    Ok(())
}

fn timestamp(cell: Cell<'_>, digits: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
    let nanos = match cell {
        Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => {
            format::date(out, days).ok_or(Problem::Calendar)?;
            nanos
        }
        Cell::Date(days) => return format::date(out, days).ok_or(Problem::Calendar),
        Cell::Special(Special::ZeroDate(year, month, day, nanos)) => {
            zero_date(year, month, day, out)?;
            nanos
        }
        Cell::Special(_) => return Err(Problem::Calendar),
        other => return Err(Problem::Kind(other.kind())),
    };
    let nanos = fraction_fits(nanos, digits)?;
    if nanos != 0 {
        out.push(b' ');
        format::clock(out, nanos);
    }
    Ok(())
}

/// Longest TIME, 838:59:59.
const MAX_TIME: u64 = (838 * 3600 + 59 * 60 + 59) * 1_000_000_000;

fn time(cell: Cell<'_>, digits: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
    let Cell::Time(nanos) = cell else { return Err(Problem::Kind(cell.kind())) };
    if nanos < 0 {
        out.push(b'-');
    }
    let nanos = i64::try_from(nanos.unsigned_abs()).map_err(|_| Problem::Range)?;
    let nanos = fraction_fits(nanos, digits)?;
    if nanos > MAX_TIME {
        return Err(Problem::Range);
    }
    format::clock(out, nanos);
    Ok(())
}

fn fraction_fits(nanos: i64, digits: u8) -> Result<u64, Problem> {
    let unit = 10i64.pow(9 - u32::from(digits.min(6)));
    if nanos % unit != 0 {
        return Err(Problem::Fraction);
    }
    u64::try_from(nanos).map_err(|_| Problem::Range)
}

fn hex(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Bytes(bytes) => format::hex(out, bytes),
        Cell::Text(text) if text.bytes().all(|b| b.is_ascii_hexdigit()) => out.extend_from_slice(text.as_bytes()),
        Cell::Text(_) => return Err(Problem::Kind("text that is not hexadecimal")),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

/// Other kinds of value in a text column take the text that both sides print.
fn as_text(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Uuid(uuid) => format::uuid(out, &uuid),
        Cell::I64(n) => format::int(out, n),
        Cell::U64(n) => format::int(out, n),
        Cell::Bool(b) => out.push(b'0' + u8::from(b)),
        Cell::Decimal(text) => out.extend_from_slice(text.as_bytes()),
        Cell::Date(_) => return date(cell, out),
        Cell::Timestamp(..) | Cell::Instant(..) => return timestamp(cell, 6, out),
        Cell::Time(_) => return time(cell, 6, out),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}
