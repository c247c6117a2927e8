//! The escapes of script and log: ASCII outside, `\uXXXX` for every other UTF-16 unit.
//!
//! Text with half of a surrogate pair has no UTF-8 form; it is kept as WTF-8 (the half as three
//! bytes) and marked, so that another HSQLDB can take it as it is.

use crate::backends::hsqldb::fault::malformed;
use crate::error::Result;
use std::borrow::Cow;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Decodes a whole line: bytes are Latin-1, `\uXXXX` are UTF-16 units.
///
/// # Errors
/// `Read` when an escape is malformed or a name would hold half of a surrogate pair.
pub(crate) fn decode_line(line: &[u8]) -> Result<Cow<'_, str>> {
    if line.is_ascii() && memchr::memchr(b'\\', line).is_none() {
        return Ok(Cow::Borrowed(std::str::from_utf8(line).unwrap_or_default()));
    }
    let mut out = Vec::with_capacity(line.len() + 16);
    decode(line, None, &mut out)?;
    match String::from_utf8(out) {
        Ok(text) => Ok(Cow::Owned(text)),
        Err(_) => Err(malformed("a statement holds half of a UTF-16 surrogate pair")),
    }
}

/// Decodes into `out`, undoubling `quote`. `true` if the result has half of a surrogate pair (WTF-8).
///
/// # Errors
/// `Read` when an escape is malformed.
pub(crate) fn decode(bytes: &[u8], quote: Option<u8>, out: &mut Vec<u8>) -> Result<bool> {
    let (mut rest, mut broken) = (bytes, false);
    out.reserve(bytes.len() + 8);
    while let Some((plain, after)) = push_plain(rest, quote, out) {
        rest = if plain < 8 { decode_special(after, quote, out, &mut broken)? } else { after };
    }
    Ok(broken)
}

/// Decodes what the first byte begins, which needs it or only looks like it; what follows.
#[inline]
fn decode_special<'a>(bytes: &'a [u8], quote: Option<u8>, out: &mut Vec<u8>, broken: &mut bool) -> Result<&'a [u8]> {
    Ok(match bytes {
        [] => bytes,
        [b'\\', b'u', digits @ ..] => {
            let (after, half) = decode_unit(digits, quote, out)?;
            *broken |= half;
            after
        }
        [byte @ 0x80..=0xFF, after @ ..] => {
            out.extend_from_slice(&[0xC0 | byte >> 6, 0x80 | byte & 0x3F]);
            after
        }
        [byte, after @ ..] => {
            out.push(*byte);
            if Some(*byte) == quote { after.get(1..).unwrap_or_default() } else { after }
        }
    })
}

/// Decodes the unit whose digits come first, and the second half of a pair behind it; what follows, and whether it was
/// half of a pair.
#[inline]
fn decode_unit<'a>(digits: &'a [u8], quote: Option<u8>, out: &mut Vec<u8>) -> Result<(&'a [u8], bool)> {
    let Some((unit, after)) = hex_unit(digits) else {
        return Err(malformed("`\\u` is not followed by four hex digits"));
    };
    // Only a backslash is ever escaped among ASCII: an escaped quote would end the literal.
    if quote.is_some() && unit == u16::from(b'\'') {
        return Err(malformed("an escape stands for a quote within a value"));
    }
    if let 0xD800..=0xDBFF = unit
        && let Some((low @ 0xDC00..=0xDFFF, after)) = after.strip_prefix(b"\\u").and_then(hex_unit)
    {
        push_pair(unit, low, out);
        return Ok((after, false));
    }
    push_wide(u32::from(unit), out);
    Ok((after, (0xD800..=0xDFFF).contains(&unit)))
}

