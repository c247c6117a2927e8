//! The names of portable types in the statements of an in-memory database, as `dialects/memory` spells them.

use super::ddl::Cursor;
use crate::error::Result;
use crate::types::{Length, Type, Unit};

/// The name of a type, which [`parse`] reads back.
pub(super) fn spell(ty: &Type) -> String {
    match ty {
        Type::Bool => "boolean".into(),
        Type::Int { bytes, unsigned } => format!("{}int{bytes}", if *unsigned { "u" } else { "" }),
        Type::Decimal { precision: Some(p), scale } => format!("decimal({p},{})", scale.unwrap_or(0)),
        Type::Decimal { .. } => "decimal".into(),
        Type::Float { bytes } => format!("float{bytes}"),
        Type::Text { max: None, .. } => "text".into(),
        Type::Text { max: Some(max), fixed } => {
            let name = if *fixed { "char" } else { "varchar" };
            format!("{name}({}{})", max.n, unit(max.unit))
        }
        Type::Bytes { max: None, .. } => "bytes".into(),
        Type::Bytes { max: Some(n), fixed } => format!("{}binary({n})", if *fixed { "" } else { "var" }),
        Type::Date => "date".into(),
        Type::Time { precision, zone: true, .. } => format!("timetz({precision})"),
        Type::Time { precision, duration: true, .. } => format!("duration({precision})"),
        Type::Time { precision, .. } => format!("time({precision})"),
        Type::Timestamp { precision, zone } => format!("timestamp{}({precision})", if *zone { "tz" } else { "" }),
        Type::Interval => "interval".into(),
        Type::Uuid => "uuid".into(),
        Type::Json { binary } => if *binary { "jsonb" } else { "json" }.into(),
        Type::Bits { len: None, .. } => "varbits".into(),
        Type::Bits { len: Some(n), fixed } => format!("{}bits({n})", if *fixed { "" } else { "var" }),
        Type::Enum { labels, .. } => format!("enum({})", list(labels)),
        Type::Set { labels } => format!("set({})", list(labels)),
        Type::Native { name, .. } if name.starts_with('"') => name.clone(),
        Type::Native { name, .. } => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::CodePoints => "",
        Unit::Utf16 => " utf16",
        Unit::Bytes => " bytes",
    }
}

fn list(labels: &[String]) -> String {
    labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect::<Vec<_>>().join(",")
}

/// Reads a type. A quoted name is a type that only its own engine knows.
///
/// # Errors
/// `Ddl` when there is no such type.
pub(super) fn parse(cursor: &mut Cursor) -> Result<Type> {
    if let Some(name) = cursor.eat_quoted() {
        let name = format!("\"{}\"", name.replace('"', "\"\""));
        return Ok(Type::Native { name, binary_portable: false });
    }
    let word = cursor.word()?;
    if let Some(ty) = plain(&word) {
        return Ok(ty);
    }
    match word.as_str() {
        "enum" => Ok(Type::Enum { name: None, labels: labels(cursor)? }),
        "set" => Ok(Type::Set { labels: labels(cursor)? }),
        "char" | "varchar" => length(cursor, word == "char"),
        _ => sized(cursor, &word),
    }
}

fn plain(word: &str) -> Option<Type> {
    let (unsigned, int) = word.strip_prefix('u').map_or((false, word), |rest| (true, rest));
    Some(match word {
        "boolean" => Type::Bool,
        "integer" => Type::int(4),
        "bigint" => Type::int(8),
        "float4" => Type::Float { bytes: 4 },
        "float8" => Type::Float { bytes: 8 },
        "text" => Type::text(),
        "bytes" => Type::bytes(),
        "date" => Type::Date,
        "interval" => Type::Interval,
        "uuid" => Type::Uuid,
        "json" => Type::Json { binary: false },
        "jsonb" => Type::Json { binary: true },
        _ => {
            let bytes = int.strip_prefix("int").and_then(|n| n.parse().ok())?;
            return matches!(bytes, 1 | 2 | 3 | 4 | 8).then_some(Type::Int { bytes, unsigned });
        }
    })
}

