//! Named conversions that a user may ask for; without them a value arrives equal or the run stops.

use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// What kind of value a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// U+0000 in text, which PostgreSQL cannot hold.
    NulText,
    /// `0000-00-00` and dates with zero parts.
    ZeroDate,
    /// `''`, which Oracle reads as NULL.
    EmptyString,
    /// Half of a UTF-16 pair.
    LoneSurrogate,
    /// Dates and infinities outside the target's range.
    OutOfRangeDate,
    /// NaN and infinite numbers.
    Nan,
    /// More digits than the target's type keeps.
    ExcessPrecision,
    /// A foreign key's value that references no row.
    DanglingReference,
}

/// What to do with such a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Conversion {
    /// Remove the offending characters.
    Strip,
    /// Put U+FFFD in their place.
    Replace,
    /// Store NULL (the target column becomes nullable).
    Null,
    /// Store the nearest value the target can hold.
    Clamp,
    /// Cut digits off, toward zero.
    Truncate,
    /// Store one blank.
    Space,
    /// Remove the reference: it becomes NULL, and where it cannot (in a primary key, as in Mendix's
    /// association tables) its row is left out.
    Remove,
    /// Store this value (for dates `YYYY-MM-DD`).
    Literal(String),
}

impl Conversion {
    /// What users write for it.
    pub fn describe(&self) -> String {
        match self {
            Conversion::Strip => "strip".into(),
            Conversion::Replace => "replace".into(),
            Conversion::Null => "null".into(),
            Conversion::Clamp => "clamp".into(),
            Conversion::Truncate => "truncate".into(),
            Conversion::Space => "space".into(),
            Conversion::Remove => "remove".into(),
            Conversion::Literal(text) => text.clone(),
        }
    }
}

impl PolicyKind {
    /// Every kind with its name and the conversions it allows (`literal` stands for any value).
    pub const ALL: [(PolicyKind, &'static str, &'static [&'static str]); 8] = [
        (PolicyKind::NulText, "nul-text", &["strip", "replace"]),
        (PolicyKind::ZeroDate, "zero-date", &["null", "literal"]),
        (PolicyKind::EmptyString, "empty-string", &["null", "space", "literal"]),
        (PolicyKind::LoneSurrogate, "lone-surrogate", &["replace"]),
        (PolicyKind::OutOfRangeDate, "out-of-range-date", &["null", "clamp"]),
        (PolicyKind::Nan, "nan", &["null"]),
        (PolicyKind::ExcessPrecision, "excess-precision", &["truncate"]),
        (PolicyKind::DanglingReference, "dangling-reference", &["remove"]),
    ];

    /// The name users write.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    fn allowed(self) -> &'static [&'static str] {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or(&[], |(_, _, allowed)| allowed)
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| n.eq_ignore_ascii_case(name)).map(|(kind, ..)| *kind)
    }
}

/// A Markdown table of the policies and the conversions that each allows.
pub fn markdown_table() -> String {
    let about = |kind| match kind {
        PolicyKind::NulText => "U+0000 in text, which PostgreSQL cannot hold",
        PolicyKind::ZeroDate => "`0000-00-00` and dates with zero parts",
        PolicyKind::EmptyString => "the empty string, which Oracle takes for NULL",
        PolicyKind::LoneSurrogate => "half of a UTF-16 pair",
        PolicyKind::OutOfRangeDate => "dates and infinities that the target does not know",
        PolicyKind::Nan => "NaN and infinite numbers",
        PolicyKind::ExcessPrecision => "more digits than the target's type keeps",
        PolicyKind::DanglingReference => {
            "a foreign key's value that references no row; its row where it cannot be NULL"
        }
    };
    let mut text = "| policy | about | conversions |\n| --- | --- | --- |\n".to_string();
    for (kind, name, _) in PolicyKind::ALL {
        text.push_str(&format!("| `{name}` | {} | {} |\n", about(kind), describe(kind)));
    }
    text
}

