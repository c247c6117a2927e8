//! Aligned columns of text.

use super::printable::{pad_left, pad_right, width};

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells that are printed under each other.
#[derive(Debug)]
pub(super) struct Columns {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Columns {
    pub(super) fn new(aligns: &[Align]) -> Self {
        Columns { aligns: aligns.to_vec(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Widest cell of column `i`.
    fn width(&self, i: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell)).max().unwrap_or(0)
    }

    /// One line for each row, two blanks between columns, no blanks at the end.
    pub(super) fn lines(&self, indent: usize) -> Vec<String> {
        let widths: Vec<_> = (0..self.aligns.len()).map(|i| self.width(i)).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&self.aligns).zip(&widths).map(|((cell, align), width)| match align {
                Align::Left => pad_right(cell, *width),
                Align::Right => pad_left(cell, *width),
            });
            let text = cells.collect::<Vec<_>>().join("  ");
            format!("{}{}", " ".repeat(indent), text.trim_end())
        };
        self.rows.iter().map(line).collect()
    }
}

/// Breaks `items` into lines of at most `max` columns, joined by `separator`, which also ends a broken line;
/// an item is never broken.
pub(super) fn wrap(items: &[String], separator: &str, max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let end = separator.trim_end();
    for item in items {
        match lines.last_mut() {
            Some(line) if width(line) + width(separator) + width(item) + width(end) <= max => {
                line.push_str(separator);
                line.push_str(item);
            }
            last => {
                last.into_iter().for_each(|line| line.push_str(end));
                lines.push(item.clone());
            }
        }
    }
    lines
}