fn sized(cursor: &mut Cursor, word: &str) -> Result<Type> {
    let numbers = if cursor.eat_symbol('(') { cursor.integers()? } else { Vec::new() };
    let first = numbers.first().copied();
    let precision = first.and_then(|n| u8::try_from(n).ok()).unwrap_or(9);
    let bound = first.and_then(|n| u64::try_from(n).ok());
    Ok(match word {
        "decimal" => Type::Decimal {
            precision: first.and_then(|n| u32::try_from(n).ok()),
            scale: first.map(|_| numbers.get(1).and_then(|n| i32::try_from(*n).ok()).unwrap_or(0)),
        },
        "binary" | "varbinary" if bound.is_some() => Type::Bytes { max: bound, fixed: word == "binary" },
        "time" => Type::Time { precision, zone: false, duration: false },
        "timetz" => Type::Time { precision, zone: true, duration: false },
        "duration" => Type::Time { precision, zone: false, duration: true },
        "timestamp" => Type::Timestamp { precision, zone: false },
        "timestamptz" => Type::Timestamp { precision, zone: true },
        "bits" | "varbits" => Type::Bits { len: first.and_then(|n| u32::try_from(n).ok()), fixed: word == "bits" },
        _ => return Err(cursor.fault(&format!("there is no type `{word}`"))),
    })
}

fn length(cursor: &mut Cursor, fixed: bool) -> Result<Type> {
    cursor.symbol('(')?;
    let n = cursor.integer()?;
    let n = u64::try_from(n).map_err(|_| cursor.fault("a length is negative or too large"))?;
    let unit = match (cursor.eat("utf16"), cursor.eat("bytes")) {
        (true, _) => Unit::Utf16,
        (_, true) => Unit::Bytes,
        _ => Unit::CodePoints,
    };
    cursor.symbol(')')?;
    Ok(Type::Text { max: Some(Length { n, unit }), fixed })
}

fn labels(cursor: &mut Cursor) -> Result<Vec<String>> {
    cursor.symbol('(')?;
    let mut labels = vec![cursor.string()?];
    while cursor.eat_symbol(',') {
        labels.push(cursor.string()?);
    }
    cursor.symbol(')')?;
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(ty: Type) {
        let text = spell(&ty);
        let mut cursor = Cursor::new(&text).unwrap();
        assert_eq!(parse(&mut cursor).unwrap(), ty, "{text}");
        assert!(cursor.at_end(), "{text}");
    }

    #[test]
    fn every_type_is_read_back() {
        for bytes in [1, 2, 3, 4, 8] {
            round_trip(Type::Int { bytes, unsigned: false });
            round_trip(Type::Int { bytes, unsigned: true });
        }
        for fixed in [false, true] {
            for unit in [Unit::CodePoints, Unit::Utf16, Unit::Bytes] {
                round_trip(Type::Text { max: Some(Length { n: 7, unit }), fixed });
            }
            round_trip(Type::Bytes { max: Some(16), fixed });
            round_trip(Type::Bits { len: Some(3), fixed });
            round_trip(Type::Timestamp { precision: 3, zone: fixed });
            round_trip(Type::Json { binary: fixed });
        }
        for (zone, duration) in [(false, false), (true, false), (false, true)] {
            round_trip(Type::Time { precision: 6, zone, duration });
        }
        let labels = vec!["it's".to_string(), "b,c".to_string()];
        round_trip(Type::Enum { name: None, labels: labels.clone() });
        round_trip(Type::Set { labels });
        round_trip(Type::Decimal { precision: None, scale: None });
        round_trip(Type::decimal(10, -2));
        round_trip(Type::Native { name: "\"a \"\"type\"\"\"".into(), binary_portable: false });
        let free = Type::Bits { len: None, fixed: false };
        let others = [Type::Bool, Type::text(), Type::bytes(), Type::Date, Type::Interval, Type::Uuid, free];
        others.into_iter().for_each(round_trip);
    }

    #[test]
    fn unknown_types_are_refused() {
        for text in ["int5", "blob", "varchar", "binary", "uint", "varchar(-1)"] {
            assert!(parse(&mut Cursor::new(text).unwrap()).is_err(), "{text}");
        }
    }
}
