//! Probes as SQL conditions and aggregates.

use super::unknown;
use crate::backends::postgresql::copy_out::From;
use crate::backends::postgresql::quote::ident;
use crate::calendar::civil_from_days;
use crate::error::{Error, ErrorKind, Result};
use crate::probe::Probe;
use crate::schema::{Column, Table};
use crate::types::Type;

/// What to ask the server.
pub(super) enum Question {
    /// PostgreSQL cannot hold such values.
    Nothing,
    /// Rows under a condition.
    Rows {
        /// Condition on a row.
        condition: String,
    },
    /// Rows where `value` is not NULL, and two bounds.
    Bounds {
        /// Counted expression.
        value: String,
        /// Aggregate for `Answer::min`.
        low: String,
        /// Aggregate for `Answer::max`.
        high: String,
    },
    /// Groups of rows that fall together.
    Groups {
        /// Grouping expressions.
        by: Vec<String>,
    },
    /// A statement of its own.
    Separate,
}

/// Turns a probe into a question. `fold` is the collation that folds case.
pub(super) fn question(probe: &Probe, table: &Table, version: u32, fold: &str) -> Result<Question> {
    Ok(match probe {
        // Text never holds U+0000, dates are always dates and enumerations hold their labels here.
        Probe::NulText { .. } | Probe::ZeroDate { .. } | Probe::NoLabel { .. } => Question::Nothing,
        Probe::Dangling { .. } | Probe::DanglingValues { .. } => Question::Separate,
        Probe::Range { column } => range(column, table.column(column).map(|c| &c.ty)),
        Probe::MaxLength { column } => lengths(find(table, column)?),
        Probe::DateOutside { column, min, max } => outside(find(table, column)?, *min, *max),
        Probe::NotFinite { column } => not_finite(find(table, column)?, version),
        Probe::ExcessFraction { column, digits } => excess_fraction(find(table, column)?, *digits),
        Probe::DecimalDigits { column } => decimal_digits(find(table, column)?, version),
        Probe::KeyBytes { columns, bytes } => {
            let sizes = columns.iter().map(|name| find(table, name).map(size)).collect::<Result<Vec<_>>>()?;
            Question::Rows { condition: format!("{} > {bytes}", sizes.join(" + ")) }
        }
        Probe::Collisions { columns, ignore_case, ignore_trailing_blanks } => {
            let folded = |name: &String| {
                find(table, name).map(|column| folded(column, *ignore_case, *ignore_trailing_blanks, fold))
            };
            Question::Groups { by: columns.iter().map(folded).collect::<Result<_>>()? }
        }
    })
}

fn find<'a>(table: &'a Table, name: &str) -> Result<&'a Column> {
    table.column(name).ok_or_else(|| unknown(table, &format!("column {name}")))
}

/// The type decides how values become numbers; a column without one is an integer.
fn range(column: &str, ty: Option<&Type>) -> Question {
    let c = ident(column);
    match ty {
        // Bit strings of one length sort like the numbers they spell.
        Some(Type::Bits { .. }) => {
            let text = format!("{c}::text COLLATE \"C\"");
            Question::Bounds { value: c, low: format!("'b' || min({text})"), high: format!("'b' || max({text})") }
        }
        Some(Type::Bool) => {
            let number = format!("{c}::int4");
            Question::Bounds { value: c, low: format!("min({number})"), high: format!("max({number})") }
        }
        _ => Question::Bounds { low: format!("min({c})"), high: format!("max({c})"), value: c },
    }
}

/// Longest value in code points (of the padded form, for `char(n)`) and in UTF-8 bytes.
fn lengths(column: &Column) -> Question {
    let c = ident(&column.name);
    let (points, bytes) = match column.ty {
        Type::Bytes { .. } => (format!("octet_length({c})"), format!("octet_length({c})")),
        _ => {
            (format!("char_length(format('%s', {c}))"), format!("octet_length(convert_to(format('%s', {c}), 'UTF8'))"))
        }
    };
    Question::Bounds { value: c, low: format!("max({points})"), high: format!("max({bytes})") }
}

fn outside(column: &Column, min: i32, max: i32) -> Question {
    let c = ident(&column.name);
    let ty = match column.ty {
        Type::Timestamp { zone: true, .. } => "timestamptz",
        Type::Timestamp { .. } => "timestamp",
        _ => "date",
    };
    // Infinities lie beyond every date.
    let after = max.saturating_add(1);
    Question::Rows { condition: format!("({c} < {}::{ty} OR {c} >= {}::{ty})", day(min), day(after)) }
}

