//! Cuts a row line into its values, without decoding them.

use crate::backends::hsqldb::fault::malformed;
use crate::error::Result;
use memchr::{memchr, memchr2, memchr3};

/// One value as it stands in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raw<'a> {
    /// A word or number.
    Bare(&'a [u8]),
    /// What stands between quotes; `plain` if it holds no escape and no doubled quote.
    Quoted { text: &'a [u8], plain: bool },
    /// `ARRAY[…]`, brackets included.
    Array(&'a [u8]),
    /// A value of the data file.
    Binary(&'a [u8]),
}

/// Reads values separated by commas up to the bracket that ends them; returns what follows it.
///
/// # Errors
/// `Read` when a quote or bracket is not closed.
pub(crate) fn values<'a>(line: &'a [u8], out: &mut Vec<Raw<'a>>) -> Result<&'a [u8]> {
    first_values(line, usize::MAX, out)
}

/// Reads values as [`values`] does, but no more than `limit`.
///
/// # Errors
/// `Read` when a quote or bracket is not closed.
#[inline]
pub(crate) fn first_values<'a>(line: &'a [u8], limit: usize, out: &mut Vec<Raw<'a>>) -> Result<&'a [u8]> {
    let mut rest = line;
    loop {
        let (raw, after) = value(rest)?;
        out.push(raw);
        match after {
            [b',', next @ ..] if out.len() < limit => rest = next,
            [b',', ..] => return Ok(&[]),
            [b')', next @ ..] => return Ok(next),
            _ => return Err(cut_off()),
        }
    }
}

/// Reads one value; returns what follows it.
///
/// # Errors
/// `Read` when a quote or bracket is not closed.
#[inline]
pub(crate) fn value(line: &[u8]) -> Result<(Raw<'_>, &[u8])> {
    match line {
        [b'\'', text @ ..] => quoted(text),
        [b' ', rest @ ..] => value(rest),
        [b'A', b'R', b'R', b'A', b'Y', b'[', rest @ ..] => array(line, rest),
        _ => {
            let end = memchr3(b',', b')', b' ', line).ok_or_else(cut_off)?;
            if end == 0 {
                return Err(cut_off());
            }
            Ok((Raw::Bare(&line[..end]), &line[end..]))
        }
    }
}

#[inline]
fn quoted(text: &[u8]) -> Result<(Raw<'_>, &[u8])> {
    let mut from = 0;
    let mut plain = true;
    loop {
        let at = from + memchr2(b'\'', b'\\', text.get(from..).unwrap_or_default()).ok_or_else(cut_off)?;
        if text[at] == b'\\' {
            plain &= text.get(at + 1) != Some(&b'u');
            from = at + 1;
        } else if text.get(at + 1) == Some(&b'\'') {
            plain = false;
            from = at + 2;
        } else {
            return Ok((Raw::Quoted { text: &text[..at], plain }, &text[at + 1..]));
        }
    }
}

fn array<'a>(whole: &'a [u8], mut rest: &'a [u8]) -> Result<(Raw<'a>, &'a [u8])> {
    loop {
        match rest {
            [b']', after @ ..] => return Ok((Raw::Array(&whole[..whole.len() - after.len()]), after)),
            [b',', next @ ..] => rest = next,
            _ => rest = element(rest)?,
        }
    }
}

fn element(rest: &[u8]) -> Result<&[u8]> {
    if let [b'\'', text @ ..] = rest {
        return quoted(text).map(|(_, after)| after);
    }
    let end = memchr2(b',', b']', rest).ok_or_else(cut_off)?;
    Ok(&rest[end..])
}

fn cut_off() -> crate::error::Error {
    malformed("a row is cut off or malformed")
}

/// Cuts `INSERT INTO <name> VALUES(` off a line: the name as it stands, and the values.
pub(crate) fn insert(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"INSERT INTO ")?;
    let end = if rest.first() == Some(&b'"') { closing_quote(rest)? } else { memchr(b' ', rest)? };
    let values = rest.get(end..)?.strip_prefix(b" VALUES(")?;
    Some((&rest[..end], values))
}

/// One past the quote that closes an identifier.
fn closing_quote(name: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(b'"', name.get(at..)?)? + 1;
        if name.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_kinds() {
        let line = br"INSERT INTO \u0022t VALUES(";
        assert!(insert(line).is_some());
        let (name, rest) =
            insert(br#"INSERT INTO "a"" VALUES(b" VALUES(1,'x''y',NULL, ARRAY[1,'],''z'],'\u00e4')"#).unwrap();
        assert_eq!(name, br#""a"" VALUES(b""#);
        let mut out = Vec::new();
        assert!(values(rest, &mut out).unwrap().is_empty());
        assert_eq!(out.len(), 5);
        assert_eq!(out[1], Raw::Quoted { text: b"x''y", plain: false });
        assert_eq!(out[3], Raw::Array(b"ARRAY[1,'],''z']"));
        assert_eq!(out[4], Raw::Quoted { text: br"\u00e4", plain: false });
    }

    #[test]
    fn cut_rows_are_errors() {
        for line in [&b"1,'x"[..], b"1,", b"1", b"", b"'x'y)", b" ARRAY[1", b"1 2)", b",)"] {
            assert!(values(line, &mut Vec::new()).is_err(), "{}", String::from_utf8_lossy(line));
        }
    }

    proptest! {
        #[test]
        fn never_panics(line in "[ 'ARY\\[\\],)\\\\u0-9\"]{0,40}") {
            let _ = values(line.as_bytes(), &mut Vec::new());
            let _ = insert(line.as_bytes());
        }
    }
}
