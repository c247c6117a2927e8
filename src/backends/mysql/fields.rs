//! Single values of binary rows: what the bytes of one field say.

use crate::calendar::{days_from_civil, is_valid};
use crate::cell::{Cell, RowSink, Special};
use crate::error::Result;

/// Digits as portable text: no leading zeros (ZEROFILL), no negative zero.
pub(super) fn decimal(text: &str, sink: &mut dyn RowSink) -> Result<()> {
    let bytes = text.as_bytes();
    if matches!(bytes, [b'1'..=b'9', ..] | [b'0', b'.', ..] | [b'-', b'1'..=b'9', ..]) {
        return sink.cell(Cell::Decimal(text));
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let point = digits.find('.').unwrap_or(digits.len());
    let zeros = digits.bytes().take(point.saturating_sub(1)).take_while(|b| *b == b'0').count();
    let plain = &digits[zeros..];
    let is_zero = plain.bytes().all(|b| b == b'0' || b == b'.');
    if negative && !is_zero {
        // The sign stands right before a digit unless zeros were cut, which ZEROFILL (unsigned) cannot cause.
        let start = text.len() - plain.len() - 1;
        return match zeros {
            0 => sink.cell(Cell::Decimal(&text[start..])),
            _ => sink.cell(Cell::Decimal(&format!("-{plain}"))),
        };
    }
    sink.cell(Cell::Decimal(plain))
}

/// Big-endian, right-aligned bytes become bits from the left.
pub(super) fn bits(bytes: &[u8], len: u32, sink: &mut dyn RowSink) -> Result<()> {
    let number = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let left = if len == 0 || len > 64 { number } else { number << (64 - len) };
    let all = left.to_be_bytes();
    sink.cell(Cell::Bits(&all[..len.div_ceil(8).min(8) as usize], len))
}

pub(super) fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let mut out = [0u8; 16];
    let mut digits = text.iter().filter(|b| **b != b'-');
    for byte in &mut out {
        let high = char::from(*digits.next()?).to_digit(16)?;
        let low = char::from(*digits.next()?).to_digit(16)?;
        *byte = (high << 4 | low) as u8;
    }
    digits.next().is_none().then_some(out)
}

/// Year, month and day; the rest of the field.
#[inline]
fn ymd(field: &[u8]) -> Option<(u16, u8, u8, &[u8])> {
    match field {
        [] => Some((0, 0, 0, &[])),
        [a, b, month, day, rest @ ..] => Some((u16::from_le_bytes([*a, *b]), *month, *day, rest)),
        _ => None,
    }
}

#[inline]
fn days(year: u16, month: u8, day: u8) -> Option<i32> {
    let (year, month, day) = (i32::from(year), u32::from(month), u32::from(day));
    (year > 0 && is_valid(year, month, day)).then(|| days_from_civil(year, month, day))
}

pub(super) fn date(field: &[u8]) -> Option<Cell<'static>> {
    let (year, month, day, _) = ymd(field)?;
    Some(match days(year, month, day) {
        Some(days) => Cell::Date(days),
        None => Cell::Special(Special::ZeroDate(year, month, day, 0)),
    })
}

pub(super) fn timestamp(field: &[u8], instant: bool) -> Option<Cell<'static>> {
    let (year, month, day, rest) = ymd(field)?;
    let nanos = clock(rest)?;
    Some(match days(year, month, day) {
        Some(days) if instant => Cell::Instant(days, nanos),
        Some(days) => Cell::Timestamp(days, nanos),
        None => Cell::Special(Special::ZeroDate(year, month, day, nanos)),
    })
}

/// Hour, minute, second and perhaps microseconds as nanoseconds.
#[inline]
fn clock(field: &[u8]) -> Option<i64> {
    let (hour, minute, second, micros) = match field {
        [] => return Some(0),
        [h, m, s] => (*h, *m, *s, 0),
        [h, m, s, a, b, c, d] => (*h, *m, *s, u32::from_le_bytes([*a, *b, *c, *d])),
        _ => return None,
    };
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(seconds * 1_000_000_000 + i64::from(micros) * 1000)
}

/// Signed duration as nanoseconds.
pub(super) fn time(field: &[u8]) -> Option<i64> {
    match field {
        [] => Some(0),
        [negative, a, b, c, d, rest @ ..] => {
            let days = i64::from(u32::from_le_bytes([*a, *b, *c, *d]));
            let nanos = days.checked_mul(crate::calendar::NANOS_PER_DAY)?.checked_add(clock(rest)?)?;
            Some(if *negative != 0 { -nanos } else { nanos })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Last(String);

    impl RowSink for Last {
        fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
            self.0 = match cell {
                Cell::Decimal(t) => t.to_string(),
                Cell::Bits(b, n) => format!("{b:?}/{n}"),
                other => other.kind().to_string(),
            };
            Ok(())
        }

        fn end_row(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn decimals_are_normal() {
        for (given, wanted) in [
            ("00012.50", "12.50"),
            ("-0.00", "0.00"),
            ("-0.50", "-0.50"),
            ("0", "0"),
            ("000", "0"),
            ("-12", "-12"),
            ("-007", "-7"),
            ("0.1", "0.1"),
            ("-0", "0"),
        ] {
            let mut last = Last::default();
            decimal(given, &mut last).unwrap();
            assert_eq!(last.0, wanted, "{given}");
        }
    }

    #[test]
    fn bits_come_from_the_left() {
        let mut last = Last::default();
        bits(&[0x01, 0x01], 9, &mut last).unwrap();
        assert_eq!(last.0, "[128, 128]/9");
        bits(&[1], 1, &mut last).unwrap();
        assert_eq!(last.0, "[128]/1");
        bits(&[0xFF; 8], 64, &mut last).unwrap();
        assert_eq!(last.0, "[255, 255, 255, 255, 255, 255, 255, 255]/64");
    }

    #[test]
    fn dates_that_do_not_exist_are_special() {
        assert!(date(&[]) == Some(Cell::Special(Special::ZeroDate(0, 0, 0, 0))));
        assert!(date(&[0xE8, 7, 2, 30]) == Some(Cell::Special(Special::ZeroDate(2024, 2, 30, 0))));
        assert!(date(&[0xE8, 7, 2, 29]) == Some(Cell::Date(19_782)));
        assert!(timestamp(&[0xE8, 7, 0, 0, 1, 2, 3], false).is_some());
        assert_eq!(time(&[1, 34, 0, 0, 0, 22, 59, 59]), Some(-3_020_399_000_000_000));
    }
}
