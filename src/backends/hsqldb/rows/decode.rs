//! Decodes whole rows: the wanted columns in their order, whatever layout a row was written in.

use super::encode;
use super::literal;
use super::split::Raw;
use crate::backends::ReadColumn;
use crate::backends::hsqldb::fault::malformed;
use crate::backends::hsqldb::files::lobs::{LobDirectory, LobReader};
use crate::backends::hsqldb::model::catalog::{ColumnDef, Slot, TableDef};
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::cell::{Cell, RowSink};
use crate::error::Result;
use crate::large::deliver;
use std::sync::Arc;

/// Decodes rows of one table into a sink.
pub(crate) struct RowDecoder {
    table: String,
    wanted: Vec<Want>,
    /// For each layout: its width, and where each wanted column comes from.
    plans: Vec<(usize, Vec<From>)>,
    /// Columns that name a row: name and position in each layout.
    keys: Vec<(String, Vec<Option<usize>>)>,
    /// Rows may be cut off here: what follows is not wanted.
    limit: usize,
    lobs: LobReader,
    scratch: Vec<u8>,
}

struct Want {
    name: String,
    as_text: bool,
}

/// Where a column's value comes from.
pub(crate) enum From {
    /// This place of the row.
    Slot(usize, ColumnType),
    /// The column was added later: all earlier rows got this value, as it would stand in a row.
    Fill(Vec<u8>, ColumnType),
}

impl RowDecoder {
    /// A decoder for `columns` of `table`.
    ///
    /// # Errors
    /// `Read` when the table has no such column.
    pub(crate) fn new(table: &TableDef, columns: &[ReadColumn], lobs: Option<Arc<LobDirectory>>) -> Result<Self> {
        let mut defs = Vec::new();
        for column in columns {
            let missing = || malformed("there is no such column").object(format!("{}.{}", table.name, column.name));
            defs.push(table.column(&column.name).ok_or_else(missing)?);
        }
        let plan = |layout: &Vec<Slot>| (layout.len(), defs.iter().map(|def| From::of(def, layout)).collect());
        let place = |name: &String| {
            let id = table.column(name).map(|c| c.id);
            table.layouts.iter().map(|layout| layout.iter().position(|slot| Some(slot.column) == id)).collect()
        };
        let keys = table.primary_key.iter().flat_map(|key| &key.columns);
        Ok(RowDecoder {
            table: table.display(),
            wanted: columns.iter().map(|c| Want { name: c.name.clone(), as_text: c.as_text }).collect(),
            plans: table.layouts.iter().map(plan).collect(),
            keys: keys.map(|name| (name.clone(), place(name))).collect(),
            limit: usize::MAX,
            lobs: LobReader::new(lobs),
            scratch: Vec::new(),
        })
    }

    /// The same for rows that are cut off behind the last wanted value, and where that is.
    pub(crate) fn cutting(self) -> (Self, usize) {
        let last = self.plans.iter().flat_map(|(_, plan)| plan).map(|from| match from {
            From::Slot(at, _) => at + 1,
            From::Fill(..) => 1,
        });
        let limit = last.max().unwrap_or(1);
        (RowDecoder { limit, ..self }, limit)
    }

