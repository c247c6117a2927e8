//! What a probe looks for in the cells of one column.

use super::sql::escape::utf16_len;
use crate::cell::{Cell, Special};
use crate::probe::{Answer, Probe};

/// A look at one cell after the other.
pub(super) enum Measure {
    /// Smallest and largest number.
    Range,
    /// U+0000 in text.
    Nul,
    /// Dates with zero parts; here: days that only the Julian calendar has.
    ZeroDate,
    /// Longest value.
    Length,
    /// Days outside these.
    Outside(i32, i32),
    /// Numbers that are none.
    NotFinite,
    /// More digits of a second than these.
    Fraction(u8),
    /// Digits before and after the point.
    Digits,
    /// An unknown question is answered with nothing.
    Nothing,
}

impl Measure {
    /// The column that a probe asks about, and what to look for.
    pub(super) fn of(probe: &Probe) -> Option<(&String, Measure)> {
        Some(match probe {
            Probe::Range { column } => (column, Measure::Range),
            Probe::NulText { column } => (column, Measure::Nul),
            Probe::ZeroDate { column } => (column, Measure::ZeroDate),
            Probe::MaxLength { column } => (column, Measure::Length),
            Probe::DateOutside { column, min, max } => (column, Measure::Outside(*min, *max)),
            Probe::NotFinite { column } => (column, Measure::NotFinite),
            Probe::ExcessFraction { column, digits } => (column, Measure::Fraction(*digits)),
            Probe::DecimalDigits { column } => (column, Measure::Digits),
            _ => return None,
        })
    }

    /// Looks at a cell; `true` if the row is concerned.
    pub(super) fn look(&self, cell: Cell<'_>, answer: &mut Answer) -> bool {
        match (self, cell) {
            (Measure::Range, Cell::I64(n)) => {
                let n = i128::from(n);
                answer.min = Some(answer.min.map_or(n, |m| m.min(n)));
                answer.max = Some(answer.max.map_or(n, |m| m.max(n)));
                false
            }
            (Measure::Nul, Cell::Text(text)) => memchr::memchr(0, text.as_bytes()).is_some(),
            (Measure::Nul, Cell::BrokenText(text)) => memchr::memchr(0, text).is_some(),
            (Measure::ZeroDate, Cell::Special(Special::ZeroDate(..))) => true,
            (Measure::Length, Cell::Text(text)) => longest(answer, text.chars().count(), text.len()),
            (Measure::Length, Cell::BrokenText(text)) => longest(answer, utf16_len(text) as usize, text.len()),
            (Measure::Length, Cell::Bytes(bytes)) => longest(answer, bytes.len(), bytes.len()),
            (Measure::Outside(min, max), Cell::Date(days) | Cell::Timestamp(days, _) | Cell::Instant(days, _)) => {
                days < *min || days > *max
            }
            (Measure::NotFinite, Cell::F64(f)) => !f.is_finite(),
            (
                Measure::Fraction(digits),
                Cell::Time(n) | Cell::TimeTz(n, _) | Cell::Timestamp(_, n) | Cell::Instant(_, n),
            ) => n % 10_i64.pow(9 - u32::from((*digits).min(9))) != 0,
            (Measure::Digits, Cell::Decimal(digits)) => decimal_digits(answer, digits),
            _ => false,
        }
    }
}

fn longest(answer: &mut Answer, units: usize, bytes: usize) -> bool {
    answer.min = answer.min.max(Some(units as i128));
    answer.max = answer.max.max(Some(bytes as i128));
    false
}

fn decimal_digits(answer: &mut Answer, digits: &str) -> bool {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('-').trim_start_matches('0').len();
    longest(answer, whole, fraction.trim_end_matches('0').len())
}

/// Bytes that a key cell takes in UTF-8.
pub(super) fn utf8_bytes(cell: Cell<'_>) -> u64 {
    match cell {
        Cell::Text(text) => text.len() as u64,
        Cell::BrokenText(text) | Cell::Bytes(text) => text.len() as u64,
        Cell::Null => 0,
        Cell::Decimal(digits) => digits.len() as u64 / 2 + 4,
        Cell::Uuid(_) => 16,
        _ => 8,
    }
}
