//! Portable column types: what a column can hold, with nothing lost of length, precision or zone.

use serde::Serialize;

/// What a declared text length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Unicode code points (PostgreSQL, MySQL).
    CodePoints,
    /// UTF-16 code units (HSQLDB, SQL Server `nvarchar`).
    Utf16,
    /// Bytes of the stored encoding.
    Bytes,
}

/// A declared maximum length of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Length {
    /// How many units.
    pub n: u64,
    /// Of what.
    pub unit: Unit,
}

impl Length {
    /// `n` code points.
    pub const fn code_points(n: u64) -> Self {
        Length { n, unit: Unit::CodePoints }
    }

    /// Smallest bound in code points that holds every value of this length.
    pub const fn max_code_points(self) -> u64 {
        // A code point takes at least one UTF-16 unit and at least one byte.
        self.n
    }

    /// Smallest bound in UTF-8 bytes that holds every value of this length.
    pub const fn max_utf8_bytes(self) -> u64 {
        match self.unit {
            Unit::CodePoints => self.n.saturating_mul(4),
            // A supplementary character is two units and four bytes; a BMP one is one unit and three.
            Unit::Utf16 => self.n.saturating_mul(3),
            Unit::Bytes => self.n,
        }
    }

    /// Smallest bound in UTF-16 units that holds every value of this length.
    pub const fn max_utf16(self) -> u64 {
        match self.unit {
            Unit::CodePoints => self.n.saturating_mul(2),
            Unit::Utf16 | Unit::Bytes => self.n,
        }
    }
}

/// A portable type. Facts of the source type; the dialect of a target finds its native twin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Type {
    /// True or false.
    Bool,
    /// Whole number of `bytes` bytes (1, 2, 3, 4 or 8).
    Int {
        /// Width in bytes.
        bytes: u8,
        /// Without sign.
        unsigned: bool,
    },
    /// Exact decimal; `None` where the source sets no bound. A negative scale rounds left of the point.
    Decimal {
        /// Digits in all.
        precision: Option<u32>,
        /// Digits after the point.
        scale: Option<i32>,
    },
    /// IEEE binary float of 4 or 8 bytes.
    Float {
        /// Width in bytes.
        bytes: u8,
    },
    /// Text; `None` where unlimited.
    Text {
        /// Declared bound.
        max: Option<Length>,
        /// Blank-padded `CHAR(n)`: trailing blanks carry no meaning.
        fixed: bool,
    },
    /// Bytes; `None` where unlimited.
    Bytes {
        /// Declared bound in bytes.
        max: Option<u64>,
        /// Zero-padded `BINARY(n)`.
        fixed: bool,
    },
    /// Calendar date.
    Date,
    /// Time of day or, from MySQL, a signed duration of up to 838 hours.
    Time {
        /// Digits of the second's fraction.
        precision: u8,
        /// Carries an offset.
        zone: bool,
        /// Can be negative or above 24 hours (MySQL).
        duration: bool,
    },
    /// Date and time.
    Timestamp {
        /// Digits of the second's fraction.
        precision: u8,
        /// An instant in UTC (PostgreSQL `timestamptz`, MySQL `TIMESTAMP`), not wall-clock fields.
        zone: bool,
    },
    /// PostgreSQL interval: months, days and microseconds kept apart.
    Interval,
    /// 16-byte identifier.
    Uuid,
    /// JSON document.
    Json {
        /// Stored parsed (`jsonb`, MySQL `JSON`): the text is normalised by the server.
        binary: bool,
    },
    /// Bit string of `len` bits.
    Bits {
        /// Declared length; `None` where unlimited.
        len: Option<u32>,
        /// Always exactly `len` bits.
        fixed: bool,
    },
    /// One of a list of labels.
    Enum {
        /// Type name, where the source names it.
        name: Option<String>,
        /// Labels in their order.
        labels: Vec<String>,
    },
    /// Any of a list of labels (MySQL `SET`); travels as comma-separated text.
    Set {
        /// Labels in their order.
        labels: Vec<String>,
    },
    /// A type that only its own engine knows. Between two databases of that engine it is copied as
    /// it is; to others its text form travels.
    Native {
        /// Type as the engine spells it, usable in DDL.
        name: String,
        /// The engine's binary form may be copied to another database of the same engine.
        binary_portable: bool,
    },
}

impl Type {
    /// A signed integer of `bytes` bytes.
    pub const fn int(bytes: u8) -> Self {
        Type::Int { bytes, unsigned: false }
    }

    /// Text of up to `n` code points.
    pub const fn varchar(n: u64) -> Self {
        Type::Text { max: Some(Length::code_points(n)), fixed: false }
    }

    /// Text without a bound.
    pub const fn text() -> Self {
        Type::Text { max: None, fixed: false }
    }

    /// Bytes without a bound.
    pub const fn bytes() -> Self {
        Type::Bytes { max: None, fixed: false }
    }

    /// Decimal with precision and scale.
    pub const fn decimal(precision: u32, scale: i32) -> Self {
        Type::Decimal { precision: Some(precision), scale: Some(scale) }
    }
}
