//! Numbers, dates and times as binary fields.

use super::{Bad, Column, Done};
use crate::backends::postgresql::decode::{EPOCH_DAYS, MICROS_PER_DAY};
use crate::backends::postgresql::numeric;
use crate::cell::{Cell, Special};

/// Last days that `date` holds, since 2000-01-01: 4714-11-24 BC to 5874897-12-31.
const DATES: std::ops::Range<i32> = -2_451_545..2_145_031_949;
/// Microseconds since 2000-01-01 that `timestamp` holds.
const MOMENTS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;

/// Appends a field of fixed length.
fn field<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    out.extend_from_slice(&(N as u32).to_be_bytes());
    out.extend_from_slice(&bytes);
}

/// A whole number out of any cell that is one.
fn integer(cell: Cell<'_>) -> Result<i64, Bad> {
    match cell {
        Cell::I64(n) => Ok(n),
        Cell::Bool(b) => Ok(i64::from(b)),
        Cell::U64(n) => i64::try_from(n).map_err(|_| Bad::Range),
        Cell::Bits(bits, length @ ..64) => {
            let padding = bits.len() * 8 - length as usize;
            Ok((bits.iter().fold(0u64, |n, b| (n << 8) | u64::from(*b)) >> padding) as i64)
        }
        Cell::Decimal(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            if fraction.bytes().any(|b| b != b'0') {
                return Err(Bad::Digits);
            }
            whole.parse().map_err(|_| Bad::Range)
        }
        _ => Err(Bad::Kind),
    }
}

pub(super) fn boolean(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    match integer(cell)? {
        n @ 0..=1 => field(out, [n as u8]),
        _ => return Err(Bad::Range),
    }
    Ok(())
}

pub(super) fn int2(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    field(out, i16::try_from(integer(cell)?).map_err(|_| Bad::Range)?.to_be_bytes());
    Ok(())
}

pub(super) fn int4(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    field(out, i32::try_from(integer(cell)?).map_err(|_| Bad::Range)?.to_be_bytes());
    Ok(())
}

pub(super) fn int8(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    field(out, integer(cell)?.to_be_bytes());
    Ok(())
}

pub(super) fn decimal(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut digits = itoa::Buffer::new();
    match cell {
        Cell::Decimal(text) => numeric::encode(text, column.bounds, out)?,
        Cell::U64(n) => numeric::encode(digits.format(n), column.bounds, out)?,
        Cell::Special(Special::Nan) => out.extend_from_slice(&[0, 0, 0, 0, 0xc0, 0, 0, 0]),
        // A bounded column takes NaN but no infinity; the server says so.
        Cell::Special(Special::Infinity) => out.extend_from_slice(&[0, 0, 0, 0, 0xd0, 0, 0, 0]),
        Cell::Special(Special::NegativeInfinity) => out.extend_from_slice(&[0, 0, 0, 0, 0xf0, 0, 0, 0]),
        cell => numeric::encode(digits.format(integer(cell)?), column.bounds, out)?,
    }
    let length = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// A float of 8 bytes out of any cell that is one exactly.
fn float(cell: Cell<'_>) -> Result<f64, Bad> {
    match cell {
        Cell::F64(n) => Ok(n),
        Cell::F32(n) => Ok(f64::from(n)),
        Cell::Special(Special::Nan) => Ok(f64::NAN),
        Cell::Special(Special::Infinity) => Ok(f64::INFINITY),
        Cell::Special(Special::NegativeInfinity) => Ok(f64::NEG_INFINITY),
        cell => {
            let n = integer(cell)?;
            if n.unsigned_abs() <= 1 << 53 { Ok(n as f64) } else { Err(Bad::Inexact) }
        }
    }
}

pub(super) fn float8(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    field(out, float(cell)?.to_be_bytes());
    Ok(())
}

pub(super) fn float4(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let value = match cell {
        Cell::F32(n) => n,
        cell => {
            let wide = float(cell)?;
            let narrow = wide as f32;
            if f64::from(narrow) != wide && !wide.is_nan() {
                return Err(Bad::Inexact);
            }
            narrow
        }
    };
    field(out, value.to_be_bytes());
    Ok(())
}

pub(super) fn date(_: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let days = match cell {
        Cell::Date(days) => days.checked_sub(EPOCH_DAYS).filter(|days| DATES.contains(days)).ok_or(Bad::Range)?,
        Cell::Special(Special::Infinity) => i32::MAX,
        Cell::Special(Special::NegativeInfinity) => i32::MIN,
        _ => return Err(Bad::Kind),
    };
    field(out, days.to_be_bytes());
    Ok(())
}

/// Nanoseconds as microseconds, if the column keeps all of their digits.
fn micros(column: &Column, nanos: i64) -> Result<i64, Bad> {
    if nanos % column.step == 0 { Ok(nanos / 1000) } else { Err(Bad::Fraction) }
}

/// A time of day; 24:00:00 is the last one.
fn time_of_day(column: &Column, nanos: i64) -> Result<i64, Bad> {
    if !(0..=MICROS_PER_DAY * 1000).contains(&nanos) {
        return Err(Bad::Range);
    }
    micros(column, nanos)
}

pub(super) fn time(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let Cell::Time(nanos) = cell else { return Err(Bad::Kind) };
    field(out, time_of_day(column, nanos)?.to_be_bytes());
    Ok(())
}

pub(super) fn timetz(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let Cell::TimeTz(nanos, east) = cell else { return Err(Bad::Kind) };
    if east.unsigned_abs() >= 16 * 3600 {
        return Err(Bad::Range);
    }
    let micros = time_of_day(column, nanos)?;
    out.extend_from_slice(&12u32.to_be_bytes());
    out.extend_from_slice(&micros.to_be_bytes());
    out.extend_from_slice(&(-east).to_be_bytes());
    Ok(())
}

pub(super) fn timestamp(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let (days, nanos) = match cell {
        Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => (days, nanos),
        Cell::Date(days) => (days, 0),
        Cell::Special(Special::Infinity) => {
            field(out, i64::MAX.to_be_bytes());
            return Ok(());
        }
        Cell::Special(Special::NegativeInfinity) => {
            field(out, i64::MIN.to_be_bytes());
            return Ok(());
        }
        _ => return Err(Bad::Kind),
    };
    let days = i64::from(days) - i64::from(EPOCH_DAYS);
    let total = days.checked_mul(MICROS_PER_DAY).and_then(|micros| micros.checked_add(nanos / 1000));
    micros(column, nanos)?;
    field(out, total.filter(|total| MOMENTS.contains(total)).ok_or(Bad::Range)?.to_be_bytes());
    Ok(())
}

pub(super) fn interval(column: &Column, cell: Cell<'_>, out: &mut Vec<u8>) -> Done {
    let (months, days, micros) = match cell {
        Cell::Interval(months, days, nanos) => (months, days, micros(column, nanos)?),
        // A MySQL TIME is a duration of hours, minutes and seconds.
        Cell::Time(nanos) => (0, 0, micros(column, nanos)?),
        Cell::Special(Special::Infinity) => (i32::MAX, i32::MAX, i64::MAX),
        Cell::Special(Special::NegativeInfinity) => (i32::MIN, i32::MIN, i64::MIN),
        _ => return Err(Bad::Kind),
    };
    out.extend_from_slice(&16u32.to_be_bytes());
    out.extend_from_slice(&micros.to_be_bytes());
    out.extend_from_slice(&days.to_be_bytes());
    out.extend_from_slice(&months.to_be_bytes());
    Ok(())
}
