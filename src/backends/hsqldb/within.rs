//! Rows of a key range, out of files that have no index: every row is looked at, those outside are left out.

use crate::backends::memory::Value;
use crate::backends::{KeyBound, Range, ReadTable};
use crate::cell::{Cell, RowSink};
use crate::error::{Error, ErrorKind, Result};

/// A sink that passes on the rows whose whole number lies within bounds.
pub(super) struct Within<'a> {
    column: usize,
    from: Option<i128>,
    to: Option<i128>,
    row: Vec<Value>,
    /// Rows passed on.
    pub(super) rows: u64,
    next: &'a mut dyn RowSink,
}

impl<'a> Within<'a> {
    /// Passes on the rows of a range; `None` where it is no range of a key.
    ///
    /// # Errors
    /// `Read` when the key is no column that is read, or no whole number.
    pub(super) fn new(table: &ReadTable, range: &Range, next: &'a mut dyn RowSink) -> Result<Option<Self>> {
        let Range::Key { column, from, to } = range else { return Ok(None) };
        let at = table.columns.iter().position(|c| c.name == *column).ok_or_else(|| no_key(table))?;
        let (from, to) = (bound(table, from.as_ref())?, bound(table, to.as_ref())?);
        Ok(Some(Within { column: at, from, to, row: Vec::new(), rows: 0, next }))
    }

    fn holds(&self) -> bool {
        let Some(Value::I64(key)) = self.row.get(self.column) else { return false };
        let key = i128::from(*key);
        self.from.is_none_or(|from| key >= from) && self.to.is_none_or(|to| key < to)
    }
}

fn bound(table: &ReadTable, bound: Option<&KeyBound>) -> Result<Option<i128>> {
    match bound {
        None => Ok(None),
        Some(KeyBound::Int(bound)) => Ok(Some(*bound)),
        Some(KeyBound::Literal(_)) => Err(no_key(table)),
    }
}

fn no_key(table: &ReadTable) -> Error {
    Error::new(ErrorKind::Read, "HSQLDB files are read by ranges of whole numbers only").object(table.name.clone())
}

impl RowSink for Within<'_> {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.row.push(cell.into());
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        if !self.holds() {
            self.row.clear();
            return Ok(());
        }
        self.rows += 1;
        for value in self.row.drain(..) {
            self.next.cell(value.cell())?;
        }
        self.next.end_row()
    }
}
