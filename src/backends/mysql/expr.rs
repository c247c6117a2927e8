//! SQL text of the catalog: defaults, checks and generated expressions in one spelling for all servers.

/// A text as MySQL literal: quotes and backslashes doubled.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// What the default of a column is about.
pub(super) struct Default<'a> {
    /// `COLUMN_DEFAULT`.
    pub(super) text: Option<&'a str>,
    /// `EXTRA`.
    pub(super) extra: &'a str,
    /// `DATA_TYPE`.
    pub(super) ty: &'a str,
    /// The server is MariaDB, whose catalog holds SQL text.
    pub(super) mariadb: bool,
}

impl Default<'_> {
    /// The default as SQL text; `None` where there is none (or NULL).
    pub(super) fn sql(&self) -> Option<String> {
        let text = self.text?;
        if self.mariadb {
            return (!text.eq_ignore_ascii_case("NULL")).then(|| now(text));
        }
        if self.extra.contains("DEFAULT_GENERATED") {
            return Some(now(&unescape(text)));
        }
        match self.ty.to_ascii_lowercase().as_str() {
            // MySQL 5.7 does not mark these.
            "datetime" | "timestamp" if text.starts_with("CURRENT_TIMESTAMP") => Some(now(text)),
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float" | "double" | "year"
            | "bit" => Some(text.to_string()),
            "binary" | "varbinary" => match text.strip_prefix("0x") {
                Some(hex) => Some(format!("X'{hex}'")),
                None => Some(literal(text)),
            },
            _ => Some(literal(text)),
        }
    }
}

/// One spelling for the current time.
fn now(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix("current_timestamp") {
        Some("" | "()") => "CURRENT_TIMESTAMP".to_string(),
        Some(rest) if rest.starts_with('(') => format!("CURRENT_TIMESTAMP{rest}"),
        _ => text.to_string(),
    }
}

/// MySQL's catalog escapes expressions as if they stood in a literal, and puts a charset before each
/// literal in them.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('0') => plain.push('\0'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    without_introducers(&plain)
}

/// Drops `_utf8mb4` and its like before literals: all sessions of ours speak utf8mb4.
fn without_introducers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '`', '"']) {
        let (head, tail) = rest.split_at(at);
        let end = tail[1..].find_close(&tail[..1]).map_or(tail.len(), |n| n + 2);
        let before = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let introducer = &head[before.len()..];
        let drop = tail.starts_with('\'') && introducer.starts_with('_') && introducer != "_binary";
        out.push_str(if drop { before } else { head });
        out.push_str(&tail[..end]);
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

trait FindClose {
    fn find_close(&self, quote: &str) -> Option<usize>;
}

impl FindClose for str {
    /// Where the quoted text ends, knowing doubled quotes and (except in names) backslashes.
    fn find_close(&self, quote: &str) -> Option<usize> {
        let quote = *quote.as_bytes().first()?;
        let bytes = self.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote != b'`' => at += 2,
                b if b == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
                b if b == quote => return Some(at),
                _ => at += 1,
            }
        }
        None
    }
}

/// Takes off one pair of parentheses that encloses everything.
pub(super) fn without_outer_parentheses(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else { return text };
    let mut depth = 0i32;
    let mut rest = inner;
    while let Some(at) = rest.find(['(', ')', '\'', '`', '"']) {
        let (_, tail) = rest.split_at(at);
        rest = match &tail[..1] {
            "(" => {
                depth += 1;
                &tail[1..]
            }
            ")" => {
                depth -= 1;
                if depth < 0 {
                    return text;
                }
                &tail[1..]
            }
            quote => tail[1..].find_close(quote).map_or("", |n| &tail[n + 2..]),
        };
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default(text: &str, extra: &str, ty: &str, mariadb: bool) -> Option<String> {
        Default { text: Some(text), extra, ty, mariadb }.sql()
    }

    #[test]
    fn defaults_become_sql() {
        assert_eq!(default("it's \\", "", "char", false).unwrap(), r"'it''s \\'");
        assert_eq!(default("1.500", "", "decimal", false).unwrap(), "1.500");
        assert_eq!(default("0x61", "", "varbinary", false).unwrap(), "X'61'");
        assert_eq!(
            default("CURRENT_TIMESTAMP(3)", "DEFAULT_GENERATED", "datetime", false).unwrap(),
            "CURRENT_TIMESTAMP(3)"
        );
        assert_eq!(default("CURRENT_TIMESTAMP", "", "timestamp", false).unwrap(), "CURRENT_TIMESTAMP");
        assert_eq!(default("current_timestamp()", "", "timestamp", true).unwrap(), "CURRENT_TIMESTAMP");
        assert_eq!(default("'a''b'", "", "char", true).unwrap(), "'a''b'");
        assert_eq!(default("NULL", "", "char", true), None);
        assert_eq!(default("NULL", "", "char", false).unwrap(), "'NULL'");
        let text = r"concat(_utf8mb4\'a\\\'b\',_utf8mb4\'\\\\c\')";
        assert_eq!(default(text, "DEFAULT_GENERATED", "varchar", false).unwrap(), r"concat('a\'b','\\c')");
    }

    #[test]
    fn parentheses_and_introducers() {
        assert_eq!(
            unescape(r"((`i` > -(100)) and (`c` <> _utf8mb4\'x\\\'y\'))"),
            r"((`i` > -(100)) and (`c` <> 'x\'y'))"
        );
        assert_eq!(unescape(r"(`a_utf8` = _binary\'x\')"), "(`a_utf8` = _binary'x')");
        assert_eq!(without_outer_parentheses("((a) and (b))"), "(a) and (b)");
        assert_eq!(without_outer_parentheses("(a) and (b)"), "(a) and (b)");
        assert_eq!(without_outer_parentheses("(a = ')')"), "a = ')'");
    }
}
