//! Cells as rows of binary COPY: one encoding function per column, chosen before the first row.

mod large;
mod scalar;
mod text;

use super::numeric::{Bounds, Misfit};
use super::wire::HEADER;
use crate::backends::{Encoder, WriteColumn, WriteTable};
use crate::cell::{Cell, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Type;
use large::Large;

/// Longest CopyData message that is sent; the server takes up to 1 GiB.
const MAX_MESSAGE: usize = 256 << 20;

/// Why a cell has no place in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    /// A cell of a kind that the column's type has no form for.
    Kind,
    /// A number beyond the type's range.
    Range,
    /// Digits after the point that the server would round off.
    Digits,
    /// A fraction of a second finer than the type keeps.
    Fraction,
    /// Text or bytes longer than declared.
    Length,
    /// More than the server holds in one row.
    Row,
    /// U+0000 in text.
    Nul,
    /// A bit string of another length.
    Bits,
    /// A float that the narrower type would change.
    Inexact,
}

impl From<Misfit> for Bad {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Malformed => Bad::Kind,
            Misfit::TooLarge => Bad::Range,
            Misfit::TooFine => Bad::Digits,
        }
    }
}

type Done = std::result::Result<(), Bad>;
type Encode = fn(&Column, Cell<'_>, &mut Vec<u8>) -> Done;

/// How one column is encoded.
struct Column {
    encode: Encode,
    /// How large values lie in the field.
    large: large::Form,
    /// `table.column`.
    name: String,
    /// Type as DDL spells it, for messages.
    native: String,
    /// Bounds of a decimal.
    bounds: Bounds,
    /// Longest text in code points, bytes or bits.
    max: u64,
    /// Exactly `max` bits; excess blanks of text carry no meaning.
    fixed: bool,
    /// Nanoseconds of the finest step of a time.
    step: i64,
}

/// Encodes the rows of one table into CopyData messages.
pub(super) struct PgEncoder {
    columns: Vec<Column>,
    /// Field count, as each row starts with it.
    count: [u8; 2],
    at: usize,
    /// The large value that is on its way.
    large: Option<Large>,
    /// Bytes of the row's large values.
    row: u64,
    /// A message under construction: room for its header, then rows.
    buffer: Vec<u8>,
}

impl PgEncoder {
    /// An encoder for a table.
    pub(super) fn new(table: &WriteTable) -> Result<Self> {
        let columns: Vec<_> = table.columns.iter().map(|c| column(&table.name, c)).collect();
        let count = i16::try_from(columns.len())
            .map_err(|_| Error::new(ErrorKind::Write, "the table has too many columns").object(&table.name))?;
        Ok(PgEncoder { columns, count: count.to_be_bytes(), at: 0, large: None, row: 0, buffer: vec![0; HEADER] })
    }
}

impl RowSink for PgEncoder {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        if self.at == 0 {
            self.buffer.extend_from_slice(&self.count);
        }
        let Some(column) = self.columns.get(self.at) else { return Err(too_many_cells()) };
        self.at += 1;
        if matches!(cell, Cell::Null) {
            self.buffer.extend_from_slice(&[0xff; 4]);
            return Ok(());
        }
        (column.encode)(column, cell, &mut self.buffer).map_err(|bad| refuse(column, cell.kind(), bad))
    }

    fn end_row(&mut self) -> Result<()> {
        if self.at != self.columns.len() {
            return Err(Error::new(ErrorKind::Write, "a row has fewer cells than the table has columns"));
        }
        if self.columns.is_empty() {
            self.buffer.extend_from_slice(&self.count);
        }
        (self.at, self.row) = (0, 0);
        Ok(())
    }
}

impl Encoder for PgEncoder {
    fn len(&self) -> usize {
        self.buffer.len() - HEADER
    }

    fn take(&mut self, mut fresh: Vec<u8>) -> Vec<u8> {
        fresh.clear();
        fresh.extend_from_slice(&[0; HEADER]);
        let mut full = std::mem::replace(&mut self.buffer, fresh);
        match full.len() - HEADER {
            0 => full.clear(),
            length if length > MAX_MESSAGE => return split(&full[HEADER..]),
            _ => patch(&mut full),
        }
        full
    }

    fn begin_large(&mut self, kind: LargeKind, bytes: u64) -> Result<bool> {
        if self.at == 0 {
            self.buffer.extend_from_slice(&self.count);
        }
        let Some(column) = self.columns.get(self.at) else { return Err(too_many_cells()) };
        self.at += 1;
        // The server would say that it has no memory.
        self.row = self.row.saturating_add(bytes);
        if self.row > text::MAX_FIELD as u64 {
            return Err(refuse(column, kind.name(), Bad::Row));
        }
        let large = Large::begin(column, kind, bytes, &mut self.buffer);
        self.large = Some(large.map_err(|bad| refuse(column, kind.name(), bad))?);
        Ok(true)
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let Some(column) = self.columns.get(self.at.wrapping_sub(1)) else { return Err(too_many_cells()) };
        let Some(large) = &mut self.large else { return Err(wrong_length()) };
        large.piece(column, piece, &mut self.buffer).map_err(|bad| refuse(column, large.kind.name(), bad))
    }

