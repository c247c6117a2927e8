//! Column types of HSQLDB: read from DDL, written to DDL, and their portable twins.

use crate::backends::hsqldb::fault::unsupported;
use crate::backends::hsqldb::sql::cursor::Cursor;
use crate::error::Result;
use crate::types::{Length, Type, Unit};

/// Length of `VARCHAR` that Mendix and others use for text without a bound.
pub(crate) const UNLIMITED: u64 = 2_147_483_647;
/// `LONGVARCHAR` and `LONGVARBINARY`.
const LONG: u64 = 16_777_216;
/// `CLOB` and `BLOB` without a length.
const LOB: u64 = 1 << 30;
/// Digits of `DECIMAL` and `NUMERIC` without a precision.
const FREE_DIGITS: u64 = 128;

/// Kinds of types, as rows encode them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Tinyint,
    Smallint,
    Integer,
    Bigint,
    Decimal,
    Double,
    Boolean,
    Char,
    Varchar,
    Clob,
    Binary,
    Varbinary,
    Blob,
    Uuid,
    Bit,
    BitVarying,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    /// Years and months; `true` if the leading field is the year, and whether months follow.
    Months {
        years: bool,
        months: bool,
    },
    /// Days to seconds: first and last field.
    Seconds {
        from: Field,
        to: Field,
    },
    /// Serialised Java objects.
    Other,
    /// Elements, and their largest number.
    Array(Box<ColumnType>, Option<u64>),
}

/// Fields of a day-second interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Day,
    Hour,
    Minute,
    Second,
}

impl Field {
    const ALL: [(Field, &'static str); 4] =
        [(Field::Day, "DAY"), (Field::Hour, "HOUR"), (Field::Minute, "MINUTE"), (Field::Second, "SECOND")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }
}

/// A column's type with its lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnType {
    pub(crate) base: Base,
    /// Length, digits in all, digits of a fraction, or of an interval's leading field.
    pub(crate) size: u64,
    /// Digits after the point, or of an interval's second.
    pub(crate) scale: u32,
}

impl ColumnType {
    pub(crate) fn new(base: Base, size: u64, scale: u32) -> Self {
        ColumnType { base, size, scale }
    }

    /// Reads a type; the second value is `true` for `VARCHAR_IGNORECASE`.
    ///
    /// # Errors
    /// `Unsupported` for types of the user's own, `Read` for malformed ones.
    pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<(Self, bool)> {
        let (mut ty, ignore_case) = plain(cursor)?;
        while cursor.takes(&["ARRAY"]) {
            let mut max = None;
            if cursor.symbol('[') {
                max = Some(size(cursor)?);
                cursor.expect_symbol(']')?;
            }
            ty = ColumnType::new(Base::Array(Box::new(ty), max), 0, 0);
        }
        Ok((ty, ignore_case))
    }

    /// The type as DDL, the way the engine spells it.
    pub(crate) fn ddl(&self) -> String {
        let n = self.size;
        match &self.base {
            Base::Tinyint => "TINYINT".into(),
            Base::Smallint => "SMALLINT".into(),
            Base::Integer => "INTEGER".into(),
            Base::Bigint => "BIGINT".into(),
            Base::Decimal => format!("DECIMAL({n},{})", self.scale),
            Base::Double => "DOUBLE".into(),
            Base::Boolean => "BOOLEAN".into(),
            Base::Char => format!("CHARACTER({n})"),
            Base::Varchar => format!("VARCHAR({n})"),
            Base::Clob => format!("CLOB({n})"),
            Base::Binary => format!("BINARY({n})"),
            Base::Varbinary => format!("VARBINARY({n})"),
            Base::Blob => format!("BLOB({n})"),
            Base::Uuid => "UUID".into(),
            Base::Bit => format!("BIT({n})"),
            Base::BitVarying => format!("BIT VARYING({n})"),
            Base::Date => "DATE".into(),
            Base::Time => format!("TIME({n})"),
            Base::TimeTz => format!("TIME({n}) WITH TIME ZONE"),
            Base::Timestamp => format!("TIMESTAMP({n})"),
            Base::TimestampTz => format!("TIMESTAMP({n}) WITH TIME ZONE"),
            Base::Months { years: true, months: true } => format!("INTERVAL YEAR({n}) TO MONTH"),
            Base::Months { years, .. } => format!("INTERVAL {}({n})", if *years { "YEAR" } else { "MONTH" }),
            Base::Seconds { from, to } => self.interval(*from, *to),
            Base::Other => "OTHER".into(),
            Base::Array(of, None) => format!("{} ARRAY", of.ddl()),
            Base::Array(of, Some(max)) => format!("{} ARRAY[{max}]", of.ddl()),
        }
    }

