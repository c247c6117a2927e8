//! Encodes rows as lines of a script.

use crate::backends::Encoder;
use crate::backends::WriteTable;
use crate::backends::hsqldb::files::lobs::LobWriter;
use crate::backends::hsqldb::model::catalog::TableDef;
use crate::backends::hsqldb::model::types::ColumnType;
use crate::backends::hsqldb::rows::encode::push_cell;
use crate::backends::hsqldb::sql::{escape, quote};
use crate::cell::{Cell, RowSink};
use crate::error::{Error, ErrorKind, Result};

/// Writes `INSERT INTO "t" VALUES(…)`, one line per row.
pub(super) struct LineEncoder {
    prefix: Vec<u8>,
    columns: Vec<(ColumnType, bool)>,
    lobs: LobWriter,
    column: usize,
    buffer: Vec<u8>,
}

impl LineEncoder {
    /// An encoder for rows of `table`.
    ///
    /// # Errors
    /// `Write` when the columns are not those of the table, in its order.
    pub(super) fn new(table: &TableDef, write: &WriteTable, lobs: LobWriter) -> Result<Self> {
        let same = table.columns.len() == write.columns.len()
            && table.columns.iter().zip(&write.columns).all(|(def, column)| def.name == column.name);
        if !same {
            let computed = table.columns.iter().find(|def| write.columns.iter().all(|c| c.name != def.name));
            let what = match computed {
                Some(def) => {
                    format!("column {} gets no values, and a script must hold a value for every column", def.name)
                }
                None => "the rows have other columns than the table".into(),
            };
            let help =
                "generated columns are not computed when a script is loaded: leave the table out with --exclude-tables";
            return Err(Error::new(ErrorKind::Write, what).object(table.display()).help(help));
        }
        let mut prefix = b"INSERT INTO ".to_vec();
        escape::encode(quote(&table.name).as_bytes(), None, &mut prefix);
        prefix.extend_from_slice(b" VALUES(");
        let required = |name: &String| table.primary_key.as_ref().is_some_and(|k| k.columns.contains(name));
        let columns = table.columns.iter().map(|c| (c.ty.clone(), c.nullable && !required(&c.name))).collect();
        Ok(LineEncoder { prefix, columns, lobs, column: 0, buffer: Vec::new() })
    }
}

impl RowSink for LineEncoder {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        let Some((ty, nullable)) = self.columns.get(self.column) else {
            return Err(Error::new(ErrorKind::Write, "a row has more cells than the table has columns"));
        };
        if self.column == 0 {
            self.buffer.extend_from_slice(&self.prefix);
        } else {
            self.buffer.push(b',');
        }
        if cell == Cell::Null && !nullable {
            return Err(Error::new(ErrorKind::Value, "the value is NULL and the column is NOT NULL"));
        }
        push_cell(ty, cell, Some(&self.lobs), &mut self.buffer)?;
        self.column += 1;
        Ok(())
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        if self.column != self.columns.len() {
            return Err(Error::new(ErrorKind::Write, "a row has fewer cells than the table has columns"));
        }
        self.column = 0;
        self.buffer.extend_from_slice(b")\n");
        Ok(())
    }
}

impl Encoder for LineEncoder {
    fn len(&self) -> usize {
        self.buffer.len()
    }

    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8> {
        std::mem::replace(&mut self.buffer, fresh)
    }
}
