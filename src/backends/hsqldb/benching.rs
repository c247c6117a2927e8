//! The script's codecs for the micro-benchmarks.

use super::files::lobs::LobReader;
use super::model::types::ColumnType;
use super::rows::encode::push_cell;
use super::rows::literal;
use super::rows::split::values;
use super::sql::cursor::Cursor;
use crate::backends::Encoder;
use crate::backends::memory::Value;
use crate::benching::{Decode, Sample};
use crate::cell::{Cell, RowSink};
use crate::error::Result;
use crate::types::Type;

/// The rows as they stand in a script, without the table's name in front.
pub(crate) fn sent(sample: &Sample) -> Result<Vec<Vec<u8>>> {
    let mut lines = Lines::new(sample)?;
    let row = |row: &Vec<Value>| {
        row.iter().try_for_each(|value| lines.cell(value.cell()))?;
        lines.end_row()?;
        Ok(lines.take(Vec::new()))
    };
    sample.rows.iter().map(row).collect()
}

pub(crate) fn decode(sample: &Sample) -> Result<Decode> {
    let (types, mut lobs, mut scratch) = (types(sample)?, LobReader::none(), Vec::new());
    Ok(Box::new(move |row, sink| {
        let mut raws = Vec::with_capacity(types.len());
        values(row, &mut raws)?;
        for (ty, raw) in types.iter().zip(raws) {
            sink.cell(literal::cell(ty, raw, &mut lobs, &mut scratch)?)?;
        }
        sink.end_row()
    }))
}

pub(crate) fn encode(sample: &Sample) -> Result<Box<dyn Encoder>> {
    Ok(Box::new(Lines::new(sample)?))
}

fn types(sample: &Sample) -> Result<Vec<ColumnType>> {
    sample.types.iter().map(|ty| Ok(ColumnType::parse(&mut Cursor::new(ddl(ty))?)?.0)).collect()
}

fn ddl(ty: &Type) -> &'static str {
    match ty {
        Type::Int { .. } => "BIGINT",
        Type::Bool => "BOOLEAN",
        Type::Decimal { .. } => "DECIMAL(28,8)",
        Type::Float { .. } => "DOUBLE",
        Type::Bytes { .. } => "VARBINARY(200)",
        Type::Date => "DATE",
        Type::Timestamp { .. } => "TIMESTAMP(6)",
        _ => "VARCHAR(200)",
    }
}

/// Values of a row, separated by commas and closed by a bracket.
struct Lines {
    types: Vec<ColumnType>,
    at: usize,
    buffer: Vec<u8>,
}

impl Lines {
    fn new(sample: &Sample) -> Result<Self> {
        Ok(Lines { types: types(sample)?, at: 0, buffer: Vec::new() })
    }
}

impl RowSink for Lines {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        if self.at > 0 {
            self.buffer.push(b',');
        }
        push_cell(&self.types[self.at], cell, None, &mut self.buffer)?;
        self.at += 1;
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        self.buffer.extend_from_slice(b")\n");
        self.at = 0;
        Ok(())
    }
}

impl Encoder for Lines {
    fn len(&self) -> usize {
        self.buffer.len()
    }

    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8> {
        std::mem::replace(&mut self.buffer, fresh)
    }
}
