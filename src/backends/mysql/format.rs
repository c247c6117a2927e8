//! Values as the text that MySQL reads back exactly.

use crate::calendar::civil_from_days;

/// Digit pairs `00` to `99`.
static PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
2021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869\
7071727374757677787980818283848586878889\
90919293949596979899";

/// Two digits at a place of a template.
#[inline]
fn pair(text: &mut [u8], at: usize, n: u32) {
    let from = (n % 100) as usize * 2;
    text[at..at + 2].copy_from_slice(&PAIRS[from..from + 2]);
}

/// A whole number.
#[inline]
pub(super) fn int<I: itoa::Integer>(out: &mut Vec<u8>, n: I) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// A finite double, shortest text that reads back as the same bits.
pub(super) fn double(out: &mut Vec<u8>, n: f64) {
    // Writing a number to a Vec cannot fail.
    let _ = serde_json::to_writer(out, &n);
}

/// A finite float. The server reads it as double and rounds again, which for a few values ends one
/// step off (7.038531e-26) and for the largest one above the range: these are written with all digits
/// of the double.
pub(super) fn float(out: &mut Vec<u8>, n: f32) {
    let start = out.len();
    let _ = serde_json::to_writer(&mut *out, &n);
    let reread = std::str::from_utf8(&out[start..]).ok().and_then(|text| text.parse::<f64>().ok());
    if !reread.is_some_and(|double| double as f32 == n && double.abs() <= f64::from(f32::MAX)) {
        out.truncate(start);
        double(out, f64::from(n));
    }
}

/// `YYYY-MM-DD` from fields, which may be zero.
#[inline]
pub(super) fn ymd(out: &mut Vec<u8>, year: u32, month: u32, day: u32) {
    // One template, one copy: this is the hot path of every date.
    let mut text = *b"0000-00-00";
    pair(&mut text, 0, year / 100);
    pair(&mut text, 2, year);
    pair(&mut text, 5, month);
    pair(&mut text, 8, day);
    out.extend_from_slice(&text);
}

/// `YYYY-MM-DD`, if MySQL can hold the year.
#[inline]
pub(super) fn date(out: &mut Vec<u8>, days: i32) -> Option<()> {
    let (year, month, day) = civil_from_days(days);
    if !(1..=9999).contains(&year) {
        return None;
    }
    ymd(out, year as u32, month, day);
    Some(())
}

/// `HH:MM:SS`, and six digits of the fraction where it is not zero.
#[inline]
pub(super) fn clock(out: &mut Vec<u8>, nanos: u64) {
    let seconds = nanos / 1_000_000_000;
    let hours = (seconds / 3600) as u32;
    if hours >= 100 {
        // Durations reach 838 hours.
        int(out, hours / 100);
    }
    let mut text = *b"00:00:00.000000";
    pair(&mut text, 0, hours);
    pair(&mut text, 3, (seconds / 60 % 60) as u32);
    pair(&mut text, 6, (seconds % 60) as u32);
    let micros = (nanos % 1_000_000_000 / 1000) as u32;
    if micros == 0 {
        out.extend_from_slice(&text[..8]);
        return;
    }
    pair(&mut text, 9, micros / 10_000);
    pair(&mut text, 11, micros / 100);
    pair(&mut text, 13, micros);
    out.extend_from_slice(&text);
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn uuid(out: &mut Vec<u8>, uuid: &[u8; 16]) {
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        hex_byte(out, *byte, b"0123456789abcdef");
    }
}

/// Upper-case hexadecimal digits.
pub(super) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        hex_byte(out, *byte, b"0123456789ABCDEF");
    }
}

#[inline]
fn hex_byte(out: &mut Vec<u8>, byte: u8, digits: &[u8; 16]) {
    out.push(digits[usize::from(byte >> 4)]);
    out.push(digits[usize::from(byte & 15)]);
}

/// Text or bytes for LOAD DATA: only the escape character and the two terminators need an escape.
#[inline]
pub(super) fn escaped_field(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr3(b'\\', b'\t', b'\n', rest) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(match rest[at] {
            b'\t' => b't',
            b'\n' => b'n',
            other => other,
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Text inside single quotes of a statement.
pub(super) fn escaped_literal(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'\\', b'\'', b'\0', rest) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(if rest[at] == 0 { b'0' } else { rest[at] });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn made(f: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        f(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pairs_are_in_order() {
        for n in 0..100 {
            let mut text = *b"--";
            pair(&mut text, 0, n);
            assert_eq!(text, format!("{n:02}").as_bytes());
        }
    }

    #[test]
    fn known_texts() {
        assert_eq!(made(|o| clock(o, 3_020_399_000_000_000)), "838:59:59");
        assert_eq!(made(|o| clock(o, 1_000_000)), "00:00:00.001000");
        assert_eq!(made(|o| date(o, 19_782).unwrap()), "2024-02-29");
        assert!(date(&mut Vec::new(), -719_163).is_none());
        assert_eq!(made(|o| escaped_field(o, b"a\tb\nc\\\0")), "a\\tb\\nc\\\\\0");
        assert_eq!(made(|o| escaped_literal(o, b"a'b\\\0")), "a\\'b\\\\\\0");
        assert_eq!(made(|o| uuid(o, &[0xAB; 16])), "abababab-abab-abab-abab-abababababab");
    }

    proptest! {
        #[test]
        fn floats_round_trip_through_double(bits in any::<u32>()) {
            let n = f32::from_bits(bits);
            prop_assume!(n.is_finite());
            let text = made(|o| float(o, n));
            prop_assert_eq!(text.parse::<f64>().unwrap() as f32, n);
        }

        #[test]
        fn doubles_round_trip(bits in any::<u64>()) {
            let n = f64::from_bits(bits);
            prop_assume!(n.is_finite());
            prop_assert_eq!(made(|o| double(o, n)).parse::<f64>().unwrap(), n);
        }

        #[test]
        fn fields_hold_no_bare_terminator(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut out = Vec::new();
            escaped_field(&mut out, &bytes);
            prop_assert!(!out.contains(&b'\t') && !out.contains(&b'\n'));
            let mut back = Vec::new();
            let mut rest = out.iter();
            while let Some(b) = rest.next() {
                back.push(match b {
                    b'\\' => match rest.next().unwrap() { b't' => b'\t', b'n' => b'\n', other => *other },
                    b => *b,
                });
            }
            prop_assert_eq!(back, bytes);
        }
    }
}
