//! Portable type → native type by the dialect's type table, and how much room it takes.

use super::Dialect;
use crate::schema::Product;
use crate::types::{Length, Type, Unit};

/// The native type that holds exactly what `ty` holds, if the dialect has one.
pub(crate) fn native(dialect: &Dialect, product: &Product, ty: &Type) -> Option<String> {
    let types = &dialect.types;
    let name = match ty {
        Type::Bool => types.boolean.clone(),
        Type::Int { bytes, unsigned } => integer(dialect, *bytes, *unsigned).to_string(),
        Type::Decimal { precision: Some(p), scale: Some(s) } => decimal(dialect, *p, *s)?,
        Type::Decimal { .. } => types.decimal_free.clone(),
        Type::Float { bytes: 4 } => types.float4.clone(),
        Type::Float { .. } => types.float8.clone(),
        Type::Text { max, fixed } => text(dialect, *max, *fixed)?,
        Type::Bytes { max, fixed } => bytes(dialect, *max, *fixed)?,
        Type::Date => types.date.clone(),
        Type::Time { precision, zone, duration } => {
            let name = match (zone, duration) {
                (true, _) => &types.time_zone,
                (false, true) => &types.duration,
                (false, false) => &types.time,
            };
            fraction(dialect, name, *precision)?
        }
        Type::Timestamp { precision, zone } => {
            fraction(dialect, if *zone { &types.instant } else { &types.timestamp }, *precision)?
        }
        Type::Interval => types.interval.clone(),
        Type::Uuid if dialect.has(product, &dialect.since.uuid) => types.uuid.clone(),
        Type::Uuid => String::new(),
        Type::Json { binary: true } => types.json_binary.clone(),
        Type::Json { binary: false } => types.json.clone(),
        Type::Bits { len, fixed } => bits(dialect, *len, *fixed)?,
        Type::Enum { labels, .. } => labelled(dialect, &types.enumeration, labels)?,
        Type::Set { labels } => labelled(dialect, &types.set, labels)?,
        Type::Native { .. } => String::new(),
    };
    (!name.is_empty()).then_some(name)
}

fn integer(dialect: &Dialect, bytes: u8, unsigned: bool) -> &str {
    let types = &dialect.types;
    match (bytes, unsigned) {
        (1, false) => &types.int1,
        (2, false) => &types.int2,
        (3, false) => &types.int3,
        (4, false) => &types.int4,
        (8, false) => &types.int8,
        (1, true) => &types.uint1,
        (2, true) => &types.uint2,
        (3, true) => &types.uint3,
        (4, true) => &types.uint4,
        (8, true) => &types.uint8,
        _ => "",
    }
}

fn decimal(dialect: &Dialect, precision: u32, scale: i32) -> Option<String> {
    let limits = &dialect.limits;
    let fits = precision <= limits.decimal_precision
        && u32::try_from(scale).is_ok_and(|s| s <= limits.decimal_scale && s <= precision);
    fits.then(|| dialect.types.decimal.replace("{p}", &precision.to_string()).replace("{s}", &scale.to_string()))
}

/// Text without a bound is the largest text type; a bound in bytes is exact only for the unlimited one.
fn text(dialect: &Dialect, max: Option<Length>, fixed: bool) -> Option<String> {
    let types = &dialect.types;
    let Some(max) = max else {
        return types.text.last().map(|(name, _)| name.clone());
    };
    let (template, limit) =
        if fixed { (&types.char, dialect.limits.char) } else { (&types.varchar, dialect.limits.varchar) };
    (max.unit != Unit::Bytes && max.n <= limit && max.n > 0).then(|| template.replace("{n}", &max.n.to_string()))
}

fn bytes(dialect: &Dialect, max: Option<u64>, fixed: bool) -> Option<String> {
    let types = &dialect.types;
    let Some(max) = max else {
        return types.bytes.last().map(|(name, _)| name.clone());
    };
    let (template, limit) =
        if fixed { (&types.binary, dialect.limits.char) } else { (&types.varbinary, dialect.limits.varbinary) };
    (max <= limit && max > 0).then(|| template.replace("{n}", &max.to_string()))
}

