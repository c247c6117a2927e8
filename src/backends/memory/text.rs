//! The text form of each portable value, for columns whose text form travels.

use crate::calendar::{NANOS_PER_DAY, civil_from_days};
use crate::cell::{Cell, Special};
use std::fmt::{Result, Write};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Appends the text form of `cell`; NULL has none.
pub(super) fn render(cell: Cell<'_>, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write_cell(cell, out);
}

fn write_cell(cell: Cell<'_>, out: &mut String) -> Result {
    match cell {
        Cell::Null => Ok(()),
        Cell::Bool(b) => write!(out, "{b}"),
        Cell::I64(n) => write!(out, "{n}"),
        Cell::U64(n) => write!(out, "{n}"),
        Cell::Decimal(text) | Cell::Text(text) => out.write_str(text),
        Cell::F32(f) => write!(out, "{f:?}"),
        Cell::F64(f) => write!(out, "{f:?}"),
        Cell::BrokenText(text) => out.write_str(&String::from_utf8_lossy(text)),
        Cell::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
        Cell::Date(days) => date(days, out),
        Cell::Time(nanos) => time(nanos, out),
        Cell::TimeTz(nanos, seconds) => {
            time(nanos, out)?;
            offset(seconds, out)
        }
        Cell::Timestamp(days, nanos) => timestamp(days, nanos, out),
        Cell::Instant(days, nanos) => {
            timestamp(days, nanos, out)?;
            out.write_str("+00")
        }
        Cell::Interval(months, days, nanos) => interval(months, days, nanos, out),
        Cell::Uuid(uuid) => write_uuid(&uuid, out),
        Cell::Bits(bits, len) => (0..len as usize).try_for_each(|i| {
            let one = bits.get(i / 8).is_some_and(|byte| byte >> (7 - i % 8) & 1 == 1);
            out.write_char(if one { '1' } else { '0' })
        }),
        Cell::Special(special) => write_special(special, out),
    }
}

fn date(days: i32, out: &mut String) -> Result {
    let (year, month, day) = civil_from_days(days);
    write!(out, "{year:04}-{month:02}-{day:02}")
}

fn timestamp(days: i32, nanos: i64, out: &mut String) -> Result {
    date(days, out)?;
    out.write_char(' ')?;
    time(nanos, out)
}

/// Hours, minutes, seconds; durations may be negative and have more than two digits of hours.
fn time(nanos: i64, out: &mut String) -> Result {
    if nanos < 0 {
        out.write_char('-')?;
    }
    let (seconds, rest) = parts(nanos);
    write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    fraction(rest, out)
}

fn parts(nanos: i64) -> (u64, u64) {
    let nanos = nanos.unsigned_abs();
    (nanos / NANOS_PER_SECOND as u64, nanos % NANOS_PER_SECOND as u64)
}

fn fraction(nanos: u64, out: &mut String) -> Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(out, ".{}", digits.trim_end_matches('0'))
}

fn offset(seconds: i32, out: &mut String) -> Result {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    if seconds.is_multiple_of(60) { Ok(()) } else { write!(out, ":{:02}", seconds % 60) }
}

/// ISO 8601, each part with its own sign.
fn interval(months: i32, days: i32, nanos: i64, out: &mut String) -> Result {
    out.write_char('P')?;
    if months != 0 {
        write!(out, "{months}M")?;
    }
    if days != 0 {
        write!(out, "{days}D")?;
    }
    if nanos != 0 || (months == 0 && days == 0) {
        let (seconds, rest) = parts(nanos);
        write!(out, "T{}{seconds}", if nanos < 0 { "-" } else { "" })?;
        fraction(rest, out)?;
        out.write_char('S')?;
    }
    Ok(())
}

/// 8-4-4-4-12 hex digits.
pub(super) fn write_uuid(uuid: &[u8; 16], out: &mut String) -> Result {
    uuid.iter().enumerate().try_for_each(|(i, byte)| {
        let dash = if matches!(i, 4 | 6 | 8 | 10) { "-" } else { "" };
        write!(out, "{dash}{byte:02x}")
    })
}

fn write_special(special: Special, out: &mut String) -> Result {
    match special {
        Special::Infinity => out.write_str("infinity"),
        Special::NegativeInfinity => out.write_str("-infinity"),
        Special::Nan => out.write_str("NaN"),
        Special::ZeroDate(year, month, day, nanos) => {
            write!(out, "{year:04}-{month:02}-{day:02}")?;
            if nanos.rem_euclid(NANOS_PER_DAY) == 0 {
                return Ok(());
            }
            out.write_char(' ')?;
            time(nanos, out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_text() {
        let cases: [(Cell<'_>, &str); 20] = [
            (Cell::Bool(true), "true"),
            (Cell::I64(i64::MIN), "-9223372036854775808"),
            (Cell::Decimal("1.50"), "1.50"),
            (Cell::F64(1e300), "1e300"),
            (Cell::F32(-0.5), "-0.5"),
            (Cell::Bytes(&[0, 255]), "00ff"),
            (Cell::Date(19_782), "2024-02-29"),
            (Cell::Time(3_661_500_000_000), "01:01:01.5"),
            (Cell::Time(-838 * 3600 * NANOS_PER_SECOND), "-838:00:00"),
            (Cell::TimeTz(0, -19_800), "00:00:00-05:30"),
            (Cell::Timestamp(0, 1), "1970-01-01 00:00:00.000000001"),
            (Cell::Instant(-1, 0), "1969-12-31 00:00:00+00"),
            (Cell::Interval(1, -2, -1_500_000_000), "P1M-2DT-1.5S"),
            (Cell::Interval(0, 0, 0), "PT0S"),
            (Cell::Uuid([0x12; 16]), "12121212-1212-1212-1212-121212121212"),
            (Cell::Bits(&[0b1010_0000], 3), "101"),
            (Cell::Special(Special::NegativeInfinity), "-infinity"),
            (Cell::Special(Special::ZeroDate(2024, 0, 1, 0)), "2024-00-01"),
            (Cell::Special(Special::ZeroDate(0, 0, 0, NANOS_PER_SECOND)), "0000-00-00 00:00:01"),
            (Cell::Null, ""),
        ];
        for (cell, expected) in cases {
            let mut text = String::new();
            render(cell, &mut text);
            assert_eq!(text, expected, "{cell:?}");
        }
    }
}
