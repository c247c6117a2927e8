//! Facts about each DBMS as plain data, loaded from `dialects/<db>/dialect.toml`, and quoting in one place.

pub(crate) mod ddl;
pub(crate) mod defaults;
pub(crate) mod expression;
mod facts;
mod functions;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod names;
pub(crate) mod native;
mod parse;
pub(crate) mod widen;

pub(crate) use ddl::drop_statements;
pub(crate) use facts::{Dialect, NameUnit, Scope, Types};
pub(crate) use parse::words;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::Product;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Dialect files by the name of their folder, which is the product's name in lower case.
const FILES: &[(&str, &str)] = &[
    ("memory", include_str!("../../dialects/memory/dialect.toml")),
    ("postgresql", include_str!("../../dialects/postgresql/dialect.toml")),
    ("hsqldb", include_str!("../../dialects/hsqldb/dialect.toml")),
    ("mysql", include_str!("../../dialects/mysql/dialect.toml")),
    ("mariadb", include_str!("../../dialects/mariadb/dialect.toml")),
];

/// Names of all dialects.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The dialect called `name`, compared without case.
///
/// # Errors
/// `Unsupported` when there is no such dialect or its file is faulty.
pub(crate) fn load(name: &str) -> Result<&'static Dialect> {
    static LOADED: OnceLock<Vec<(&str, std::result::Result<Dialect, toml::de::Error>)>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| FILES.iter().map(|(name, text)| (*name, toml::from_str(text))).collect());
    match loaded.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        Some((_, Ok(dialect))) => Ok(dialect),
        Some((known, Err(error))) => {
            Err(Error::new(ErrorKind::Unsupported, format!("dialects/{known}/dialect.toml is faulty"))
                .caused_by(error.clone()))
        }
        None => Err(Error::new(ErrorKind::Unsupported, format!("dbferry does not know the dialect of `{name}`"))
            .help(format!("known dialects: {}", names().collect::<Vec<_>>().join(", ")))),
    }
}

/// Major, minor and patch.
pub(crate) type Version = (u32, u32, u32);

/// `8.0.17` as numbers; missing parts are 0.
fn numbers(text: &str) -> Version {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

impl Dialect {
    /// The dialect that a server speaks, if its version is one that dbferry can work with.
    ///
    /// # Errors
    /// `Unsupported` when there is no dialect of that name, its file is faulty, or the server is too old.
    pub(crate) fn find(product: &Product) -> Result<&'static Dialect> {
        let dialect = load(&product.name)?;
        let versions = &dialect.versions;
        if product.numbers >= numbers(&versions.minimum) {
            return Ok(dialect);
        }
        let what = format!("{} {} is older than {}", product.name, product.version, versions.minimum);
        let help =
            format!("use {} {} or newer; tested: {}", dialect.name, versions.minimum, versions.tested.join(", "));
        Err(Error::new(ErrorKind::Unsupported, what).help(help))
    }

    /// First and last day that a date of this DBMS can be, as days since 1970-01-01.
    pub(crate) fn day_range(&self) -> (i32, i32) {
        let day = |text: &str| crate::calendar::parse_date(text);
        (day(&self.limits.date_min).unwrap_or(i32::MIN), day(&self.limits.date_max).unwrap_or(i32::MAX))
    }

    /// Quotes an identifier, doubling the quote within it.
    pub(crate) fn quote(&self, name: &str) -> String {
        let mark = &self.quoting.identifier;
        format!("{mark}{}{mark}", name.replace(mark.as_str(), &mark.repeat(2)))
    }

    /// Quotes a table, sequence or type with its schema, where there is one.
    pub(crate) fn qualified(&self, namespace: Option<&str>, name: &str) -> String {
        match namespace {
            Some(namespace) => format!("{}.{}", self.quote(namespace), self.quote(name)),
            None => self.quote(name),
        }
    }

    /// Quotes identifiers as a list.
    pub(crate) fn quote_list<S: AsRef<str>>(&self, names: &[S]) -> String {
        names.iter().map(|name| self.quote(name.as_ref())).collect::<Vec<_>>().join(", ")
    }

    /// A string literal.
    pub(crate) fn literal(&self, text: &str) -> String {
        let escape = &self.quoting.string_escape;
        let escaped = if escape.is_empty() { text.to_string() } else { text.replace(escape, &escape.repeat(2)) };
        format!("'{}'", escaped.replace('\'', "''"))
    }

    /// A literal of bytes.
    pub(crate) fn bytes_literal(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}{hex}{}", self.quoting.bytes[0], self.quoting.bytes[1])
    }

    /// A literal of bits.
    pub(crate) fn bits_literal(&self, bits: &str) -> String {
        format!("{}{bits}{}", self.quoting.bits[0], self.quoting.bits[1])
    }

    /// Whether a server of this version has the feature that came with version `since` (empty: never).
    pub(crate) fn has(&self, product: &Product, since: &str) -> bool {
        !since.is_empty() && product.numbers >= numbers(since)
    }

    /// Whether a server of this version has a function built in.
    pub(crate) fn has_function(&self, version: Version, name: &str) -> bool {
        let known = self.expressions.functions.iter().any(|function| function == name);
        known && Dialect::had(&self.newer.functions, version, name)
    }

    /// Whether a name that this dialect has now was there in `version`; `newer` is one of the maps of `newer`.
    pub(crate) fn had(newer: &BTreeMap<String, String>, version: Version, name: &str) -> bool {
        newer.iter().all(|(pattern, since)| !names::matches(pattern, name) || version >= numbers(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_dialects_load() {
        for name in names() {
            let dialect = load(name).unwrap();
            assert_eq!(dialect.name.to_ascii_lowercase(), name);
            assert!(!dialect.versions.tested.is_empty());
            assert!(!dialect.types.text.is_empty() && !dialect.types.bytes.is_empty());
        }
    }

    #[test]
    fn unknown_and_missing_keys_are_refused() {
        let (_, text) = FILES[1];
        assert!(toml::from_str::<Dialect>(&text.replace("key_bytes =", "key_byte =")).is_err());
        assert!(toml::from_str::<Dialect>(&text.replace("max = 63", "max = 63\nmin = 1")).is_err());
    }

    #[test]
    fn quotes_are_doubled() {
        let (pg, my) = (load("postgresql").unwrap(), load("MySQL").unwrap());
        assert_eq!(pg.quote(r#"a"b`c"#), r#""a""b`c""#);
        assert_eq!(my.quote(r#"a"b`c"#), r#"`a"b``c`"#);
        assert_eq!(my.literal(r"it's \n"), r"'it''s \\n'");
        assert_eq!(pg.literal(r"it's \n"), r"'it''s \n'");
        assert_eq!(pg.qualified(Some("public"), "t"), r#""public"."t""#);
        assert_eq!(pg.bytes_literal(&[0, 255]), r"'\x00ff'::bytea");
    }

    #[test]
    fn old_servers_are_refused() {
        let product = Product { name: "MySQL".into(), version: "5.7.44".into(), numbers: (5, 7, 44) };
        assert!(Dialect::find(&product).unwrap_err().help_text().unwrap().contains("8.0.17"));
    }
}
