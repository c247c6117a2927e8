//! Dates and times as HSQLDB writes them: fields of Java's calendar, which is Julian before 1582-10-15.
//!
//! Fields travel, not instants: 1500-03-01 stays 1500-03-01. A 29 February that only the Julian
//! calendar has is delivered as a special date, which other engines refuse unless a policy converts it.

use crate::calendar::{NANOS_PER_DAY, civil_from_days, days_from_civil, is_valid};
use crate::cell::{Cell, Special};

/// The days 0001-01-01 and 9999-12-31.
const FIRST: i32 = days_from_civil(1, 1, 1);
const LAST: i32 = days_from_civil(9999, 12, 31);
/// First day of the Gregorian calendar, 1582-10-15.
const REFORM: i32 = -141_427;
/// 1582-10-05, the first of ten days that Java's calendar skips.
const SKIPPED: i32 = REFORM - 10;
const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of the last digit, by the number of digits of a fraction.
const UNITS: [u32; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// A day, as far as it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    Known(i32),
    /// 29 February of a Julian leap year: that year.
    JulianLeap(u16),
}

impl Day {
    fn from_fields(year: i32, month: u32, day: u32) -> Option<Day> {
        if is_valid(year, month, day) {
            return Some(Day::Known(days_from_civil(year, month, day)));
        }
        let julian = (1..1582).contains(&year) && year % 4 == 0 && (month, day) == (2, 29);
        julian.then_some(Day::JulianLeap(year as u16))
    }

    /// The day of an instant in the data file: days since 1970 in the calendar of Java.
    pub(crate) fn from_java(days: i64) -> Option<Day> {
        let days = i32::try_from(days).ok().filter(|d| d.unsigned_abs() < 5_000_000)?;
        if days >= REFORM {
            return Some(Day::Known(days));
        }
        let c = i64::from(days) + 2_440_588 + 32_082;
        let d = (4 * c + 3).div_euclid(1461);
        let e = c - (1461 * d).div_euclid(4);
        let m = (5 * e + 2) / 153;
        let (day, month) = (e - (153 * m + 2) / 5 + 1, m + 3 - 12 * (m / 10));
        Day::from_fields((d - 4800 + m / 10) as i32, month as u32, day as u32)
    }

    /// The cell of a date.
    pub(crate) fn date<'a>(self) -> Cell<'a> {
        match self {
            Day::Known(days) => Cell::Date(days),
            Day::JulianLeap(year) => Cell::Special(Special::ZeroDate(year, 2, 29, 0)),
        }
    }

    /// The cell of a timestamp.
    pub(crate) fn timestamp<'a>(self, nanos: i64) -> Cell<'a> {
        match self {
            Day::Known(days) => Cell::Timestamp(days, nanos),
            Day::JulianLeap(year) => Cell::Special(Special::ZeroDate(year, 2, 29, nanos)),
        }
    }
}

fn number(text: &[u8]) -> Option<i64> {
    let digit = |n: i64, b: &u8| Some(n * 10 + i64::from(b.is_ascii_digit().then(|| b - b'0')?));
    if text.is_empty() || text.len() > 17 { None } else { text.iter().try_fold(0, digit) }
}

/// `yyyy-mm-dd`.
pub(crate) fn parse_date(text: &[u8]) -> Option<Day> {
    let (rest, day) = text.split_at_checked(text.len().checked_sub(3)?)?;
    let (year, month) = rest.split_at_checked(rest.len().checked_sub(3)?)?;
    let part = |text: &[u8]| text.strip_prefix(b"-").and_then(number);
    let year = i32::try_from(number(year)?).ok().filter(|y| *y <= 9999)?;
    Day::from_fields(year, part(month)? as u32, part(day)? as u32)
}

