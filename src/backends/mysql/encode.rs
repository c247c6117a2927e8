//! Cells to rows of LOAD DATA text or INSERT tuples, in a reused buffer.

use super::form::{Bound, Form, Problem};
use super::format;
use crate::backends::{Encoder, WriteTable};
use crate::cell::{Cell, RowSink, Special};
use crate::error::{Error, ErrorKind, Result};

/// Which bulk form rows take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Tab-separated lines of LOAD DATA.
    Load,
    /// Tuples of INSERT, each behind its length (4 bytes, little-endian), so that statements can be cut between them.
    Insert,
}

/// Encodes the rows of one table.
pub(super) struct RowEncoder {
    columns: Vec<(Form, String)>,
    style: Style,
    at: usize,
    row_start: usize,
    out: Vec<u8>,
}

impl RowEncoder {
    /// An encoder with nothing in it.
    ///
    /// # Errors
    /// `Write` when a column's type has no encoding.
    pub(super) fn new(table: &WriteTable, style: Style) -> Result<RowEncoder> {
        let columns = table.columns.iter().map(|c| Ok((Form::of(c)?, format!("{}.{}", table.name, c.name))));
        Ok(RowEncoder { columns: columns.collect::<Result<_>>()?, style, at: 0, row_start: 0, out: Vec::new() })
    }

    fn separate(&mut self) {
        match (self.style, self.at) {
            (Style::Load, 0) => {}
            (Style::Load, _) => self.out.push(b'\t'),
            (Style::Insert, 0) => {
                self.row_start = self.out.len();
                self.out.extend_from_slice(b"\0\0\0\0(");
            }
            (Style::Insert, _) => self.out.push(b','),
        }
    }
}

impl RowSink for RowEncoder {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.separate();
        let Some((form, name)) = self.columns.get(self.at) else {
            return Err(Error::new(ErrorKind::Write, "a row has more cells than its table has columns"));
        };
        let written = match self.style {
            Style::Load => load(*form, cell, &mut self.out),
            Style::Insert => insert(*form, cell, &mut self.out),
        };
        self.at += 1;
        written.map_err(|problem| problem.error(name))
    }

    fn end_row(&mut self) -> Result<()> {
        if self.at != self.columns.len() {
            return Err(Error::new(ErrorKind::Write, "a row has fewer cells than its table has columns"));
        }
        self.at = 0;
        match self.style {
            Style::Load => self.out.push(b'\n'),
            Style::Insert => {
                self.out.push(b')');
                let len = (self.out.len() - self.row_start - 4) as u32;
                self.out[self.row_start..self.row_start + 4].copy_from_slice(&len.to_le_bytes());
            }
        }
        Ok(())
    }
}

impl Encoder for RowEncoder {
    fn len(&self) -> usize {
        self.out.len()
    }

    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8> {
        std::mem::replace(&mut self.out, fresh)
    }
}

/// A field of a LOAD DATA line.
fn load(form: Form, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match (form, cell) {
        (_, Cell::Null) => out.extend_from_slice(b"\\N"),
        (Form::Text(bound), Cell::Text(text)) => format::escaped_field(out, bounded(bound, text)?.as_bytes()),
        (Form::Bytes(max), Cell::Bytes(bytes)) => format::escaped_field(out, within(max, bytes)?),
        (Form::Bytes(max), Cell::Text(text)) => format::escaped_field(out, within(max, text.as_bytes())?),
        (Form::UuidBytes | Form::Bytes(16..), Cell::Uuid(uuid)) => format::escaped_field(out, &uuid),
        (form, cell) => plain(form, cell, out)?,
    }
    Ok(())
}

