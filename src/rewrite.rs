//! Changes that a plan makes to rows on their way, before anything else sees them: names that rows hold, and
//! references that lead nowhere.
//!
//! The changed cells are what is hashed, so that verification compares the target with what was meant.

use crate::backends::memory::Value;
use crate::backends::{Range, ReadTable, Reader};
use crate::cell::{Cell, Large, RowSink};
use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet};

/// A change to one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// Position among the columns that are read.
    pub column: usize,
    /// What is done to it.
    pub kind: RewriteKind,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RewriteKind {
    /// Text that names an object gives its new name.
    Name(BTreeMap<String, String>),
    /// The number is set, row by row: the text of another column, which comes before it, says to what.
    Number {
        /// Position of the other column.
        key: usize,
        /// Its texts, and the number of each.
        numbers: BTreeMap<String, i64>,
    },
    /// A reference to one of these becomes NULL.
    Null(BTreeSet<i64>),
    /// A row that references one of these is left out.
    LeaveOut(BTreeSet<i64>),
}

impl RewriteKind {
    /// What happened and why, as the report says it.
    pub(crate) fn describe(&self) -> (&'static str, &'static str) {
        match self {
            RewriteKind::Name(_) => ("mendix-name", "new name"),
            RewriteKind::Number { .. } => ("mendix-autonumber", "last number"),
            RewriteKind::Null(_) => ("dangling-reference", "null"),
            RewriteKind::LeaveOut(_) => ("dangling-reference", "row left out"),
        }
    }
}

/// Whether some of a table's rows may be left out.
pub(crate) fn leaves_out(rewrites: &[Rewrite]) -> bool {
    rewrites.iter().any(|rewrite| matches!(rewrite.kind, RewriteKind::LeaveOut(_)))
}

/// Reads rows into `sink` with a plan's changes; returns how many cells each change was made to.
///
/// # Errors
/// What the reader or the sink returns.
pub(crate) fn read_changed(
    reader: &mut dyn Reader,
    table: &ReadTable,
    range: &Range,
    rewrites: &[Rewrite],
    sink: &mut dyn RowSink,
) -> Result<Vec<u64>> {
    if rewrites.is_empty() {
        reader.read(table, range, sink)?;
        return Ok(Vec::new());
    }
    let mut change = Change { rewrites, counts: vec![0; rewrites.len()], column: 0, key: String::new(), next: sink };
    if leaves_out(rewrites) {
        let mut hold = Hold { rewrites, row: Vec::new(), counts: vec![0; rewrites.len()], next: &mut change };
        reader.read(table, range, &mut hold)?;
        let held = hold.counts;
        change.counts.iter_mut().zip(held).for_each(|(count, held)| *count += held);
    } else {
        reader.read(table, range, &mut change)?;
    }
    Ok(change.counts)
}

/// Changes cells.
struct Change<'a> {
    rewrites: &'a [Rewrite],
    counts: Vec<u64>,
    column: usize,
    /// Text of the column that decides about a number.
    key: String,
    next: &'a mut dyn RowSink,
}

impl RowSink for Change<'_> {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        let column = self.column;
        self.column += 1;
        let mut out = cell;
        for (at, rewrite) in self.rewrites.iter().enumerate() {
            if matches!(rewrite.kind, RewriteKind::Number { key, .. } if key == column) {
                self.key.clear();
                self.key.push_str(if let Cell::Text(text) = cell { text } else { "" });
            }
            let change = if rewrite.column == column { changed(&rewrite.kind, cell, &self.key) } else { None };
            if let Some(changed) = change {
                self.counts[at] += 1;
                out = changed;
            }
        }
        self.next.cell(out)
    }

    /// No name is that long, so that there is nothing to change.
    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        self.column += 1;
        self.next.large(value)
    }

    fn end_row(&mut self) -> Result<()> {
        self.column = 0;
        self.key.clear();
        self.next.end_row()
    }
}

