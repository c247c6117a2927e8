//! Fuzz target of the translation of expressions and defaults.

use super::defaults::{DefaultOf, default_value};
use super::expression::{Class, ColumnUse, Translator};
use super::load;
use crate::types::Type;

/// Source and target; the first byte of the input chooses.
const WAYS: [(&str, &str); 6] = [
    ("postgresql", "mysql"),
    ("mysql", "postgresql"),
    ("mariadb", "mysql"),
    ("hsqldb", "postgresql"),
    ("postgresql", "hsqldb"),
    ("postgresql", "postgresql"),
];

/// An expression of the catalog, as check, computed value and default.
pub(crate) fn expression(data: &[u8]) {
    let Some((way, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let (from, to) = WAYS[usize::from(*way) % WAYS.len()];
    let (Ok(source), Ok(target)) = (load(from), load(to)) else { return };
    let column = |name: &str| {
        let class = match name {
            "n" => Class::Number,
            "b" => Class::Bool,
            "d" => Class::Time,
            "s" => Class::Text,
            _ => return None,
        };
        Some(ColumnUse { name: target.quote(name), class, obstacle: None })
    };
    let same_product = from == to;
    let same_engine = same_product || (from, to) == ("mariadb", "mysql");
    let source = Some(source);
    let has_function = &|name: &str| target.has_function((u32::from(*way), 0, 0), name);
    let translator =
        Translator { source, target, has_function, same_product, same_engine, exact: *way >= 128, columns: &column };
    let _ = translator.translate(text);
    let types = [Type::Bool, Type::int(4), Type::text(), Type::bytes(), Type::Date, Type::Uuid];
    for ty in &types {
        let _ = default_value(&DefaultOf { from: ty, to: ty, translator: &translator }, text);
    }
}
