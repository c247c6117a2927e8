//! Cells to rows of LOAD DATA text or INSERT tuples, in a reused buffer.

mod large;

use super::form::{Bound, Form, Problem};
use super::value::plain;
use super::{format, insert};
use crate::backends::{Encoder, WriteTable};
use crate::cell::{Cell, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use large::Large;

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
    /// Longest tuple, so that one that is refused in the end is not held before.
    longest: usize,
    /// The large value that is on its way.
    large: Option<Large>,
    out: Vec<u8>,
}

impl RowEncoder {
    /// An encoder with nothing in it.
    ///
    /// # Errors
    /// `Write` when a column's type has no encoding.
    pub(super) fn new(table: &WriteTable, style: Style) -> Result<RowEncoder> {
        let columns = table.columns.iter().map(|c| Ok((Form::of(c)?, format!("{}.{}", table.name, c.name))));
        let columns = columns.collect::<Result<_>>()?;
        Ok(RowEncoder { columns, style, at: 0, row_start: 0, longest: usize::MAX, large: None, out: Vec::new() })
    }

    /// Refuses tuples that are longer than a packet of the server; 0 if that is not known.
    pub(super) fn within(mut self, max_packet: u64) -> RowEncoder {
        self.longest = usize::try_from(max_packet).ok().filter(|n| *n > 0).unwrap_or(usize::MAX);
        self
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
            Style::Insert => literal(*form, cell, &mut self.out),
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
        // Lines can be cut anywhere; a tuple goes as a whole, behind its length.
        if self.style == Style::Insert && self.at > 0 { 0 } else { self.out.len() }
    }

    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8> {
        std::mem::replace(&mut self.out, fresh)
    }

    fn begin_large(&mut self, kind: LargeKind, bytes: u64) -> Result<bool> {
        self.separate();
        let Some((form, name)) = self.columns.get(self.at) else {
            return Err(Error::new(ErrorKind::Write, "a row has more cells than its table has columns"));
        };
        self.at += 1;
        let large = Large::begin(*form, self.style, kind, bytes, &mut self.out);
        self.large = Some(large.map_err(|problem| problem.error(name))?);
        Ok(true)
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let (Some(large), Some((_, name))) = (&mut self.large, self.columns.get(self.at.wrapping_sub(1))) else {
            return Err(Error::new(ErrorKind::Write, "a piece of a value came without its beginning"));
        };
        large.piece(piece, &mut self.out).map_err(|problem| problem.error(name))?;
        match self.style {
            Style::Insert if self.out.len() - self.row_start > self.longest => Err(insert::too_long().object(name)),
            _ => Ok(()),
        }
    }

    fn end_large(&mut self) -> Result<()> {
        if let Some(large) = self.large.take() {
            large.end(&mut self.out);
        }
        Ok(())
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
fn literal(form: Form, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::WriteColumn;
    use crate::cell::Special;
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
        assert_eq!(load(Type::decimal(5, 2), Cell::Decimal("-123.40")), "-123.40\n");
        assert_eq!(load(Type::decimal(3, 0), Cell::Decimal("-123")), "-123\n");
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

    #[test]
    fn pieces_make_the_same_row_as_the_whole() {
        let text = "aé\\b\tc\n'\0d€".as_bytes();
        let hex = Type::Native { name: "point".into(), binary_portable: false };
        for style in [Style::Load, Style::Insert] {
            for (ty, kind, bytes) in [
                (Type::text(), LargeKind::Text, text),
                (Type::bytes(), LargeKind::Bytes, &[0, 255, b'\\', b'\n', b'\'']),
                (Type::bytes(), LargeKind::Text, text),
                (hex.clone(), LargeKind::Text, b"00FF"),
                (hex.clone(), LargeKind::Bytes, b"00FF"),
            ] {
                let columns =
                    ["c", "d"].map(|name| WriteColumn { name: name.into(), ty: ty.clone(), native: "".into() });
                let table = WriteTable { name: "t".into(), columns: columns.to_vec(), splice: None };
                let (mut pieces, mut whole) =
                    (RowEncoder::new(&table, style).unwrap(), RowEncoder::new(&table, style).unwrap());
                for _ in 0..columns.len() {
                    assert!(pieces.begin_large(kind, bytes.len() as u64).unwrap());
                    bytes.chunks(1).for_each(|piece| pieces.piece(piece).unwrap());
                    pieces.end_large().unwrap();
                    assert_eq!(pieces.is_empty(), style == Style::Insert, "a tuple is cut, or a line is not");
                    crate::large::gather(&mut crate::large::Whole::new(kind, bytes), |cell| whole.cell(cell)).unwrap();
                }
                pieces.end_row().and(whole.end_row()).unwrap();
                assert_eq!(pieces.take(Vec::new()), whole.take(Vec::new()), "{ty:?} as {style:?}");
            }
        }
    }

    #[test]
    fn long_values_are_measured_while_they_pass() {
        let columns = vec![WriteColumn { name: "c".into(), ty: Type::varchar(3), native: String::new() }];
        let table = WriteTable { name: "t".into(), columns, splice: None };
        let mut encoder = RowEncoder::new(&table, Style::Load).unwrap();
        encoder.begin_large(LargeKind::Text, 8).unwrap();
        encoder.piece("äöü".as_bytes()).unwrap();
        assert_eq!(encoder.piece("ä".as_bytes()).unwrap_err().kind(), ErrorKind::Value);
        let mut tuple = RowEncoder::new(&table, Style::Insert).unwrap().within(10);
        tuple.begin_large(LargeKind::Text, 3).unwrap();
        tuple.piece(b"abc").unwrap();
        let refused = tuple.piece(b"defgh").unwrap_err();
        assert!(refused.to_string().contains("t.c: ") && refused.kind() == ErrorKind::Value, "{refused}");
    }
}
