//! When two values that the native clients told are the same value.

use super::columns::{Column, Kind};
use super::span::span;

/// Whether a value arrived as it left. Where the types' kinds differ, the more special kind decides
/// which spellings mean the same value.
pub(super) fn same(source: &Column, from: Option<&[u8]>, target: &Column, to: Option<&[u8]>) -> bool {
    let (Some(from), Some(to)) = (from, to) else { return from == to };
    if from == to {
        return true;
    }
    if target.kind == Kind::Text && is_hex_of(to, from) {
        return true;
    }
    let (Ok(from), Ok(to)) = (std::str::from_utf8(from), std::str::from_utf8(to)) else { return false };
    if source.kind == Kind::Span && target.kind != Kind::Text {
        return span(&source.native, from) == span(&target.native, to);
    }
    let kind = if source.kind == Kind::Text { target.kind } else { source.kind };
    match (kind, target.kind) {
        (Kind::Bits, Kind::Int | Kind::Decimal) => binary(from).as_deref() == Some(to),
        (Kind::Json, Kind::Json) => json_same(from, to),
        _ => normal(kind, from) == normal(kind, to),
    }
}

fn normal(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Int | Kind::Decimal => decimal(text),
        Kind::Float => float(text),
        Kind::Padded => text.trim_end_matches(' ').to_string(),
        Kind::Moment => moment(text),
        Kind::Uuid => text.replace('-', "").to_lowercase(),
        Kind::Text | Kind::Bytes | Kind::Bits | Kind::Json | Kind::Span => text.to_string(),
    }
}

/// Geometries travel as the hexadecimal digits of their bytes.
fn is_hex_of(digits: &[u8], bytes: &[u8]) -> bool {
    let digit = |b: u8| char::from_digit(u32::from(b), 16).map(|c| c as u8);
    let hex = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    !bytes.is_empty() && hex.eq(digits.iter().map(|d| Some(d.to_ascii_lowercase())))
}

/// Without zeros at the end of the fraction and, from ZEROFILL, in front of the number.
fn decimal(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |d| ("-", d));
    let digits = digits.trim_start_matches('0');
    let whole = if digits.is_empty() || digits.starts_with('.') { "0" } else { "" };
    let text = &format!("{sign}{whole}{digits}");
    if !text.contains('.') {
        return text.to_string();
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" || text.is_empty() { "0".to_string() } else { text.to_string() }
}

/// The bits of the float that the text stands for; MariaDB does not show the sign of zero.
fn float(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(0.0) => "0".to_string(),
        Ok(number) => format!("{:016x}", number.to_bits()),
        Err(_) => text.to_string(),
    }
}

/// Without zeros at the end of the fraction of a second, hours in two digits, and timestamps without the offset of UTC.
fn moment(text: &str) -> String {
    let (text, era) = text.strip_suffix(" BC").map_or((text, ""), |t| (t, " BC"));
    let (text, offset) = split_offset(text);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    let pad = if text.as_bytes().get(1) == Some(&b':') { "0" } else { "" };
    let is_date = text.find('-').is_some_and(|at| at > 0);
    let offset = offset.filter(|seconds| *seconds != 0 || !is_date).map(|seconds| format!("{seconds:+}"));
    format!("{pad}{text}{}{era}", offset.unwrap_or_default())
}

/// An offset follows the clock: `+00`, `+05:30`, `-3:00`. In seconds.
fn split_offset(text: &str) -> (&str, Option<i32>) {
    let sign = text.find(':').and_then(|colon| Some(colon + text[colon..].rfind(['+', '-'])?));
    let Some(at) = sign else { return (text, None) };
    let parts = text[at + 1..].split(':').map(|part| part.parse::<i32>().unwrap_or(0));
    let seconds: i32 = parts.zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum();
    (&text[..at], Some(if text[at..].starts_with('-') { -seconds } else { seconds }))
}

fn binary(digits: &str) -> Option<String> {
    digits.bytes().try_fold(0_u128, |n, b| n.checked_mul(2)?.checked_add(u128::from(b - b'0'))).map(|n| n.to_string())
}

/// Servers that store JSON parsed sort its keys and drop blanks.
fn json_same(from: &str, to: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    matches!((parse(from), parse(to)), (Some(a), Some(b)) if a == b)
}

mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_value_are_the_same() {
        for (kind, a, b) in [
            (Kind::Decimal, "1.500", "1.5"),
            (Kind::Decimal, "-0.00", "0"),
            (Kind::Float, "1e20", "100000000000000000000"),
            (Kind::Moment, "2024-01-01 00:00:00+00", "2024-01-01 00:00:00.000000"),
            (Kind::Moment, "0044-03-15 BC", "0044-03-15 BC"),
            (Kind::Moment, "9:05:01.120+5:30", "09:05:01.12+05:30"),
            (Kind::Moment, "23:59:59-3:00", "23:59:59-03"),
            (Kind::Uuid, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11"),
        ] {
            assert_eq!(normal(kind, a), normal(kind, b), "{kind:?}");
        }
    }

    #[test]
    fn different_values_differ() {
        for (kind, a, b) in [
            (Kind::Decimal, "100", "1"),
            (Kind::Float, "0.1", "0.10000000149011612"),
            (Kind::Moment, "12:00:00", "12:00:00.000001"),
            (Kind::Moment, "12:00:00+00", "12:00:00+01"),
            (Kind::Moment, "-12:00:00", "12:00:00"),
            (Kind::Text, "a", "a "),
        ] {
            assert_ne!(normal(kind, a), normal(kind, b), "{kind:?}");
        }
    }
}
