//! Makes names fit the target: shortens with a hash, and keeps them apart within their scope.

use super::{Dialect, NameUnit};
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// Names of the control tables, which no table of the source may have.
pub(crate) const CONTROL_TABLES: [&str; 4] = [RUN, RANGES, CHUNK, STEP];
/// One row: the run.
pub(crate) const RUN: &str = "dbferry_run";
/// One row per table that was cut into chunks: where.
pub(crate) const RANGES: &str = "dbferry_ranges";
/// One row per chunk that is on the target.
pub(crate) const CHUNK: &str = "dbferry_chunk";
/// One row per statement of the plan that was run.
pub(crate) const STEP: &str = "dbferry_step";

/// Length of `_` and 8 hex digits.
const SUFFIX: usize = 9;

/// The name itself if the dialect can hold it, else its beginning with a hash of the whole.
pub(crate) fn fit(dialect: &Dialect, name: &str) -> String {
    let rules = &dialect.identifiers;
    let mut clean: String =
        name.chars().filter(|c| *c != '\0' && (rules.supplementary || (*c as u32) < 0x1_0000)).collect();
    if !rules.trailing_blank {
        clean.truncate(clean.trim_end_matches(' ').len());
    }
    if clean == name && length(rules.unit, name) <= limit(dialect) && !name.is_empty() {
        return clean;
    }
    hashed(dialect, &clean, name)
}

/// Why [`fit`] had to change a name.
pub(crate) fn reason(dialect: &Dialect, name: &str) -> String {
    let rules = &dialect.identifiers;
    if length(rules.unit, name) > limit(dialect) {
        let unit = if rules.unit == NameUnit::Bytes { "bytes" } else { "characters" };
        return format!("{} names end at {} {unit}", dialect.name, rules.max);
    }
    format!("{} names cannot hold one of its characters", dialect.name)
}

fn limit(dialect: &Dialect) -> usize {
    if dialect.identifiers.max == 0 { usize::MAX } else { dialect.identifiers.max }
}

fn length(unit: NameUnit, name: &str) -> usize {
    match unit {
        NameUnit::Bytes => name.len(),
        NameUnit::Characters => name.chars().count(),
    }
}

/// As much of `start` as fits, with 8 hex digits of a hash of `whole`.
fn hashed(dialect: &Dialect, start: &str, whole: &str) -> String {
    let room = limit(dialect).saturating_sub(SUFFIX);
    let mut prefix = String::new();
    for c in start.chars() {
        let mut longer = prefix.clone();
        longer.push(c);
        if length(dialect.identifiers.unit, &longer) > room {
            break;
        }
        prefix = longer;
    }
    format!("{prefix}_{:08x}", xxh3_64(whole.as_bytes()) as u32)
}

/// Names taken within a scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    fold: bool,
}

impl Names {
    /// An empty scope; `fold` where names that differ in case only are the same.
    pub(crate) fn new(fold: bool) -> Self {
        Names { taken: HashSet::new(), fold }
    }

    fn folded(&self, name: &str) -> String {
        if self.fold { name.to_lowercase() } else { name.to_string() }
    }

    /// Takes a name if it is free.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        let folded = self.folded(name);
        self.taken.insert(folded)
    }

    /// Takes the first free name among `name`, `owner_name`, and those with a hash of both.
    pub(crate) fn claim(&mut self, dialect: &Dialect, owner: &str, name: &str) -> String {
        let whole = format!("{owner}.{name}");
        let mut candidates = vec![fit(dialect, name)];
        if !owner.is_empty() {
            candidates.push(fit(dialect, &format!("{owner}_{name}")));
        }
        candidates.push(hashed(dialect, &fit(dialect, name), &whole));
        for candidate in candidates {
            if self.take(&candidate) {
                return candidate;
            }
        }
        let numbered = (2_u64..).map(|n| hashed(dialect, &fit(dialect, name), &format!("{whole}#{n}")));
        numbered.into_iter().find(|candidate| self.take(candidate)).unwrap_or_default()
    }
}

/// Whether a name fits a pattern with `*`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::load;

    #[test]
    fn short_names_stay() {
        let pg = load("postgresql").unwrap();
        assert_eq!(fit(pg, "Mixed\"; -- 😀 "), "Mixed\"; -- 😀 ");
        assert_eq!(fit(pg, &"x".repeat(63)), "x".repeat(63));
    }

    #[test]
    fn long_names_keep_their_beginning_and_differ() {
        let pg = load("postgresql").unwrap();
        let (a, b) = (fit(pg, &format!("{}a", "é".repeat(40))), fit(pg, &format!("{}b", "é".repeat(40))));
        assert_ne!(a, b);
        assert!(a.len() <= 63 && a.starts_with("ééé"), "{a}");
        let my = load("mysql").unwrap();
        assert_eq!(fit(my, &"é".repeat(64)), "é".repeat(64));
        assert_eq!(fit(my, &"é".repeat(65)).chars().count(), 64);
    }

    #[test]
    fn characters_that_mysql_refuses_are_replaced_by_a_hash() {
        let my = load("mysql").unwrap();
        for name in ["😀", "a ", "a😀"] {
            let fitted = fit(my, name);
            assert!(fitted != name && !fitted.ends_with(' ') && fitted.is_ascii(), "{fitted}");
        }
    }

    #[test]
    fn scopes_keep_names_apart() {
        let my = load("mysql").unwrap();
        let mut names = Names::new(true);
        assert_eq!(names.claim(my, "t", "Ix"), "Ix");
        assert_eq!(names.claim(my, "t", "ix"), "t_ix");
        let third = names.claim(my, "t", "iX");
        assert!(third.starts_with("iX_"), "{third}");
        assert_ne!(names.claim(my, "t", "iX"), third);
    }

    #[test]
    fn patterns() {
        assert!(matches("*nopad*", "utf8mb4_nopad_bin") && matches("*", "x") && matches("a_*_ci", "a_b_ci"));
        assert!(!matches("*_0900_*", "utf8mb4_general_ci") && !matches("abc", "abcd") && matches("abc", "abc"));
    }
}
