//! Hashes of key values, for finding duplicates and references that lead nowhere.
//!
//! A key is 16 bytes of hash: two million rows take up to 64 MB while they are compared.

use super::fault::malformed;
use super::load::database::Database;
use super::load::rows::Blocks;
use super::model::catalog::{ForeignKeyDef, TableDef};
use super::read::{cut, read_columns};
use crate::backends::ReadColumn;
use crate::cell::{Cell, RowSink};
use crate::error::Result;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_128;

/// Bytes below which a table's rows are not worth another thread.
const MIN_PART_BYTES: u64 = 1 << 20;

/// Collects the cells of a key and hashes them. A key that is one whole number stands for itself.
#[derive(Clone)]
pub(super) struct KeyHasher {
    ignore_blanks: bool,
    parts: Vec<Part>,
    /// The whole key, put together.
    key: Vec<u8>,
}

/// One part of a key.
#[derive(Clone, Default)]
struct Part {
    ignore_case: bool,
    taken: bool,
    whole: Option<i64>,
    /// As keys are compared.
    folded: Vec<u8>,
    exact: Vec<u8>,
}

impl KeyHasher {
    /// For keys whose text compares in this way.
    pub(super) fn new(columns: usize, ignore_case: bool, ignore_blanks: bool) -> Self {
        Self::folding(&vec![ignore_case; columns], ignore_blanks)
    }

    /// For keys of a table, as the engine compares them: case by the column's collation, never trailing blanks.
    pub(super) fn of(table: &TableDef, columns: &[String]) -> Self {
        Self::folding(&folds(table, columns), true)
    }

    fn folding(ignore_case: &[bool], ignore_blanks: bool) -> Self {
        let parts = ignore_case.iter().map(|ignore_case| Part { ignore_case: *ignore_case, ..Part::default() });
        KeyHasher { ignore_blanks, parts: parts.collect(), key: Vec::new() }
    }

    /// Takes part number `part` of the key.
    pub(super) fn take(&mut self, part: usize, cell: Cell<'_>) {
        if let Some(part) = self.parts.get_mut(part) {
            part.take(cell, self.ignore_blanks);
        }
    }

    /// Hash of the folded key; `None` if a part is NULL.
    pub(super) fn finish_folded(&mut self) -> Option<u128> {
        let hash = self.whole().or_else(|| self.hash(|part| &part.folded));
        self.parts.iter_mut().for_each(|part| part.taken = false);
        hash
    }

    /// Hash of the folded and of the exact key; `None` if a part is NULL.
    pub(super) fn finish(&mut self) -> Option<(u128, u128)> {
        let exact = self.whole().or_else(|| self.hash(|part| &part.exact));
        self.finish_folded().zip(exact)
    }

    /// Numbers in their order, so that sorting has little to do where rows come in the order of their key.
    fn whole(&self) -> Option<u128> {
        match self.parts.as_slice() {
            [Part { taken: true, whole: Some(n), .. }] => Some(u128::from(n.cast_unsigned() ^ 1 << 63)),
            _ => None,
        }
    }

    fn hash(&mut self, form: impl Fn(&Part) -> &Vec<u8>) -> Option<u128> {
        if self.parts.is_empty() || !self.parts.iter().all(|part| part.taken) {
            return None;
        }
        self.key.clear();
        for part in &self.parts {
            let bytes = form(part);
            self.key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            self.key.extend_from_slice(bytes);
        }
        Some(xxh3_128(&self.key))
    }
}

impl Part {
    fn take(&mut self, cell: Cell<'_>, ignore_blanks: bool) {
        self.taken = !matches!(cell, Cell::Null);
        self.folded.clear();
        self.exact.clear();
        self.whole = None;
        match cell {
            Cell::Text(text) => {
                push_folded(text, self.ignore_case, ignore_blanks, &mut self.folded);
                self.exact.extend_from_slice(text.as_bytes());
            }
            cell => {
                push_plain(cell, &mut self.folded);
                self.exact.extend_from_slice(&self.folded);
                self.whole = whole(cell, &self.folded);
            }
        }
    }
}

/// The whole number that a cell is, whatever its type: columns of several types may reference each other.
fn whole(cell: Cell<'_>, form: &[u8]) -> Option<i64> {
    match cell {
        Cell::I64(n) => Some(n),
        Cell::U64(n) => i64::try_from(n).ok(),
        Cell::Decimal(_) => std::str::from_utf8(form).ok()?.parse().ok(),
        _ => None,
    }
}

