//! Numbers of a key column, kept while rows are written: whether one stands twice shows without reading the rows again.
//!
//! Each is kept as its distance from the one before: two bytes where rows lie about in the order of their key.

use crate::backends::hsqldb::model::catalog::{ColumnDef, TableDef};
use crate::backends::hsqldb::model::types::Base;
use std::collections::HashMap;

/// Bytes of distances that are kept, of a chunk and in all: rows of what has more are read again.
const CHUNK_BYTES: usize = 1 << 20;
const BYTES: usize = 64 << 20;

/// The column whose numbers are kept: the first that is like a generated key.
pub(super) fn kept(table: &TableDef) -> Option<&ColumnDef> {
    table.columns.iter().find(|c| matches!(c.ty.base, Base::Bigint | Base::Integer) && !c.nullable)
}

/// The numbers of a chunk, in the order of its rows.
#[derive(Default)]
pub(super) struct Numbers {
    distances: Vec<u8>,
    last: i64,
    count: u64,
}

impl Numbers {
    /// Takes the next number.
    #[inline]
    pub(super) fn take(&mut self, number: i64) {
        if self.distances.len() > CHUNK_BYTES {
            return;
        }
        let distance = number.wrapping_sub(self.last);
        self.last = number;
        self.count += 1;
        // Small distances in either direction are small numbers; seven bits a byte, the highest says that more follow.
        let mut rest = (distance << 1 ^ distance >> 63).cast_unsigned();
        while rest > 0x7F {
            self.distances.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.distances.push(rest as u8);
    }

    /// The distances, if all of `rows` rows have one.
    pub(super) fn of_all(self, rows: u64) -> Option<Vec<u8>> {
        (self.count == rows && self.distances.len() <= CHUNK_BYTES).then_some(self.distances)
    }

    /// Moves what came since the last time behind what came before.
    pub(super) fn move_to(&mut self, all: &mut Numbers) {
        if all.distances.len() <= CHUNK_BYTES {
            all.distances.append(&mut self.distances);
        }
        self.distances.clear();
        (all.last, all.count) = (self.last, self.count);
    }
}

/// The numbers of all tables, chunk by chunk.
#[derive(Default)]
pub(super) struct Kept {
    tables: HashMap<u32, Vec<Vec<u8>>>,
    bytes: usize,
}

impl Kept {
    /// Adds a chunk of a table, where there is room.
    pub(super) fn add(&mut self, table: u32, distances: Vec<u8>) {
        if self.bytes + distances.len() <= BYTES {
            self.bytes += distances.len();
            self.tables.entry(table).or_default().push(distances);
        }
    }

    /// Hands out the numbers of a table with so many chunks, if all are kept and the key holds their column.
    pub(super) fn take(&mut self, table: &TableDef, columns: &[String], chunks: usize) -> Option<Vec<Vec<u8>>> {
        kept(table).filter(|column| columns.contains(&column.name))?;
        let found = self.tables.remove(&table.id)?;
        self.bytes -= found.iter().map(Vec::len).sum::<usize>();
        (found.len() == chunks).then_some(found)
    }
}

/// Whether no number stands twice in these chunks.
pub(super) fn are_distinct(chunks: &[Vec<u8>]) -> bool {
    let mut numbers = Vec::new();
    chunks.iter().for_each(|distances| push_numbers(distances, &mut numbers));
    // Joins what lies in order already.
    numbers.sort();
    numbers.windows(2).all(|pair| pair[0] != pair[1])
}

fn push_numbers(distances: &[u8], numbers: &mut Vec<i64>) {
    let (mut number, mut folded, mut shift) = (0_i64, 0_u64, 0);
    for byte in distances {
        folded |= u64::from(byte & 0x7F) << shift;
        shift += 7;
        if *byte <= 0x7F {
            number = number.wrapping_add((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed());
            numbers.push(number);
            (folded, shift) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::hsqldb::model::catalog::Catalog;
    use proptest::prelude::*;

    /// The numbers as they are handed to the writer, buffer by buffer.
    fn distances(numbers: &[i64]) -> Vec<u8> {
        let (mut own, mut all) = (Numbers::default(), Numbers::default());
        for number in numbers {
            own.take(*number);
            own.move_to(&mut all);
        }
        all.of_all(numbers.len() as u64).unwrap()
    }

    proptest! {
        #[test]
        fn numbers_come_back(numbers in proptest::collection::vec(any::<i64>(), 0..50)) {
            let mut back = Vec::new();
            push_numbers(&distances(&numbers), &mut back);
            prop_assert_eq!(back, numbers);
        }
    }

    #[test]
    fn a_number_that_stands_twice_is_found_wherever_it_is() {
        let chunks = |chunks: &[&[i64]]| are_distinct(&chunks.iter().map(|c| distances(c)).collect::<Vec<_>>());
        assert!(chunks(&[]) && chunks(&[&[3, 1, 2], &[i64::MAX, i64::MIN], &[0]]));
        assert!(!chunks(&[&[1, 2, 2]]) && !chunks(&[&[1, 3, 1]]) && !chunks(&[&[5, 1], &[7], &[8, 5]]));
    }

    #[test]
    fn what_is_not_known_of_every_row_is_not_kept() {
        let mut numbers = Numbers::default();
        numbers.take(1);
        assert_eq!(numbers.of_all(2), None);
        let mut numbers = Numbers::default();
        let rows = CHUNK_BYTES as i64 / 8;
        let mut all = Numbers::default();
        for n in 0..rows {
            numbers.take(if n % 2 == 0 { i64::MIN / 2 } else { n });
            numbers.move_to(&mut all);
        }
        assert!(all.distances.len() < CHUNK_BYTES + 11);
        assert_eq!(all.of_all(rows as u64), None);
    }

    #[test]
    fn only_complete_tables_are_handed_out() {
        let mut catalog = Catalog::template("0123456789");
        let sql = "CREATE TABLE \"t\"(\"n\" BIGINT, \"t\" VARCHAR(5) NOT NULL, \"k\" BIGINT NOT NULL)";
        catalog.apply(sql, "PUBLIC", &|_| false).unwrap();
        let table = catalog.table("PUBLIC", "t").unwrap();
        for (key, chunks, found) in [("k", 2, true), ("k", 3, false), ("n", 2, false)] {
            let mut kept = Kept::default();
            kept.add(table.id, distances(&[1]));
            kept.add(table.id, distances(&[2]));
            assert_eq!(kept.take(table, &[key.into(), "t".into()], chunks).is_some(), found, "{key} {chunks}");
        }
        let mut kept = Kept::default();
        (0..=BYTES >> 20).for_each(|_| kept.add(table.id, vec![0; 1 << 20]));
        assert_eq!(kept.take(table, &["k".into()], (BYTES >> 20) + 1), None);
        assert_eq!(kept.bytes, 0);
    }
}
