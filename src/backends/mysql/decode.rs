//! Binary protocol rows to cells, without a copy or an allocation per value.

mod long;

use super::fields::{bits, date, decimal, time, timestamp, uuid};
use super::session::WireColumn;
use super::types::is_hex_native;
use crate::backends::ReadColumn;
use crate::cell::{Cell, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Type;
use mysql_common::constants::ColumnType as Wire;

/// How one column's values lie on the wire and which cells they become. Chosen once per table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    Decimal,
    Text,
    Bytes,
    Uuid,
    Bits(u32),
    Date,
    Timestamp,
    Instant,
    Time,
}

impl Form {
    /// Bytes of a value that has no length in front of it.
    fn width(self) -> Option<u64> {
        match self {
            Form::I8 | Form::U8 => Some(1),
            Form::I16 | Form::U16 => Some(2),
            Form::I32 | Form::U32 | Form::F32 => Some(4),
            Form::I64 | Form::U64 | Form::F64 => Some(8),
            _ => None,
        }
    }
}

/// Decoder of one table's rows.
pub(super) struct Decoder {
    columns: Vec<(Form, String)>,
}

impl Decoder {
    /// Chooses a form per column from what is wanted and what the server sends.
    ///
    /// # Errors
    /// `Read` when the server sends another number of columns or a type that does not belong there.
    pub(super) fn new(wanted: &[ReadColumn], sent: &[WireColumn]) -> Result<Decoder> {
        if wanted.len() != sent.len() {
            return Err(Error::new(ErrorKind::Read, "the server sent another number of columns than asked for"));
        }
        let forms = wanted.iter().zip(sent).map(|(column, wire)| Ok((choose(column, *wire)?, column.name.clone())));
        Ok(Decoder { columns: forms.collect::<Result<_>>()? })
    }

    /// Decodes a row packet into `sink`.
    ///
    /// # Errors
    /// `Read` when the packet is malformed or a text is not valid; what the sink returned.
    pub(super) fn row(&self, packet: &[u8], sink: &mut dyn RowSink) -> Result<()> {
        let nulls_len = (self.columns.len() + 9) / 8;
        let Some((nulls, mut rest)) = packet.get(1..).and_then(|p| p.split_at_checked(nulls_len)) else {
            return Err(malformed("?"));
        };
        for (at, (form, name)) in self.columns.iter().enumerate() {
            // The first two bits are reserved.
            if nulls[(at + 2) / 8] & (1 << ((at + 2) % 8)) != 0 {
                sink.cell(Cell::Null)?;
                continue;
            }
            value(*form, name, &mut rest, sink)?;
        }
        sink.end_row()
    }
}

fn malformed(column: &str) -> Error {
    Error::new(ErrorKind::Read, "a row packet of the server is malformed").object(column)
}

/// Chooses how a column is decoded.
fn choose(column: &ReadColumn, wire: WireColumn) -> Result<Form> {
    let is = |kind: Wire| wire.kind == kind as u8;
    let form = if is(Wire::MYSQL_TYPE_TINY) {
        if wire.unsigned { Form::U8 } else { Form::I8 }
    } else if is(Wire::MYSQL_TYPE_SHORT) || is(Wire::MYSQL_TYPE_YEAR) {
        if wire.unsigned { Form::U16 } else { Form::I16 }
    } else if is(Wire::MYSQL_TYPE_LONG) || is(Wire::MYSQL_TYPE_INT24) {
        if wire.unsigned { Form::U32 } else { Form::I32 }
    } else if is(Wire::MYSQL_TYPE_LONGLONG) {
        if wire.unsigned { Form::U64 } else { Form::I64 }
    } else if is(Wire::MYSQL_TYPE_FLOAT) {
        Form::F32
    } else if is(Wire::MYSQL_TYPE_DOUBLE) {
        Form::F64
    } else if is(Wire::MYSQL_TYPE_NEWDECIMAL) || is(Wire::MYSQL_TYPE_DECIMAL) {
        Form::Decimal
    } else if is(Wire::MYSQL_TYPE_DATE) || is(Wire::MYSQL_TYPE_NEWDATE) {
        Form::Date
    } else if is(Wire::MYSQL_TYPE_DATETIME) {
        Form::Timestamp
    } else if is(Wire::MYSQL_TYPE_TIMESTAMP) {
        Form::Instant
    } else if is(Wire::MYSQL_TYPE_TIME) {
        Form::Time
    } else {
        string_form(column, wire)
    };
    let numeric_or_time = !matches!(form, Form::Text | Form::Bytes | Form::Uuid | Form::Bits(_));
    if numeric_or_time && (column.as_text || wants_string(&column.ty)) {
        return Err(
            Error::new(ErrorKind::Read, "the server sent another type than its catalog says").object(&*column.name)
        );
    }
    Ok(form)
}

fn wants_string(ty: &Type) -> bool {
    matches!(ty, Type::Text { .. } | Type::Bytes { .. } | Type::Enum { .. } | Type::Set { .. } | Type::Json { .. })
}