    fn end_large(&mut self) -> Result<()> {
        match self.large.take() {
            Some(large) if large.left == 0 => Ok(()),
            _ => Err(wrong_length()),
        }
    }
}

#[cold]
fn too_many_cells() -> Error {
    Error::new(ErrorKind::Write, "a row has more cells than the table has columns")
}

#[cold]
fn wrong_length() -> Error {
    Error::new(ErrorKind::Write, "a value has another length than was announced")
}

/// Writes the header into the room at the front.
fn patch(message: &mut [u8]) {
    let length = (message.len() - 1) as u32;
    message[0] = b'd';
    message[1..HEADER].copy_from_slice(&length.to_be_bytes());
}

/// One huge row as several messages: the stream may be cut anywhere.
fn split(rows: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() + 64);
    for part in rows.chunks(MAX_MESSAGE) {
        super::wire::message(&mut out, b'd', |out| out.extend_from_slice(part));
    }
    out
}

fn column(table: &str, column: &WriteColumn) -> Column {
    let mut made = Column {
        encode: text::text,
        large: large::Form::of(&column.ty),
        name: format!("{table}.{}", column.name),
        native: column.native.clone(),
        bounds: Bounds::new(None, None),
        max: u64::MAX,
        fixed: false,
        step: 1000,
    };
    made.encode = match &column.ty {
        Type::Bool => scalar::boolean,
        Type::Int { bytes, unsigned } => match (bytes, unsigned) {
            (..=2, false) | (1, true) => scalar::int2,
            (..=4, false) | (2..=3, true) => scalar::int4,
            (_, false) | (4, true) => scalar::int8,
            (_, true) => scalar::decimal,
        },
        Type::Decimal { precision, scale } => {
            made.bounds = Bounds::new(*precision, *scale);
            scalar::decimal
        }
        Type::Float { bytes: 4 } => scalar::float4,
        Type::Float { .. } => scalar::float8,
        Type::Text { max, fixed } => {
            made.max = max.map_or(u64::MAX, |length| length.max_code_points());
            made.fixed = *fixed;
            text::text
        }
        Type::Enum { .. } | Type::Set { .. } | Type::Json { binary: false } => text::text,
        Type::Json { binary: true } => text::jsonb,
        Type::Native { name, .. } if is_text(name) => text::text,
        // Spliced tables have such columns and never encode them.
        Type::Native { .. } => text::nothing,
        Type::Bytes { max, .. } => {
            made.max = max.unwrap_or(u64::MAX);
            text::bytes
        }
        Type::Uuid => text::uuid,
        Type::Bits { len, fixed } => {
            made.max = len.map_or(u64::MAX, u64::from);
            made.fixed = *fixed;
            text::bits
        }
        Type::Date => scalar::date,
        Type::Time { precision, zone, .. } => {
            made.step = step(*precision);
            if *zone { scalar::timetz } else { scalar::time }
        }
        Type::Timestamp { precision, .. } => {
            made.step = step(*precision);
            scalar::timestamp
        }
        Type::Interval => scalar::interval,
    };
    made
}

/// Nanoseconds of the last digit that `precision` digits of a second's fraction keep.
fn step(precision: u8) -> i64 {
    10i64.pow(9 - u32::from(precision.min(6)))
}

/// Types whose binary form is their text.
fn is_text(native: &str) -> bool {
    let bare = native.rsplit('.').next().unwrap_or(native);
    ["citext", "xml", "name", "bpchar"].iter().any(|known| bare.eq_ignore_ascii_case(known))
}

#[cold]
fn refuse(column: &Column, kind: &str, bad: Bad) -> Error {
    let native = &column.native;
    let (what, help) = match bad {
        Bad::Kind => (format!("type {native} has no form for this {kind}"), ""),
        Bad::Range => (format!("this {kind} is out of the range of {native}"), ""),
        Bad::Digits => {
            (format!("a decimal has more digits than {native} keeps"), "set the policy excess-precision, or widen it")
        }
        Bad::Fraction => {
            (format!("a {kind} is finer than {native} keeps"), "set the policy excess-precision to cut such digits off")
        }
        Bad::Length => (format!("a {kind} is longer than {native} holds"), ""),
        Bad::Row => (
            format!("with this {kind} the row is longer than 1 GB, the most that PostgreSQL takes"),
            "shorten the value on the source, or leave the table out with --exclude-tables",
        ),
        Bad::Nul => (
            "text holds U+0000, which PostgreSQL cannot store".to_string(),
            "set the policy nul-text to strip or replace",
        ),
        Bad::Bits => (format!("a bit string is not of the length of {native}"), ""),
        Bad::Inexact => (format!("a {kind} is not exact in {native}"), ""),
    };
    let error = Error::new(ErrorKind::Value, what).object(&column.name);
    if help.is_empty() { error } else { error.help(help) }
}

#[cfg(test)]
mod tests;
