//! How a target column takes its values: chosen once per column, checked for every value.

use super::types::is_hex_native;
use crate::backends::WriteColumn;
use crate::error::{Error, ErrorKind, Result};
use crate::types::{Type, Unit};

/// What a column accepts and how it is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Whole number within bounds.
    Int { min: i64, max: u64 },
    /// Exact decimal with digits before and after the point.
    Decimal { before: u32, after: u32 },
    /// 4-byte float.
    Float,
    /// 8-byte float.
    Double,
    /// Text with a bound.
    Text(Bound),
    /// Bytes with a bound.
    Bytes(u64),
    /// Identifier in 16 bytes.
    UuidBytes,
    /// Identifier as text.
    UuidText,
    /// Bit field of so many bits.
    Bits(u32),
    /// Calendar date.
    Date,
    /// Date and time with digits of the fraction.
    Timestamp(u8),
    /// Time with digits of the fraction.
    Time(u8),
    /// Stored bytes of a type of the engine, in hex.
    Hex,
}

/// Bound of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// The server's own.
    None,
    /// Code points.
    Characters(u64),
    /// UTF-8 bytes.
    Bytes(u64),
}

impl Form {
    /// Chooses the form of a column.
    ///
    /// # Errors
    /// `Write` when the column's type has no encoding.
    pub(super) fn of(column: &WriteColumn) -> Result<Form> {
        let native = column.native.trim_start().to_ascii_lowercase();
        Ok(match &column.ty {
            Type::Bool => Form::Int { min: 0, max: 1 },
            Type::Int { bytes, unsigned } => int(*bytes, *unsigned),
            Type::Decimal { precision, scale } => {
                let after = u32::try_from(scale.unwrap_or(0)).unwrap_or(0);
                Form::Decimal { before: precision.unwrap_or(65).saturating_sub(after), after }
            }
            Type::Float { bytes: 4 } => Form::Float,
            Type::Float { .. } => Form::Double,
            Type::Text { max: None, .. } | Type::Json { .. } | Type::Enum { .. } | Type::Set { .. } => {
                Form::Text(Bound::None)
            }
            Type::Text { max: Some(max), .. } => Form::Text(match max.unit {
                Unit::CodePoints => Bound::Characters(max.n),
                Unit::Utf16 => Bound::None,
                Unit::Bytes => Bound::Bytes(max.n),
            }),
            Type::Bytes { max, .. } => Form::Bytes(max.unwrap_or(u64::MAX)),
            Type::Uuid if native.starts_with("binary") || native.starts_with("varbinary") => Form::UuidBytes,
            Type::Uuid => Form::UuidText,
            Type::Bits { len, .. } => Form::Bits(len.unwrap_or(64)),
            Type::Date => Form::Date,
            Type::Timestamp { precision, .. } => Form::Timestamp(*precision),
            Type::Time { precision, .. } => Form::Time(*precision),
            Type::Native { name, .. } if is_hex_native(name) || is_hex_native(&native) => Form::Hex,
            Type::Native { .. } => Form::Text(Bound::None),
            Type::Interval => {
                return Err(Error::new(ErrorKind::Write, "MySQL has no interval type").object(&*column.name));
            }
        })
    }
}

fn int(bytes: u8, unsigned: bool) -> Form {
    let bits = u32::from(bytes.clamp(1, 8)) * 8;
    match unsigned {
        true => Form::Int { min: 0, max: u64::MAX >> (64 - bits) },
        false => Form::Int { min: i64::MIN >> (64 - bits), max: (i64::MAX >> (64 - bits)) as u64 },
    }
}

/// Why a value does not go into its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Another kind of value.
    Kind(&'static str),
    /// Outside the column's range.
    Range,
    /// Longer than the column.
    Length,
    /// More digits of the fraction than the column keeps.
    Fraction,
    /// Not a finite number.
    NotFinite,
    /// A date that does not exist.
    Calendar,
}

impl Problem {
    /// The error, naming the column and never the value.
    pub(super) fn error(self, column: &str) -> Error {
        let (what, help) = match self {
            Problem::Kind(kind) => (format!("the column cannot hold a value of kind {kind}"), ""),
            Problem::Range => ("a value is outside the column's range".to_string(), "widen the column"),
            Problem::Length => ("a value is longer than the column".to_string(), "widen the column"),
            Problem::Fraction => (
                "a value has more digits after the point than the column keeps".to_string(),
                "set the policy excess-precision to truncate, or widen the column",
            ),
            Problem::NotFinite => {
                ("a value is NaN or infinite, which MySQL cannot hold".to_string(), "set the policy nan to null")
            }
            Problem::Calendar => (
                "a date does not exist or lies outside the years 1 to 9999".to_string(),
                "set the policy zero-date or out-of-range-date",
            ),
        };
        let error = Error::new(ErrorKind::Value, what).object(column);
        if help.is_empty() { error } else { error.help(help) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_bounds() {
        assert_eq!(int(1, false), Form::Int { min: -128, max: 127 });
        assert_eq!(int(3, false), Form::Int { min: -8_388_608, max: 8_388_607 });
        assert_eq!(int(3, true), Form::Int { min: 0, max: 16_777_215 });
        assert_eq!(int(8, true), Form::Int { min: 0, max: u64::MAX });
        assert_eq!(int(8, false), Form::Int { min: i64::MIN, max: i64::MAX as u64 });
    }
}
