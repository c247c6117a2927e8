//! Keys and foreign keys, checked against the rows.

use super::fits::whole;
use super::store::{State, Stored};
use super::text::write_uuid;
use super::wire::put;
use crate::cell::Cell;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{ForeignKey, Index, IndexTarget, Key, Table};
use crate::types::Type;
use std::collections::HashSet;

/// Takes the columns of a key out of a row, in a form that is equal if the values are.
pub(super) struct KeyColumns(Vec<KeyColumn>);

struct KeyColumn {
    at: usize,
    /// Trailing blanks carry no meaning.
    padded: bool,
    /// Only so many characters count.
    prefix: Option<u64>,
}

impl KeyColumns {
    /// The columns of a key; `None` if the table lacks one.
    pub(super) fn new<S: AsRef<str>>(table: &Table, columns: &[S]) -> Option<Self> {
        columns.iter().map(|name| KeyColumn::new(table, name.as_ref(), None)).collect::<Option<_>>().map(KeyColumns)
    }

    /// The columns of an index; `None` for an index on expressions or part of the rows.
    fn of_index(table: &Table, index: &Index) -> Option<Self> {
        let columns = index.parts.iter().map(|part| match &part.target {
            IndexTarget::Column(name) => KeyColumn::new(table, name, part.prefix),
            IndexTarget::Expression(_) => None,
        });
        if index.predicate.is_some() { None } else { columns.collect::<Option<_>>().map(KeyColumns) }
    }

    /// Puts the key of a row into `out`; returns how many of its columns are NULL.
    pub(super) fn put(&self, row: &[Cell<'_>], out: &mut Vec<u8>) -> usize {
        out.clear();
        let mut nulls = 0;
        for column in &self.0 {
            let cell = row.get(column.at).copied().unwrap_or(Cell::Null);
            nulls += usize::from(matches!(cell, Cell::Null));
            put(column.shorten(cell), out);
        }
        nulls
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl KeyColumn {
    fn new(table: &Table, name: &str, prefix: Option<u64>) -> Option<Self> {
        let at = table.column_index(name)?;
        let padded = matches!(table.columns[at].ty, Type::Text { fixed: true, .. });
        Some(KeyColumn { at, padded, prefix })
    }

    fn shorten<'a>(&self, cell: Cell<'a>) -> Cell<'a> {
        match (cell, self.prefix) {
            (Cell::Text(text), Some(n)) => {
                let end = text.char_indices().nth(n as usize).map_or(text.len(), |(at, _)| at);
                Cell::Text(&text[..end])
            }
            (Cell::Text(text), None) if self.padded => Cell::Text(text.trim_end_matches(' ')),
            (Cell::Bytes(bytes), Some(n)) => Cell::Bytes(&bytes[..bytes.len().min(n as usize)]),
            _ => equal_form(cell),
        }
    }
}

/// One form for equal numbers of different kinds.
fn equal_form(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::F32(f) => equal_form(Cell::F64(f64::from(f))),
        Cell::F64(f) if f.is_nan() => Cell::F64(f64::NAN),
        Cell::F64(f) => Cell::F64(f + 0.0),
        Cell::Bits(..) => cell,
        Cell::Decimal(digits) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.').trim_start_matches('0');
            whole(Cell::Decimal(digits)).and_then(|n| i64::try_from(n).ok()).map_or(Cell::Decimal(digits), Cell::I64)
        }
        _ => whole(cell).and_then(|n| i64::try_from(n).ok()).map_or(cell, Cell::I64),
    }
}

