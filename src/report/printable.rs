//! Makes names safe and neat for terminals, logs and pages: control characters escaped, long ones shortened.

use std::borrow::Cow;

/// `text` with everything escaped that could move a cursor, start a line or hide what stands there.
///
/// Names come from databases that others wrote to; one with a newline or an escape sequence must not be
/// able to forge a log line or to paint over the terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line separators, and the invisible ones that reorder or hide text.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{feff}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Columns that `text` takes on a terminal; wide scripts and emoji count double, combining marks nothing.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c as u32 {
        0x0300..=0x036f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
        0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// [`printable`] and at most `max` columns wide: the middle gives way, for names often share their beginning.
pub fn fit(text: &str, max: usize) -> String {
    let text = printable(text);
    if width(&text) <= max {
        return text.into_owned();
    }
    let room = max.saturating_sub(1);
    let tail = take_width(text.chars().rev(), room / 2);
    let head = take_width(text.chars(), room - width(&tail));
    head + "…" + &tail.chars().rev().collect::<String>()
}

/// [`printable`] and at most `max` columns wide: the end gives way.
pub fn cut(text: &str, max: usize) -> String {
    let text = printable(text);
    if width(&text) <= max {
        return text.into_owned();
    }
    take_width(text.chars(), max.saturating_sub(1)) + "…"
}

fn take_width(chars: impl Iterator<Item = char>, max: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += char_width(*c);
            used <= max
        })
        .collect()
}

/// `text` followed by blanks up to `columns`.
pub fn pad_right(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` after blanks up to `columns`.
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_names_stay_as_they_are() {
        assert!(matches!(printable("mod$entity \"x\" é 表"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_can_forge_a_line_or_move_the_cursor() {
        assert_eq!(printable("a\nerror: b"), "a\\nerror: b");
        assert_eq!(printable("\u{1b}[2J\u{9b}1m"), "\\u{1b}[2J\\u{9b}1m");
        assert_eq!(printable("x\u{202e}y\u{2028}"), "x\\u{202e}y\\u{2028}");
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(fit("module$entity_name", 9), "modu…name");
        assert_eq!(fit("short", 9), "short");
        assert_eq!(width(&fit("表表表表表表表表", 9)), 9);
        assert_eq!(cut("module$entity", 7), "module…");
        assert_eq!(fit("abc", 0), "…");
    }
}
