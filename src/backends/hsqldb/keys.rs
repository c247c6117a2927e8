//! Hashes of key values, for finding duplicates and references that lead nowhere.
//!
//! A key is 16 bytes of hash: two million rows take 32 MB while they are compared.

use super::load::database::Database;
use super::load::rows::Blocks;
use super::model::catalog::{ForeignKeyDef, TableDef};
use super::read::read_rows;
use crate::backends::ReadColumn;
use crate::cell::{Cell, RowSink};
use crate::error::Result;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_128;

/// Collects the cells of a key, in the key's order, and hashes them.
pub(super) struct KeyHasher {
    ignore_case: Vec<bool>,
    ignore_blanks: bool,
    /// Folded and exact form of each part; `None` for NULL.
    parts: Vec<Option<(Vec<u8>, Vec<u8>)>>,
}

impl KeyHasher {
    /// For keys whose text compares in this way.
    pub(super) fn new(columns: usize, ignore_case: bool, ignore_blanks: bool) -> Self {
        KeyHasher { ignore_case: vec![ignore_case; columns], ignore_blanks, parts: vec![None; columns] }
    }

    /// For keys of a table, as the engine compares them: case by the column's collation, never trailing blanks.
    pub(super) fn of(table: &TableDef, columns: &[String]) -> Self {
        let fold = |name: &String| table.column(name).is_some_and(|c| c.ignores_case());
        let ignore_case = columns.iter().map(fold).collect();
        KeyHasher { ignore_case, ignore_blanks: true, parts: vec![None; columns.len()] }
    }

    /// Takes part number `part` of the key.
    pub(super) fn take(&mut self, part: usize, cell: Cell<'_>) {
        let fold = self.ignore_case.get(part).copied().unwrap_or(false);
        let form = match cell {
            Cell::Null => None,
            Cell::Text(text) => Some((fold_text(text, fold, self.ignore_blanks), text.as_bytes().to_vec())),
            cell => Some((plain(cell), plain(cell))),
        };
        if let Some(slot) = self.parts.get_mut(part) {
            *slot = form;
        }
    }

    /// Hash of the folded and of the exact key; `None` if a part is NULL.
    pub(super) fn finish(&mut self) -> Option<(u128, u128)> {
        let (mut folded, mut exact) = (Vec::new(), Vec::new());
        let mut null = self.parts.is_empty();
        for part in &mut self.parts {
            match part.take() {
                None => null = true,
                Some((f, e)) => {
                    for (bytes, out) in [(f, &mut folded), (e, &mut exact)] {
                        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                        out.extend_from_slice(&bytes);
                    }
                }
            }
        }
        (!null).then(|| (xxh3_128(&folded), xxh3_128(&exact)))
    }
}

/// Case as Java folds it: one character for one.
fn fold_text(text: &str, fold: bool, blanks: bool) -> Vec<u8> {
    let text = if blanks { text.trim_end_matches(' ') } else { text };
    if !fold {
        return text.as_bytes().to_vec();
    }
    let one = |mut cases: Box<dyn Iterator<Item = char>>, c: char| match (cases.next(), cases.next()) {
        (Some(only), None) => only,
        _ => c,
    };
    let fold = |c: char| {
        if c.is_ascii() {
            return c.to_ascii_lowercase();
        }
        let upper = one(Box::new(c.to_uppercase()), c);
        one(Box::new(upper.to_lowercase()), upper)
    };
    text.chars().map(fold).collect::<String>().into_bytes()
}

