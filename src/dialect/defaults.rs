//! Translates a column's default: literals by the target's type, and calls for time, UUIDs and sequences.

use super::Dialect;
use super::expression::{Class, Translator, class};
use super::functions::{Call, default_call, plain_number};
use super::parse::{core, is_literal, parse};
use crate::types::{Type, Unit};
use sqlparser::ast::{Expr, Value};

/// A column's default on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DefaultValue {
    /// None, or NULL.
    None,
    /// What follows `DEFAULT`.
    Sql(String),
    /// The next value of this source sequence.
    Sequence(String),
}

/// What the translation of a default depends on.
pub(crate) struct DefaultOf<'a> {
    /// The column's type on the source.
    pub(crate) from: &'a Type,
    /// The column's type on the target.
    pub(crate) to: &'a Type,
    /// Translates what is neither a literal nor a known call.
    pub(crate) translator: &'a Translator<'a>,
}

/// The default's twin on the target.
///
/// # Errors
/// One sentence saying why it cannot be translated.
pub(crate) fn default_value(of: &DefaultOf<'_>, text: &str) -> Result<DefaultValue, String> {
    let translator = of.translator;
    let expression = parse(translator.source, text)?;
    let inner = core(&expression);
    if is_literal(inner) {
        return literal(of, inner);
    }
    let call = default_call(translator.source, inner);
    let keeps_text = translator.same_product && translator.target.tables.expression_defaults.is_empty();
    if let Some(call) = call.clone().filter(|call| !keeps_text || matches!(call, Call::Next(_))) {
        return call_value(of, call);
    }
    let same = class(of.from) == class(of.to) || translator.same_product;
    if !same {
        return Err("the column is of another kind on the target".into());
    }
    match (translator.translate(text), call) {
        // A function of an extension that has a twin built in.
        (Err(_), Some(Call::NewUuid)) => call_value(of, Call::NewUuid),
        (translated, _) => translated.map(|sql| DefaultValue::Sql(bracketed(translator.target, &sql))),
    }
}

fn bracketed(target: &Dialect, sql: &str) -> String {
    if target.tables.expression_defaults.is_empty() || sql.starts_with('(') && sql.ends_with(')') && balanced(sql) {
        return sql.to_string();
    }
    format!("({sql})")
}

/// Whether the first bracket is closed by the last character.
fn balanced(sql: &str) -> bool {
    let mut depth = 0_i32;
    let mut quote = None;
    for (at, c) in sql.char_indices() {
        match (quote, c) {
            (None, '\'' | '"' | '`') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 && at + 1 < sql.len() {
            return false;
        }
    }
    depth == 0
}

fn literal(of: &DefaultOf<'_>, expression: &Expr) -> Result<DefaultValue, String> {
    let value = match expression {
        Expr::Value(value) => Some(&value.value),
        Expr::TypedString(typed) => Some(&typed.value.value),
        _ => None,
    };
    if matches!(value, Some(Value::Null)) {
        return Ok(DefaultValue::None);
    }
    let target = of.translator.target;
    let sql = match of.to {
        Type::Bool => Some(boolean(value, expression)?.to_string()),
        Type::Int { .. } if matches!(of.from, Type::Bool) => boolean(value, expression).ok().map(digit),
        Type::Int { .. } | Type::Decimal { .. } | Type::Float { .. } => plain_number(expression)
            .or_else(|| bits(value).and_then(|b| u64::from_str_radix(&b, 2).ok()).map(|n| n.to_string())),
        Type::Date | Type::Time { .. } | Type::Timestamp { .. } => temporal(of, &string(value, expression)?)?,
        Type::Bytes { .. } => bytes(of, value).map(|bytes| target.bytes_literal(&bytes)),
        Type::Bits { .. } => bits(value).map(|bits| target.bits_literal(&bits)),
        Type::Native { .. } if !of.translator.same_product => None,
        _ => Some(target.literal(&string(value, expression)?)),
    };
    let sql = sql.ok_or_else(|| "its value has another form on the target".to_string())?;
    Ok(DefaultValue::Sql(if is_large(of.to) { bracketed(target, &sql) } else { sql }))
}

/// Types whose defaults count as expressions where those need brackets.
fn is_large(ty: &Type) -> bool {
    match ty {
        Type::Text { max, .. } => max.is_none_or(|max| max.unit == Unit::Bytes),
        Type::Bytes { max, .. } => max.is_none_or(|max| max > 65_532),
        Type::Json { .. } | Type::Native { .. } => true,
        _ => false,
    }
}

fn digit(value: &str) -> String {
    if value == "TRUE" { "1".into() } else { "0".into() }
}

fn boolean(value: Option<&Value>, expression: &Expr) -> Result<&'static str, String> {
    let text = match bits(value) {
        Some(bits) => bits,
        None => string(value, expression)?,
    };
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "y" | "yes" | "on" => Ok("TRUE"),
        "0" | "f" | "false" | "n" | "no" | "off" => Ok("FALSE"),
        _ => Err("it is neither true nor false".into()),
    }
}

