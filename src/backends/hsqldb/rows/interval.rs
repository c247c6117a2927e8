//! Intervals: years and months, or days to seconds.

use super::temporal::{push_fraction, push_padded};
use crate::backends::hsqldb::model::types::Field;
use crate::calendar::NANOS_PER_DAY;

const SECOND: i128 = 1_000_000_000;

/// Reads years and months as months.
pub(crate) fn parse_months(text: &str, years: bool, months: bool) -> Option<i32> {
    let (negative, text) = sign(text);
    let total: i64 = match (years, months) {
        (true, true) => {
            let (years, months) = text.split_once('-')?;
            years.parse::<i64>().ok()?.checked_mul(12)?.checked_add(months.parse().ok()?)?
        }
        (true, false) => text.parse::<i64>().ok()?.checked_mul(12)?,
        _ => text.parse().ok()?,
    };
    i32::try_from(if negative { -total } else { total }).ok()
}

/// Reads days to seconds as whole days and nanoseconds of the same sign.
pub(crate) fn parse_seconds(text: &str, from: Field, to: Field) -> Option<(i32, i64)> {
    let (negative, text) = sign(text);
    let mut parts = text.split([' ', ':']);
    let mut nanos: i128 = 0;
    for (field, unit) in UNITS {
        if (from..=to).contains(&field) {
            nanos += if field == Field::Second {
                seconds(parts.next()?)?
            } else {
                parts.next()?.parse::<u32>().ok()?.into()
            } * unit;
        }
    }
    parts.next().is_none().then_some(())?;
    split(if negative { -nanos } else { nanos })
}

/// Nanoseconds of each field; seconds come as nanoseconds already.
const UNITS: [(Field, i128); 4] =
    [(Field::Day, 86_400 * SECOND), (Field::Hour, 3_600 * SECOND), (Field::Minute, 60 * SECOND), (Field::Second, 1)];

fn seconds(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = (fraction.len() <= 9 && fraction.bytes().all(|b| b.is_ascii_digit())).then_some(fraction)?;
    let nanos: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    Some(i128::from(whole.parse::<u64>().ok()?) * SECOND + nanos * 10_i128.pow(9 - digits.len() as u32))
}

fn sign(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |rest| (true, rest))
}

/// Whole days and the rest of the same sign.
pub(crate) fn split(nanos: i128) -> Option<(i32, i64)> {
    let day = i128::from(NANOS_PER_DAY);
    Some((i32::try_from(nanos / day).ok()?, (nanos % day) as i64))
}

/// Writes months in the fields of the column.
pub(crate) fn push_months(months: i32, years: bool, with_months: bool, out: &mut Vec<u8>) -> bool {
    let n = i64::from(months).abs();
    out.extend_from_slice(if months < 0 { b"-" } else { b"" });
    match (years, with_months) {
        (true, true) => {
            push_padded(n / 12, 1, out);
            out.push(b'-');
            push_padded(n % 12, 2, out);
            true
        }
        (true, false) => {
            push_padded(n / 12, 1, out);
            n % 12 == 0
        }
        _ => {
            push_padded(n, 1, out);
            true
        }
    }
}

/// Writes days and nanoseconds in the fields of the column; `false` if something does not fit them.
pub(crate) fn push_seconds(days: i32, nanos: i64, fields: (Field, Field), digits: u32, out: &mut Vec<u8>) -> bool {
    let total = i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(nanos);
    out.extend_from_slice(if total < 0 { b"-" } else { b"" });
    let mut rest = total.abs();
    let (from, to) = fields;
    for (field, unit) in UNITS.into_iter().filter(|(field, _)| (from..=to).contains(field)) {
        if field > from {
            out.push(if field == Field::Hour { b' ' } else { b':' });
        }
        let width = if field == from { 1 } else { 2 };
        let unit = if field == Field::Second { SECOND } else { unit };
        push_padded((rest / unit).min(i128::from(i64::MAX)) as i64, width, out);
        rest %= unit;
    }
    if to < Field::Second { rest == 0 } else { push_fraction(rest as i64, u64::from(digits), out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_spellings() {
        let mut out = Vec::new();
        assert_eq!(parse_months("-2-03", true, true), Some(-27));
        push_months(-27, true, true, &mut out);
        assert_eq!(out, b"-2-03");
        let all = (Field::Day, Field::Second);
        let (days, nanos) = parse_seconds("-3 04:05:06.789000", all.0, all.1).unwrap();
        assert_eq!((days, nanos), (-3, -14_706_789_000_000));
        out.clear();
        assert!(push_seconds(days, nanos, all, 6, &mut out));
        assert_eq!(out, b"-3 04:05:06.789000");
        assert_eq!(parse_seconds("30", Field::Hour, Field::Hour), Some((1, 6 * 3600 * 1_000_000_000)));
        out.clear();
        assert!(push_seconds(1, 6 * 3600 * 1_000_000_000, (Field::Hour, Field::Hour), 0, &mut out));
        assert_eq!(out, b"30");
        assert!(parse_seconds("1:2", Field::Hour, Field::Second).is_none());
    }
}
