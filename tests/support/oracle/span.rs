//! Intervals in the spellings of HSQLDB and PostgreSQL.

/// Fields of an interval, largest first, with their months and nanoseconds.
const FIELDS: [(&str, i64, i128); 6] = [
    ("year", 12, 0),
    ("mon", 1, 0),
    ("day", 0, 86_400_000_000_000),
    ("hour", 0, 3_600_000_000_000),
    ("minute", 0, 60_000_000_000),
    ("second", 0, 1_000_000_000),
];

/// Months and nanoseconds of an interval of a type; PostgreSQL names the fields in the text, HSQLDB in the type.
pub(super) fn span(native: &str, text: &str) -> Option<(i64, i128)> {
    match native.strip_prefix("interval ") {
        Some(fields) => by_type(fields, text),
        None => by_words(text),
    }
}

/// `-3 04:05:06.789` as `day to second`.
fn by_type(fields: &str, text: &str) -> Option<(i64, i128)> {
    let first = FIELDS.iter().position(|(name, ..)| fields.starts_with(name))?;
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let sum = add(text.split([' ', ':', '-']), first)?;
    Some(if negative { (-sum.0, -sum.1) } else { sum })
}

/// `-1 years -2 mons +3 days -04:05:06.789`.
fn by_words(text: &str) -> Option<(i64, i128)> {
    let mut sum = (0, 0);
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let (negative, digits) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
        let part = if digits.contains(':') {
            add(digits.split(':'), 3)?
        } else {
            let unit = words.next()?;
            let field = FIELDS.iter().position(|(name, ..)| unit.starts_with(name))?;
            add(std::iter::once(digits.trim_start_matches('+')), field)?
        };
        sum = if negative { (sum.0 - part.0, sum.1 - part.1) } else { (sum.0 + part.0, sum.1 + part.1) };
    }
    Some(sum)
}

/// Numbers of the fields from `first` on.
fn add<'a>(numbers: impl Iterator<Item = &'a str>, first: usize) -> Option<(i64, i128)> {
    let mut sum = (0, 0);
    for (number, (_, months, nanos)) in numbers.zip(&FIELDS[first..]) {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i64 = whole.parse().ok()?;
        let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
        sum = (sum.0 + whole * months, sum.1 + i128::from(whole) * nanos + fraction);
    }
    Some(sum)
}

mod tests {
    use super::span;

    #[test]
    fn both_spellings() {
        let pairs = [
            ("interval day to second", "-3 04:05:06.789000", "-3 days -04:05:06.789"),
            ("interval year to month", "2-03", "2 years 3 mons"),
            ("interval month", "-30", "-2 years -6 mons"),
            ("interval hour", "30", "1 day 06:00:00"),
            ("interval second", "1.5", "00:00:01.5"),
        ];
        for (native, one, two) in pairs {
            assert!(span(native, one).is_some(), "{one}");
            assert_eq!(span(native, one), span("interval", two), "{one}");
        }
        assert_ne!(span("interval hour", "30"), span("interval", "1 day 06:00:01"));
    }
}