/// The literal's text, whatever its kind.
fn string(value: Option<&Value>, expression: &Expr) -> Result<String, String> {
    match value {
        Some(
            Value::SingleQuotedString(text)
            | Value::DoubleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::NationalStringLiteral(text),
        ) => Ok(text.clone()),
        Some(Value::Boolean(value)) => Ok(value.to_string()),
        _ => plain_number(expression).ok_or_else(|| "its literal is not translated".into()),
    }
}

fn bits(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::SingleQuotedByteStringLiteral(bits) if bits.bytes().all(|b| matches!(b, b'0' | b'1')) => {
            Some(bits.clone())
        }
        Value::SingleQuotedString(text) if !text.is_empty() && text.bytes().all(|b| matches!(b, b'0' | b'1')) => {
            Some(text.clone())
        }
        _ => None,
    }
}

fn bytes(of: &DefaultOf<'_>, value: Option<&Value>) -> Option<Vec<u8>> {
    let postgresql = of.translator.source.is_some_and(|source| source.parser == "postgresql");
    match value? {
        Value::HexStringLiteral(hex) => unhex(hex),
        Value::SingleQuotedString(text) if postgresql => match text.strip_prefix("\\x") {
            Some(hex) => unhex(hex),
            None => (!text.contains('\\')).then(|| text.clone().into_bytes()),
        },
        Value::SingleQuotedString(text) => Some(text.clone().into_bytes()),
        _ => None,
    }
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let pairs = pairs.map(|pair| u8::from_str_radix(pair.filter(|pair| pair.len() == 2)?, 16).ok());
    pairs.collect()
}

/// Dates and times that read alike everywhere; words, zones and zero dates do not.
fn temporal(of: &DefaultOf<'_>, text: &str) -> Result<Option<String>, String> {
    let target = of.translator.target;
    if of.translator.same_product {
        return Ok(Some(target.literal(text)));
    }
    let date = text.split([' ', 'T']).next().unwrap_or("");
    let is_date = !matches!(of.to, Type::Time { .. });
    let known = || target.types.zero_dates.iter().any(|kind| kind == "zero parts");
    if is_date && date.contains('-') && crate::calendar::parse_date(date).is_none() && !known() {
        return Err("it is a date that the target does not know".into());
    }
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b' '));
    let zone = is_date && text.get(date.len()..).is_some_and(|time| time.contains('-'));
    Ok((plain && !zone).then(|| target.literal(text)))
}

fn call_value(of: &DefaultOf<'_>, call: Call) -> Result<DefaultValue, String> {
    let phrases = &of.translator.target.expressions;
    let with = |phrase: &str, precision: u8| phrase.replace("{p}", &precision.to_string());
    let sql = match (&call, of.to) {
        (Call::Next(sequence), _) => return Ok(DefaultValue::Sequence(sequence.clone())),
        (Call::Now, Type::Timestamp { precision, zone }) => match (of.from, zone) {
            (Type::Timestamp { zone: true, .. }, false) => Some(with(&phrases.utc_now, *precision)),
            _ => Some(with(&phrases.now_precision, *precision)),
        },
        (Call::UtcNow, Type::Timestamp { precision, zone: false }) => Some(with(&phrases.utc_now, *precision)),
        (Call::Now | Call::Today, Type::Date) => Some(phrases.today.clone()),
        (Call::TimeOfDay, Type::Time { precision, .. }) => Some(with(&phrases.time_now, *precision)),
        (Call::NewUuid, Type::Uuid | Type::Text { .. }) => Some(phrases.new_uuid.clone()),
        _ => None,
    };
    sql.map(DefaultValue::Sql).ok_or_else(|| "the column is of another kind on the target".into())
}

