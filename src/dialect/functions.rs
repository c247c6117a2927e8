//! Function calls that both engines compute alike, and values of defaults.

use super::Dialect;
use super::expression::{Class, Printed, Translator, comparable, refused};
use super::parse::core;
use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value};

/// Name in lower case, and arguments, of a plain call.
pub(super) fn plain_call(function: &Function) -> Option<(String, Vec<&Expr>)> {
    let [part] = function.name.0.as_slice() else {
        return None;
    };
    let plain = function.filter.is_none() && function.over.is_none() && function.within_group.is_empty();
    let name = part.as_ident().filter(|_| plain)?.value.to_lowercase();
    let arguments = match &function.args {
        FunctionArguments::None => Vec::new(),
        FunctionArguments::Subquery(_) => return None,
        FunctionArguments::List(list) if list.duplicate_treatment.is_some() || !list.clauses.is_empty() => return None,
        FunctionArguments::List(list) => {
            let plain = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
                _ => None,
            });
            plain.collect::<Option<Vec<_>>>()?
        }
    };
    Some((name, arguments))
}

/// Translates a call.
pub(super) fn call(translator: &Translator<'_>, function: &Function) -> Printed {
    let (name, arguments) = plain_call(function).ok_or_else(|| "it calls a function in a special way".to_string())?;
    let counts_bytes = translator.source.is_some_and(|source| source.parser == "mysql");
    match (name.as_str(), arguments.as_slice()) {
        ("lower" | "lcase", [text]) if !translator.exact => translator.text_function("lower", text),
        ("upper" | "ucase", [text]) if !translator.exact => translator.text_function("upper", text),
        ("trim" | "btrim", [text]) => translator.text_function("trim", text),
        ("ltrim" | "rtrim", [text]) => translator.text_function(&name, text),
        ("char_length" | "character_length", [text]) => measure(translator, "char_length", text),
        ("length", [text]) if !counts_bytes => measure(translator, "char_length", text),
        ("length" | "octet_length", [text]) => measure(translator, &translator.target.expressions.bytes_length, text),
        ("abs" | "floor", [number]) => translator.number_function(&name, number),
        ("ceil" | "ceiling", [number]) => translator.number_function("ceiling", number),
        ("mod", [a, b]) => Ok((format!("mod({}, {})", translator.number(a)?, translator.number(b)?), Class::Number)),
        ("coalesce", [_, _, ..]) | ("ifnull" | "nullif", [_, _]) => {
            same_class(translator, if name == "nullif" { "nullif" } else { "coalesce" }, &arguments)
        }
        ("left" | "right", [text, count]) if matches!(core(count), Expr::Value(_)) => {
            Ok((format!("{name}({}, {})", translator.text(text)?, translator.number(count)?), Class::Text))
        }
        ("concat", [_, _, ..]) if counts_bytes => {
            let texts = arguments.iter().map(|text| translator.text(text)).collect::<Result<Vec<_>, _>>()?;
            translator.concat(&texts)
        }
        ("if", [condition, yes, no]) => {
            let condition = translator.condition(condition)?;
            let ((yes, a), (no, b)) = (translator.print(yes)?, translator.print(no)?);
            comparable(a, b)?;
            Ok((format!("CASE WHEN {condition} THEN {yes} ELSE {no} END"), if a == Class::Null { b } else { a }))
        }
        _ => Err(refused(&name)),
    }
}

fn measure(translator: &Translator<'_>, name: &str, text: &Expr) -> Printed {
    translator.text(text).map(|text| (format!("{name}({text})"), Class::Number))
}

fn same_class(translator: &Translator<'_>, name: &str, arguments: &[&Expr]) -> Printed {
    let mut kind = Class::Null;
    let mut texts = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let (text, class) = translator.print(argument)?;
        comparable(kind, class)?;
        kind = if kind == Class::Null { class } else { kind };
        texts.push(text);
    }
    Ok((format!("{name}({})", texts.join(", ")), kind))
}

/// A number, also one written as a string.
pub(super) fn number_literal(literal: &Expr) -> Printed {
    match plain_number(literal) {
        Some(digits) => Ok((digits, Class::Number)),
        None => Err("it casts a text to a number".into()),
    }
}

