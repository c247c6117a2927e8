//! Rows that are too long to be held: read field by field, long text and bytes piece by piece.

use super::{Decoder, Form, malformed, no_text, value};
use crate::backends::mysql::fault::Fault;
use crate::backends::mysql::wire::LongPacket;
use crate::cell::{Cell, LargeKind, RowSink};
use crate::large::{Field, LARGE, MOST_HELD};
use std::io::{Read, Write};

impl Decoder {
    /// Decodes a row of which only the beginning is there.
    ///
    /// # Errors
    /// As [`Decoder::row`]; or the connection's.
    pub(in crate::backends::mysql) fn long_row<S: Read + Write>(
        &self,
        row: &mut LongPacket<'_, S>,
        sink: &mut dyn RowSink,
    ) -> Result<(), Fault> {
        if exact::<1, S>(row, "?")? != [0] {
            return Err(Fault::Protocol("a row packet is malformed"));
        }
        let mut nulls = vec![0; (self.columns.len() + 9) / 8];
        fill(row, &mut nulls, "?")?;
        let mut field = Vec::new();
        for (at, (form, name)) in self.columns.iter().enumerate() {
            // The first two bits are reserved.
            if nulls[(at + 2) / 8] & (1 << ((at + 2) % 8)) != 0 {
                sink.cell(Cell::Null)?;
                continue;
            }
            long_value(*form, name, row, &mut field, sink)?;
        }
        Ok(sink.end_row()?)
    }
}

fn long_value<S: Read + Write>(
    form: Form,
    name: &str,
    row: &mut LongPacket<'_, S>,
    field: &mut Vec<u8>,
    sink: &mut dyn RowSink,
) -> Result<(), Fault> {
    field.clear();
    let length = match form.width() {
        Some(width) => width,
        None => length(row, name, field)?,
    };
    let kind = match form {
        Form::Text => Some(LargeKind::Text),
        Form::Bytes => Some(LargeKind::Bytes),
        _ => None,
    };
    match kind.filter(|_| length > LARGE as u64) {
        Some(kind) => {
            let poured = Field::new(kind, length, row, &|| no_text(name)).pour(sink);
            poured.map_err(|broken| ended(row, name, broken.into()))
        }
        None if length > MOST_HELD as u64 => Err(malformed(name).into()),
        None => {
            let at = field.len();
            field.resize(at + length as usize, 0);
            fill(row, &mut field[at..], name)?;
            Ok(value(form, name, &mut field.as_slice(), sink)?)
        }
    }
}

/// Length of a length-coded string; its bytes are left in `field`, where the decoder for short rows expects them.
fn length<S: Read + Write>(row: &mut LongPacket<'_, S>, name: &str, field: &mut Vec<u8>) -> Result<u64, Fault> {
    field.extend(exact::<1, S>(row, name)?);
    let width = match field[0] {
        short @ 0..=0xFA => return Ok(short.into()),
        0xFC => 2,
        0xFD => 3,
        0xFE => 8,
        _ => return Err(malformed(name).into()),
    };
    let mut length = [0; 8];
    fill(row, &mut length[..width], name)?;
    field.extend_from_slice(&length[..width]);
    Ok(u64::from_le_bytes(length))
}

fn exact<const N: usize, S: Read + Write>(row: &mut LongPacket<'_, S>, name: &str) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    fill(row, &mut bytes, name)?;
    Ok(bytes)
}

fn fill<S: Read + Write>(row: &mut LongPacket<'_, S>, out: &mut [u8], name: &str) -> Result<(), Fault> {
    row.read_exact(out).map_err(|error| ended(row, name, Fault::Io(error)))
}

/// A packet that is shorter than its fields is no broken connection.
#[cold]
fn ended<S: Read + Write>(row: &LongPacket<'_, S>, name: &str, fault: Fault) -> Fault {
    match fault {
        Fault::Io(_) if row.is_read() => malformed(name).into(),
        fault => fault,
    }
}