    fn interval(&self, from: Field, to: Field) -> String {
        let (n, scale) = (self.size, self.scale);
        match (from, to) {
            (Field::Second, _) => format!("INTERVAL SECOND({n},{scale})"),
            (from, Field::Second) => format!("INTERVAL {}({n}) TO SECOND({scale})", from.name()),
            (from, to) if from == to => format!("INTERVAL {}({n})", from.name()),
            (from, to) => format!("INTERVAL {}({n}) TO {}", from.name(), to.name()),
        }
    }

    /// The portable twin.
    pub(crate) fn portable(&self) -> Type {
        let n = self.size;
        let precision = n.min(9) as u8;
        match &self.base {
            Base::Tinyint => Type::int(1),
            Base::Smallint => Type::int(2),
            Base::Integer => Type::int(4),
            Base::Bigint => Type::int(8),
            Base::Decimal => Type::decimal(n.min(u64::from(u32::MAX)) as u32, self.scale as i32),
            // REAL and FLOAT are 64 bits wide as well.
            Base::Double => Type::Float { bytes: 8 },
            Base::Boolean => Type::Bool,
            Base::Char => Type::Text { max: Some(Length { n, unit: Unit::Utf16 }), fixed: true },
            Base::Varchar if n < UNLIMITED => Type::Text { max: Some(Length { n, unit: Unit::Utf16 }), fixed: false },
            Base::Varchar | Base::Clob => Type::text(),
            Base::Binary => Type::Bytes { max: Some(n), fixed: true },
            Base::Varbinary if n < UNLIMITED => Type::Bytes { max: Some(n), fixed: false },
            Base::Varbinary | Base::Blob => Type::bytes(),
            Base::Uuid => Type::Uuid,
            Base::Bit => Type::Bits { len: Some(n as u32), fixed: true },
            Base::BitVarying => Type::Bits { len: Some(n as u32), fixed: false },
            Base::Date => Type::Date,
            Base::Time => Type::Time { precision, zone: false, duration: false },
            Base::TimeTz => Type::Time { precision, zone: true, duration: false },
            Base::Timestamp => Type::Timestamp { precision, zone: false },
            Base::TimestampTz => Type::Timestamp { precision, zone: true },
            Base::Months { .. } | Base::Seconds { .. } => Type::Interval,
            Base::Other | Base::Array(..) => Type::Native { name: self.native(), binary_portable: false },
        }
    }

    /// The type in lower case, as reports and same-engine plans spell it.
    pub(crate) fn native(&self) -> String {
        self.ddl().to_lowercase()
    }

    /// Text compares by a collation.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.base, Base::Char | Base::Varchar | Base::Clob)
    }

    /// Values are kept in the LOB file.
    pub(crate) fn is_lob(&self) -> bool {
        matches!(self.base, Base::Clob | Base::Blob)
    }

    /// Whether every value of this type, as it is written, is a value of `wider`.
    pub(crate) fn widens_to(&self, wider: &ColumnType) -> bool {
        let rank = |base: &Base| match base {
            Base::Tinyint => 1,
            Base::Smallint => 2,
            Base::Integer => 3,
            Base::Bigint => 4,
            _ => 0,
        };
        let (own, other) = (rank(&self.base), rank(&wider.base));
        if own > 0 || other > 0 {
            return own > 0 && own <= other;
        }
        let digits = |ty: &ColumnType| ty.size.saturating_sub(u64::from(ty.scale));
        match self.base {
            Base::Decimal => wider.base == Base::Decimal && digits(self) <= digits(wider) && self.scale <= wider.scale,
            Base::Char => self == wider,
            _ => self.base == wider.base && self.size <= wider.size && self.scale <= wider.scale,
        }
    }
}