/// A value of an INSERT tuple.
fn insert(form: Form, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match (form, cell) {
        (_, Cell::Null) => out.extend_from_slice(b"NULL"),
        (Form::Text(bound), Cell::Text(text)) => {
            out.push(b'\'');
            format::escaped_literal(out, bounded(bound, text)?.as_bytes());
            out.push(b'\'');
        }
        (Form::Bytes(max), Cell::Bytes(bytes)) => hex_literal(out, within(max, bytes)?),
        (Form::Bytes(max), Cell::Text(text)) => hex_literal(out, within(max, text.as_bytes())?),
        (Form::UuidBytes | Form::Bytes(16..), Cell::Uuid(uuid)) => hex_literal(out, &uuid),
        (Form::Int { .. } | Form::Decimal { .. } | Form::Float | Form::Double | Form::Bits(_), cell) => {
            plain(form, cell, out)?;
        }
        (form, cell) => {
            // Hex and everything that is written in quotes.
            out.extend_from_slice(if form == Form::Hex { b"X'" } else { b"'" });
            plain(form, cell, out)?;
            out.push(b'\'');
        }
    }
    Ok(())
}

fn hex_literal(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(b"X'");
    format::hex(out, bytes);
    out.push(b'\'');
}

fn bounded(bound: Bound, text: &str) -> Result<&str, Problem> {
    let fits = match bound {
        Bound::None => true,
        Bound::Bytes(n) => text.len() as u64 <= n,
        // No text has more characters than bytes.
        Bound::Characters(n) => text.len() as u64 <= n || text.chars().count() as u64 <= n,
    };
    if fits { Ok(text) } else { Err(Problem::Length) }
}

fn within(max: u64, bytes: &[u8]) -> Result<&[u8], Problem> {
    if bytes.len() as u64 <= max { Ok(bytes) } else { Err(Problem::Length) }
}

/// Values whose text needs no escape in either style.
fn plain(form: Form, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match form {
        Form::Int { min, max } => int(cell, min, max, out),
        Form::Decimal { before, after } => decimal(cell, before, after, out),
        Form::Float | Form::Double => float(cell, form == Form::Float, out),
        Form::Bits(len) => bits(cell, len, out),
        Form::Date => date(cell, out),
        Form::Timestamp(digits) => timestamp(cell, digits, out),
        Form::Time(digits) => time(cell, digits, out),
        Form::Hex => hex(cell, out),
        Form::UuidText | Form::UuidBytes => match cell {
            Cell::Uuid(uuid) => {
                format::uuid(out, &uuid);
                Ok(())
            }
            other => Err(Problem::Kind(other.kind())),
        },
        Form::Text(_) | Form::Bytes(_) => as_text(cell, out),
    }
}

