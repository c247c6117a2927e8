//! Applies the conversions that a user asked for, cell by cell, and counts them.

use crate::calendar::{NANOS_PER_DAY, parse_date};
use crate::cell::{Cell, Large, LargeKind, RowSink, Special};
use crate::error::Result;
use crate::policy::{Conversion, PolicyKind};
use crate::spool::replace_nul;
use crate::types::Type;

/// Conversions of one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnRules {
    pub(crate) rules: Vec<(PolicyKind, Conversion)>,
    /// Target type: decides the form of literals and how many digits are kept.
    pub(crate) target: Option<Type>,
    /// First and last day the target can hold.
    pub(crate) days: (i32, i32),
}

/// Sink that converts what its rules name and passes on everything else untouched.
pub(crate) struct Convert<'a, S> {
    columns: &'a [ColumnRules],
    column: usize,
    scratch: String,
    /// Converted cells per column and rule.
    pub(crate) counts: Vec<Vec<u64>>,
    pub(crate) next: S,
}

impl<'a, S> Convert<'a, S> {
    pub(crate) fn new(columns: &'a [ColumnRules], next: S) -> Self {
        let counts = columns.iter().map(|c| vec![0; c.rules.len()]).collect();
        Convert { columns, column: 0, scratch: String::new(), counts, next }
    }
}

impl<S: RowSink> RowSink for Convert<'_, S> {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        let column = self.column;
        self.column += 1;
        match self.columns.get(column) {
            Some(rules) if !rules.rules.is_empty() => {
                let mut scratch = std::mem::take(&mut self.scratch);
                let (cell, rule) = convert(rules, cell, &mut scratch);
                if let Some(rule) = rule {
                    self.counts[column][rule] += 1;
                }
                let result = self.next.cell(cell);
                self.scratch = scratch;
                result
            }
            _ => self.next.cell(cell),
        }
    }

    /// Of all conversions only that of U+0000 concerns long values.
    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        let column = self.column;
        self.column += 1;
        let rules = self.columns.get(column).filter(|_| value.kind() == LargeKind::Text);
        let nul = |rules: &ColumnRules| rules.rules.iter().position(|(kind, _)| *kind == PolicyKind::NulText);
        let Some((rules, rule)) = rules.and_then(|rules| Some((rules, nul(rules)?))) else {
            return self.next.large(value);
        };
        let converted = replace_nul(value, nul_replacement(&rules.rules[rule].1), &mut self.next)?;
        self.counts[column][rule] += u64::from(converted);
        Ok(())
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        self.column = 0;
        self.next.end_row()
    }
}

/// The cell after the first rule that applies to it, and which rule that was.
fn convert<'c>(rules: &'c ColumnRules, cell: Cell<'c>, scratch: &'c mut String) -> (Cell<'c>, Option<usize>) {
    for (index, (kind, conversion)) in rules.rules.iter().enumerate() {
        if concerns(*kind, rules, &cell) {
            return (apply(*kind, conversion, rules, cell, scratch), Some(index));
        }
    }
    (cell, None)
}

fn concerns(kind: PolicyKind, rules: &ColumnRules, cell: &Cell<'_>) -> bool {
    let outside = |days: i32| days < rules.days.0 || days > rules.days.1;
    match (kind, cell) {
        (PolicyKind::NulText, Cell::Text(text)) => memchr::memchr(0, text.as_bytes()).is_some(),
        (PolicyKind::ZeroDate, Cell::Special(Special::ZeroDate(..))) => true,
        (PolicyKind::EmptyString, Cell::Text("")) => true,
        (PolicyKind::LoneSurrogate, Cell::BrokenText(_)) => true,
        (PolicyKind::OutOfRangeDate, Cell::Date(days)) => outside(*days),
        (PolicyKind::OutOfRangeDate, Cell::Timestamp(days, _) | Cell::Instant(days, _)) => outside(*days),
        (PolicyKind::OutOfRangeDate, Cell::Special(Special::Infinity | Special::NegativeInfinity)) => is_date(rules),
        (PolicyKind::Nan, Cell::Special(Special::Infinity | Special::NegativeInfinity | Special::Nan)) => {
            !is_date(rules)
        }
        (PolicyKind::Nan, Cell::F64(f)) => !f.is_finite(),
        (PolicyKind::Nan, Cell::F32(f)) => !f.is_finite(),
        (PolicyKind::ExcessPrecision, cell) => truncated(rules, cell).is_some(),
        _ => false,
    }
}