fn plain(cursor: &mut Cursor<'_>) -> Result<(ColumnType, bool)> {
    let Some(word) = cursor.peek().filter(|t| t.kind == super::super::sql::lexer::Kind::Word).map(|t| t.text.clone())
    else {
        return Err(unsupported("a column has a type of the user's own (DOMAIN or TYPE)")
            .help("copy the column to a built-in type, or leave the table out with --exclude-tables"));
    };
    cursor.next();
    let simple = |base| Ok((ColumnType::new(base, 0, 0), false));
    match word.as_str() {
        "TINYINT" => simple(Base::Tinyint),
        "SMALLINT" => simple(Base::Smallint),
        "INTEGER" | "INT" => simple(Base::Integer),
        "BIGINT" => simple(Base::Bigint),
        "BOOLEAN" => simple(Base::Boolean),
        "UUID" => simple(Base::Uuid),
        "DATE" => simple(Base::Date),
        "OTHER" | "OBJECT" => simple(Base::Other),
        "DOUBLE" | "FLOAT" | "REAL" => {
            cursor.takes(&["PRECISION"]);
            length(cursor, 0)?;
            simple(Base::Double)
        }
        "DECIMAL" | "DEC" | "NUMERIC" => decimal(cursor).map(|ty| (ty, false)),
        "CHARACTER" | "CHAR" | "NCHAR" | "VARCHAR" | "NVARCHAR" | "VARCHAR2" | "VARCHAR_IGNORECASE" | "LONGVARCHAR"
        | "CLOB" | "NCLOB" => text(cursor, &word),
        "BINARY" | "VARBINARY" | "LONGVARBINARY" | "BLOB" | "BIT" => bytes(cursor, &word).map(|ty| (ty, false)),
        "TIME" | "TIMESTAMP" | "DATETIME" => time(cursor, &word).map(|ty| (ty, false)),
        "INTERVAL" => interval(cursor).map(|ty| (ty, false)),
        other => Err(unsupported(format!("type {other} is not known"))
            .help("if it is a DOMAIN or TYPE of your own, give the column a built-in type instead")),
    }
}

/// A length in brackets, with K, M or G.
fn size(cursor: &mut Cursor<'_>) -> Result<u64> {
    let n = cursor.integer()?;
    let unit = match () {
        () if cursor.takes(&["K"]) => 10,
        () if cursor.takes(&["M"]) => 20,
        () if cursor.takes(&["G"]) => 30,
        () => 0,
    };
    let _ = cursor.takes(&["CHARACTERS"]) || cursor.takes(&["OCTETS"]) || cursor.takes(&["CHAR"]);
    u64::try_from(n).ok().and_then(|n| n.checked_shl(unit)).ok_or_else(|| cursor.unexpected("a length"))
}

fn length(cursor: &mut Cursor<'_>, default: u64) -> Result<u64> {
    if !cursor.symbol('(') {
        return Ok(default);
    }
    let n = size(cursor)?;
    cursor.expect_symbol(')')?;
    Ok(n)
}

fn decimal(cursor: &mut Cursor<'_>) -> Result<ColumnType> {
    let (precision, scale) = two_sizes(cursor, FREE_DIGITS, 0)?;
    Ok(ColumnType::new(Base::Decimal, precision, scale))
}

fn two_sizes(cursor: &mut Cursor<'_>, first: u64, second: u32) -> Result<(u64, u32)> {
    if !cursor.symbol('(') {
        return Ok((first, second));
    }
    let first = size(cursor)?;
    let second = if cursor.symbol(',') { size(cursor)?.min(1 << 20) as u32 } else { second };
    cursor.expect_symbol(')')?;
    Ok((first, second))
}

fn text(cursor: &mut Cursor<'_>, word: &str) -> Result<(ColumnType, bool)> {
    let (base, default) = match word {
        "CHARACTER" | "CHAR" | "NCHAR" if cursor.takes(&["VARYING"]) => (Base::Varchar, UNLIMITED),
        "CHARACTER" | "CHAR" | "NCHAR" if cursor.takes(&["LARGE", "OBJECT"]) => (Base::Clob, LOB),
        "CHARACTER" | "CHAR" | "NCHAR" => (Base::Char, 1),
        "LONGVARCHAR" => (Base::Varchar, LONG),
        "CLOB" | "NCLOB" => (Base::Clob, LOB),
        _ => (Base::Varchar, UNLIMITED),
    };
    let size = length(cursor, default)?;
    Ok((ColumnType::new(base, size, 0), word == "VARCHAR_IGNORECASE"))
}

