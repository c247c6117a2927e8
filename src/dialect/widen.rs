//! Type × dialect → the smallest native type that holds every value, and why it is another one.

use super::Dialect;
use super::native::{bytes_tier, native, text_tier};
use crate::plan::{Canon, Decision};
use crate::schema::Product;
use crate::types::{Length, Type, Unit};

/// Longest text of a PostgreSQL interval, with room.
const INTERVAL_TEXT: u64 = 100;
/// Longest text of a time with zone: `00:00:00.000000+15:59:59`, with room.
const TIME_ZONE_TEXT: u64 = 32;
/// Text of a UUID.
const UUID_TEXT: u64 = 36;

/// What a column becomes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// Portable form of the target's type.
    pub(crate) ty: Type,
    /// Its spelling in DDL.
    pub(crate) native: String,
    /// How it was decided.
    pub(crate) decision: Decision,
    /// The source's text form travels.
    pub(crate) as_text: bool,
    /// The target must check that values are among the labels.
    pub(crate) check_labels: bool,
    /// Letters and digits of our own making: the narrowest charset will do.
    pub(crate) ascii: bool,
}

impl Fit {
    fn new(ty: Type, native: String, decision: Decision) -> Self {
        Fit { ty, native, decision, as_text: false, check_labels: false, ascii: false }
    }
}

/// Finds the native type for `ty`.
pub(crate) fn widen(dialect: &Dialect, product: &Product, ty: &Type) -> Fit {
    if let Some(name) = native(dialect, product, ty) {
        return exact(dialect, ty, name);
    }
    match ty {
        Type::Int { bytes, unsigned } => wider_integer(dialect, product, *bytes, *unsigned),
        Type::Decimal { precision, scale } => decimal(dialect, product, *precision, *scale),
        Type::Text { max, fixed } => text(dialect, product, *max, *fixed),
        Type::Bytes { max, .. } => bytes(dialect, product, *max),
        Type::Time { precision, zone, duration } => time(dialect, product, *precision, *zone, *duration),
        Type::Timestamp { precision, zone } => timestamp(dialect, product, *precision, *zone),
        Type::Interval => as_text(dialect, product, Some(INTERVAL_TEXT), "has no interval of months, days and seconds"),
        Type::Uuid => Fit { ascii: true, ..uuid(dialect, product) },
        Type::Json { binary } => json(dialect, product, *binary),
        Type::Bits { len, fixed } => bits(dialect, product, *len, *fixed),
        Type::Enum { labels, .. } => labels_as_text(dialect, product, longest(labels), true),
        Type::Set { labels } => labels_as_text(dialect, product, joined(labels), false),
        _ => native_as_text(dialect, product, None),
    }
}

/// Text of a type that only the source's engine knows, of at most `longest` characters.
pub(crate) fn native_as_text(dialect: &Dialect, product: &Product, longest: Option<u64>) -> Fit {
    as_text(dialect, product, longest, "has no such type")
}

fn exact(dialect: &Dialect, ty: &Type, name: String) -> Fit {
    if *ty == Type::Bool && dialect.types.boolean_is_integer {
        return Fit::new(Type::int(1), name, Decision::Mapped("1 and 0 stand for true and false".into()));
    }
    if let Type::Time { duration: true, .. } = ty
        && name == dialect.types.interval
    {
        let why = "times below zero or above a day need an interval";
        return Fit::new(Type::Interval, name, Decision::Mapped(why.into()));
    }
    Fit::new(ty.clone(), name, Decision::Exact)
}

fn wider_integer(dialect: &Dialect, product: &Product, bytes: u8, unsigned: bool) -> Fit {
    let why = if unsigned {
        format!("{} has no unsigned integers", dialect.name)
    } else {
        format!("{} has no integer of {bytes} bytes", dialect.name)
    };
    for wider in [2, 3, 4, 8].into_iter().filter(|b| *b > bytes) {
        if let Some(name) = native(dialect, product, &Type::int(wider)) {
            return Fit::new(Type::int(wider), name, Decision::Widened(why));
        }
    }
    let ty = Type::decimal(20, 0);
    let name = native(dialect, product, &ty).unwrap_or_default();
    Fit::new(ty, name, Decision::Widened(why))
}

