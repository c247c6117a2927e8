//! Rows of binary COPY as cells: one decoding function per column, chosen before the first row.

mod long;

use super::numeric::{self, Numeric};
use crate::backends::{ReadColumn, ReadTable};
use crate::cell::{Cell, RowSink, Special};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Type;
use long::Large;

/// Days from 1970-01-01 to PostgreSQL's epoch 2000-01-01.
pub(super) const EPOCH_DAYS: i32 = 10_957;
/// Microseconds of a day.
pub(super) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Why a field cannot be delivered.
enum Bad {
    /// The receiver's own error.
    Sink(Error),
    /// The bytes are not of the column's type.
    Bytes,
    /// Text that is not UTF-8 (databases in SQL_ASCII hold anything).
    Utf8,
    /// An interval beyond what nanoseconds in 64 bits hold.
    Interval,
}

impl From<Error> for Bad {
    fn from(error: Error) -> Self {
        Bad::Sink(error)
    }
}

type Decode = fn(&[u8], &mut Vec<u8>, &mut dyn RowSink) -> std::result::Result<(), Bad>;

/// Decodes the rows of one table.
pub(super) struct Decoder {
    columns: Vec<Decode>,
    /// Which columns' long values come in pieces.
    large: Vec<Option<Large>>,
    names: Vec<String>,
    scratch: Vec<u8>,
    /// A field of a long row.
    field: Vec<u8>,
}

impl Decoder {
    /// A decoder for a table's columns, in their order.
    pub(super) fn new(table: &ReadTable) -> Self {
        let columns = &table.columns;
        Decoder {
            columns: columns.iter().map(|c| if as_text(c) { text as Decode } else { decoding(&c.ty) }).collect(),
            names: columns.iter().map(|c| format!("{}.{}", table.name, c.name)).collect(),
            large: columns.iter().map(Large::of).collect(),
            scratch: Vec::with_capacity(64),
            field: Vec::new(),
        }
    }

    /// Delivers the row in one CopyData body. False for the trailer, which is no row.
    pub(super) fn row(&mut self, body: &[u8], sink: &mut dyn RowSink) -> Result<bool> {
        let Some((count, mut rest)) = body.split_first_chunk::<2>() else { return Err(broken_row()) };
        let count = i16::from_be_bytes(*count);
        if count == -1 && rest.is_empty() {
            return Ok(false);
        }
        if count as usize != self.columns.len() {
            return Err(broken_row());
        }
        for (at, decode) in self.columns.iter().enumerate() {
            let Some((length, tail)) = rest.split_first_chunk::<4>() else { return Err(broken_row()) };
            let length = i32::from_be_bytes(*length);
            if length == -1 {
                rest = tail;
                sink.cell(Cell::Null)?;
                continue;
            }
            let Some((field, tail)) = tail.split_at_checked(length as usize) else { return Err(broken_row()) };
            rest = tail;
            decode(field, &mut self.scratch, sink).map_err(|bad| bad_field(bad, &self.names[at]))?;
        }
        if !rest.is_empty() {
            return Err(broken_row());
        }
        sink.end_row()?;
        Ok(true)
    }
}

/// Whether the column is read in the server's text form.
pub(super) fn as_text(column: &ReadColumn) -> bool {
    column.as_text || matches!(column.ty, Type::Native { .. })
}

fn broken_row() -> Error {
    Error::new(ErrorKind::Read, "the server sent a row that is not as the table's columns")
}

#[cold]
fn bad_field(bad: Bad, column: &str) -> Error {
    let (what, help) = match bad {
        Bad::Sink(error) => return error,
        Bad::Bytes => return Error::new(ErrorKind::Read, "a value is not of the column's type").object(column),
        Bad::Utf8 => ("text is not valid UTF-8", "the database's encoding is SQL_ASCII; repair the text on the source"),
        Bad::Interval => ("an interval's time part is longer than 292 years", "shorten it on the source"),
    };
    Error::new(ErrorKind::Value, what).object(column).help(help)
}

fn decoding(ty: &Type) -> Decode {
    match ty {
        Type::Bool => boolean,
        Type::Int { .. } => integer,
        Type::Decimal { .. } => decimal,
        Type::Float { .. } => float,
        Type::Text { .. } | Type::Enum { .. } | Type::Set { .. } | Type::Native { .. } => text,
        Type::Json { binary: false } => text,
        Type::Json { binary: true } => jsonb,
        Type::Bytes { .. } => bytes,
        Type::Date => date,
        Type::Time { zone: false, .. } => time,
        Type::Time { zone: true, .. } => timetz,
        Type::Timestamp { zone: false, .. } => timestamp,
        Type::Timestamp { zone: true, .. } => instant,
        Type::Interval => interval,
        Type::Uuid => uuid,
        Type::Bits { .. } => bits,
    }
}

type Done = std::result::Result<(), Bad>;

