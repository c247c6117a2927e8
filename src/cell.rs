//! The hot path's value: a portable scalar borrowed from the source's wire buffer, and where it goes.

use crate::error::Result;
use crate::large::{gather, gather_frame};
use std::fmt;

/// A portable scalar. Borrowed, so that no value allocates on its way.
#[derive(Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// Signed whole number.
    I64(i64),
    /// Unsigned whole number (only where the column is unsigned).
    U64(u64),
    /// Exact decimal as plain digits `-?[0-9]+(\.[0-9]+)?`, without exponent, at any length.
    Decimal(&'a str),
    /// Binary float of 4 bytes.
    F32(f32),
    /// Binary float of 8 bytes.
    F64(f64),
    /// Valid UTF-8.
    Text(&'a str),
    /// Text with half of a UTF-16 surrogate pair, as WTF-8 (the half in three bytes). Only engines that
    /// store UTF-16 have it and can take it; a policy puts U+FFFD in its place.
    BrokenText(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Days since 1970-01-01, proleptic Gregorian.
    Date(i32),
    /// Nanoseconds since midnight; negative or above a day for MySQL durations.
    Time(i64),
    /// Nanoseconds since midnight local, and seconds east of UTC.
    TimeTz(i64, i32),
    /// Wall clock: days since 1970-01-01 and nanoseconds of the day.
    Timestamp(i32, i64),
    /// Instant: the same fields in UTC.
    Instant(i32, i64),
    /// Months, days, nanoseconds.
    Interval(i32, i32, i64),
    /// 16 bytes in reading order.
    Uuid([u8; 16]),
    /// Bits from the left, and how many.
    Bits(&'a [u8], u32),
    /// A value outside the portable range; every target refuses it unless a policy converts it.
    Special(Special),
}

/// Values that only some engines have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Date or number above all others (PostgreSQL `infinity`).
    Infinity,
    /// Below all others.
    NegativeInfinity,
    /// Exact decimal that is not a number.
    Nan,
    /// MySQL zero or partial date: year, month, day as stored, nanoseconds of the day.
    ZeroDate(u16, u8, u8, i64),
}

/// Says the kind only: values never reach a log.
impl fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl Cell<'_> {
    /// Name of the kind of value, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Cell::Null => "null",
            Cell::Bool(_) => "boolean",
            Cell::I64(_) | Cell::U64(_) => "integer",
            Cell::Decimal(_) => "decimal",
            Cell::F32(_) | Cell::F64(_) => "float",
            Cell::Text(_) => "text",
            Cell::BrokenText(_) => "text with half of a surrogate pair",
            Cell::Bytes(_) => "bytes",
            Cell::Date(_) => "date",
            Cell::Time(_) | Cell::TimeTz(..) => "time",
            Cell::Timestamp(..) => "timestamp",
            Cell::Instant(..) => "instant",
            Cell::Interval(..) => "interval",
            Cell::Uuid(_) => "uuid",
            Cell::Bits(..) => "bits",
            Cell::Special(Special::ZeroDate(..)) => "zero date",
            Cell::Special(Special::Nan) => "NaN",
            Cell::Special(_) => "infinity",
        }
    }
}

/// Where a reader puts what it reads. Encoders are sinks; checksums, conversions and counters are
/// sinks that wrap another.
pub trait RowSink {
    /// Takes the next cell of the current row, in column order.
    ///
    /// # Errors
    /// When the value cannot be held by its target column (kind `Value`), or the lane is cancelled.
    fn cell(&mut self, cell: Cell<'_>) -> Result<()>;

    /// Takes the next cell of the current row in pieces, because it is too long to be held. A sink that takes
    /// values only as a whole gets it as one.
    ///
    /// # Errors
    /// As for a cell; or what stopped the source from bringing the next piece.
    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        gather(value, |cell| self.cell(cell))
    }

    /// Ends the current row.
    ///
    /// # Errors
    /// When the other end is gone, or the lane is cancelled.
    fn end_row(&mut self) -> Result<()>;
}

/// Where a reader puts rows that travel in the engine's own wire form (splice).
pub trait FrameSink {
    /// Takes one row in the engine's bulk form, as it is, without the frame it came in: the writer packs
    /// many rows into one. What is no row (the stream's header and trailer) never comes here.
    ///
    /// # Errors
    /// When the other end is gone, or the lane is cancelled.
    fn frame(&mut self, frame: &[u8]) -> Result<()>;

    /// Takes one row that is too long to be held, in pieces (of bytes, whatever the row holds).
    ///
    /// # Errors
    /// As for a frame; or what stopped the source from bringing the next piece.
    fn large(&mut self, row: &mut dyn Large) -> Result<()> {
        gather_frame(row, |frame| self.frame(frame))
    }
}

/// A text or bytes too long to be held: the length is known, the bytes come in pieces.
pub trait Large {
    /// What it is.
    fn kind(&self) -> LargeKind;

    /// Length of all pieces together, in bytes.
    fn bytes(&self) -> u64;

    /// The next piece; `None` after the last. A piece of text is valid UTF-8: it ends between two characters.
    ///
    /// # Errors
    /// `Read` when the source fails, or what it brings is no text.
    fn piece(&mut self) -> Result<Option<&[u8]>>;
}

/// What a large value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeKind {
    /// [`Cell::Text`] in pieces.
    Text,
    /// [`Cell::Bytes`] in pieces.
    Bytes,
}

impl LargeKind {
    /// Name of the kind of value, for messages.
    pub fn name(self) -> &'static str {
        match self {
            LargeKind::Text => Cell::Text("").kind(),
            LargeKind::Bytes => Cell::Bytes(&[]).kind(),
        }
    }
}
