//! The checksum of rows: a canonical form that does not depend on the engine, hashed and summed.
//!
//! Per cell its canonical form, which tells where it ends; per row xxh3-128;
//! per table the number of rows and the sum of hashes modulo 2^128. A sum, unlike an exclusive or,
//! does not cancel out rows that stand twice, and does not depend on the order of rows.

mod form;

use crate::cell::{Cell, FrameSink, Large, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::hashed::Hashed;
use crate::large::{drain, gather};
use crate::plan::Canon;
use form::{BYTES, TEXT, canonical};
use serde::Serialize;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Number of rows and sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sum {
    /// Rows.
    pub(crate) rows: u64,
    /// Σ hash mod 2^128.
    pub(crate) hash: u128,
}

impl Sum {
    /// Adds one row's hash.
    #[inline]
    pub(crate) fn add(&mut self, hash: u128) {
        self.rows += 1;
        self.hash = self.hash.wrapping_add(hash);
    }

    /// What is left when a part is taken away. A side that is written meanwhile can lack rows of the part.
    pub(crate) fn without(self, part: Sum) -> Sum {
        Sum { rows: self.rows.saturating_sub(part.rows), hash: self.hash.wrapping_sub(part.hash) }
    }

    /// Adds the rows of another part.
    pub(crate) fn merge(&mut self, other: Sum) {
        self.rows += other.rows;
        self.hash = self.hash.wrapping_add(other.hash);
    }
}

/// Sink that hashes rows on their way to the next sink.
pub(crate) struct Digest<'a, S> {
    canons: &'a [Canon],
    column: usize,
    row: Vec<u8>,
    /// What came before `row` of a row with large values.
    begun: Option<Box<Xxh3>>,
    pub(crate) sum: Sum,
    pub(crate) next: S,
}

impl<'a, S> Digest<'a, S> {
    pub(crate) fn new(canons: &'a [Canon], next: S) -> Self {
        Digest { canons, column: 0, row: Vec::with_capacity(1024), begun: None, sum: Sum::default(), next }
    }

    fn canon(&self) -> Result<Canon> {
        let canon = self.canons.get(self.column).copied();
        canon.ok_or_else(|| Error::new(ErrorKind::Read, "the server sent more columns than were asked for"))
    }
}

impl<S: RowSink> RowSink for Digest<'_, S> {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        canonical(self.canon()?, cell, &mut self.row)?;
        self.column += 1;
        self.next.cell(cell)
    }

    /// The same hash as of the value in one piece.
    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        let tag = match (self.canon()?, value.kind()) {
            (Canon::Text, LargeKind::Text) => TEXT,
            (Canon::Bytes, _) => BYTES,
            // The blanks that padded text ends with do not count, so that its length shows at its end.
            _ => return gather(value, |cell| self.cell(cell)),
        };
        self.row.push(tag);
        self.row.extend_from_slice(&value.bytes().to_le_bytes());
        self.column += 1;
        let hasher = self.begun.get_or_insert_default();
        hasher.update(&self.row);
        self.row.clear();
        let mut hashed = Hashed { hasher, value };
        self.next.large(&mut hashed)?;
        drain(&mut hashed)
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        let hash = match self.begun.take() {
            None => xxh3_128(&self.row),
            Some(mut hasher) => {
                hasher.update(&self.row);
                hasher.digest128()
            }
        };
        self.sum.add(hash);
        self.row.clear();
        self.column = 0;
        self.next.end_row()
    }
}

/// Sink that hashes frames on their way to the next sink. Bytes of a frame before the payload: type and length.
pub(crate) struct DigestFrames<S> {
    pub(crate) sum: Sum,
    pub(crate) next: S,
}

impl<S: FrameSink> FrameSink for DigestFrames<S> {
    #[inline]
    fn frame(&mut self, frame: &[u8]) -> Result<()> {
        self.sum.add(xxh3_128(frame));
        self.next.frame(frame)
    }

    fn large(&mut self, row: &mut dyn Large) -> Result<()> {
        let mut hasher = Xxh3::new();
        let mut hashed = Hashed { hasher: &mut hasher, value: row };
        self.next.large(&mut hashed)?;
        drain(&mut hashed)?;
        self.sum.add(hasher.digest128());
        Ok(())
    }
}

/// Sink that only counts rows, and the end of every chain that does not write.
#[derive(Default)]
pub(crate) struct Discard {
    pub(crate) rows: u64,
}

impl RowSink for Discard {
    fn cell(&mut self, _cell: Cell<'_>) -> Result<()> {
        Ok(())
    }

    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        drain(value)
    }

    fn end_row(&mut self) -> Result<()> {
        self.rows += 1;
        Ok(())
    }
}

impl FrameSink for Discard {
    fn frame(&mut self, _frame: &[u8]) -> Result<()> {
        self.rows += 1;
        Ok(())
    }

    fn large(&mut self, row: &mut dyn Large) -> Result<()> {
        self.rows += 1;
        drain(row)
    }
}

#[cfg(test)]
mod tests;