fn fixed<const N: usize>(field: &[u8]) -> std::result::Result<[u8; N], Bad> {
    field.try_into().map_err(|_| Bad::Bytes)
}

fn boolean(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(Cell::Bool(fixed::<1>(field)? != [0]))?)
}

fn integer(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    let value = match field.len() {
        2 => i64::from(i16::from_be_bytes(fixed(field)?)),
        4 => i64::from(i32::from_be_bytes(fixed(field)?)),
        _ => i64::from_be_bytes(fixed(field)?),
    };
    Ok(sink.cell(Cell::I64(value))?)
}

fn float(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(match field.len() {
        4 => sink.cell(Cell::F32(f32::from_be_bytes(fixed(field)?))),
        _ => sink.cell(Cell::F64(f64::from_be_bytes(fixed(field)?))),
    }?)
}

fn decimal(field: &[u8], scratch: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    let cell = match numeric::decode(field, scratch).ok_or(Bad::Bytes)? {
        Numeric::Digits => Cell::Decimal(simdutf8::basic::from_utf8(scratch).map_err(|_| Bad::Utf8)?),
        Numeric::Nan => Cell::Special(Special::Nan),
        Numeric::Infinity => Cell::Special(Special::Infinity),
        Numeric::NegativeInfinity => Cell::Special(Special::NegativeInfinity),
    };
    Ok(sink.cell(cell)?)
}

fn text(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(Cell::Text(simdutf8::basic::from_utf8(field).map_err(|_| Bad::Utf8)?))?)
}

/// `jsonb` is text behind a version byte.
fn jsonb(field: &[u8], scratch: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    match field {
        [1, rest @ ..] => text(rest, scratch, sink),
        _ => Err(Bad::Bytes),
    }
}

fn bytes(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(Cell::Bytes(field))?)
}

fn date(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    let cell = match i32::from_be_bytes(fixed(field)?) {
        i32::MAX => Cell::Special(Special::Infinity),
        i32::MIN => Cell::Special(Special::NegativeInfinity),
        days => Cell::Date(days.checked_add(EPOCH_DAYS).ok_or(Bad::Bytes)?),
    };
    Ok(sink.cell(cell)?)
}

/// Microseconds of a time of day as nanoseconds.
fn nanos(micros: [u8; 8]) -> std::result::Result<i64, Bad> {
    i64::from_be_bytes(micros).checked_mul(1000).ok_or(Bad::Bytes)
}

fn time(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(Cell::Time(nanos(fixed(field)?)?))?)
}

fn timetz(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    let (time, west) = field.split_first_chunk::<8>().ok_or(Bad::Bytes)?;
    let west = i32::from_be_bytes(fixed(west)?);
    Ok(sink.cell(Cell::TimeTz(nanos(*time)?, west.checked_neg().ok_or(Bad::Bytes)?))?)
}

fn timestamp(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(moment(field, Cell::Timestamp)?)?)
}

fn instant(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(moment(field, Cell::Instant)?)?)
}

fn moment(field: &[u8], cell: fn(i32, i64) -> Cell<'static>) -> std::result::Result<Cell<'static>, Bad> {
    Ok(match i64::from_be_bytes(fixed(field)?) {
        i64::MAX => Cell::Special(Special::Infinity),
        i64::MIN => Cell::Special(Special::NegativeInfinity),
        micros => {
            // 64 bits of microseconds are under 2^27 days.
            let days = micros.div_euclid(MICROS_PER_DAY) as i32 + EPOCH_DAYS;
            cell(days, micros.rem_euclid(MICROS_PER_DAY) * 1000)
        }
    })
}

fn interval(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    let (micros, rest) = field.split_first_chunk::<8>().ok_or(Bad::Bytes)?;
    let (days, months) = rest.split_first_chunk::<4>().ok_or(Bad::Bytes)?;
    let parts = (i32::from_be_bytes(fixed(months)?), i32::from_be_bytes(*days), i64::from_be_bytes(*micros));
    let cell = match parts {
        (i32::MAX, i32::MAX, i64::MAX) => Cell::Special(Special::Infinity),
        (i32::MIN, i32::MIN, i64::MIN) => Cell::Special(Special::NegativeInfinity),
        (months, days, micros) => Cell::Interval(months, days, micros.checked_mul(1000).ok_or(Bad::Interval)?),
    };
    Ok(sink.cell(cell)?)
}

fn uuid(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    Ok(sink.cell(Cell::Uuid(fixed(field)?))?)
}

fn bits(field: &[u8], _: &mut Vec<u8>, sink: &mut dyn RowSink) -> Done {
    let (length, bits) = field.split_first_chunk::<4>().ok_or(Bad::Bytes)?;
    let length = u32::from_be_bytes(*length);
    if bits.len() != (length as usize).div_ceil(8) {
        return Err(Bad::Bytes);
    }
    Ok(sink.cell(Cell::Bits(bits, length))?)
}
