//! Tokens of an SQL statement, with their places, so that expressions can be kept as they stand.

use crate::backends::hsqldb::fault::malformed;
use crate::error::Result;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Keyword or plain identifier, in upper case.
    Word,
    /// Identifier in double quotes, without them.
    Quoted,
    /// String literal, without quotes.
    Text,
    /// Number without sign.
    Number,
    /// Anything else, one character.
    Symbol,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// First byte in the statement.
    pub(crate) from: usize,
    /// One past its last byte.
    pub(crate) to: usize,
}

/// Cuts a decoded statement into tokens; comments and blanks vanish.
///
/// # Errors
/// `Read` when a quote or comment is not closed.
pub(crate) fn tokens(sql: &str) -> Result<Vec<Token>> {
    let bytes = sql.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        if byte.is_ascii_whitespace() {
            at += 1;
        } else if rest.starts_with(b"--") {
            at = memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| at + end);
        } else if rest.starts_with(b"/*") {
            let end = memchr::memmem::find(rest, b"*/").ok_or_else(|| malformed("a comment is not closed"))?;
            at += end + 2;
        } else {
            let token = token(sql, at)?;
            at = token.to;
            found.push(token);
        }
    }
    Ok(found)
}

fn token(sql: &str, from: usize) -> Result<Token> {
    let rest = &sql[from..];
    let first = rest.chars().next().unwrap_or(' ');
    let make = |kind, text: String, length: usize| Token { kind, text, from, to: from + length };
    match first {
        '"' => quoted(rest, '"').map(|(text, length)| make(Kind::Quoted, text, length)),
        '\'' => quoted(rest, '\'').map(|(text, length)| make(Kind::Text, text, length)),
        '0'..='9' | '.' if starts_number(rest) => {
            let length = number_length(rest.as_bytes());
            Ok(make(Kind::Number, rest[..length].to_string(), length))
        }
        c if is_word_start(c) => {
            let length = rest.find(|c: char| !is_word_start(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
            Ok(make(Kind::Word, rest[..length].to_uppercase(), length))
        }
        c => Ok(make(Kind::Symbol, c.to_string(), c.len_utf8())),
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn starts_number(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    match bytes.next() {
        Some(b'.') => bytes.next().is_some_and(|b| b.is_ascii_digit()),
        _ => true,
    }
}

fn number_length(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(0);
    if bytes.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

/// Text between quotes, undoubled, and the length with quotes.
fn quoted(rest: &str, quote: char) -> Result<(String, usize)> {
    let mut text = String::new();
    let mut from = 1;
    loop {
        let Some(end) = rest[from..].find(quote) else {
            return Err(malformed("a quote is not closed"));
        };
        text.push_str(&rest[from..from + end]);
        from += end + 1;
        if !rest[from..].starts_with(quote) {
            return Ok((text, from));
        }
        text.push(quote);
        from += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_kinds() {
        let found = tokens("create TABLE \"a\"\"b\"(x$1 /* c */ DEFAULT -1.5E-3,'it''s') -- end").unwrap();
        let texts: Vec<_> = found.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["CREATE", "TABLE", "a\"b", "(", "X$1", "DEFAULT", "-", "1.5E-3", ",", "it's", ")"]);
        assert!(tokens("'open").is_err() && tokens("\"open").is_err() && tokens("/* open").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}|[ '\"/*.eE0-9a-z-]{0,40}") {
            if let Ok(found) = tokens(&text) {
                prop_assert!(found.windows(2).all(|w| w[0].to <= w[1].from));
            }
        }
    }
}