/// A negative scale adds digits before the point; a scale above the precision adds leading zeros.
pub(crate) fn plain_decimal(precision: u32, scale: i32) -> (u32, i32) {
    match scale {
        s if s < 0 => (precision.saturating_add(s.unsigned_abs()), 0),
        s => (precision.max(s.unsigned_abs()), s),
    }
}

fn decimal(dialect: &Dialect, product: &Product, precision: Option<u32>, scale: Option<i32>) -> Fit {
    if let (Some(p), Some(s)) = (precision, scale) {
        let (p, s) = plain_decimal(p, s);
        if let Some(name) = native(dialect, product, &Type::decimal(p, s)) {
            let why = "the scale is written the way the target knows".into();
            return Fit::new(Type::decimal(p, s), name, Decision::Widened(why));
        }
    }
    let (p, s) = (dialect.limits.decimal_precision, dialect.limits.decimal_scale);
    as_text(dialect, product, None, &format!("keeps at most {p} digits, {s} of them after the point"))
}

fn text(dialect: &Dialect, product: &Product, max: Option<Length>, fixed: bool) -> Fit {
    if fixed
        && let Some(max) = max
        && let Some(name) = native(dialect, product, &Type::varchar(max.max_code_points()))
    {
        let why = format!("{} CHAR ends at {} characters", dialect.name, dialect.limits.char);
        return Fit::new(Type::varchar(max.max_code_points()), name, Decision::Widened(why));
    }
    let by_bytes = max.filter(|max| max.unit == Unit::Bytes);
    if let Some(max) = by_bytes.filter(|max| dialect.limits.row_bytes > 0 && max.n <= dialect.limits.char)
        && let Some(name) = native(dialect, product, &Type::varchar(max.n))
    {
        return Fit::new(Type::varchar(max.n), name, Decision::Widened("its bound counts bytes".into()));
    }
    let why = match by_bytes {
        Some(_) => format!("{} has no text with a bound in bytes", dialect.name),
        None => format!("{} varchar ends at {} characters", dialect.name, dialect.limits.varchar),
    };
    let (name, ty) = text_tier(dialect, max.map(Length::max_utf8_bytes));
    Fit::new(ty, name, Decision::Widened(why))
}

fn bytes(dialect: &Dialect, product: &Product, max: Option<u64>) -> Fit {
    let varying = Type::Bytes { max, fixed: false };
    if let Some(name) = native(dialect, product, &varying) {
        return Fit::new(varying, name, Decision::Widened(format!("{} has no such fixed length", dialect.name)));
    }
    let (name, ty) = bytes_tier(dialect, max);
    Fit::new(ty, name, Decision::Widened(format!("{} has no bytes with this bound", dialect.name)))
}

fn time(dialect: &Dialect, product: &Product, precision: u8, zone: bool, duration: bool) -> Fit {
    if zone {
        return as_text(dialect, product, Some(TIME_ZONE_TEXT), "has no time of day with zone");
    }
    let ty = Type::Time { precision: precision.min(dialect.limits.fraction), zone, duration };
    match native(dialect, product, &ty) {
        Some(name) => Fit::new(ty, name, Decision::Mapped(fewer_digits(dialect))),
        None => as_text(dialect, product, Some(TIME_ZONE_TEXT), "has no such time"),
    }
}

fn timestamp(dialect: &Dialect, product: &Product, precision: u8, zone: bool) -> Fit {
    let kept = precision.min(dialect.limits.fraction);
    let instant = Type::Timestamp { precision: kept, zone };
    if kept < precision
        && let Some(name) = native(dialect, product, &instant)
    {
        return Fit::new(instant, name, Decision::Mapped(fewer_digits(dialect)));
    }
    let ty = Type::Timestamp { precision: kept, zone: false };
    let name = native(dialect, product, &ty).unwrap_or_default();
    Fit::new(ty, name, Decision::Mapped("instants are kept as wall-clock time in UTC".into()))
}

