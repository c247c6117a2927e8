//! Values and how a script spells them.

use dbferry::calendar::civil_from_days;
use std::fmt::Write;

/// A value of a row.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// As the script has it: at the column's scale.
    Decimal(String),
    Text(String),
    /// Milliseconds since 1970.
    Time(i64),
    Bytes(Vec<u8>),
}

/// Text.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// A decimal number of hundredths, at scale 8.
pub(crate) fn cents(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    Value::Decimal(format!("{sign}{}.{:02}000000", cents.abs() / 100, cents.abs() % 100))
}

impl Value {
    /// The literal of a script or log.
    pub(crate) fn literal(&self) -> String {
        match self {
            Value::Null => "NULL".into(),
            Value::Bool(value) => value.to_string().to_uppercase(),
            Value::Int(number) => number.to_string(),
            Value::Decimal(digits) => digits.clone(),
            Value::Text(text) => format!("'{}'", escape(&text.replace('\'', "''"))),
            Value::Time(millis) => format!("'{}'", timestamp(*millis)),
            Value::Bytes(bytes) => {
                let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                });
                format!("'{hex}'")
            }
        }
    }
}

/// A row line.
pub(crate) fn insert(table: &str, row: &[Value]) -> String {
    let values: Vec<String> = row.iter().map(Value::literal).collect();
    format!("INSERT INTO \"{table}\" VALUES({})", values.join(","))
}

/// ASCII with `\uXXXX` for every other UTF-16 unit, and for a backslash that would look like one.
pub(crate) fn escape(text: &str) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = String::with_capacity(units.len());
    for (at, unit) in units.iter().enumerate() {
        let escapes = *unit == u16::from(b'\\') && units.get(at + 1) == Some(&u16::from(b'u'));
        match u8::try_from(*unit) {
            Ok(byte @ 0x20..=0x7F) if !escapes => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// `2025-03-20 16:55:54.628000`.
pub(crate) fn timestamp(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil_from_days(days as i32);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{:03}000", rest % 1000)
}