    /// Decodes one row, without ending it.
    ///
    /// # Errors
    /// `Read` naming table, column and row when a value cannot be decoded; or what the sink returned.
    #[inline]
    pub(crate) fn cells(&mut self, layout: usize, raws: &[Raw<'_>], sink: &mut dyn RowSink) -> Result<()> {
        let Some((width, plan)) = self.plans.get(layout) else {
            return Err(malformed("a row has an unknown layout").object(self.table.clone()));
        };
        if raws.len() != *width && raws.len() != self.limit {
            let what = format!("a row has {} values, but the table has {width} columns", raws.len());
            return Err(malformed(what).object(self.table.clone()));
        }
        for (want, from) in self.wanted.iter().zip(plan) {
            let Some((raw, ty)) = from.raw(raws) else { continue };
            if ty.is_lob()
                && !want.as_text
                && let Some(id) = lob_id(raw)
                && self.lobs.pour(id, sink)?
            {
                continue;
            }
            let decoded = literal::cell(ty, raw, &mut self.lobs, &mut self.scratch);
            let cell = match decoded {
                Ok(cell) => cell,
                Err(error) => {
                    let mut place = locate(&self.keys, layout, raws);
                    place.extend(error.object_name().map(|file| format!(" in {file}")));
                    return Err(error.rename_object(format!("{}.{}", self.table, want.name)).place(&place));
                }
            };
            if want.as_text { text_form(ty, cell, sink)? } else { deliver(cell, sink)? }
        }
        Ok(())
    }

    /// Decodes one row.
    ///
    /// # Errors
    /// As [`RowDecoder::cells`].
    #[inline]
    pub(crate) fn row(&mut self, layout: usize, raws: &[Raw<'_>], sink: &mut dyn RowSink) -> Result<()> {
        self.cells(layout, raws, sink)?;
        sink.end_row()
    }
}

impl From {
    /// Where `def` is in rows of `layout`.
    pub(crate) fn of(def: &ColumnDef, layout: &[Slot]) -> From {
        match layout.iter().position(|slot| slot.column == def.id) {
            Some(at) => From::Slot(at, layout[at].ty.clone()),
            None => From::Fill(fill_text(def), def.ty.clone()),
        }
    }

    /// The value in a row, and its type; `None` if the row is too short.
    #[inline]
    pub(crate) fn raw<'a>(&'a self, raws: &[Raw<'a>]) -> Option<(Raw<'a>, &'a ColumnType)> {
        match self {
            From::Slot(at, ty) => raws.get(*at).map(|raw| (*raw, ty)),
            From::Fill(text, ty) => Some((fill(text), ty)),
        }
    }
}

/// The default as it would stand in a row: binary types stand there without their prefix.
fn fill_text(def: &ColumnDef) -> Vec<u8> {
    let Some(default) = &def.default else { return b"NULL".to_vec() };
    let mut text = Vec::new();
    let body = default.trim_start_matches(['X', 'x', 'B', 'b']);
    crate::backends::hsqldb::sql::escape::encode(
        if body.starts_with('\'') { body } else { default }.as_bytes(),
        None,
        &mut text,
    );
    if def.ty.base == Base::Boolean {
        text.make_ascii_uppercase();
    }
    text
}

fn fill(text: &[u8]) -> Raw<'_> {
    match super::split::value(text) {
        Ok((raw, _)) => raw,
        // A bare word at the very end of a text has nothing behind it.
        Err(_) => Raw::Bare(text),
    }
}

/// The number that stands for a LOB in its row.
fn lob_id(raw: Raw<'_>) -> Option<i64> {
    match raw {
        Raw::Bare(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        Raw::Binary(bytes) => bytes.try_into().ok().map(i64::from_be_bytes),
        _ => None,
    }
}

/// Names a row by its integer and uuid keys.
#[cold]
fn locate(keys: &[(String, Vec<Option<usize>>)], layout: usize, raws: &[Raw<'_>]) -> String {
    let value = |raw: &Raw<'_>| match raw {
        Raw::Bare(text) if text.iter().all(|b| b.is_ascii_digit() || *b == b'-') => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
        Raw::Binary(bytes) => Some(i64::from_be_bytes((*bytes).try_into().ok()?).to_string()),
        _ => None,
    };
    let named = keys.iter().filter_map(|(name, places)| {
        let raw = raws.get((*places.get(layout)?)?)?;
        Some(format!("{name}={}", value(raw)?))
    });
    let named: Vec<_> = named.collect();
    if named.is_empty() { String::new() } else { format!(" (row {})", named.join(", ")) }
}

/// The value's text, as the engine would cast it.
fn text_form(ty: &ColumnType, cell: Cell<'_>, sink: &mut dyn RowSink) -> Result<()> {
    if matches!(cell, Cell::Null | Cell::Text(_) | Cell::BrokenText(_)) {
        return sink.cell(cell);
    }
    let mut text = Vec::new();
    let any = match (&ty.base, cell) {
        (Base::Blob, Cell::Bytes(_)) => ColumnType::new(Base::Varbinary, u64::MAX, 0),
        _ => ty.clone(),
    };
    encode::push_cell(&any, cell, None, &mut text)?;
    let text = text.strip_prefix(b"'").and_then(|t| t.strip_suffix(b"'")).unwrap_or(&text);
    sink.cell(Cell::Text(std::str::from_utf8(text).unwrap_or_default()))
}
