//! Rows that are too long to be held: read field by field, long text and bytes piece by piece.

use super::{Bad, Decoder, as_text, bad_field, broken_row};
use crate::backends::ReadColumn;
use crate::backends::postgresql::fault::Fault;
use crate::backends::postgresql::wire::LongRow;
use crate::cell::{Cell, LargeKind, RowSink};
use crate::large::{Field, LARGE, MOST_HELD};
use crate::types::Type;
use std::io::Read;

/// How a column's long values lie in their fields.
#[derive(Clone, Copy)]
pub(super) struct Large {
    kind: LargeKind,
    /// Behind a version byte (`jsonb`).
    versioned: bool,
}

impl Large {
    /// `None` where values are never long, or need to be seen as a whole.
    pub(super) fn of(column: &ReadColumn) -> Option<Large> {
        let (kind, versioned) = match &column.ty {
            _ if as_text(column) => (LargeKind::Text, false),
            Type::Text { .. } | Type::Enum { .. } | Type::Set { .. } => (LargeKind::Text, false),
            Type::Json { binary } => (LargeKind::Text, *binary),
            Type::Bytes { .. } => (LargeKind::Bytes, false),
            _ => return None,
        };
        Some(Large { kind, versioned })
    }
}

impl Decoder {
    /// Delivers a row of which only the beginning is there.
    pub(in crate::backends::postgresql) fn long_row(
        &mut self,
        row: &mut LongRow<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<(), Fault> {
        if usize::from(u16::from_be_bytes(fixed(row)?)) != self.columns.len() {
            return Err(Fault::Sink(broken_row()));
        }
        for at in 0..self.columns.len() {
            match i32::from_be_bytes(fixed(row)?) {
                -1 => sink.cell(Cell::Null).map_err(Fault::Sink)?,
                length => {
                    let length = usize::try_from(length).map_err(|_| Fault::Sink(broken_row()))?;
                    self.long_field(at, length, row, sink)?;
                }
            }
        }
        sink.end_row().map_err(Fault::Sink)
    }

    fn long_field(
        &mut self,
        at: usize,
        length: usize,
        row: &mut LongRow<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<(), Fault> {
        let bad = |bad, names: &[String]| Fault::Sink(bad_field(bad, &names[at]));
        if length as u64 > row.left() {
            return Err(Fault::Sink(broken_row()));
        }
        match self.large[at].filter(|_| length > LARGE) {
            Some(large) => {
                if large.versioned && fixed(row)? != [1] {
                    return Err(bad(Bad::Bytes, &self.names));
                }
                let length = length - usize::from(large.versioned);
                let no_text = || bad_field(Bad::Utf8, &self.names[at]);
                Ok(Field::new(large.kind, length as u64, row, &no_text).pour(sink)?)
            }
            None if length > MOST_HELD => Err(bad(Bad::Bytes, &self.names)),
            None => {
                self.field.resize(length, 0);
                row.read_exact(&mut self.field)?;
                (self.columns[at])(&self.field, &mut self.scratch, sink).map_err(|error| bad(error, &self.names))
            }
        }
    }
}

fn fixed<const N: usize>(row: &mut LongRow<'_>) -> Result<[u8; N], Fault> {
    if row.left() < N as u64 {
        return Err(Fault::Sink(broken_row()));
    }
    let mut bytes = [0; N];
    row.read_exact(&mut bytes)?;
    Ok(bytes)
}
