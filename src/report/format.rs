//! Numbers and findings as people read them: thousands separators, decimal units, durations.

use super::printable::printable;
use crate::finding::{Finding, Severity};

/// A whole number with thousands separators: `4,080,000`.
pub fn count(n: impl Into<i128>) -> String {
    let n: i128 = n.into();
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 table`, `10 tables`, `3 indexes`, `2 policies`.
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 {
        return format!("1 {noun}");
    }
    let plural = match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['s', 'x']) => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    format!("{} {plural}", count(n))
}

/// Bytes in decimal units: `912 B`, `1.23 GB`, `542 MB`.
pub fn bytes(n: u64) -> String {
    scaled(n as f64, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// A number in three digits: `842`, `540 k`, `1.23 M`.
pub fn compact(n: f64) -> String {
    scaled(n, &["", "k", "M", "G", "T"]).trim_end().to_string()
}

fn scaled(n: f64, units: &[&str]) -> String {
    let mut n = if n.is_finite() { n.max(0.0) } else { 0.0 };
    let mut unit = 0;
    // 999.5 would be shown as "1000".
    while n >= 999.5 && unit + 1 < units.len() {
        n /= 1000.0;
        unit += 1;
    }
    let decimals = match n {
        _ if unit == 0 => 0,
        n if n < 9.995 => 2,
        n if n < 99.95 => 1,
        _ => 0,
    };
    format!("{n:.decimals$} {}", units[unit])
}

/// Rows per second, `540 k`; a dash where the time is too short to tell.
pub fn rate(rows: u64, seconds: f64) -> String {
    if rows == 0 || !seconds.is_finite() || seconds < 0.0005 {
        return "–".to_string();
    }
    compact(rows as f64 / seconds)
}

/// Seconds: `12 ms`, `7.1 s`, `2 min 05 s`, `1 h 02 min`.
pub fn duration(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    if seconds < 0.0995 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    if whole < 3600 {
        return format!("{} min {:02} s", whole / 60, whole % 60);
    }
    let minutes = (seconds / 60.0).round() as u64;
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}

/// A duration to come, without false precision: `4 s`, `2 min 10 s`, `1 h 02 min`.
pub fn remaining(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    match seconds.ceil() as u64 {
        whole @ 0..60 => format!("{} s", whole.max(1)),
        whole @ 60..3600 => {
            let tens = whole.div_ceil(10) * 10;
            format!("{} min {:02} s", tens / 60, tens % 60)
        }
        _ => duration(seconds),
    }
}

/// The word for a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A finding in lines: `error[nul-text] mod$ent.s: …`, then `  help: …`.
pub fn finding(finding: &Finding) -> String {
    let head = format!("{}[{}]", severity(finding.severity), finding.code);
    let object = printable(&finding.object);
    let text = printable(&finding.text);
    let mut lines = if object.is_empty() { format!("{head}: {text}") } else { format!("{head} {object}: {text}") };
    for line in finding.help.lines() {
        lines.push_str("\n  help: ");
        lines.push_str(&printable(line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(0u64), "0");
        assert_eq!(count(999u64), "999");
        assert_eq!(count(4_080_000u64), "4,080,000");
        assert_eq!(count(-1_234i64), "-1,234");
        assert_eq!(count(i128::MIN).len(), 52);
        assert_eq!(counted(1, "table"), "1 table");
        assert_eq!(counted(0, "policy"), "0 policies");
        assert_eq!(counted(2, "index"), "2 indexes");
        assert_eq!(counted(2, "key"), "2 keys");
    }

    #[test]
    fn byte_units_are_decimal() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.00 kB");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(bytes(542_000_000), "542 MB");
        assert_eq!(bytes(999_999_999), "1.00 GB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn rates() {
        assert_eq!(rate(540_000, 1.0), "540 k");
        assert_eq!(rate(100, 0.0), "–");
        assert_eq!(rate(100, f64::NAN), "–");
        assert_eq!(rate(842, 1.0), "842");
    }

    #[test]
    fn durations() {
        assert_eq!(duration(0.0), "0 ms");
        assert_eq!(duration(0.0124), "12 ms");
        assert_eq!(duration(7.14), "7.1 s");
        assert_eq!(duration(59.94), "59.9 s");
        assert_eq!(duration(59.96), "1 min 00 s");
        assert_eq!(duration(125.0), "2 min 05 s");
        assert_eq!(duration(3_599.6), "1 h 00 min");
        assert_eq!(duration(3_725.0), "1 h 02 min");
        assert_eq!(duration(f64::NAN), "0 ms");
        assert_eq!(remaining(0.2), "1 s");
        assert_eq!(remaining(121.0), "2 min 10 s");
        assert_eq!(remaining(f64::INFINITY), "1 s");
    }

    #[test]
    fn findings_stay_on_their_lines() {
        let found = Finding::error("nul-text", "mod$ent.s\n", "holds U+0000").help("strip\nor replace");
        assert_eq!(
            super::finding(&found),
            "error[nul-text] mod$ent.s\\n: holds U+0000\n  help: strip\n  help: or replace"
        );
    }
}