/// Whether text is compared without case or trailing blanks: conditions on it would become stricter.
pub(crate) fn is_textual(ty: &Type) -> bool {
    class(ty) == Class::Text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::load;

    fn run(from: &str, to: &str, types: (Type, Type), text: &str) -> Result<DefaultValue, String> {
        let none = |_: &str| None;
        let (source, target) = (Some(load(from).unwrap()), load(to).unwrap());
        let translator = Translator {
            source,
            target,
            has_function: &|name| target.has_function((15, 0, 0), name),
            same_product: from == to,
            same_engine: from == to,
            exact: true,
            columns: &none,
        };
        default_value(&DefaultOf { from: &types.0, to: &types.1, translator: &translator }, text)
    }

    fn sql(from: &str, to: &str, types: (Type, Type), text: &str) -> String {
        match run(from, to, types, text) {
            Ok(DefaultValue::Sql(sql)) => sql,
            other => format!("{other:?}"),
        }
    }

    const WALL: Type = Type::Timestamp { precision: 6, zone: false };
    const INSTANT: Type = Type::Timestamp { precision: 6, zone: true };

    #[test]
    fn literals_follow_the_target_type() {
        let pg = |types, text| sql("mysql", "postgresql", types, text);
        assert_eq!(pg((Type::int(1), Type::Bool), "1"), "TRUE");
        assert_eq!(pg((Type::Bits { len: Some(1), fixed: true }, Type::Bool), "b'0'"), "FALSE");
        assert_eq!(pg((Type::varchar(9), Type::varchar(9)), "'it''s'"), "'it''s'");
        assert_eq!(pg((Type::int(4), Type::int(4)), "'-5'"), "-5");
        assert!(run("mysql", "postgresql", (WALL, WALL), "'0000-00-00 00:00:00'").is_err());
        let my = |types, text| sql("postgresql", "mysql", types, text);
        assert_eq!(my((Type::text(), Type::text()), r"'a\b'::text"), r"('a\\b')");
        assert_eq!(my((Type::Bool, Type::int(1)), "true"), "1");
        assert_eq!(my((Type::decimal(9, 2), Type::decimal(9, 2)), "'-1.50'::numeric"), "-1.50");
        assert_eq!(my((Type::bytes(), Type::bytes()), r"'\x00ff'::bytea"), "(x'00ff')");
        assert_eq!(
            run("postgresql", "mysql", (Type::text(), Type::text()), "NULL::character varying"),
            Ok(DefaultValue::None)
        );
    }

    #[test]
    fn present_time_keeps_its_meaning() {
        assert_eq!(sql("postgresql", "mysql", (INSTANT, WALL), "now()"), "(UTC_TIMESTAMP(6))");
        assert_eq!(sql("postgresql", "mysql", (WALL, WALL), "CURRENT_TIMESTAMP"), "CURRENT_TIMESTAMP(6)");
        assert_eq!(sql("postgresql", "mariadb", (WALL, WALL), "timezone('utc'::text, now())"), "(UTC_TIMESTAMP(6))");
        assert_eq!(sql("postgresql", "mysql", (Type::Date, Type::Date), "CURRENT_DATE"), "(CURRENT_DATE)");
        assert_eq!(sql("mariadb", "postgresql", (WALL, WALL), "current_timestamp(6)"), "CURRENT_TIMESTAMP(6)");
    }

    #[test]
    fn sequences_and_what_is_refused() {
        let next = run("postgresql", "postgresql", (Type::int(8), Type::int(8)), "nextval('public.\"S\"'::regclass)");
        assert_eq!(next, Ok(DefaultValue::Sequence("S".into())));
        for text in ["f(1)", "(SELECT 1)", "now() + '1 day'::interval", "'now'::timestamp"] {
            assert!(run("postgresql", "mysql", (WALL, WALL), text).is_err(), "{text}");
        }
    }
}