/// Values of hex digits; of all other bytes more than those.
const DIGITS: [u8; 256] = {
    let (mut values, mut value) = ([u8::MAX; 256], 0);
    while value < 16 {
        values[HEX[value as usize] as usize] = value;
        values[HEX[value as usize].to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
};

/// The number of four hex digits, and what follows them.
#[inline]
fn hex_unit(digits: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, after) = digits.split_first_chunk::<4>()?;
    let [a, b, c, d] = digits.map(|digit| u16::from(DIGITS[usize::from(digit)]));
    (a | b | c | d < 16).then_some((a << 12 | b << 8 | c << 4 | d, after))
}

/// Adds one UTF-16 unit, joining pairs; `true` if that left half of a pair.
pub(crate) fn push_unit(unit: u16, high: &mut Option<u16>, out: &mut Vec<u8>) -> bool {
    match (high.take(), unit) {
        (Some(first), 0xDC00..=0xDFFF) => {
            push_pair(first, unit, out);
            false
        }
        (pending, 0xD800..=0xDBFF) => {
            *high = Some(unit);
            push_half(pending, out)
        }
        (pending, unit) => {
            let broken = push_half(pending, out) | (0xDC00..=0xDFFF).contains(&unit);
            push_wide(u32::from(unit), out);
            broken
        }
    }
}

/// Ends a text: a pending first half stands alone; `true` if there was one.
pub(crate) fn flush(high: &mut Option<u16>, out: &mut Vec<u8>) -> bool {
    let pending = high.take();
    push_half(pending, out)
}

fn push_half(half: Option<u16>, out: &mut Vec<u8>) -> bool {
    half.inspect(|unit| push_wide(u32::from(*unit), out)).is_some()
}

fn push_pair(high: u16, low: u16, out: &mut Vec<u8>) {
    let code = 0x1_0000 + ((u32::from(high) & 0x3FF) << 10 | u32::from(low) & 0x3FF);
    let mut buffer = [0; 4];
    if let Some(c) = char::from_u32(code) {
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
}

/// UTF-8 of a code below U+10000, surrogates included.
#[inline]
fn push_wide(code: u32, out: &mut Vec<u8>) {
    match code {
        0..=0x7F => out.push(code as u8),
        0x80..=0x7FF => out.extend_from_slice(&[0xC0 | (code >> 6) as u8, 0x80 | (code & 0x3F) as u8]),
        _ => out.extend_from_slice(&[
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]),
    }
}

/// Writes UTF-8 (or WTF-8) as the engine does, doubling `quote`.
pub(crate) fn encode(bytes: &[u8], quote: Option<u8>, out: &mut Vec<u8>) {
    let mut rest = bytes;
    out.reserve(bytes.len() + 8);
    while let Some((plain, after)) = push_plain(rest, quote, out) {
        rest = if plain < 8 { push_special(after, quote, out) } else { after };
    }
}

/// Appends what stands for itself of the first eight bytes (printable ASCII without backslash and `quote`): how many
/// bytes, and what follows them; `None` where nothing is left. A word of a fixed size is appended and cut off again,
/// which takes less time than to append so many bytes.
#[inline]
fn push_plain<'a>(bytes: &'a [u8], quote: Option<u8>, out: &mut Vec<u8>) -> Option<(usize, &'a [u8])> {
    let mut word = [0; 8];
    match bytes.first_chunk() {
        Some(whole) => word = *whole,
        None if bytes.is_empty() => return None,
        None => word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from),
    }
    out.extend_from_slice(&word);
    let special = specials(u64::from_le_bytes(word), quote.unwrap_or(b'\\'));
    let plain = special.trailing_zeros() as usize / 8;
    out.truncate(out.len() + plain - word.len());
    Some((plain, &bytes[plain..]))
}

/// Appends the first character, which needs an escape, to be doubled, or only looks like it; what follows it.
#[inline]
fn push_special<'a>(bytes: &'a [u8], quote: Option<u8>, out: &mut Vec<u8>) -> &'a [u8] {
    match bytes {
        [] => bytes,
        [first @ 0xC0..=0xDF, second, after @ ..] => {
            push_escape(u16::from(first & 0x1F) << 6 | u16::from(second & 0x3F), out);
            after
        }
        [b'\\', b'u', after @ ..] => {
            push_escape(u16::from(b'\\'), out);
            out.push(b'u');
            after
        }
        [byte @ 0x20..=0x7F, after @ ..] => {
            out.push(*byte);
            if Some(*byte) == quote {
                out.push(*byte);
            }
            after
        }
        _ => {
            let (code, length) = next_code(bytes);
            push_units(code, out);
            bytes.get(length..).unwrap_or_default()
        }
    }
}

/// Marks the first byte of eight that is special, and perhaps some behind it: a borrow only comes from a marked byte.
#[inline]
fn specials(word: u64, quote: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (word | below(word, 0x20) | is(b'\\') | is(quote)) & (ONES << 7)
}