/// Names a row by its primary key, as far as that consists of integers and uuids.
pub(super) fn row_key(table: &Table, row: &[Cell<'_>]) -> Option<String> {
    let key = table.primary_key.as_ref()?;
    let mut names = Vec::new();
    for name in &key.columns {
        let value = match row.get(table.column_index(name)?)? {
            Cell::I64(n) => n.to_string(),
            Cell::U64(n) => n.to_string(),
            Cell::Uuid(uuid) => {
                let mut text = String::new();
                write_uuid(uuid, &mut text).ok()?;
                text
            }
            _ => continue,
        };
        names.push(format!("{name}={value}"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

fn violated(kind: ErrorKind, table: &Table, what: String, row: &[Cell<'_>]) -> Error {
    let place = row_key(table, row).map(|key| format!(" (row {key})")).unwrap_or_default();
    Error::new(kind, what + &place).object(table.name.clone())
}

/// Checks every key and foreign key of a table; errors are of `kind`.
pub(super) fn check_all(state: &State, table: &str, kind: ErrorKind) -> Result<()> {
    let stored = state.table(table, kind)?;
    let schema = &stored.schema;
    if let Some(key) = &schema.primary_key {
        check_primary(stored, key, kind)?;
    }
    schema.uniques.iter().try_for_each(|key| check_key(stored, "unique key", key, kind))?;
    schema.indexes.iter().filter(|index| index.unique).try_for_each(|index| check_index(stored, index, kind))?;
    schema.foreign_keys.iter().try_for_each(|key| check_foreign(state, stored, key, kind))
}

/// Checks that no value of a primary key is NULL or stands twice.
pub(super) fn check_primary(stored: &Stored, key: &Key, kind: ErrorKind) -> Result<()> {
    let columns = key_columns(stored, &key.columns, kind)?;
    let mut bytes = Vec::new();
    stored.each(|row| match columns.put(row, &mut bytes) {
        0 => Ok(()),
        _ => Err(violated(kind, &stored.schema, format!("primary key \"{}\" meets NULL", key.name), row)),
    })?;
    check_key(stored, "primary key", key, kind)
}

/// Checks that no value of a key stands twice.
pub(super) fn check_key(stored: &Stored, what: &str, key: &Key, kind: ErrorKind) -> Result<()> {
    let columns = key_columns(stored, &key.columns, kind)?;
    check_distinct(stored, &columns, key.nulls_collide, &format!("{what} \"{}\"", key.name), kind)
}

/// Checks a unique index, unless it is on expressions or part of the rows: those are not evaluated.
pub(super) fn check_index(stored: &Stored, index: &Index, kind: ErrorKind) -> Result<()> {
    match KeyColumns::of_index(&stored.schema, index) {
        Some(columns) => check_distinct(stored, &columns, false, &format!("unique index \"{}\"", index.name), kind),
        None => Ok(()),
    }
}

fn key_columns(stored: &Stored, names: &[String], kind: ErrorKind) -> Result<KeyColumns> {
    KeyColumns::new(&stored.schema, names).ok_or_else(|| {
        Error::new(kind, format!("a key names columns that the table lacks: {}", names.join(", ")))
            .object(stored.schema.name.clone())
    })
}

fn check_distinct(stored: &Stored, columns: &KeyColumns, nulls: bool, what: &str, kind: ErrorKind) -> Result<()> {
    let (mut seen, mut bytes) = (HashSet::new(), Vec::new());
    stored.each(|row| {
        if columns.put(row, &mut bytes) > 0 && !nulls {
            return Ok(());
        }
        if seen.contains(&bytes) {
            return Err(violated(kind, &stored.schema, format!("two rows are equal in {what}"), row));
        }
        seen.insert(bytes.clone());
        Ok(())
    })?;
    Ok(())
}

/// Checks that every row that references another one finds it.
pub(super) fn check_foreign(state: &State, stored: &Stored, key: &ForeignKey, kind: ErrorKind) -> Result<()> {
    if key.not_validated {
        return Ok(());
    }
    each_dangling(state, stored, key, kind, |row| {
        let what = format!("foreign key \"{}\" references a row that does not exist", key.name);
        Err(violated(kind, &stored.schema, what, row))
    })
}

/// Calls `visit` for every row whose foreign key references no row.
pub(super) fn each_dangling(
    state: &State,
    stored: &Stored,
    key: &ForeignKey,
    kind: ErrorKind,
    mut visit: impl FnMut(&[Cell<'_>]) -> Result<()>,
) -> Result<()> {
    let foreign = state.table(&key.foreign_table, kind)?;
    let (from, to) = (key_columns(stored, &key.columns, kind)?, key_columns(foreign, &key.foreign_columns, kind)?);
    let (mut known, mut bytes) = (HashSet::new(), Vec::new());
    foreign.each(|row| {
        to.put(row, &mut bytes);
        known.insert(bytes.clone());
        Ok(())
    })?;
    stored.each(|row| {
        let dangling = match from.put(row, &mut bytes) {
            0 => !known.contains(&bytes),
            // Simple matching lets a row through as soon as one column is NULL, full matching only if all are.
            nulls => key.match_full && nulls < from.len(),
        };
        if dangling { visit(row) } else { Ok(()) }
    })?;
    Ok(())
}