/// A day as a literal, within what every date type of the server holds.
fn day(days: i32) -> String {
    // 4713-01-01 BC to 294276-12-31.
    let (year, month, day) = civil_from_days(days.clamp(-2_440_550, 106_751_990));
    match year {
        1.. => format!("'{year:04}-{month:02}-{day:02}'"),
        _ => format!("'{:04}-{month:02}-{day:02} BC'", 1 - year),
    }
}

fn not_finite(column: &Column, version: u32) -> Question {
    let c = ident(&column.name);
    let condition = match column.ty {
        Type::Float { .. } => format!("{c} IN ('NaN', 'Infinity', '-Infinity')"),
        // A column with a precision holds no infinity, and comparing decimals is most of what such a question costs.
        Type::Decimal { precision: None, .. } if version >= 14 => format!("{c} IN ('NaN', 'Infinity', '-Infinity')"),
        Type::Decimal { .. } => format!("{c} = 'NaN'"),
        Type::Date | Type::Timestamp { .. } | Type::Interval => format!("NOT isfinite({c})"),
        _ => return Question::Nothing,
    };
    Question::Rows { condition }
}

fn excess_fraction(column: &Column, digits: u8) -> Question {
    let Some(unit) = 6u32.checked_sub(digits.into()).filter(|n| *n > 0).and_then(|n| 10u32.checked_pow(n)) else {
        return Question::Nothing;
    };
    let c = ident(&column.name);
    match column.ty {
        Type::Time { .. } | Type::Timestamp { .. } | Type::Interval => {
            Question::Rows { condition: format!("extract(microseconds FROM {c})::int8 % {unit} <> 0") }
        }
        _ => Question::Nothing,
    }
}

/// Most digits before the point, and after it without trailing zeros.
fn decimal_digits(column: &Column, version: u32) -> Question {
    let c = ident(&column.name);
    let scale = if version >= 13 { "min_scale" } else { "scale" };
    let specials = if version >= 14 { "('NaN', 'Infinity', '-Infinity')" } else { "('NaN')" };
    let value = format!("CASE WHEN {c} NOT IN {specials} THEN {c} END");
    Question::Bounds {
        low: format!("max(CASE WHEN abs({value}) < 1 THEN 0 ELSE char_length(trunc(abs({value}))::text) END)"),
        high: format!("max({scale}({value}))"),
        value,
    }
}

/// Bytes that a column takes in a key.
fn size(column: &Column) -> String {
    let c = ident(&column.name);
    match column.ty {
        Type::Bytes { .. } => format!("coalesce(octet_length({c}), 0)"),
        Type::Text { .. } | Type::Enum { .. } | Type::Native { .. } | Type::Json { .. } => {
            format!("octet_length(convert_to(format('%s', {c}), 'UTF8'))")
        }
        _ => format!("coalesce(pg_column_size({c}), 0)"),
    }
}

fn folded(column: &Column, case: bool, blanks: bool, fold: &str) -> String {
    let c = ident(&column.name);
    if !matches!(column.ty, Type::Text { .. } | Type::Native { .. }) {
        return c;
    }
    let text = format!("{c}::text");
    let text = if blanks { format!("rtrim({text}, ' ')") } else { text };
    // Upper before lower folds what has two lower forms (σ and ς) together.
    let text = if case { format!("lower(upper({text}{fold}){fold})") } else { text };
    format!("({text} COLLATE \"C\")")
}

/// Condition under which a row of alias `r` references nothing.
pub(super) fn dangling(table: &Table, name: &str, from: &From<'_>) -> Result<String> {
    let key = table.foreign_keys.iter().find(|key| key.name == name);
    let key = key.ok_or_else(|| unknown(table, &format!("foreign key {name}")))?;
    let pairs = key.columns.iter().zip(&key.foreign_columns);
    let equal: Vec<String> = pairs.map(|(own, other)| format!("f.{} = r.{}", ident(other), ident(own))).collect();
    let set: Vec<String> = key.columns.iter().map(|own| format!("r.{} IS NOT NULL", ident(own))).collect();
    // The referenced table may be partitioned: without ONLY.
    let foreign = From { schema: from.schema, partitioned: true }.sql(&key.foreign_table);
    Ok(format!("{} AND NOT EXISTS (SELECT 1 FROM {foreign} AS f WHERE {})", set.join(" AND "), equal.join(" AND ")))
}

/// A number of an answer; bit strings are marked by a `b`.
pub(super) fn integer(text: &str) -> Result<i128> {
    let parsed = match text.strip_prefix('b') {
        Some(bits) => i128::from_str_radix(bits, 2),
        None => text.parse(),
    };
    parsed.map_err(|_| Error::new(ErrorKind::Read, "a probe's answer is not a number"))
}
