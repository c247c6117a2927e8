//! What the log changed in one table, laid over the rows of the script or the data file.

use super::rows::KeyMaker;
use super::session::Change;
use crate::backends::hsqldb::rows::split::values;
use crate::error::Result;
use std::collections::BTreeMap;

/// A row that the log holds.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Columns it was written with.
    pub(crate) layout: usize,
    /// Its values, up to the closing bracket.
    pub(crate) values: Box<[u8]>,
}

/// Changes of one table. Tables with a primary key are kept by key; others as a count of equal rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// All earlier rows are gone.
    pub(crate) emptied: bool,
    /// The row of a key, or `None` where it was deleted.
    pub(crate) keyed: BTreeMap<Box<[u8]>, Option<Row>>,
    /// How many rows more (or fewer, if negative) there are than before.
    pub(crate) counted: BTreeMap<Box<[u8]>, (i64, Row)>,
}

impl Overlay {
    /// Removes everything.
    pub(crate) fn empty(&mut self) {
        *self = Overlay { emptied: true, ..Overlay::default() };
    }

    /// Takes a committed change.
    pub(crate) fn change(&mut self, change: Change) {
        let Change { key, has_key, deleted, row, .. } = change;
        if has_key {
            self.keyed.insert(key, (!deleted).then_some(row));
        } else {
            let (count, _) = self.counted.entry(key).or_insert((0, row));
            *count += if deleted { -1 } else { 1 };
        }
    }

    /// Tells rows without key apart by the columns of today.
    ///
    /// # Errors
    /// `Read` when a value cannot be decoded.
    pub(crate) fn rekey(&mut self, maker: &mut KeyMaker) -> Result<()> {
        for (_, (count, row)) in std::mem::take(&mut self.counted) {
            let mut raws = Vec::new();
            values(&row.values, &mut raws)?;
            let key: Box<[u8]> = maker.key(row.layout, &raws)?.into();
            self.counted.entry(key).or_insert((0, row)).0 += count;
        }
        Ok(())
    }

    /// Whether it holds rows of its own.
    pub(crate) fn has_rows(&self) -> bool {
        self.keyed.values().any(Option::is_some) || self.counted.values().any(|(count, _)| *count > 0)
    }

    /// Rows of its own with how often each stands.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&Row, u64)> {
        let keyed = self.keyed.values().filter_map(|row| Some((row.as_ref()?, 1)));
        let counted = self.counted.values().filter_map(|(count, row)| Some((row, u64::try_from(*count).ok()?)));
        keyed.chain(counted)
    }

    /// Whether rows without key were deleted: then one reader must see all rows.
    pub(crate) fn counts_down(&self) -> bool {
        self.counted.values().any(|(count, _)| *count < 0)
    }

    /// Memory-friendly estimate of how the number of rows changed.
    pub(crate) fn growth(&self) -> i64 {
        let keyed: i64 = self.keyed.values().map(|row| i64::from(row.is_some())).sum();
        keyed + self.counted.values().map(|(count, _)| *count).sum::<i64>()
    }
}