/// A form in which equal values of one type are equal bytes.
fn plain(cell: Cell<'_>) -> Vec<u8> {
    match cell {
        Cell::I64(n) => n.to_string().into_bytes(),
        Cell::U64(n) => n.to_string().into_bytes(),
        Cell::Decimal(digits) if digits.contains('.') => digits.trim_end_matches('0').trim_end_matches('.').into(),
        Cell::Decimal(digits) => digits.into(),
        Cell::Bool(b) => vec![u8::from(b)],
        Cell::F64(f) => (if f == 0.0 { 0.0 } else { f }).to_bits().to_le_bytes().to_vec(),
        Cell::F32(f) => f.to_bits().to_le_bytes().to_vec(),
        Cell::Bytes(bytes) | Cell::BrokenText(bytes) | Cell::Bits(bytes, _) => bytes.to_vec(),
        Cell::Date(days) => days.to_le_bytes().to_vec(),
        Cell::Time(nanos) => nanos.to_le_bytes().to_vec(),
        Cell::TimeTz(nanos, offset) => (nanos - i64::from(offset) * 1_000_000_000).to_le_bytes().to_vec(),
        Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => {
            [&days.to_le_bytes()[..], &nanos.to_le_bytes()].concat()
        }
        Cell::Interval(months, days, nanos) => {
            [&months.to_le_bytes()[..], &days.to_le_bytes(), &nanos.to_le_bytes()].concat()
        }
        Cell::Uuid(uuid) => uuid.to_vec(),
        Cell::Special(special) => format!("{special:?}").into_bytes(),
        Cell::Null | Cell::Text(_) => Vec::new(),
    }
}

/// Finds keys that are equal when folded but not exactly.
#[derive(Default)]
pub(super) struct Uniqueness {
    /// Folded hash → exact hash of its first key, and whether another one was met.
    seen: HashMap<u128, (u128, bool)>,
}

impl Uniqueness {
    /// Takes the key of a row.
    pub(super) fn add(&mut self, folded: u128, exact: u128) {
        let entry = self.seen.entry(folded).or_insert((exact, false));
        entry.1 |= entry.0 != exact;
    }

    /// Groups of keys that collide.
    pub(super) fn collisions(&self) -> u64 {
        self.seen.values().filter(|(_, collides)| *collides).count() as u64
    }
}

/// Hashes of the keys of all rows, sorted; NULLs are left out.
///
/// # Errors
/// `Read` when rows cannot be decoded.
pub(super) fn hashes(
    database: &Database,
    table: &TableDef,
    columns: &[String],
    hasher: KeyHasher,
) -> Result<Vec<u128>> {
    let mut sink = HashSink { hasher, part: 0, hashes: Vec::new() };
    let read: Vec<ReadColumn> = columns
        .iter()
        .filter_map(|name| table.column(name))
        .map(|c| ReadColumn { name: c.name.clone(), ty: c.ty.portable(), as_text: false })
        .collect();
    read_rows(database, table, &read, Blocks::ALL, &mut sink)?;
    sink.hashes.sort_unstable();
    Ok(sink.hashes)
}

/// Hashes of the keys that a foreign key may point to, sorted.
///
/// # Errors
/// `Read` when rows cannot be decoded.
pub(super) fn referenced(database: &Database, table: &TableDef, key: &ForeignKeyDef) -> Result<Vec<u128>> {
    let schema = key.foreign.schema.as_deref().unwrap_or(&table.schema);
    let Some(foreign) = database.catalog.table(schema, &key.foreign.name) else { return Ok(Vec::new()) };
    let columns = match (key.foreign_columns.is_empty(), &foreign.primary_key) {
        (true, Some(primary)) => primary.columns.clone(),
        _ => key.foreign_columns.clone(),
    };
    let hasher = KeyHasher { ignore_case: folds(table, &key.columns), ..KeyHasher::of(foreign, &columns) };
    hashes(database, foreign, &columns, hasher)
}

/// Which columns of a key compare without case.
pub(super) fn folds(table: &TableDef, columns: &[String]) -> Vec<bool> {
    columns.iter().map(|name| table.column(name).is_some_and(|c| c.ignores_case())).collect()
}

struct HashSink {
    hasher: KeyHasher,
    part: usize,
    hashes: Vec<u128>,
}

impl RowSink for HashSink {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.hasher.take(self.part, cell);
        self.part += 1;
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        self.part = 0;
        self.hashes.extend(self.hasher.finish().map(|(folded, _)| folded));
        Ok(())
    }
}