fn string_form(column: &ReadColumn, wire: WireColumn) -> Form {
    match &column.ty {
        _ if column.as_text => Form::Text,
        Type::Bits { len, .. } if wire.kind == Wire::MYSQL_TYPE_BIT as u8 => Form::Bits(len.unwrap_or(64)),
        Type::Bytes { .. } => Form::Bytes,
        Type::Uuid => Form::Uuid,
        Type::Native { name, .. } if is_hex_native(name) => Form::Bytes,
        _ => Form::Text,
    }
}

/// Takes `N` bytes off the row.
#[inline]
fn fixed<const N: usize>(rest: &mut &[u8], name: &str) -> Result<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or_else(|| malformed(name))?;
    *rest = tail;
    Ok(*head)
}

/// Takes a length-coded string off the row.
#[inline]
fn string<'a>(rest: &mut &'a [u8], name: &str) -> Result<&'a [u8]> {
    let (&first, tail) = rest.split_first().ok_or_else(|| malformed(name))?;
    *rest = tail;
    let len = match first {
        0..=0xFA => usize::from(first),
        0xFC => usize::from(u16::from_le_bytes(fixed(rest, name)?)),
        0xFD => {
            let [a, b, c] = fixed(rest, name)?;
            u32::from_le_bytes([a, b, c, 0]) as usize
        }
        0xFE => usize::try_from(u64::from_le_bytes(fixed(rest, name)?)).map_err(|_| malformed(name))?,
        _ => return Err(malformed(name)),
    };
    let (head, tail) = rest.split_at_checked(len).ok_or_else(|| malformed(name))?;
    *rest = tail;
    Ok(head)
}

#[inline]
fn value(form: Form, name: &str, rest: &mut &[u8], sink: &mut dyn RowSink) -> Result<()> {
    let cell = match form {
        Form::I8 => Cell::I64(i8::from_le_bytes(fixed(rest, name)?).into()),
        Form::U8 => Cell::I64(u8::from_le_bytes(fixed(rest, name)?).into()),
        Form::I16 => Cell::I64(i16::from_le_bytes(fixed(rest, name)?).into()),
        Form::U16 => Cell::I64(u16::from_le_bytes(fixed(rest, name)?).into()),
        Form::I32 => Cell::I64(i32::from_le_bytes(fixed(rest, name)?).into()),
        Form::U32 => Cell::I64(u32::from_le_bytes(fixed(rest, name)?).into()),
        Form::I64 => Cell::I64(i64::from_le_bytes(fixed(rest, name)?)),
        Form::U64 => Cell::U64(u64::from_le_bytes(fixed(rest, name)?)),
        Form::F32 => Cell::F32(f32::from_le_bytes(fixed(rest, name)?)),
        Form::F64 => Cell::F64(f64::from_le_bytes(fixed(rest, name)?)),
        Form::Text => Cell::Text(text(string(rest, name)?, name)?),
        Form::Bytes => Cell::Bytes(string(rest, name)?),
        Form::Decimal => return decimal(text(string(rest, name)?, name)?, sink),
        Form::Uuid => Cell::Uuid(uuid(string(rest, name)?).ok_or_else(|| malformed(name))?),
        Form::Bits(len) => return bits(string(rest, name)?, len, sink),
        Form::Date => date(string(rest, name)?).ok_or_else(|| malformed(name))?,
        Form::Timestamp => timestamp(string(rest, name)?, false).ok_or_else(|| malformed(name))?,
        Form::Instant => timestamp(string(rest, name)?, true).ok_or_else(|| malformed(name))?,
        Form::Time => Cell::Time(time(string(rest, name)?).ok_or_else(|| malformed(name))?),
    };
    sink.cell(cell)
}

#[inline]
fn text<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| no_text(name))
}

#[cold]
fn no_text(name: &str) -> Error {
    Error::new(ErrorKind::Read, "the column holds text that is not valid UTF-8")
        .object(name)
        .help("repair the rows on the source, or change the column to a binary type there")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Last(String);

    impl RowSink for Last {
        fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
            self.0 = cell.kind().to_string();
            Ok(())
        }

        fn end_row(&mut self) -> Result<()> {
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn no_packet_panics(packet in proptest::collection::vec(any::<u8>(), 0..64), kinds in proptest::collection::vec(0usize..19, 0..6)) {
            const FORMS: [Form; 19] = [Form::I8, Form::U8, Form::I16, Form::U16, Form::I32, Form::U32, Form::I64, Form::U64,
                Form::F32, Form::F64, Form::Decimal, Form::Text, Form::Bytes, Form::Uuid, Form::Bits(9), Form::Date,
                Form::Timestamp, Form::Instant, Form::Time];
            let decoder = Decoder { columns: kinds.iter().map(|k| (FORMS[*k], "c".to_string())).collect() };
            let _ = decoder.row(&packet, &mut Last::default());
        }
    }
}
