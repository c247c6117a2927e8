//! Every setting and option by name: the loader, the did-you-mean and the README are made from two tables.

mod table;

pub use table::{Field, OPTIONS, OptionKey, OptionRow, Setting, TABLE};

use super::fault::shown;
use super::suggest::{closest, did_you_mean};
use crate::error::Side;
use std::fmt::Write;

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A setting of one database.
    Database(Side, Field),
    /// `JdbcLoginTimeout`.
    LoginTimeout,
    /// An option.
    Option(OptionKey),
}

impl Key {
    /// The name as users write it.
    pub(crate) fn name(self) -> String {
        match self {
            Key::Database(side, field) => setting_name(side, field),
            Key::LoginTimeout => "JdbcLoginTimeout".to_string(),
            Key::Option(option) => format!("dbferry.{}", option_key(option)),
        }
    }

    /// Whether its value must never be shown.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Key::Database(_, Field::Password))
    }
}

/// What a name from outside is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A setting of ours.
    Known(Key),
    /// Meant for us but misspelt; what to do about it.
    Mistaken(String),
    /// A setting of the Mendix runtime that a copy does not need.
    Foreign,
}

/// The name of a setting for a side.
pub(crate) fn setting_name(side: Side, field: Field) -> String {
    let name = TABLE.iter().find(|s| s.field == field).map_or("", |s| s.name);
    match side {
        Side::Target => name.to_string(),
        Side::Source => format!("Source{name}"),
    }
}

/// The key of an option.
pub(crate) fn option_key(option: OptionKey) -> &'static str {
    OPTIONS.iter().find(|row| row.option == option).map_or("", |row| row.key)
}

/// Finds a setting by name, without case.
pub(crate) fn classify(name: &str) -> Class {
    let name = name.trim();
    let (side, bare) = match name.get(..6) {
        Some(prefix) if prefix.eq_ignore_ascii_case("source") => (Side::Source, &name[6..]),
        _ => (Side::Target, name),
    };
    if let Some(found) = TABLE.iter().find(|s| s.name.eq_ignore_ascii_case(bare)) {
        return match (found.field, side) {
            (Field::LoginTimeout, Side::Target) => Class::Known(Key::LoginTimeout),
            (Field::LoginTimeout, Side::Source) => Class::Mistaken("JdbcLoginTimeout is for both databases".into()),
            (field, side) => Class::Known(Key::Database(side, field)),
        };
    }
    let all = all_names();
    let nearest = closest(name, all.iter().map(String::as_str));
    let lower = bare.to_lowercase();
    let ours = ["database", "builtindatabase", "oracleservice"].iter().any(|prefix| lower.starts_with(prefix));
    if nearest.is_some() || ours || name == "<<" {
        let otherwise = if name == "<<" {
            "YAML merge keys are not read: write the settings out"
        } else {
            "see the table of settings"
        };
        return Class::Mistaken(did_you_mean(nearest, otherwise));
    }
    Class::Foreign
}

fn all_names() -> Vec<String> {
    let settings = TABLE.iter().filter(|s| s.field != Field::LoginTimeout);
    let mut names: Vec<String> = settings.flat_map(|s| [s.name.to_string(), format!("Source{}", s.name)]).collect();
    names.push("JdbcLoginTimeout".to_string());
    names
}

/// Finds an option by key, without case, `_` like `-`.
///
/// # Errors
/// What to do about an unknown key.
pub(crate) fn find_option(key: &str) -> Result<OptionKey, String> {
    let wanted = key.trim().to_lowercase().replace('_', "-");
    match OPTIONS.iter().find(|row| row.key == wanted) {
        Some(row) => Ok(row.option),
        None => {
            let keys: Vec<&str> = OPTIONS.iter().map(|row| row.key).collect();
            Err(did_you_mean(closest(&wanted, keys.iter().copied()), &format!("known: {}", keys.join(", "))))
        }
    }
}

/// How to give a setting, for errors about a missing one.
pub(crate) fn how_to_give(side: Side, field: Field) -> String {
    let name = setting_name(side, field);
    match field {
        Field::Password => {
            format!("give {name} in a file or MXRUNTIME_{name} (or MXRUNTIME_{name}_FILE) in the environment")
        }
        _ => format!("give {name} in a file, MXRUNTIME_{name} in the environment or --set {name}=…"),
    }
}

/// The settings table of the README.
pub fn markdown_table() -> String {
    let mut text = String::from("| Target | Source | For | Default | Meaning |\n| --- | --- | --- | --- | --- |\n");
    for setting in TABLE {
        let source = match setting.field {
            Field::LoginTimeout => "the same".to_string(),
            field => format!("`{}`", setting_name(Side::Source, field)),
        };
        let Setting { name, applies_to, default, meaning, .. } = setting;
        let _ = writeln!(text, "| `{name}` | {source} | {applies_to} | {default} | {meaning} |");
    }
    text
}

/// The options table of the README.
pub fn markdown_options() -> String {
    let mut text =
        String::from("| Flag | File (`dbferry:`) | Variable | Default | Meaning |\n| --- | --- | --- | --- | --- |\n");
    for OptionRow { key, flag, default, meaning, .. } in OPTIONS {
        let variable = variable(key);
        let _ = writeln!(text, "| `{flag}` | `{key}` | `{variable}` | {default} | {meaning} |");
    }
    text
}

/// The environment variable of an option.
pub(crate) fn variable(key: &str) -> String {
    format!("DBFERRY_{}", key.to_uppercase().replace('-', "_"))
}

/// A name from outside in backquotes, safe to print.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", shown(name, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case() {
        assert_eq!(classify("sourcedatabasehost"), Class::Known(Key::Database(Side::Source, Field::Host)));
        assert_eq!(classify("DATABASEUSESSL"), Class::Known(Key::Database(Side::Target, Field::UseSsl)));
        assert_eq!(
            classify("SourceOracleServiceName"),
            Class::Known(Key::Database(Side::Source, Field::OracleServiceName))
        );
        assert_eq!(classify("com.mendix.core.StorageService"), Class::Foreign);
        assert_eq!(classify("ConnectionPoolingMaxActive"), Class::Foreign);
        assert_eq!(classify("SouceDatabaseHost"), Class::Mistaken("did you mean SourceDatabaseHost?".into()));
        assert!(matches!(classify("DatabaseFoo"), Class::Mistaken(_)));
        assert_eq!(find_option("EXCLUDE_TABLES"), Ok(OptionKey::ExcludeTables));
    }

    #[test]
    fn tables_have_one_line_per_row() {
        assert_eq!(markdown_table().lines().count(), TABLE.len() + 2);
        assert_eq!(markdown_options().lines().count(), OPTIONS.len() + 2);
    }
}
