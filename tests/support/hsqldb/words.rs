//! HSQLDB folds names to upper case, the other databases to lower case or not at all.
//!
//! Scripts that all of them share write names in lower case: for HSQLDB those are put in quotes.

/// Types and functions that scripts write in lower case, too.
const WORDS: &[&str] = &[
    "array",
    "bigint",
    "binary",
    "bit",
    "blob",
    "boolean",
    "char",
    "clob",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "date",
    "decimal",
    "double",
    "int",
    "length",
    "lower",
    "lpad",
    "mod",
    "numeric",
    "repeat",
    "smallint",
    "sum",
    "text",
    "time",
    "timestamp",
    "tinyint",
    "upper",
    "uuid",
    "varbinary",
    "varchar",
];

/// The script with its names in lower case quoted. Text in quotes and comments stay as they are.
pub(crate) fn quoted(script: &str) -> String {
    let mut out = String::with_capacity(script.len() + 64);
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            c if is_word(c) => rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        let name = first.is_ascii_lowercase() && !part.contains(|c: char| c.is_ascii_uppercase());
        if name && !WORDS.contains(&part) {
            out.extend(["\"", part, "\""]);
        } else {
            out.push_str(if part == "text" { "VARCHAR(2147483647)" } else { part });
        }
        rest = after;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

mod tests {
    use super::quoted;

    #[test]
    fn only_names_are_quoted() {
        let script =
            "CREATE TABLE t_1 (id int, \"a b\" text); -- no name\nINSERT INTO t_1 VALUES (1e0, 'it''s no name');";
        let expect = "CREATE TABLE \"t_1\" (\"id\" int, \"a b\" VARCHAR(2147483647)); -- no name\nINSERT INTO \"t_1\" VALUES (1e0, 'it''s no name');";
        assert_eq!(quoted(script), expect);
    }
}