fn int(cell: Cell<'_>, min: i64, max: u64, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::I64(n) if n >= min && (n < 0 || n as u64 <= max) => format::int(out, n),
        Cell::U64(n) if n <= max => format::int(out, n),
        Cell::I64(_) | Cell::U64(_) => return Err(Problem::Range),
        Cell::Bool(b) => out.push(b'0' + u8::from(b)),
        Cell::Bits(bytes, len) => return int(Cell::U64(number(bytes, len)?), min, max, out),
        Cell::Decimal(text) => {
            let whole = text
                .split_once('.')
                .map_or(text, |(whole, fraction)| if fraction.bytes().all(|b| b == b'0') { whole } else { text });
            let n: i128 = whole.parse().map_err(|_| Problem::Fraction)?;
            match (i64::try_from(n), u64::try_from(n)) {
                (Ok(n), _) => return int(Cell::I64(n), min, max, out),
                (_, Ok(n)) => return int(Cell::U64(n), min, max, out),
                _ => return Err(Problem::Range),
            }
        }
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

fn decimal(cell: Cell<'_>, before: u32, after: u32, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Decimal(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let digits = whole.trim_start_matches('-').trim_start_matches('0');
            if digits.len() > before as usize {
                return Err(Problem::Range);
            }
            // The server would round what is too long, and note it even for zeros.
            let kept = fraction.trim_end_matches('0');
            if kept.len() > after as usize {
                return Err(Problem::Fraction);
            }
            out.extend_from_slice(whole.as_bytes());
            if !kept.is_empty() {
                out.push(b'.');
                out.extend_from_slice(kept.as_bytes());
            }
        }
        Cell::I64(n) => return decimal(Cell::Decimal(itoa::Buffer::new().format(n)), before, after, out),
        Cell::U64(n) => return decimal(Cell::Decimal(itoa::Buffer::new().format(n)), before, after, out),
        Cell::Bool(b) => out.push(b'0' + u8::from(b)),
        Cell::Special(Special::Nan | Special::Infinity | Special::NegativeInfinity) => return Err(Problem::NotFinite),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

fn float(cell: Cell<'_>, single: bool, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::F32(n) if !n.is_finite() => return Err(Problem::NotFinite),
        Cell::F64(n) if !n.is_finite() => return Err(Problem::NotFinite),
        Cell::F32(n) if single => format::float(out, n),
        Cell::F32(n) => format::double(out, f64::from(n)),
        Cell::F64(n) if single && f64::from(n as f32) != n => return Err(Problem::Range),
        Cell::F64(n) => format::double(out, n),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

/// Bits from the left as a number.
fn number(bytes: &[u8], len: u32) -> Result<u64, Problem> {
    if len > 64 || bytes.len() > 8 || bytes.len() < len.div_ceil(8) as usize {
        return Err(Problem::Range);
    }
    let all = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    Ok(if len == 0 { 0 } else { all >> (bytes.len() as u32 * 8 - len) })
}

fn bits(cell: Cell<'_>, len: u32, out: &mut Vec<u8>) -> Result<(), Problem> {
    int(cell, 0, u64::MAX >> (64 - len.clamp(1, 64)), out)
}

fn date(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Date(days) => format::date(out, days).ok_or(Problem::Calendar),
        Cell::Special(Special::ZeroDate(year, month, day, 0)) => zero_date(year, month, day, out),
        Cell::Special(_) => Err(Problem::Calendar),
        other => Err(Problem::Kind(other.kind())),
    }
}

/// Zero and partial dates are MySQL's own; a day that does not exist is refused by the server too.
fn zero_date(year: u16, month: u8, day: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
    if (year != 0 && month != 0 && day != 0) || year > 9999 || month > 12 || day > 31 {
        return Err(Problem::Calendar);
    }
    format::ymd(out, year.into(), month.into(), day.into());
    Ok(())
}

fn timestamp(cell: Cell<'_>, digits: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
    let nanos = match cell {
        Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => {
            format::date(out, days).ok_or(Problem::Calendar)?;
            nanos
        }
        Cell::Date(days) => return format::date(out, days).ok_or(Problem::Calendar),
        Cell::Special(Special::ZeroDate(year, month, day, nanos)) => {
            zero_date(year, month, day, out)?;
            nanos
        }
        Cell::Special(_) => return Err(Problem::Calendar),
        other => return Err(Problem::Kind(other.kind())),
    };
    let nanos = fraction_fits(nanos, digits)?;
    if nanos != 0 {
        out.push(b' ');
        format::clock(out, nanos);
    }
    Ok(())
}

/// Longest TIME, 838:59:59.
const MAX_TIME: u64 = (838 * 3600 + 59 * 60 + 59) * 1_000_000_000;

fn time(cell: Cell<'_>, digits: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
    let Cell::Time(nanos) = cell else { return Err(Problem::Kind(cell.kind())) };
    if nanos < 0 {
        out.push(b'-');
    }
    let nanos = i64::try_from(nanos.unsigned_abs()).map_err(|_| Problem::Range)?;
    let nanos = fraction_fits(nanos, digits)?;
    if nanos > MAX_TIME {
        return Err(Problem::Range);
    }
    format::clock(out, nanos);
    Ok(())
}

fn fraction_fits(nanos: i64, digits: u8) -> Result<u64, Problem> {
    let unit = 10i64.pow(9 - u32::from(digits.min(6)));
    if nanos % unit != 0 {
        return Err(Problem::Fraction);
    }
    u64::try_from(nanos).map_err(|_| Problem::Range)
}

fn hex(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Bytes(bytes) => format::hex(out, bytes),
        Cell::Text(text) if text.bytes().all(|b| b.is_ascii_hexdigit()) => out.extend_from_slice(text.as_bytes()),
        Cell::Text(_) => return Err(Problem::Kind("text that is not hexadecimal")),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

/// Other kinds of value in a text column take the text that both sides print.
fn as_text(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match cell {
        Cell::Uuid(uuid) => format::uuid(out, &uuid),
        Cell::I64(n) => format::int(out, n),
        Cell::U64(n) => format::int(out, n),
        Cell::Bool(b) => out.push(b'0' + u8::from(b)),
        Cell::Decimal(text) => out.extend_from_slice(text.as_bytes()),
        Cell::Date(_) => return date(cell, out),
        Cell::Timestamp(..) | Cell::Instant(..) => return timestamp(cell, 6, out),
        Cell::Time(_) => return time(cell, 6, out),
        other => return Err(Problem::Kind(other.kind())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::WriteColumn;
    use crate::types::Type;

    fn encode(ty: Type, native: &str, cell: Cell<'_>, style: Style) -> Result<String> {
        let columns = vec![WriteColumn { name: "c".into(), ty, native: native.into() }];
        let mut encoder = RowEncoder::new(&WriteTable { name: "t".into(), columns, splice: None }, style)?;
        encoder.cell(cell)?;
        encoder.end_row()?;
        let bytes = encoder.take(Vec::new());
        let skip = if style == Style::Insert { 4 } else { 0 };
        Ok(String::from_utf8_lossy(&bytes[skip..]).into_owned())
    }

    #[test]
    fn fields_and_tuples() {
        let load = |ty, cell| encode(ty, "", cell, Style::Load).unwrap();
        let insert = |ty, cell| encode(ty, "", cell, Style::Insert).unwrap();
        assert_eq!(load(Type::text(), Cell::Text("a\tb")), "a\\tb\n");
        assert_eq!(insert(Type::text(), Cell::Text("a'b")), "('a\\'b')");
        assert_eq!(load(Type::text(), Cell::Null), "\\N\n");
        assert_eq!(insert(Type::bytes(), Cell::Bytes(&[1, 255])), "(X'01FF')");
        assert_eq!(insert(Type::Date, Cell::Date(0)), "('1970-01-01')");
        assert_eq!(load(Type::decimal(5, 2), Cell::Decimal("-1.500")), "-1.5\n");
        assert_eq!(
            load(Type::Timestamp { precision: 3, zone: false }, Cell::Timestamp(0, 1_000_000)),
            "1970-01-01 00:00:00.001000\n"
        );
        assert_eq!(
            load(Type::Time { precision: 0, zone: false, duration: true }, Cell::Time(-1_000_000_000)),
            "-00:00:01\n"
        );
        assert_eq!(load(Type::Bits { len: Some(9), fixed: true }, Cell::Bits(&[128, 128], 9)), "257\n");
        assert_eq!(encode(Type::Uuid, "binary(16)", Cell::Uuid([65; 16]), Style::Load).unwrap(), "AAAAAAAAAAAAAAAA\n");
    }

    #[test]
    fn what_does_not_fit_is_refused_without_its_value() {
        let refuse = |ty, cell| {
            let error = encode(ty, "", cell, Style::Load).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Value);
            assert_eq!(error.object_name(), Some("t.c"));
        };
        refuse(Type::int(1), Cell::I64(128));
        refuse(Type::int(1), Cell::U64(u64::MAX));
        refuse(Type::varchar(2), Cell::Text("äöü"));
        refuse(Type::decimal(4, 2), Cell::Decimal("123.0"));
        refuse(Type::decimal(4, 2), Cell::Decimal("1.001"));
        refuse(Type::Float { bytes: 8 }, Cell::F64(f64::NAN));
        refuse(Type::Date, Cell::Date(i32::MAX));
        refuse(Type::Date, Cell::Special(Special::ZeroDate(2024, 2, 30, 0)));
        refuse(Type::Timestamp { precision: 3, zone: false }, Cell::Timestamp(0, 1_000));
        refuse(Type::Time { precision: 6, zone: false, duration: true }, Cell::Time(i64::MIN));
        assert!(encode(Type::varchar(3), "", Cell::Text("äöü"), Style::Load).is_ok());
    }
}