fn fraction(dialect: &Dialect, template: &str, precision: u8) -> Option<String> {
    (precision <= dialect.limits.fraction).then(|| template.replace("{p}", &precision.to_string()))
}

fn bits(dialect: &Dialect, len: Option<u32>, fixed: bool) -> Option<String> {
    let types = &dialect.types;
    match len {
        None => Some(types.bits_free.clone()),
        Some(n) if n > dialect.limits.bits => None,
        Some(n) => Some((if fixed { &types.bits } else { &types.bits_varying }).replace("{n}", &n.to_string())),
    }
}

/// An empty label stands for an invalid value in MySQL, and trailing blanks are cut off.
fn labelled(dialect: &Dialect, template: &str, labels: &[String]) -> Option<String> {
    let plain = labels.iter().all(|label| {
        !label.is_empty() && !label.ends_with(' ') && label.chars().count() <= 255 && !label.contains('\0')
    });
    let list: Vec<String> = labels.iter().map(|label| dialect.literal(label)).collect();
    (plain && !labels.is_empty() && labels.len() <= 65_535).then(|| template.replace("{labels}", &list.join(",")))
}

/// The smallest text type for `bytes` bytes of UTF-8 that is not counted in the row.
pub(crate) fn text_tier(dialect: &Dialect, bytes: Option<u64>) -> (String, Type) {
    let (name, max) = tier(&dialect.types.text, bytes);
    (name, Type::Text { max: max.map(|n| Length { n, unit: Unit::Bytes }), fixed: false })
}

/// The smallest binary type for `bytes` bytes that is not counted in the row.
pub(crate) fn bytes_tier(dialect: &Dialect, bytes: Option<u64>) -> (String, Type) {
    let (name, max) = tier(&dialect.types.bytes, bytes);
    (name, Type::Bytes { max, fixed: false })
}

fn tier(tiers: &[(String, u64)], bytes: Option<u64>) -> (String, Option<u64>) {
    let inner = &tiers[..tiers.len().saturating_sub(1)];
    match inner.iter().find(|(_, max)| bytes.is_some_and(|n| n <= *max)) {
        Some((name, max)) => (name.clone(), Some(*max)),
        None => (tiers.last().map(|(name, _)| name.clone()).unwrap_or_default(), None),
    }
}

/// Most bytes that a value takes within the row limit that columns share.
pub(crate) fn row_bytes(ty: &Type) -> u64 {
    match ty {
        Type::Text { max: Some(Length { n, unit }), .. } if *unit != Unit::Bytes => n.saturating_mul(4) + 2,
        Type::Bytes { max: Some(n), fixed: true } => *n,
        Type::Bytes { max: Some(n), .. } if *n < 65_535 => n + 2,
        Type::Text { .. } | Type::Bytes { .. } | Type::Json { .. } | Type::Native { .. } => 12,
        other => key_bytes(other),
    }
}

/// Most bytes that a value takes in an index key; `u64::MAX` where there is no bound.
pub(crate) fn key_bytes(ty: &Type) -> u64 {
    match ty {
        Type::Bool => 1,
        Type::Int { bytes, .. } | Type::Float { bytes } => u64::from(*bytes),
        Type::Decimal { precision: Some(p), .. } => u64::from(*p) / 2 + 4,
        Type::Decimal { .. } => u64::MAX,
        Type::Text { max: Some(max), .. } => max.max_utf8_bytes(),
        Type::Bytes { max: Some(n), .. } => *n,
        Type::Date => 3,
        Type::Time { .. } => 6,
        Type::Timestamp { .. } | Type::Set { .. } => 8,
        Type::Interval | Type::Uuid => 16,
        Type::Bits { len: Some(n), .. } => u64::from(n.div_ceil(8)),
        Type::Enum { .. } => 2,
        _ => u64::MAX,
    }
}