/// The policies in force: global ones and those for a table or a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Policies {
    rules: BTreeMap<(PolicyKind, String), Conversion>,
}

impl Policies {
    /// Adds a rule; `scope` is empty for all, or `table`, or `table.column`.
    ///
    /// # Errors
    /// `Settings` when `kind` is unknown or does not allow `conversion`; the message lists what is allowed.
    pub fn add(&mut self, scope: &str, kind: &str, conversion: &str) -> Result<()> {
        let Some(parsed) = PolicyKind::parse(kind) else {
            let known: Vec<_> = PolicyKind::ALL.iter().map(|(_, name, _)| *name).collect();
            return Err(Error::new(ErrorKind::Settings, format!("unknown policy `{kind}`"))
                .help(format!("known policies: {}", known.join(", "))));
        };
        let conversion = parse_conversion(parsed, conversion)?;
        self.rules.insert((parsed, scope.to_string()), conversion);
        Ok(())
    }

    /// The conversion in force for a column, the narrowest scope winning; `None` is strict.
    pub fn lookup(&self, kind: PolicyKind, table: &str, column: &str) -> Option<&Conversion> {
        [format!("{table}.{column}"), table.to_string(), String::new()]
            .into_iter()
            .find_map(|scope| self.rules.get(&(kind, scope)))
    }

    /// All rules as `(scope, kind, conversion)`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, PolicyKind, &Conversion)> {
        self.rules.iter().map(|((kind, scope), conversion)| (scope.as_str(), *kind, conversion))
    }
}

fn parse_conversion(kind: PolicyKind, text: &str) -> Result<Conversion> {
    let allowed = kind.allowed();
    let lower = text.to_ascii_lowercase();
    let named = match lower.as_str() {
        "strip" => Some(Conversion::Strip),
        "replace" => Some(Conversion::Replace),
        "null" => Some(Conversion::Null),
        "clamp" => Some(Conversion::Clamp),
        "truncate" => Some(Conversion::Truncate),
        "space" => Some(Conversion::Space),
        "remove" => Some(Conversion::Remove),
        _ => None,
    };
    match named {
        Some(conversion) if allowed.contains(&lower.as_str()) => Ok(conversion),
        None if allowed.contains(&"literal") && literal_fits(kind, text) => Ok(Conversion::Literal(text.to_string())),
        _ => Err(Error::new(ErrorKind::Settings, format!("policy {} does not know `{text}`", kind.name()))
            .help(format!("allowed: {}", describe(kind)))),
    }
}

fn literal_fits(kind: PolicyKind, text: &str) -> bool {
    kind != PolicyKind::ZeroDate || crate::calendar::parse_date(text).is_some()
}

fn describe(kind: PolicyKind) -> String {
    let words = kind.allowed().iter().map(|word| match (kind, *word) {
        (PolicyKind::ZeroDate, "literal") => "a date as YYYY-MM-DD",
        (_, "literal") => "any other text",
        (_, word) => word,
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowest_scope_wins() {
        let mut policies = Policies::default();
        policies.add("", "zero-date", "null").unwrap();
        policies.add("t.c", "zero-date", "1970-01-01").unwrap();
        assert_eq!(policies.lookup(PolicyKind::ZeroDate, "t", "x"), Some(&Conversion::Null));
        assert_eq!(policies.lookup(PolicyKind::ZeroDate, "t", "c"), Some(&Conversion::Literal("1970-01-01".into())));
        assert_eq!(policies.lookup(PolicyKind::Nan, "t", "c"), None);
    }

    #[test]
    fn refuses_what_is_not_allowed() {
        let mut policies = Policies::default();
        assert!(policies.add("", "zero-dates", "null").is_err());
        assert!(policies.add("", "nul-text", "null").is_err());
        assert!(policies.add("", "zero-date", "2024-02-30").is_err());
    }
}
