//! A terminal for tests: keeps what stands on its screen.

use indicatif::TermLike;
use std::io;
use std::sync::{Arc, Mutex};

/// A screen of endless height, shared by its clones.
#[derive(Clone, Debug)]
pub(super) struct FakeTerm {
    columns: u16,
    screen: Arc<Mutex<Screen>>,
}

#[derive(Debug, Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl FakeTerm {
    pub(super) fn new(columns: u16) -> Self {
        FakeTerm { columns, screen: Arc::default() }
    }

    /// Everything on the screen, without blanks at the ends of lines.
    pub(super) fn screen(&self) -> String {
        let screen = self.screen.lock().unwrap();
        let lines: Vec<_> = screen.lines.iter().map(|l| l.iter().collect::<String>().trim_end().to_string()).collect();
        lines.join("\n").trim_end().to_string()
    }

    fn change(&self, change: impl FnOnce(&mut Screen)) -> io::Result<()> {
        change(&mut self.screen.lock().unwrap());
        Ok(())
    }
}

impl Screen {
    fn put(&mut self, c: char, columns: usize) {
        if c == '\n' {
            (self.row, self.column) = (self.row + 1, 0);
            return;
        }
        if self.column == columns {
            (self.row, self.column) = (self.row + 1, 0);
        }
        while self.lines.len() <= self.row {
            self.lines.push(Vec::new());
        }
        let line = &mut self.lines[self.row];
        while line.len() <= self.column {
            line.push(' ');
        }
        line[self.column] = c;
        self.column += 1;
    }
}

impl TermLike for FakeTerm {
    fn width(&self) -> u16 {
        self.columns
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.change(|s| s.row = s.row.saturating_sub(n))
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.change(|s| s.row += n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.change(|s| s.column += n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.change(|s| s.column = s.column.saturating_sub(n))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.write_str("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let columns = usize::from(self.columns);
        self.change(|s| text.chars().for_each(|c| s.put(c, columns)))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.change(|s| {
            s.column = 0;
            if let Some(line) = s.lines.get_mut(s.row) {
                line.clear();
            }
        })
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
