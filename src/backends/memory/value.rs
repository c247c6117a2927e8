//! An owned portable scalar: what goes into an in-memory table and comes out of it.

use crate::cell::{Cell, Special};
use std::fmt;

/// A portable scalar that owns its bytes; the twin of [`Cell`].
///
/// Floats are equal if their bits are, so that a NaN equals itself and zero has two signs.
#[derive(Clone)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// Signed whole number.
    I64(i64),
    /// Unsigned whole number.
    U64(u64),
    /// Exact decimal as plain digits.
    Decimal(String),
    /// Binary float of 4 bytes.
    F32(f32),
    /// Binary float of 8 bytes.
    F64(f64),
    /// Text.
    Text(String),
    /// Text with half of a UTF-16 surrogate pair, as WTF-8.
    BrokenText(Vec<u8>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Nanoseconds since midnight local, and seconds east of UTC.
    TimeTz(i64, i32),
    /// Wall clock: days since 1970-01-01 and nanoseconds of the day.
    Timestamp(i32, i64),
    /// Instant: the same fields in UTC.
    Instant(i32, i64),
    /// Months, days, nanoseconds.
    Interval(i32, i32, i64),
    /// 16 bytes in reading order.
    Uuid([u8; 16]),
    /// Bits from the left, and how many.
    Bits(Vec<u8>, u32),
    /// A value outside the portable range.
    Special(Special),
}

impl Value {
    /// The value as the hot path's cell.
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Value::Null => Cell::Null,
            Value::Bool(b) => Cell::Bool(*b),
            Value::I64(n) => Cell::I64(*n),
            Value::U64(n) => Cell::U64(*n),
            Value::Decimal(digits) => Cell::Decimal(digits),
            Value::F32(f) => Cell::F32(*f),
            Value::F64(f) => Cell::F64(*f),
            Value::Text(text) => Cell::Text(text),
            Value::BrokenText(text) => Cell::BrokenText(text),
            Value::Bytes(bytes) => Cell::Bytes(bytes),
            Value::Date(days) => Cell::Date(*days),
            Value::Time(nanos) => Cell::Time(*nanos),
            Value::TimeTz(nanos, offset) => Cell::TimeTz(*nanos, *offset),
            Value::Timestamp(days, nanos) => Cell::Timestamp(*days, *nanos),
            Value::Instant(days, nanos) => Cell::Instant(*days, *nanos),
            Value::Interval(months, days, nanos) => Cell::Interval(*months, *days, *nanos),
            Value::Uuid(uuid) => Cell::Uuid(*uuid),
            Value::Bits(bits, len) => Cell::Bits(bits, *len),
            Value::Special(special) => Cell::Special(*special),
        }
    }
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Value::Null,
            Cell::Bool(b) => Value::Bool(b),
            Cell::I64(n) => Value::I64(n),
            Cell::U64(n) => Value::U64(n),
            Cell::Decimal(digits) => Value::Decimal(digits.to_string()),
            Cell::F32(f) => Value::F32(f),
            Cell::F64(f) => Value::F64(f),
            Cell::Text(text) => Value::Text(text.to_string()),
            Cell::BrokenText(text) => Value::BrokenText(text.to_vec()),
            Cell::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Cell::Date(days) => Value::Date(days),
            Cell::Time(nanos) => Value::Time(nanos),
            Cell::TimeTz(nanos, offset) => Value::TimeTz(nanos, offset),
            Cell::Timestamp(days, nanos) => Value::Timestamp(days, nanos),
            Cell::Instant(days, nanos) => Value::Instant(days, nanos),
            Cell::Interval(months, days, nanos) => Value::Interval(months, days, nanos),
            Cell::Uuid(uuid) => Value::Uuid(uuid),
            Cell::Bits(bits, len) => Value::Bits(bits.to_vec(), len),
            Cell::Special(special) => Value::Special(special),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
            (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits(),
            (Value::F32(_) | Value::F64(_), _) => false,
            _ => self.cell() == other.cell(),
        }
    }
}

impl Eq for Value {}

/// Says the kind only: values never reach a log.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cell().kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_equal_by_bits() {
        assert_eq!(Value::F64(f64::NAN), Value::F64(f64::NAN));
        assert_ne!(Value::F32(0.0), Value::F32(-0.0));
        assert_ne!(Value::F32(1.0), Value::F64(1.0));
        assert_eq!(Value::Text("a".into()), Value::from(Cell::Text("a")));
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", Value::Text("secret".into())), "text");
    }
}