/// What stands in the place of U+0000.
fn nul_replacement(conversion: &Conversion) -> &'static str {
    if *conversion == Conversion::Strip { "" } else { "\u{fffd}" }
}

fn is_date(rules: &ColumnRules) -> bool {
    matches!(rules.target, Some(Type::Date | Type::Timestamp { .. }))
}

fn apply<'c>(
    kind: PolicyKind,
    conversion: &'c Conversion,
    rules: &ColumnRules,
    cell: Cell<'c>,
    scratch: &'c mut String,
) -> Cell<'c> {
    match (conversion, cell) {
        (Conversion::Strip | Conversion::Replace, Cell::Text(text)) => {
            let replacement = nul_replacement(conversion);
            scratch.clear();
            for (index, part) in text.split('\0').enumerate() {
                scratch.push_str(if index == 0 { "" } else { replacement });
                scratch.push_str(part);
            }
            Cell::Text(scratch)
        }
        (Conversion::Replace, Cell::BrokenText(text)) => {
            replace_halves(text, scratch);
            Cell::Text(scratch)
        }
        (Conversion::Space, _) => Cell::Text(" "),
        (Conversion::Literal(text), _) if kind == PolicyKind::ZeroDate => date_cell(rules, parse_date(text)),
        (Conversion::Literal(text), _) => Cell::Text(text),
        (Conversion::Clamp, cell) => clamp(rules, cell),
        (Conversion::Truncate, cell) => truncated(rules, &cell).unwrap_or(cell),
        _ => Cell::Null,
    }
}

/// Puts U+FFFD in the place of every half of a surrogate pair (three bytes in WTF-8).
fn replace_halves(text: &[u8], out: &mut String) {
    out.clear();
    let mut rest = text;
    while !rest.is_empty() {
        let valid = std::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
        out.push_str(std::str::from_utf8(&rest[..valid]).unwrap_or_default());
        if valid < rest.len() {
            out.push('\u{fffd}');
        }
        rest = rest.get(valid + 3..).unwrap_or_default();
    }
}

fn date_cell<'c>(rules: &ColumnRules, days: Option<i32>) -> Cell<'c> {
    match (days, &rules.target) {
        (None, _) => Cell::Null,
        (Some(days), Some(Type::Timestamp { zone: true, .. })) => Cell::Instant(days, 0),
        (Some(days), Some(Type::Timestamp { .. })) => Cell::Timestamp(days, 0),
        (Some(days), _) => Cell::Date(days),
    }
}

fn clamp<'c>(rules: &ColumnRules, cell: Cell<'c>) -> Cell<'c> {
    let low = match cell {
        Cell::Special(Special::NegativeInfinity) => true,
        Cell::Date(days) | Cell::Timestamp(days, _) | Cell::Instant(days, _) => days < rules.days.0,
        _ => false,
    };
    date_cell(rules, Some(if low { rules.days.0 } else { rules.days.1 }))
}

/// The cell with the digits cut off that its target column does not keep; `None` if there are none.
fn truncated<'c>(rules: &ColumnRules, cell: &Cell<'c>) -> Option<Cell<'c>> {
    match (cell, &rules.target) {
        (Cell::Timestamp(days, nanos), Some(Type::Timestamp { precision, .. })) => {
            cut(*nanos, *precision).map(|nanos| Cell::Timestamp(*days, nanos))
        }
        (Cell::Instant(days, nanos), Some(Type::Timestamp { precision, .. })) => {
            cut(*nanos, *precision).map(|nanos| Cell::Instant(*days, nanos))
        }
        (Cell::Time(nanos), Some(Type::Time { precision, .. })) => cut(*nanos, *precision).map(Cell::Time),
        (Cell::Decimal(digits), Some(Type::Decimal { scale: Some(scale), .. })) => {
            let point = digits.find('.')?;
            let end = if *scale <= 0 { point } else { point + 1 + *scale as usize };
            let rest = digits.get(end..)?;
            rest.bytes().any(|b| b.is_ascii_digit() && b != b'0').then(|| Cell::Decimal(&digits[..end]))
        }
        _ => None,
    }
}