fn bytes(cursor: &mut Cursor<'_>, word: &str) -> Result<ColumnType> {
    let (base, default) = match word {
        "BINARY" if cursor.takes(&["VARYING"]) => (Base::Varbinary, UNLIMITED),
        "BINARY" if cursor.takes(&["LARGE", "OBJECT"]) => (Base::Blob, LOB),
        "BINARY" => (Base::Binary, 1),
        "LONGVARBINARY" => (Base::Varbinary, LONG),
        "BLOB" => (Base::Blob, LOB),
        "BIT" if cursor.takes(&["VARYING"]) => (Base::BitVarying, UNLIMITED),
        "BIT" => (Base::Bit, 1),
        _ => (Base::Varbinary, UNLIMITED),
    };
    Ok(ColumnType::new(base, length(cursor, default)?, 0))
}

fn time(cursor: &mut Cursor<'_>, word: &str) -> Result<ColumnType> {
    let digits = length(cursor, if word == "TIME" { 0 } else { 6 })?;
    let zone = cursor.takes(&["WITH", "TIME", "ZONE"]) || cursor.takes(&["WITH", "LOCAL", "TIME", "ZONE"]);
    cursor.takes(&["WITHOUT", "TIME", "ZONE"]);
    let base = match (word, zone) {
        ("TIME", false) => Base::Time,
        ("TIME", true) => Base::TimeTz,
        (_, false) => Base::Timestamp,
        (_, true) => Base::TimestampTz,
    };
    Ok(ColumnType::new(base, digits, 0))
}

fn interval(cursor: &mut Cursor<'_>) -> Result<ColumnType> {
    for (years, word) in [(true, "YEAR"), (false, "MONTH")] {
        if cursor.takes(&[word]) {
            let digits = length(cursor, 2)?;
            let months = !years || cursor.takes(&["TO", "MONTH"]);
            return Ok(ColumnType::new(Base::Months { years, months }, digits, 0));
        }
    }
    let field = |cursor: &mut Cursor<'_>| Field::ALL.iter().find(|(_, n)| cursor.takes(&[n])).map(|(field, _)| *field);
    let from = field(cursor).ok_or_else(|| cursor.unexpected("an interval's field"))?;
    let (digits, mut scale) = two_sizes(cursor, 2, if from == Field::Second { 6 } else { 0 })?;
    let mut to = from;
    if cursor.takes(&["TO"]) {
        to = field(cursor).ok_or_else(|| cursor.unexpected("an interval's field"))?;
        scale = if to == Field::Second { length(cursor, 6)? as u32 } else { 0 };
    }
    Ok(ColumnType::new(Base::Seconds { from, to }, digits, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_read_back_as_themselves() {
        let spellings = [
            "tinyint",
            "DECIMAL(28,8)",
            "NUMERIC",
            "CHAR",
            "CHARACTER VARYING(7)",
            "LONGVARCHAR",
            "CLOB(16M)",
            "BLOB",
            "BINARY VARYING(3)",
            "BIT",
            "BIT VARYING(9)",
            "TIME(3) WITH TIME ZONE",
            "TIMESTAMP",
            "TIMESTAMP(4) WITH TIME ZONE",
            "INTERVAL YEAR TO MONTH",
            "INTERVAL MONTH(3)",
            "INTERVAL DAY(3) TO SECOND(6)",
            "INTERVAL HOUR",
            "INTERVAL SECOND(2,3)",
            "INTEGER ARRAY",
            "VARCHAR(10) ARRAY[5]",
            "DOUBLE PRECISION",
            "UUID",
            "OTHER",
        ];
        for spelling in spellings {
            let mut cursor = Cursor::new(spelling).unwrap();
            let (ty, _) = ColumnType::parse(&mut cursor).unwrap();
            cursor.end().unwrap();
            let ddl = ty.ddl();
            assert_eq!(ColumnType::parse(&mut Cursor::new(&ddl).unwrap()).unwrap().0, ty, "{spelling}");
        }
        assert!(ColumnType::parse(&mut Cursor::new("MYTYPE").unwrap()).is_err());
        assert!(ColumnType::parse(&mut Cursor::new("\"my\"").unwrap()).is_err());
    }
}
