//! PostgreSQL's types as portable types.

use super::session::Row;
use crate::error::Result;
use crate::schema::EnumType;
use crate::types::{Length, Type, Unit};
use std::collections::HashMap;

/// Type modifiers count their own header.
const VARHDRSZ: i64 = 4;

/// The portable type of a row of `columns.sql`.
pub(super) fn portable(row: &Row, enums: &HashMap<String, EnumType>) -> Result<Type> {
    let typmod: i64 = row.number("typmod")?;
    if let Some(found) = row.get("type_oid").and_then(|oid| enums.get(oid)) {
        return Ok(Type::Enum { name: Some(found.name.clone()), labels: found.labels.clone() });
    }
    let builtin = row.flag("builtin").then(|| row.get("type").and_then(|name| built_in(name, typmod))).flatten();
    Ok(builtin
        .unwrap_or_else(|| Type::Native { name: row.text("native"), binary_portable: row.flag("binary_portable") }))
}

/// The portable twin of a built-in type, if it has one.
fn built_in(name: &str, typmod: i64) -> Option<Type> {
    let length = (typmod >= VARHDRSZ).then(|| (typmod - VARHDRSZ) as u64);
    let precision = if (0..=6).contains(&typmod) { typmod as u8 } else { 6 };
    Some(match name {
        "bool" => Type::Bool,
        "int2" => Type::int(2),
        "int4" => Type::int(4),
        "int8" => Type::int(8),
        "float4" => Type::Float { bytes: 4 },
        "float8" => Type::Float { bytes: 8 },
        "numeric" => numeric(typmod),
        "text" => Type::text(),
        "varchar" => Type::Text { max: length.map(Length::code_points), fixed: false },
        "bpchar" => Type::Text { max: length.map(Length::code_points), fixed: length.is_some() },
        "name" => Type::Text { max: Some(Length { n: 63, unit: Unit::Bytes }), fixed: false },
        "bytea" => Type::bytes(),
        "date" => Type::Date,
        "time" => Type::Time { precision, zone: false, duration: false },
        "timetz" => Type::Time { precision, zone: true, duration: false },
        "timestamp" => Type::Timestamp { precision, zone: false },
        "timestamptz" => Type::Timestamp { precision, zone: true },
        "interval" => Type::Interval,
        "uuid" => Type::Uuid,
        "json" => Type::Json { binary: false },
        "jsonb" => Type::Json { binary: true },
        "bit" | "varbit" => Type::Bits { len: u32::try_from(typmod).ok(), fixed: name == "bit" },
        _ => return None,
    })
}

/// `numeric(precision, scale)`; the scale is a signed 11-bit number since version 15, and fits it before.
fn numeric(typmod: i64) -> Type {
    if typmod < VARHDRSZ {
        return Type::Decimal { precision: None, scale: None };
    }
    let packed = typmod - VARHDRSZ;
    let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    Type::Decimal { precision: Some((packed >> 16 & 0xffff) as u32), scale: Some(scale as i32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_unpacked() {
        assert_eq!(numeric(-1), Type::Decimal { precision: None, scale: None });
        assert_eq!(numeric(((28 << 16) | 8) + 4), Type::decimal(28, 8));
        assert_eq!(numeric(((5 << 16) | (-3 & 0x7ff)) + 4), Type::decimal(5, -3));
        assert_eq!(built_in("varchar", 14), Some(Type::varchar(10)));
        assert_eq!(built_in("bpchar", -1), Some(Type::text()));
        assert_eq!(built_in("timestamp", 0), Some(Type::Timestamp { precision: 0, zone: false }));
        assert_eq!(built_in("timestamptz", -1), Some(Type::Timestamp { precision: 6, zone: true }));
        assert_eq!(built_in("inet", -1), None);
    }
}
