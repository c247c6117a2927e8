//! Quoting: the only place where names and texts enter a statement.

use std::fmt::Write;

/// A name in backticks.
pub(super) fn name(text: &str) -> String {
    format!("`{}`", text.replace('`', "``"))
}

/// Names in backticks, separated by commas.
pub(super) fn names<'a>(list: impl IntoIterator<Item = &'a str>) -> String {
    list.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A text literal that no session setting can change the meaning of.
pub(super) fn text(text: &str) -> String {
    if text.is_empty() { "''".to_string() } else { format!("_utf8mb4 X'{}'", hex(text.as_bytes())) }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02X}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closers_are_doubled() {
        assert_eq!(name("a`b"), "`a``b`");
        assert_eq!(names(["a", "b`"]), "`a`, `b```");
        assert_eq!(text("ä'"), "_utf8mb4 X'C3A427'");
    }
}