/// `h:mm:ss` or `hh:mm:ss` with or without fraction, as nanoseconds of the day.
pub(crate) fn parse_time(text: &[u8]) -> Option<i64> {
    let (hour, rest) = text.split_at_checked(if text.get(1) == Some(&b':') { 1 } else { 2 })?;
    let [b':', c, d, b':', e, f, fraction @ ..] = rest else { return None };
    let (hour, minute, second) = (number(hour)?, number(&[*c, *d])?, number(&[*e, *f])?);
    let nanos = match fraction {
        [] => 0,
        [b'.', digits @ ..] if digits.len() <= 9 => number(digits)? * 10_i64.pow(9 - digits.len() as u32),
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then_some(((hour * 60 + minute) * 60 + second) * SECOND + nanos)
}

/// `yyyy-mm-dd hh:mm:ss` with or without fraction.
pub(crate) fn parse_timestamp(text: &[u8]) -> Option<(Day, i64)> {
    let space = memchr::memchr(b' ', text)?;
    Some((parse_date(&text[..space])?, parse_time(text.get(space + 1..)?)?))
}

/// Cuts `+5:30` or `-3:00` off; seconds east of UTC.
pub(crate) fn split_zone(text: &[u8]) -> Option<(&[u8], i32)> {
    let at = text.iter().rposition(|b| *b == b'+' || *b == b'-')?;
    let (rest, zone) = text.split_at(at);
    let colon = memchr::memchr(b':', zone)?;
    let (hours, minutes) = (number(zone.get(1..colon)?)?, number(zone.get(colon + 1..)?)?);
    let seconds = (hours <= 18 && minutes < 60).then_some((hours * 60 + minutes) * 60)? as i32;
    Some((rest, if zone.first() == Some(&b'-') { -seconds } else { seconds }))
}

/// Wall clock and offset as an instant.
pub(crate) fn instant(days: i32, nanos: i64, offset: i32) -> Option<(i32, i64)> {
    let utc = nanos - i64::from(offset) * SECOND;
    Some((days.checked_add(utc.div_euclid(NANOS_PER_DAY) as i32)?, utc.rem_euclid(NANOS_PER_DAY)))
}

/// Whether Java's calendar has this day between years 1 and 9999.
pub(crate) fn is_writable(days: i32) -> bool {
    (FIRST..=LAST).contains(&days) && !(SKIPPED..REFORM).contains(&days)
}

/// Writes `yyyy-mm-dd`.
pub(crate) fn push_date(days: i32, out: &mut Vec<u8>) {
    let (year, month, day) = civil_from_days(days);
    push_fields(year, month, day, out);
}

/// Writes `yyyy-mm-dd` of fields; the year has at most four digits.
pub(crate) fn push_fields(year: i32, month: u32, day: u32, out: &mut Vec<u8>) {
    let year = year.unsigned_abs();
    let ([a, b], [c, d], [e, f], [g, h]) = (pair(year / 100), pair(year), pair(month), pair(day));
    out.extend_from_slice(&[a, b, c, d, b'-', e, f, b'-', g, h]);
}

/// The last two digits of a number.
#[inline]
fn pair(n: u32) -> [u8; 2] {
    let n = n % 100;
    [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8]
}

/// Writes a time within a day as `hh:mm:ss` with `digits` digits of the fraction; a time of day has hours of
/// `width` 1, one within a timestamp of 2. `false` if digits would be cut off.
pub(crate) fn push_time(nanos: i64, width: usize, digits: u64, out: &mut Vec<u8>) -> bool {
    let seconds = (nanos / SECOND) as u32;
    let ([a, b], [c, d], [e, f]) = (pair(seconds / 3600), pair(seconds / 60 % 60), pair(seconds % 60));
    let text = [a, b, b':', c, d, b':', e, f];
    out.extend_from_slice(if width == 1 && a == b'0' { &text[1..] } else { &text });
    push_fraction(nanos % SECOND, digits, out)
}

/// Writes the fraction of a second, less than one. `false` if digits would be cut off.
pub(crate) fn push_fraction(nanos: i64, digits: u64, out: &mut Vec<u8>) -> bool {
    let digits = digits.min(9) as usize;
    let unit = UNITS[digits];
    let (mut rest, mut text) = (nanos as u32 / unit, *b".000000000");
    if digits > 0 {
        for digit in text[1..=digits].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        out.extend_from_slice(&text[..=digits]);
    }
    (nanos as u32).is_multiple_of(unit)
}

/// Writes `+5:30`.
pub(crate) fn push_zone(seconds: i32, out: &mut Vec<u8>) {
    out.push(if seconds < 0 { b'-' } else { b'+' });
    let minutes = i64::from(seconds.unsigned_abs() / 60);
    out.extend_from_slice(itoa::Buffer::new().format(minutes / 60).as_bytes());
    out.push(b':');
    push_padded(minutes % 60, 2, out);
}

/// Writes a number with leading zeros.
pub(crate) fn push_padded(n: i64, width: usize, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(n);
    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(digits.len())));
    out.extend_from_slice(digits.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn calendars() {
        assert_eq!(parse_date(b"1970-01-02"), Some(Day::Known(1)));
        assert_eq!(parse_date(b"1500-02-29"), Some(Day::JulianLeap(1500)));
        assert_eq!(parse_date(b"1900-02-29"), None);
        // 0001-01-01 and 1582-10-04 in the data file, as Java has them.
        assert_eq!(Day::from_java(-719_164), parse_date(b"0001-01-01"));
        assert_eq!(Day::from_java(i64::from(REFORM) - 1), parse_date(b"1582-10-04"));
        assert_eq!(Day::from_java(i64::from(REFORM)), parse_date(b"1582-10-15"));
        assert!(!is_writable(days_from_civil(1582, 10, 10)) && is_writable(days_from_civil(1582, 10, 4)));
    }

    #[test]
    fn zones() {
        assert_eq!(split_zone(b"10:11:12.12+5:30"), Some((&b"10:11:12.12"[..], 19_800)));
        assert_eq!(split_zone(b"2020-01-01 00:00:00-3:00"), Some((&b"2020-01-01 00:00:00"[..], -10_800)));
        assert_eq!(instant(0, 0, 3600), Some((-1, 82_800 * SECOND)));
    }

    proptest! {
        #[test]
        fn dates_round_trip(days in -719_162..2_932_896_i32) {
            let mut out = Vec::new();
            push_date(days, &mut out);
            prop_assert_eq!(parse_date(&out), Some(Day::Known(days)));
        }

        #[test]
        fn times_round_trip(nanos in 0..NANOS_PER_DAY) {
            let mut out = Vec::new();
            prop_assert!(push_time(nanos, 1, 9, &mut out));
            prop_assert_eq!(parse_time(&out), Some(nanos));
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..30), days in any::<i64>()) {
            let _ = (parse_date(&bytes), parse_time(&bytes), parse_timestamp(&bytes), split_zone(&bytes));
            let _ = Day::from_java(days);
        }
    }
}