/// Case as Java folds it: one character for one.
fn push_folded(text: &str, fold: bool, blanks: bool, out: &mut Vec<u8>) {
    let text = if blanks { text.trim_end_matches(' ') } else { text };
    if !fold {
        return out.extend_from_slice(text.as_bytes());
    }
    if text.is_ascii() {
        return out.extend(text.bytes().map(|b| b.to_ascii_lowercase()));
    }
    let one = |mut cases: Box<dyn Iterator<Item = char>>, c: char| match (cases.next(), cases.next()) {
        (Some(only), None) => only,
        _ => c,
    };
    for c in text.chars() {
        let folded = if c.is_ascii() {
            c.to_ascii_lowercase()
        } else {
            let upper = one(Box::new(c.to_uppercase()), c);
            one(Box::new(upper.to_lowercase()), upper)
        };
        out.extend_from_slice(folded.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// A form in which equal values of one type are equal bytes.
fn push_plain(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::I64(n) => out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes()),
        Cell::U64(n) => out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes()),
        Cell::Decimal(digits) if digits.contains('.') => {
            out.extend_from_slice(digits.trim_end_matches('0').trim_end_matches('.').as_bytes());
        }
        Cell::Decimal(digits) => out.extend_from_slice(digits.as_bytes()),
        Cell::Bool(b) => out.push(u8::from(b)),
        Cell::F64(f) => out.extend_from_slice(&(if f == 0.0 { 0.0 } else { f }).to_bits().to_le_bytes()),
        Cell::F32(f) => out.extend_from_slice(&f.to_bits().to_le_bytes()),
        Cell::Bytes(bytes) | Cell::BrokenText(bytes) | Cell::Bits(bytes, _) => out.extend_from_slice(bytes),
        Cell::Date(days) => out.extend_from_slice(&days.to_le_bytes()),
        Cell::Time(nanos) => out.extend_from_slice(&nanos.to_le_bytes()),
        Cell::TimeTz(nanos, offset) => {
            out.extend_from_slice(&(nanos - i64::from(offset) * 1_000_000_000).to_le_bytes());
        }
        Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => {
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&nanos.to_le_bytes());
        }
        Cell::Interval(months, days, nanos) => {
            out.extend_from_slice(&months.to_le_bytes());
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&nanos.to_le_bytes());
        }
        Cell::Uuid(uuid) => out.extend_from_slice(&uuid),
        Cell::Special(special) => out.extend_from_slice(format!("{special:?}").as_bytes()),
        Cell::Null | Cell::Text(_) => {}
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

/// Hashes of the keys of all rows, sorted; NULLs are left out. All cores read.
///
/// # Errors
/// `Read` when rows cannot be decoded.
pub(super) fn hashes(
    database: &Database,
    table: &TableDef,
    columns: &[String],
    hasher: &KeyHasher,
) -> Result<Vec<u128>> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get()) as u64;
    let bytes = database.rows.get(&table.id).map_or(0, |rows| rows.bytes());
    let parts = cut(database, table, bytes.div_ceil(cores).max(MIN_PART_BYTES));
    let part = |blocks| part_hashes(database, table, columns, hasher.clone(), blocks);
    let found = std::thread::scope(|scope| {
        let part = &part;
        let rest: Vec<_> = parts[1..].iter().map(|blocks| scope.spawn(move || part(*blocks))).collect();
        let first = part(parts[0]);
        let rest = rest.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(malformed("a reader panicked"))));
        std::iter::once(first).chain(rest).collect::<Result<Vec<_>>>()
    })?;
    let mut all = found.concat();
    // Merges what is sorted already.
    all.sort();
    Ok(all)
}

fn part_hashes(
    database: &Database,
    table: &TableDef,
    columns: &[String],
    hasher: KeyHasher,
    blocks: Blocks,
) -> Result<Vec<u128>> {
    let mut sink = HashSink { hasher, part: 0, hashes: Vec::new() };
    let read: Vec<ReadColumn> = columns
        .iter()
        .filter_map(|name| table.column(name))
        .map(|c| ReadColumn { name: c.name.clone(), ty: c.ty.portable(), as_text: false })
        .collect();
    read_columns(database, table, &read, blocks, &mut sink)?;
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
    hashes(database, foreign, &columns, &KeyHasher::of(table, &key.columns))
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
        self.hashes.extend(self.hasher.finish_folded());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(cells: &[Cell<'_>]) -> Option<u128> {
        let mut hasher = KeyHasher::new(cells.len(), true, true);
        cells.iter().enumerate().for_each(|(part, cell)| hasher.take(part, *cell));
        hasher.finish_folded()
    }

    #[test]
    fn equal_keys_have_equal_hashes_whatever_their_types() {
        assert_eq!(hash(&[Cell::I64(-7)]), hash(&[Cell::Decimal("-7.00")]));
        assert_eq!(hash(&[Cell::U64(7)]), hash(&[Cell::I64(7)]));
        assert_eq!(hash(&[Cell::I64(7), Cell::I64(1)]), hash(&[Cell::Decimal("7"), Cell::I64(1)]));
        assert_eq!(hash(&[Cell::Text("\u{c4}b ")]), hash(&[Cell::Text("\u{e4}B")]));
        assert_ne!(hash(&[Cell::Text("7")]), hash(&[Cell::I64(7)]));
        assert_ne!(hash(&[Cell::I64(1), Cell::I64(23)]), hash(&[Cell::I64(12), Cell::I64(3)]));
        assert!(
            hash(&[Cell::I64(i64::MIN)]) < hash(&[Cell::I64(-1)]) && hash(&[Cell::I64(-1)]) < hash(&[Cell::I64(0)])
        );
    }

    #[test]
    fn a_null_makes_no_key_and_leaves_nothing_behind() {
        let mut hasher = KeyHasher::new(2, false, true);
        hasher.take(0, Cell::I64(1));
        hasher.take(1, Cell::I64(2));
        assert!(hasher.finish().is_some());
        hasher.take(0, Cell::I64(1));
        hasher.take(1, Cell::Null);
        assert!(hasher.finish().is_none());
        hasher.take(0, Cell::I64(1));
        assert!(hasher.finish().is_none());
    }
}