fn push_units(code: u32, out: &mut Vec<u8>) {
    match u16::try_from(code) {
        Ok(unit) => push_escape(unit, out),
        Err(_) => {
            let rest = code - 0x1_0000;
            push_escape(0xD800 | (rest >> 10) as u16, out);
            push_escape(0xDC00 | (rest & 0x3FF) as u16, out);
        }
    }
}

#[inline]
fn push_escape(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u32| HEX[usize::from(unit >> shift & 0xF)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// First code of WTF-8 and its bytes; a stray byte stands for itself.
pub(crate) fn next_code(bytes: &[u8]) -> (u32, usize) {
    let low = |at: usize| bytes.get(at).map(|b| u32::from(b & 0x3F));
    let first = bytes.first().map_or(0, |b| u32::from(*b));
    let decoded = match first {
        0xC0..=0xDF => low(1).map(|b| ((first & 0x1F) << 6 | b, 2)),
        0xE0..=0xEF => low(1).zip(low(2)).map(|(b, c)| ((first & 0xF) << 12 | b << 6 | c, 3)),
        0xF0..=0xF7 => low(1).zip(low(2)).zip(low(3)).map(|((b, c), d)| ((first & 7) << 18 | b << 12 | c << 6 | d, 4)),
        _ => None,
    };
    decoded.unwrap_or((first, 1))
}

/// UTF-16 units of UTF-8 or WTF-8.
pub(crate) fn utf16_len(bytes: &[u8]) -> u64 {
    // Every byte that is no continuation begins a code; those of four bytes are two units.
    bytes.iter().map(|b| u64::from((b & 0xC0) != 0x80) + u64::from(*b >= 0xF0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn engine_spellings() {
        let mut out = Vec::new();
        encode("näme's \\u0041 \\ x\u{1F600}\n".as_bytes(), Some(b'\''), &mut out);
        assert_eq!(out, br"n\u00e4me''s \u005cu0041 \ x\ud83d\ude00\u000a");
        let mut back = Vec::new();
        assert!(!decode(&out, Some(b'\''), &mut back).unwrap());
        assert_eq!(back, "näme's \\u0041 \\ x\u{1F600}\n".as_bytes());
    }

    #[test]
    fn every_special_byte_is_found_wherever_it_stands() {
        for (byte, at) in (0..=u8::MAX).flat_map(|byte| (0..20).map(move |at| (byte, at))) {
            let mut text = [b'~'; 20];
            text[at] = byte;
            let special = !(0x20..=0x7F).contains(&byte) || matches!(byte, b'\'' | b'\\');
            let mut out = Vec::new();
            let (plain, rest) = push_plain(&text[4..], Some(b'\''), &mut out).unwrap();
            assert_eq!(plain, if special && at >= 4 { 8.min(at - 4) } else { 8 }, "byte {byte} at {at}");
            assert_eq!((out.as_slice(), rest), (&text[4..4 + plain], &text[4 + plain..]));
        }
    }

    #[test]
    fn half_pairs_survive() {
        for text in [&br"\ud83d"[..], br"x\ude00y", br"\ud83d\ud83d\ude00", br"\ude00\ud83dz"] {
            let (mut wtf, mut back) = (Vec::new(), Vec::new());
            assert!(decode(text, Some(b'\''), &mut wtf).unwrap());
            encode(&wtf, Some(b'\''), &mut back);
            assert_eq!(back, text);
        }
    }

    #[test]
    fn bad_escapes_are_errors() {
        for text in [&br"\u12"[..], br"\u12G4", br"\u", br"a\u0027b"] {
            assert!(decode(text, Some(b'\''), &mut Vec::new()).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_round_trips(text in "\\PC*|[\\x00-\\u{10FFFF}]{0,40}") {
            let (mut out, mut back) = (Vec::new(), Vec::new());
            encode(text.as_bytes(), Some(b'\''), &mut out);
            prop_assert!(out.is_ascii());
            prop_assert!(!decode(&out, Some(b'\''), &mut back).unwrap());
            prop_assert_eq!(back, text.as_bytes());
            prop_assert_eq!(utf16_len(text.as_bytes()), text.encode_utf16().count() as u64);
        }

        #[test]
        fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&bytes, Some(b'\''), &mut Vec::new());
            let _ = decode_line(&bytes);
        }
    }
}
