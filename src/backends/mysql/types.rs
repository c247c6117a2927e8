//! Column types: from the catalog's spelling to portable ones.

use crate::types::{Length, Type, Unit};

/// What the catalog says of a column's type.
pub(super) struct Declared<'a> {
    /// `DATA_TYPE`.
    pub(super) name: &'a str,
    /// `COLUMN_TYPE`.
    pub(super) full: &'a str,
    /// `CHARACTER_MAXIMUM_LENGTH`.
    pub(super) length: Option<u64>,
    /// `NUMERIC_PRECISION`.
    pub(super) precision: Option<u32>,
    /// `NUMERIC_SCALE`.
    pub(super) scale: Option<i32>,
    /// `DATETIME_PRECISION`.
    pub(super) fraction: u8,
    /// `CHARACTER_SET_NAME`.
    pub(super) charset: Option<&'a str>,
}

/// The portable type.
pub(super) fn portable(declared: &Declared<'_>) -> Type {
    let name = declared.name.to_ascii_lowercase();
    let unsigned = declared.full.contains(" unsigned");
    let int = |bytes| Type::Int { bytes, unsigned };
    match name.as_str() {
        "tinyint" => int(1),
        "smallint" => int(2),
        "mediumint" => int(3),
        "int" | "integer" => int(4),
        "bigint" => int(8),
        "year" => Type::int(2),
        "decimal" | "numeric" => Type::Decimal { precision: declared.precision, scale: declared.scale.or(Some(0)) },
        "float" => Type::Float { bytes: 4 },
        "double" | "real" => Type::Float { bytes: 8 },
        "bit" => Type::Bits { len: declared.precision, fixed: true },
        "char" => Type::Text { max: declared.length.map(Length::code_points), fixed: true },
        "varchar" => Type::Text { max: declared.length.map(Length::code_points), fixed: false },
        "tinytext" | "text" | "mediumtext" | "longtext" => text(declared),
        "binary" => Type::Bytes { max: declared.length, fixed: true },
        "varbinary" | "tinyblob" | "blob" | "mediumblob" => Type::Bytes { max: declared.length, fixed: false },
        "longblob" => Type::bytes(),
        "date" => Type::Date,
        "datetime" => Type::Timestamp { precision: declared.fraction, zone: false },
        "timestamp" => Type::Timestamp { precision: declared.fraction, zone: true },
        "time" => Type::Time { precision: declared.fraction, zone: false, duration: true },
        "enum" => Type::Enum { name: None, labels: labels(declared.full) },
        "set" => Type::Set { labels: labels(declared.full) },
        "json" => Type::Json { binary: true },
        "uuid" => Type::Uuid,
        _ => Type::Native { name: declared.full.to_string(), binary_portable: false },
    }
}

fn text(declared: &Declared<'_>) -> Type {
    let n = match declared.name.to_ascii_lowercase().as_str() {
        "tinytext" => 255,
        "text" => 65_535,
        "mediumtext" => 16_777_215,
        _ => return Type::text(),
    };
    // The bound counts bytes of the column's own charset. What is one byte there may be three in
    // UTF-8, so outside UTF-8 it only bounds the characters.
    let unit = match declared.charset {
        Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii") => Unit::Bytes,
        _ => Unit::CodePoints,
    };
    Type::Text { max: Some(Length { n, unit }), fixed: false }
}

/// Labels of `enum('a','b''c')`: quotes are doubled, backslashes and control characters are escaped.
pub(super) fn labels(full: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let Some(open) = full.find('(') else { return labels };
    let mut chars = full[open + 1..].chars().peekable();
    let mut label: Option<String> = None;
    while let Some(c) = chars.next() {
        match (&mut label, c) {
            (Some(text), '\'') if chars.peek() == Some(&'\'') => {
                chars.next();
                text.push('\'');
            }
            (Some(_), '\'') => labels.extend(label.take()),
            (Some(text), '\\') => text.push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') => '\0',
                Some('Z') => '\u{1A}',
                Some(other) => other,
                None => '\\',
            }),
            (Some(text), c) => text.push(c),
            (None, '\'') => label = Some(String::new()),
            (None, _) => {}
        }
    }
    labels
}

/// Whether values of a native type travel as the hex form of their stored bytes: the only text form
/// that loses nothing (`ST_AsText` drops the SRID, `VECTOR_TO_STRING` rounds).
pub(super) fn is_hex_native(name: &str) -> bool {
    let word = name.split(['(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    matches!(
        word.as_str(),
        "geometry"
            | "point"
            | "linestring"
            | "polygon"
            | "multipoint"
            | "multilinestring"
            | "multipolygon"
            | "geometrycollection"
            | "geomcollection"
            | "vector"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_any_character() {
        assert_eq!(labels(r"enum('a','b''q','c,d','e\\f','')"), ["a", "b'q", "c,d", r"e\f", ""]);
        assert_eq!(labels("set('x(',')y','''','ü')"), ["x(", ")y", "'", "ü"]);
        assert!(labels("int").is_empty());
    }

    #[test]
    fn text_bounds_follow_the_charset() {
        let declared = |charset| Declared {
            name: "text",
            full: "text",
            length: Some(65_535),
            precision: None,
            scale: None,
            fraction: 0,
            charset: Some(charset),
        };
        let max = |charset| match portable(&declared(charset)) {
            Type::Text { max: Some(max), .. } => max.max_utf8_bytes(),
            _ => 0,
        };
        assert_eq!(max("utf8mb4"), 65_535);
        assert_eq!(max("latin1"), 4 * 65_535);
    }
}