fn cut(nanos: i64, digits: u8) -> Option<i64> {
    debug_assert!(nanos.abs() < 40 * NANOS_PER_DAY);
    let unit = 10_i64.pow(9 - u32::from(digits.min(9)));
    (nanos % unit != 0).then(|| nanos - nanos % unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::large::Whole;

    fn one(kind: PolicyKind, conversion: Conversion, target: Type, cell: Cell<'_>, expect: Cell<'_>) {
        let rules = ColumnRules { rules: vec![(kind, conversion)], target: Some(target), days: (0, 100) };
        let mut scratch = String::new();
        assert!(convert(&rules, cell, &mut scratch).0 == expect, "{kind:?}");
    }

    #[test]
    fn each_policy_converts_what_it_names() {
        let timestamp = Type::Timestamp { precision: 3, zone: false };
        one(PolicyKind::NulText, Conversion::Strip, Type::text(), Cell::Text("a\0b\0"), Cell::Text("ab"));
        one(PolicyKind::NulText, Conversion::Replace, Type::text(), Cell::Text("\0b"), Cell::Text("\u{fffd}b"));
        let half = Cell::BrokenText(b"a\xED\xA0\xBDb");
        one(PolicyKind::LoneSurrogate, Conversion::Replace, Type::text(), half, Cell::Text("a\u{fffd}b"));
        let zero = Cell::Special(Special::ZeroDate(0, 0, 0, 0));
        one(PolicyKind::ZeroDate, Conversion::Null, Type::Date, zero, Cell::Null);
        let literal = Conversion::Literal("1970-01-02".into());
        one(PolicyKind::ZeroDate, literal, timestamp.clone(), zero, Cell::Timestamp(1, 0));
        one(PolicyKind::OutOfRangeDate, Conversion::Clamp, Type::Date, Cell::Date(200), Cell::Date(100));
        let past = Cell::Special(Special::NegativeInfinity);
        one(PolicyKind::OutOfRangeDate, Conversion::Clamp, timestamp.clone(), past, Cell::Timestamp(0, 0));
        one(PolicyKind::Nan, Conversion::Null, Type::Float { bytes: 8 }, Cell::F64(f64::NAN), Cell::Null);
        one(
            PolicyKind::ExcessPrecision,
            Conversion::Truncate,
            timestamp,
            Cell::Timestamp(1, 1_999_999),
            Cell::Timestamp(1, 1_000_000),
        );
        one(
            PolicyKind::ExcessPrecision,
            Conversion::Truncate,
            Type::decimal(5, 2),
            Cell::Decimal("1.239"),
            Cell::Decimal("1.23"),
        );
    }

    #[test]
    fn everything_else_is_untouched() {
        one(PolicyKind::NulText, Conversion::Strip, Type::text(), Cell::Text("a"), Cell::Text("a"));
        one(PolicyKind::ZeroDate, Conversion::Null, Type::Date, Cell::Date(5), Cell::Date(5));
        one(
            PolicyKind::ExcessPrecision,
            Conversion::Truncate,
            Type::decimal(5, 2),
            Cell::Decimal("1.230"),
            Cell::Decimal("1.230"),
        );
    }

    /// Gathers the texts of a row.
    #[derive(Default)]
    struct Texts(Vec<String>);

    impl RowSink for Texts {
        fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
            self.0.extend(if let Cell::Text(text) = cell { Some(text.to_string()) } else { None });
            Ok(())
        }

        fn end_row(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn long_texts_are_converted_like_short_ones() {
        let clean = "é€😀".repeat(30_000);
        let holed = clean.replace('€', "\0");
        for (conversion, replacement) in [(Conversion::Strip, ""), (Conversion::Replace, "\u{fffd}")] {
            let rules = ColumnRules { rules: vec![(PolicyKind::NulText, conversion)], target: None, days: (0, 0) };
            let columns = [rules, ColumnRules::default()];
            let mut convert = Convert::new(&columns, Texts::default());
            for text in [&clean, &holed] {
                for _ in &columns {
                    convert.large(&mut Whole::new(LargeKind::Text, text.as_bytes())).unwrap();
                }
                convert.end_row().unwrap();
            }
            let expected = [clean.clone(), clean.clone(), holed.replace('\0', replacement), holed.clone()];
            assert!(convert.next.0 == expected);
            assert_eq!(convert.counts, [vec![1], vec![]]);
        }
    }
}