/// Sign and digits of a numeric literal, also one written as a string.
pub(super) fn plain_number(literal: &Expr) -> Option<String> {
    let is_number = |text: &str| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'));
        plain && digits.bytes().any(|b| b.is_ascii_digit()) && text.parse::<f64>().is_ok()
    };
    match core(literal) {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => plain_number(expr).map(|digits| format!("-{digits}")),
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => plain_number(expr),
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => Some(digits.clone()),
            Value::SingleQuotedString(text) if is_number(text) => Some(text.clone()),
            Value::Boolean(value) => Some(u8::from(*value).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// What a default calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// The present time.
    Now,
    /// The present time in UTC.
    UtcNow,
    /// The present day.
    Today,
    /// The present time of day.
    TimeOfDay,
    /// A new UUID.
    NewUuid,
    /// The next value of a sequence.
    Next(String),
}

/// Recognises the calls that defaults are made of.
pub(super) fn default_call(source: Option<&Dialect>, expression: &Expr) -> Option<Call> {
    match core(expression) {
        Expr::Cast { expr, .. } => default_call(source, expr),
        Expr::AtTimeZone { timestamp, time_zone } => {
            let now = default_call(source, timestamp) == Some(Call::Now);
            (now && is_utc(time_zone)).then_some(Call::UtcNow)
        }
        Expr::Function(function) => {
            let (name, arguments) = plain_call(function)?;
            named_call(source, &name, &arguments)
        }
        _ => None,
    }
}

fn named_call(source: Option<&Dialect>, name: &str, arguments: &[&Expr]) -> Option<Call> {
    let counts = |n: usize| arguments.len() <= n && arguments.iter().all(|a| matches!(core(a), Expr::Value(_)));
    let mysql = source.is_some_and(|source| source.parser == "mysql");
    match name {
        "now" | "current_timestamp" | "localtimestamp" if counts(1) => Some(Call::Now),
        "statement_timestamp" | "transaction_timestamp" | "clock_timestamp" if counts(0) => Some(Call::Now),
        "localtime" if mysql && counts(1) => Some(Call::Now),
        "utc_timestamp" if counts(1) => Some(Call::UtcNow),
        "timezone" => match arguments {
            [zone, time] if is_utc(zone) && default_call(source, time) == Some(Call::Now) => Some(Call::UtcNow),
            _ => None,
        },
        "current_date" | "curdate" if counts(0) => Some(Call::Today),
        "current_time" | "curtime" | "localtime" if counts(1) => Some(Call::TimeOfDay),
        "gen_random_uuid" | "uuid_generate_v4" | "uuid" if counts(0) => Some(Call::NewUuid),
        "nextval" => match arguments {
            [sequence] => sequence_name(core(sequence)).map(Call::Next),
            _ => None,
        },
        _ => None,
    }
}

fn is_utc(zone: &Expr) -> bool {
    matches!(core(zone), Expr::Value(value)
        if matches!(&value.value, Value::SingleQuotedString(name) if name.eq_ignore_ascii_case("utc")))
}

/// Name of a sequence in `nextval('schema."name"'::regclass)` or ``nextval(`db`.`name`)``.
fn sequence_name(argument: &Expr) -> Option<String> {
    match argument {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => last_identifier(text),
            _ => None,
        },
        _ => None,
    }
}

/// Last part of a dotted name whose parts may be quoted.
fn last_identifier(text: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_identifier(quoted)?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() && !name.is_empty() => return Some(name.replace("\"\"", "\"")),
            None => return None,
        }
    }
}

/// The name up to its closing quote, and what follows the quote.
fn quoted_identifier(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    loop {
        at += text[at..].find('"')?;
        match text[at + 1..].starts_with('"') {
            true => at += 2,
            false => return Some((&text[..at], &text[at + 1..])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::last_identifier;

    #[test]
    fn sequences_of_nextval() {
        assert_eq!(last_identifier("public.s_id_seq").as_deref(), Some("s_id_seq"));
        assert_eq!(last_identifier("public.\"A.b\"").as_deref(), Some("A.b"));
        assert_eq!(last_identifier("\"we\"\"ird\"").as_deref(), Some("we\"ird"));
    }
}
