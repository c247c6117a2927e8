//! `numeric` on the wire (base-10000 digits) from and to plain digit text, at any length.

/// What a binary `numeric` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numeric {
    /// Digits, written to the buffer.
    Digits,
    /// Not a number.
    Nan,
    /// Above all numbers.
    Infinity,
    /// Below all numbers.
    NegativeInfinity,
}

/// Why digit text has no place in a `numeric` column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// Not `-?[0-9]+(\.[0-9]+)?`.
    Malformed,
    /// More digits before the point than the column keeps.
    TooLarge,
    /// More digits after the point than the column keeps; the server would round them off.
    TooFine,
}

/// Digits that a column keeps before and after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    whole: i64,
    scale: i64,
}

impl Bounds {
    /// Bounds of `numeric(precision, scale)`; without a precision only the server's own.
    pub(super) fn new(precision: Option<u32>, scale: Option<i32>) -> Self {
        match precision {
            None => Bounds { whole: 131_072, scale: 16_383 },
            Some(precision) => {
                let scale = i64::from(scale.unwrap_or(0));
                Bounds { whole: i64::from(precision) - scale, scale }
            }
        }
    }
}

const SIGN_NEGATIVE: u16 = 0x4000;
const SIGN_NAN: u16 = 0xc000;
const SIGN_INFINITY: u16 = 0xd000;
const SIGN_NEGATIVE_INFINITY: u16 = 0xf000;

/// Replaces `out` by the plain digits of a binary `numeric`; `None` where it is malformed.
pub(super) fn decode(body: &[u8], out: &mut Vec<u8>) -> Option<Numeric> {
    let (header, groups) = body.split_first_chunk::<8>()?;
    let field = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (count, weight, sign, scale) = (field(0) as usize, field(2) as i16 as i32, field(4), field(6) as usize);
    match sign {
        SIGN_NAN => return Some(Numeric::Nan),
        SIGN_INFINITY => return Some(Numeric::Infinity),
        SIGN_NEGATIVE_INFINITY => return Some(Numeric::NegativeInfinity),
        0 | SIGN_NEGATIVE => {}
        _ => return None,
    }
    let (groups, rest) = groups.as_chunks::<2>();
    if groups.len() != count || !rest.is_empty() || groups.iter().any(|g| u16::from_be_bytes(*g) > 9999) {
        return None;
    }
    // The group at `index`, counted from the most significant one; those that are not stored are zero.
    let group =
        |index: i32| usize::try_from(index).ok().and_then(|i| groups.get(i)).map_or(0, |g| u16::from_be_bytes(*g));
    out.clear();
    if sign == SIGN_NEGATIVE {
        out.push(b'-');
    }
    push_whole(out, weight, group);
    push_fraction(out, weight, scale, group);
    Some(Numeric::Digits)
}

fn push_whole(out: &mut Vec<u8>, weight: i32, group: impl Fn(i32) -> u16) {
    let first = out.len();
    for index in 0..=weight {
        let digits = group(index);
        if out.len() > first {
            out.extend_from_slice(&four_digits(digits));
            continue;
        }
        // Four digits of which the leading zeros are shifted out and cut off: a fixed size is appended faster.
        let zeros = [1000, 100, 10, 1].iter().filter(|unit| digits < **unit).count();
        let shifted = u64::from(u32::from_be_bytes(four_digits(digits))) << (8 * zeros);
        out.extend_from_slice(&(shifted as u32).to_be_bytes());
        out.truncate(out.len() - zeros);
    }
    if out.len() == first {
        out.push(b'0');
    }
}

fn push_fraction(out: &mut Vec<u8>, weight: i32, scale: usize, group: impl Fn(i32) -> u16) {
    if scale == 0 {
        return;
    }
    out.push(b'.');
    let end = out.len() + scale;
    let mut index = weight + 1;
    // Weights below −1 leave whole groups of zeros between the point and the first stored group.
    for _ in weight + 1..0 {
        if out.len() >= end {
            break;
        }
        out.extend_from_slice(b"0000");
    }
    index = index.max(0);
    while out.len() < end {
        out.extend_from_slice(&four_digits(group(index)));
        index += 1;
    }
    out.truncate(end);
}

fn four_digits(n: u16) -> [u8; 4] {
    let digit = |n: u16| b'0' + (n % 10) as u8;
    [digit(n / 1000), digit(n / 100), digit(n / 10), digit(n)]
}

/// Appends the binary `numeric` of plain digit text, keeping its number of digits after the point.
pub(super) fn encode(text: &str, bounds: Bounds, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let point = digits.iter().position(|b| *b == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, &digits[..0]),
    };
    if whole.is_empty() || (point.is_some() && fraction.is_empty()) {
        return Err(Misfit::Malformed);
    }
    if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(Misfit::Malformed);
    }
    let whole = &whole[whole.iter().take_while(|b| **b == b'0').count()..];
    check(whole, fraction, bounds)?;
    let at = out.len();
    out.extend_from_slice(&[0; 8]);
    let weight = push_groups(out, whole, fraction);
    let count = ((out.len() - at - 8) / 2) as u16;
    let sign = if negative && count > 0 { SIGN_NEGATIVE } else { 0 };
    let weight = if count == 0 { 0 } else { weight as i16 };
    out[at..at + 2].copy_from_slice(&count.to_be_bytes());
    out[at + 2..at + 4].copy_from_slice(&weight.to_be_bytes());
    out[at + 4..at + 6].copy_from_slice(&sign.to_be_bytes());
    out[at + 6..at + 8].copy_from_slice(&(fraction.len() as u16).to_be_bytes());
    Ok(())
}