/// The cell in the place of `cell`, if it is another one.
fn changed<'c>(kind: &'c RewriteKind, cell: Cell<'_>, row: &str) -> Option<Cell<'c>> {
    match (kind, cell) {
        (RewriteKind::Name(names), Cell::Text(name)) => names.get(name).map(|name| Cell::Text(name)),
        (RewriteKind::Number { numbers, .. }, cell) => {
            numbers.get(row).map(|number| Cell::I64(*number)).filter(|number| *number != cell)
        }
        (RewriteKind::Null(gone), Cell::I64(value)) if gone.contains(&value) => Some(Cell::Null),
        _ => None,
    }
}

/// Holds each row back until it is clear that it stays.
struct Hold<'a, 's> {
    rewrites: &'a [Rewrite],
    row: Vec<Value>,
    counts: Vec<u64>,
    next: &'s mut Change<'a>,
}

impl RowSink for Hold<'_, '_> {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.row.push(cell.into());
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        let dangles = |rewrite: &Rewrite| match (&rewrite.kind, self.row.get(rewrite.column)) {
            (RewriteKind::LeaveOut(gone), Some(Value::I64(value))) => gone.contains(value),
            _ => false,
        };
        if let Some(at) = self.rewrites.iter().position(dangles) {
            self.counts[at] += 1;
            self.row.clear();
            return Ok(());
        }
        for value in self.row.drain(..) {
            self.next.cell(value.cell())?;
        }
        self.next.end_row()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::memory::testing::table;
    use crate::backends::memory::{MemoryDb, open_source};
    use crate::backends::{ReadColumn, ReadTable};
    use crate::types::Type;

    /// Collects rows.
    #[derive(Default)]
    struct Rows(Vec<Vec<Value>>, Vec<Value>);

    impl RowSink for Rows {
        fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
            self.1.push(cell.into());
            Ok(())
        }

        fn end_row(&mut self) -> Result<()> {
            self.0.push(std::mem::take(&mut self.1));
            Ok(())
        }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    /// Three rows of a name and a number, after the changes.
    fn read(rewrites: &[Rewrite]) -> (Vec<Vec<Value>>, Vec<u64>) {
        let db = MemoryDb::new("test");
        let columns = [("name", Type::text()), ("n", Type::int(8))];
        let rows = [(text("a"), Value::I64(1)), (text("b"), Value::Null), (Value::Null, Value::I64(3))];
        db.add_table(table("t", columns.clone()), rows.map(|(name, n)| vec![name, n])).unwrap();
        let mut reader = open_source(&db.endpoint()).unwrap().open_readers(1).unwrap().sessions.remove(0);
        let columns = columns.map(|(name, ty)| ReadColumn { name: name.into(), ty, as_text: false });
        let read = ReadTable {
            name: "t".into(),
            columns: columns.to_vec(),
            key: Vec::new(),
            key_order: false,
            splice: None,
            bytes_estimate: 0,
            rows_estimate: 0,
        };
        let mut sink = Rows::default();
        let counts = read_changed(reader.as_mut(), &read, &Range::All, rewrites, &mut sink).unwrap();
        (sink.0, counts)
    }

    #[test]
    fn names_and_numbers() {
        let names = BTreeMap::from([("a".to_string(), "A".to_string())]);
        let numbers = BTreeMap::from([("a".to_string(), 1), ("b".to_string(), 9)]);
        let (rows, counts) = read(&[
            Rewrite { column: 0, kind: RewriteKind::Name(names) },
            Rewrite { column: 1, kind: RewriteKind::Number { key: 0, numbers } },
        ]);
        let expect = [[text("A"), Value::I64(1)], [text("b"), Value::I64(9)], [Value::Null, Value::I64(3)]];
        assert_eq!((rows, counts), (expect.map(Vec::from).to_vec(), vec![1, 1]));
    }

    #[test]
    fn references_and_rows() {
        let (rows, counts) = read(&[Rewrite { column: 1, kind: RewriteKind::Null(BTreeSet::from([3])) }]);
        assert_eq!((rows[2][1].clone(), rows.len(), counts), (Value::Null, 3, vec![1]));
        let (rows, counts) = read(&[Rewrite { column: 1, kind: RewriteKind::LeaveOut(BTreeSet::from([1, 2])) }]);
        assert_eq!((rows.len(), counts), (2, vec![1]));
        assert_eq!(rows[0], [text("b"), Value::Null]);
    }
}
