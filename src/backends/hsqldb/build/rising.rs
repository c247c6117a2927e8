//! Numbers that only rise from row to row: a key with such a column is unique, and no row need be read again for it.

use crate::backends::hsqldb::model::catalog::TableDef;
use crate::backends::hsqldb::model::types::Base;
use std::collections::HashMap;

/// First and last number of a column in a chunk.
type Stretch = (i64, i64);

/// The numbers of one column of a chunk, as they come.
#[derive(Default)]
pub(super) struct Rising {
    stretch: Stretch,
    /// Numbers that were larger than all before: as many as there are rows, if none was not.
    count: u64,
}

impl Rising {
    /// Takes the next number.
    #[inline]
    pub(super) fn take(&mut self, number: i64) {
        if self.count == 0 {
            self.stretch = (number, number);
            self.count = 1;
        } else if number > self.stretch.1 {
            self.stretch.1 = number;
            self.count += 1;
        }
    }

    /// From where to where the numbers of `rows` rows rise, if they do.
    pub(super) fn stretch(&self, rows: u64) -> Option<Stretch> {
        (rows > 0 && self.count == rows).then_some(self.stretch)
    }
}

/// What is known of a chunk when so many of its rows are written: the columns, by number, whose numbers rise.
#[derive(Clone, Default)]
pub(super) struct Risen {
    pub(super) rows: u64,
    pub(super) columns: Vec<(u32, Stretch)>,
}

/// The columns of all chunks whose numbers rise, by table and column.
#[derive(Default)]
pub(super) struct Stretches(HashMap<(u32, u32), Vec<Stretch>>);

impl Stretches {
    /// Adds a chunk of a table.
    pub(super) fn add(&mut self, table: u32, risen: &Risen) {
        for (column, stretch) in &risen.columns {
            self.0.entry((table, *column)).or_default().push(*stretch);
        }
    }

    /// Whether a key of a table that consists of so many chunks holds a column in which no number stands twice.
    pub(super) fn prove(&self, table: &TableDef, columns: &[String], chunks: usize) -> bool {
        columns.iter().filter_map(|name| table.column(name)).any(|column| {
            let mut stretches = self.0.get(&(table.id, column.id)).cloned().unwrap_or_default();
            stretches.sort_unstable();
            stretches.len() == chunks && stretches.windows(2).all(|pair| pair[0].1 < pair[1].0)
        })
    }
}

/// Whether the numbers of a column of this kind are worth watching.
pub(super) fn is_watched(base: &Base) -> bool {
    matches!(base, Base::Bigint | Base::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::hsqldb::model::catalog::Catalog;

    fn risen(numbers: &[i64]) -> Risen {
        let mut rising = Rising::default();
        numbers.iter().for_each(|n| rising.take(*n));
        let rows = numbers.len() as u64;
        Risen { rows, columns: rising.stretch(rows).map(|stretch| (1, stretch)).into_iter().collect() }
    }

    /// Whether a key of the second column, whose chunks hold these numbers, is proved.
    fn proved(chunks: &[&[i64]]) -> bool {
        let mut catalog = Catalog::template("0123456789");
        catalog.apply("CREATE TABLE \"t\"(\"a\" INTEGER, \"b\" INTEGER)", "PUBLIC", &|_| false).unwrap();
        let table = catalog.table("PUBLIC", "t").unwrap();
        let mut stretches = Stretches::default();
        for chunk in chunks {
            let mut risen = risen(chunk);
            risen.columns.iter_mut().for_each(|(column, _)| *column = table.columns[1].id);
            stretches.add(table.id, &risen);
        }
        assert!(!stretches.prove(table, &["a".into()], chunks.len()));
        stretches.prove(table, &["a".into(), "b".into()], chunks.len())
    }

    #[test]
    fn only_numbers_that_rise_everywhere_prove_a_key() {
        assert!(proved(&[&[i64::MIN, 0, 7], &[8], &[9, i64::MAX]]));
        assert!(proved(&[&[9, 10], &[1, 2]]), "chunks may come in any order");
        for chunks in
            [&[&[1, 2, 2][..]][..], &[&[2, 1, 3]], &[&[1, 5], &[5, 6]], &[&[1, 5], &[2, 3]], &[&[1, 2], &[4, 3]]]
        {
            assert!(!proved(chunks), "{chunks:?}");
        }
    }

    #[test]
    fn a_row_without_a_number_proves_nothing() {
        let mut rising = Rising::default();
        rising.take(1);
        rising.take(2);
        assert_eq!((rising.stretch(2), rising.stretch(3)), (Some((1, 2)), None));
        assert_eq!(Rising::default().stretch(0), None);
    }
}