fn fewer_digits(dialect: &Dialect) -> String {
    format!("{} keeps {} digits of a second's fraction; no value has more", dialect.name, dialect.limits.fraction)
}

fn uuid(dialect: &Dialect, product: &Product) -> Fit {
    let ty = Type::Text { max: Some(Length::code_points(UUID_TEXT)), fixed: true };
    let name = native(dialect, product, &ty).unwrap_or_default();
    let why = format!("{} {} has no type for every uuid", dialect.name, product.version);
    Fit { as_text: true, ..Fit::new(ty, name, Decision::Mapped(why)) }
}

fn json(dialect: &Dialect, product: &Product, binary: bool) -> Fit {
    let why = "the document's text is kept as it is";
    if binary && let Some(name) = native(dialect, product, &Type::Json { binary: false }) {
        return Fit::new(Type::Json { binary: false }, name, Decision::Mapped(why.into()));
    }
    let (name, ty) = text_tier(dialect, None);
    Fit::new(ty, name, Decision::Mapped(format!("{} would normalise documents; {why}", dialect.name)))
}

fn bits(dialect: &Dialect, product: &Product, len: Option<u32>, fixed: bool) -> Fit {
    if fixed && len.is_none() {
        return bits(dialect, product, Some(1), true);
    }
    let max = len.map(u64::from);
    let kind = if fixed { "has no bit string that long" } else { "has no bit strings of varying length" };
    as_text(dialect, product, max, kind)
}

fn labels_as_text(dialect: &Dialect, product: &Product, n: u64, check_labels: bool) -> Fit {
    let ty = Type::varchar(n.max(1));
    let why = format!("{} has no such list of labels", dialect.name);
    match native(dialect, product, &ty) {
        Some(name) => Fit { check_labels, ..Fit::new(ty, name, Decision::Mapped(why)) },
        None => {
            let (name, ty) = text_tier(dialect, Some(n.saturating_mul(4)));
            Fit { check_labels, ..Fit::new(ty, name, Decision::Mapped(why)) }
        }
    }
}

fn longest(labels: &[String]) -> u64 {
    labels.iter().map(|label| label.chars().count() as u64).max().unwrap_or(1)
}

fn joined(labels: &[String]) -> u64 {
    labels.iter().map(|label| label.chars().count() as u64 + 1).sum::<u64>().saturating_sub(1)
}

/// The source's text form, in text of at most `max` characters.
fn as_text(dialect: &Dialect, product: &Product, max: Option<u64>, lacks: &str) -> Fit {
    let decision = Decision::Mapped(format!("{} {lacks}: the text form is kept", dialect.name));
    let bounded = max.map(Type::varchar).and_then(|ty| native(dialect, product, &ty).map(|name| (name, ty)));
    let (name, ty) = bounded.unwrap_or_else(|| text_tier(dialect, None));
    Fit { as_text: true, ..Fit::new(ty, name, decision) }
}

/// The form in which cells of a source column are hashed on both sides.
pub(crate) fn canon(source: &Type, fit: &Fit) -> Canon {
    if fit.as_text {
        return Canon::Text;
    }
    match source {
        Type::Bool | Type::Int { .. } => Canon::Int,
        Type::Bits { .. } if matches!(fit.ty, Type::Bool | Type::Int { .. }) => Canon::Int,
        Type::Bits { .. } => Canon::Bits,
        Type::Decimal { .. } => Canon::Decimal,
        Type::Float { bytes: 4 } => Canon::Float4,
        Type::Float { .. } => Canon::Float8,
        Type::Text { fixed: true, .. } => Canon::PaddedText,
        Type::Text { .. } | Type::Json { .. } | Type::Enum { .. } | Type::Set { .. } => Canon::Text,
        Type::Bytes { .. } | Type::Native { .. } => Canon::Bytes,
        Type::Date => Canon::Date,
        Type::Time { .. } => Canon::Time,
        Type::Timestamp { .. } => Canon::Timestamp,
        Type::Interval => Canon::Interval,
        Type::Uuid => Canon::Uuid,
    }
}
