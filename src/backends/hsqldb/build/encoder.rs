//! Encodes rows as lines of a script.

use super::state::Build;
use crate::backends::Encoder;
use crate::backends::WriteTable;
use crate::backends::hsqldb::model::catalog::TableDef;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::rows::encode::push_cell;
use crate::backends::hsqldb::sql::{escape, quote};
use crate::cell::{Cell, RowSink};
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;

/// Writes `INSERT INTO "t" VALUES(…)`, one line per row.
pub(super) struct LineEncoder {
    build: Arc<Build>,
    table: u32,
    prefix: Vec<u8>,
    columns: Vec<Column>,
    column: usize,
    buffer: Vec<u8>,
}

/// A column to write.
struct Column {
    name: String,
    ty: ColumnType,
    /// Its length as planned, in characters.
    length: u64,
    nullable: bool,
}

impl Column {
    fn is_varchar(&self) -> bool {
        matches!(self.ty.base, Base::Varchar | Base::Char)
    }

    /// A text with as many characters as planned may have more UTF-16 units: how many, if the column grew for it.
    fn grow(&mut self, text: &str) -> Option<u64> {
        let text = if self.ty.base == Base::Char { text.trim_end_matches(' ') } else { text };
        let units = escape::utf16_len(text.as_bytes());
        let grows = units > self.ty.size && text.chars().count() as u64 <= self.length;
        grows.then(|| {
            self.ty = ColumnType::new(Base::Varchar, units, 0);
            units
        })
    }
}

impl LineEncoder {
    /// An encoder for rows of `table`.
    ///
    /// # Errors
    /// `Write` when the columns are not those of the table, in its order.
    pub(super) fn new(table: &TableDef, write: &WriteTable, build: Arc<Build>) -> Result<Self> {
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
        let columns = table.columns.iter().map(|c| Column {
            name: c.name.clone(),
            ty: c.ty.clone(),
            length: c.ty.size,
            nullable: c.nullable && !required(&c.name),
        });
        let columns = columns.collect();
        Ok(LineEncoder { build, table: table.id, prefix, columns, column: 0, buffer: Vec::new() })
    }
}

impl RowSink for LineEncoder {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        let Some(column) = self.columns.get_mut(self.column) else {
            return Err(Error::new(ErrorKind::Write, "a row has more cells than the table has columns"));
        };
        if self.column == 0 {
            self.buffer.extend_from_slice(&self.prefix);
        } else {
            self.buffer.push(b',');
        }
        match cell {
            Cell::Null if !column.nullable => {
                return Err(Error::new(ErrorKind::Value, "the value is NULL and the column is NOT NULL"));
            }
            Cell::Text(text) if text.len() as u64 > column.ty.size && column.is_varchar() => {
                if let Some(units) = column.grow(text) {
                    self.build.make_room(self.table, &column.name, units);
                }
            }
            _ => {}
        }
        push_cell(&column.ty, cell, Some(&self.build.lobs), &mut self.buffer)?;
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