/// The server rounds what does not fit the scale without a word, so it is refused here.
fn check(whole: &[u8], fraction: &[u8], bounds: Bounds) -> Result<(), Misfit> {
    let zeros = fraction.iter().rev().take_while(|b| **b == b'0').count();
    let used = (fraction.len() - zeros) as i64;
    if used > bounds.scale.max(0) || fraction.len() > 16_383 {
        return Err(Misfit::TooFine);
    }
    if bounds.scale < 0 && whole.iter().rev().take(-bounds.scale as usize).any(|b| *b != b'0') {
        return Err(Misfit::TooFine);
    }
    let leading = match whole {
        // numeric(2,4) keeps 0.00nn: digits before the point are counted below zero then.
        [] => -(fraction.iter().take_while(|b| **b == b'0').count() as i64),
        whole => whole.len() as i64,
    };
    if used > 0 || !whole.is_empty() {
        return if leading > bounds.whole { Err(Misfit::TooLarge) } else { Ok(()) };
    }
    Ok(())
}

/// Appends the groups without zero groups at either end; returns the first group's weight.
fn push_groups(out: &mut Vec<u8>, whole: &[u8], fraction: &[u8]) -> i32 {
    let at = out.len();
    let mut weight = whole.len().div_ceil(4) as i32 - 1;
    let (head, tail) = whole.split_at(whole.len() % 4);
    for group in std::iter::once(head).filter(|h| !h.is_empty()).chain(tail.chunks(4)) {
        out.extend_from_slice(&number(group, group.len()).to_be_bytes());
    }
    for group in fraction.chunks(4) {
        let value = number(group, 4);
        if value == 0 && out.len() == at {
            weight -= 1;
        } else {
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
    while out.len() > at && out.ends_with(&[0, 0]) {
        out.truncate(out.len() - 2);
    }
    weight
}

/// Up to four digits as a number, filled up with zeros on the right to `width`.
fn number(digits: &[u8], width: usize) -> u16 {
    let value = digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'));
    (digits.len()..width).fold(value, |n, _| n * 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn free() -> Bounds {
        Bounds::new(None, None)
    }

    fn round_trip(text: &str) -> String {
        let (mut wire, mut back) = (Vec::new(), Vec::new());
        encode(text, free(), &mut wire).unwrap();
        assert_eq!(decode(&wire, &mut back), Some(Numeric::Digits));
        String::from_utf8(back).unwrap()
    }

    #[test]
    fn edges_round_trip() {
        let samples =
            ["0", "0.00", "1", "10000", "9999", "-9999.9999", "0.00001", "-0.000000001", "100000000.5", "12345.67"];
        for text in samples {
            assert_eq!(round_trip(text), text);
        }
        assert_eq!(round_trip("-0"), "0");
        assert_eq!(round_trip("007.50"), "7.50");
    }

    #[test]
    fn known_bytes() {
        let mut wire = Vec::new();
        encode("-12345.678", free(), &mut wire).unwrap();
        assert_eq!(wire, [0, 3, 0, 1, 0x40, 0, 0, 3, 0, 1, 0x09, 0x29, 0x1a, 0x7c]);
    }

    #[test]
    fn what_the_server_would_round_is_refused() {
        let fits = |text: &str, p, s| encode(text, Bounds::new(Some(p), Some(s)), &mut Vec::new());
        assert_eq!(fits("1.230", 5, 2), Ok(()));
        assert_eq!(fits("1.234", 5, 2), Err(Misfit::TooFine));
        assert_eq!(fits("1000", 5, 2), Err(Misfit::TooLarge));
        assert_eq!(fits("0.00", 2, 2), Ok(()));
        assert_eq!(fits("12000", 2, -3), Ok(()));
        assert_eq!(fits("12001", 2, -3), Err(Misfit::TooFine));
        assert_eq!(fits("0.0012", 2, 4), Ok(()));
        assert_eq!(fits("0.0112", 2, 4), Err(Misfit::TooLarge));
        for text in ["", "-", "1.", ".5", "1e5", "+1", "1.2.3", "NaN"] {
            assert_eq!(fits(text, 30, 10), Err(Misfit::Malformed), "{text}");
        }
    }

    #[test]
    fn malformed_bytes_are_refused() {
        for body in [&[][..], &[0; 7], &[0, 1, 0, 0, 0, 0, 0, 0], &[0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff]] {
            assert_eq!(decode(body, &mut Vec::new()), None);
        }
    }

    proptest! {
        #[test]
        fn any_digits_round_trip(text in "-?(0|[1-9][0-9]{0,60})(\\.[0-9]{1,60})?") {
            let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
            let expected = if zero { text.trim_start_matches('-') } else { &text };
            prop_assert_eq!(round_trip(&text), expected);
        }

        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&body, &mut Vec::new());
        }
    }
}
