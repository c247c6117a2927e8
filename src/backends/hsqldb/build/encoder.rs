//! Encodes rows as lines of a script.

use super::large::{Large, Length, fits};
use super::numbers::{Numbers, kept};
use super::state::Build;
use crate::backends::Encoder;
use crate::backends::WriteTable;
use crate::backends::hsqldb::model::catalog::TableDef;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::rows::encode::push_cell;
use crate::backends::hsqldb::sql::{escape, quote};
use crate::cell::{Cell, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::lock;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Writes `INSERT INTO "t" VALUES(…)`, one line per row.
pub(super) struct LineEncoder {
    build: Arc<Build>,
    table: u32,
    prefix: Vec<u8>,
    columns: Vec<Column>,
    column: usize,
    /// The column whose numbers the writer is told, those that it was not told yet, and those that it was.
    numbered: Option<usize>,
    numbers: Numbers,
    told: Arc<Mutex<Numbers>>,
    /// The large value that is on its way, and the file where LOBs are gathered.
    large: Option<Large>,
    lob_path: Option<PathBuf>,
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
    pub(super) fn new(
        table: &TableDef,
        write: &WriteTable,
        build: Arc<Build>,
        told: Arc<Mutex<Numbers>>,
    ) -> Result<Self> {
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
        Ok(LineEncoder {
            build,
            table: table.id,
            prefix,
            columns,
            column: 0,
            numbered: kept(table).and_then(|kept| table.columns.iter().position(|c| c.id == kept.id)),
            numbers: Numbers::default(),
            told,
            large: None,
            lob_path: None,
            buffer: Vec::new(),
        })
    }

    fn separate(&mut self) {
        if self.column == 0 {
            self.buffer.extend_from_slice(&self.prefix);
        } else {
            self.buffer.push(b',');
        }
    }
}

impl RowSink for LineEncoder {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.separate();
        let Some(column) = self.columns.get_mut(self.column) else {
            return Err(Error::new(ErrorKind::Write, "a row has more cells than the table has columns"));
        };
        match cell {
            Cell::I64(n) if self.numbered == Some(self.column) => self.numbers.take(n),
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
        self.numbers.move_to(&mut lock(&self.told));
        std::mem::replace(&mut self.buffer, fresh)
    }

    fn begin_large(&mut self, kind: LargeKind, _bytes: u64) -> Result<bool> {
        let Some(column) = self.columns.get(self.column) else { return Ok(false) };
        let (build, path) = (&self.build, &mut self.lob_path);
        let file = || path.get_or_insert_with(|| build.segment()).clone();
        self.large = Large::begin(&column.ty, kind, file)?;
        let Some(large) = &self.large else { return Ok(false) };
        let quoted = large.is_quoted();
        self.separate();
        if quoted {
            self.buffer.push(b'\'');
        }
        Ok(true)
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let (Some(large), Some(column)) = (&mut self.large, self.columns.get(self.column)) else {
            return Err(not_begun());
        };
        large.piece(&column.ty, piece, &mut self.buffer)
    }

    fn end_large(&mut self) -> Result<()> {
        let (Some(large), Some(column)) = (self.large.take(), self.columns.get_mut(self.column)) else {
            return Err(not_begun());
        };
        match large {
            Large::Text(length) if length.units > column.ty.size && length.characters <= column.length => {
                column.ty = ColumnType::new(Base::Varchar, length.units, 0);
                self.build.make_room(self.table, &column.name, length.units);
                self.buffer.push(b'\'');
            }
            Large::Text(Length { units, .. }) => {
                fits(&column.ty, units)?;
                self.buffer.push(b'\'');
            }
            Large::Bytes(_) => self.buffer.push(b'\''),
            Large::Lob(mut draft, _) => {
                fits(&column.ty, draft.length)?;
                let id = self.build.lobs.put_draft(&mut draft)?;
                self.buffer.extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
            }
        }
        self.column += 1;
        Ok(())
    }
}

#[cold]
fn not_begun() -> Error {
    Error::new(ErrorKind::Write, "a piece of a value came without its beginning")
}
