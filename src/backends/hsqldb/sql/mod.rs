//! Text of script and log: escapes, tokens, names.

pub(crate) mod cursor;
pub(crate) mod escape;
pub(crate) mod lexer;

/// An identifier in double quotes.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
