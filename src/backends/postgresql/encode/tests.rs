//! Encoded fields go back through the decoder, and what does not fit is refused.

use super::*;
use crate::backends::postgresql::decode::Decoder;
use crate::backends::{ReadColumn, ReadTable};
use crate::cell::Special;
use proptest::prelude::*;

/// Collects cells as text that tells all of them apart.
#[derive(Default)]
struct Shown(Vec<String>);

impl RowSink for Shown {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.0.push(show(cell));
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        Ok(())
    }
}

fn show(cell: Cell<'_>) -> String {
    match cell {
        Cell::I64(n) => format!("i{n}"),
        Cell::Decimal(text) | Cell::Text(text) => format!("{}:{text}", cell.kind()),
        Cell::F64(n) => format!("f{:x}", n.to_bits()),
        Cell::F32(n) => format!("e{:x}", n.to_bits()),
        Cell::Bytes(bytes) => format!("b{bytes:?}"),
        Cell::Bits(bytes, length) => format!("v{bytes:?}/{length}"),
        Cell::Date(days) => format!("d{days}"),
        Cell::Time(n) => format!("t{n}"),
        Cell::TimeTz(n, zone) => format!("z{n}/{zone}"),
        Cell::Timestamp(days, n) => format!("w{days}/{n}"),
        Cell::Instant(days, n) => format!("u{days}/{n}"),
        Cell::Interval(m, d, n) => format!("p{m}/{d}/{n}"),
        Cell::Uuid(bytes) => format!("g{bytes:?}"),
        Cell::Bool(b) => format!("{b}"),
        _ => cell.kind().to_string(),
    }
}

fn encoder(ty: &Type) -> PgEncoder {
    let column = WriteColumn { name: "c".to_string(), ty: ty.clone(), native: "type".to_string() };
    PgEncoder::new(&WriteTable { name: "t".to_string(), columns: vec![column], splice: None }).unwrap()
}

fn there_and_back(ty: Type, cell: Cell<'_>) -> Result<String> {
    let mut encoder = encoder(&ty);
    encoder.cell(cell)?;
    encoder.end_row()?;
    let message = encoder.take(Vec::new());
    assert_eq!(message[0], b'd');
    assert_eq!(u32::from_be_bytes([message[1], message[2], message[3], message[4]]) as usize, message.len() - 1);
    let column = ReadColumn { name: "c".to_string(), ty, as_text: false };
    let table = ReadTable {
        name: "t".to_string(),
        columns: vec![column],
        key: Vec::new(),
        key_order: false,
        splice: None,
        bytes_estimate: 0,
        rows_estimate: 0,
    };
    let mut shown = Shown::default();
    assert!(Decoder::new(&table).row(&message[HEADER..], &mut shown)?);
    Ok(shown.0.remove(0))
}

#[track_caller]
fn same(ty: Type, cell: Cell<'_>) {
    assert_eq!(there_and_back(ty, cell).unwrap(), show(cell));
}

#[track_caller]
fn refused(ty: Type, cell: Cell<'_>) {
    assert_eq!(there_and_back(ty, cell).unwrap_err().kind(), ErrorKind::Value);
}

const TIMESTAMP: Type = Type::Timestamp { precision: 6, zone: false };
const DAY: i64 = 86_400_000_000_000;

#[test]
fn edges_come_back() {
    same(Type::int(2), Cell::I64(-32768));
    same(Type::int(8), Cell::I64(i64::MIN));
    same(Type::Float { bytes: 8 }, Cell::F64(-0.0));
    same(Type::Float { bytes: 4 }, Cell::F32(f32::MIN_POSITIVE));
    same(Type::varchar(3), Cell::Text("äöü"));
    same(Type::Json { binary: true }, Cell::Text("{}"));
    same(Type::bytes(), Cell::Bytes(&[0, 255]));
    same(Type::Date, Cell::Date(-719_163));
    same(Type::Date, Cell::Special(Special::NegativeInfinity));
    same(TIMESTAMP, Cell::Timestamp(-1, DAY - 1000));
    same(TIMESTAMP, Cell::Special(Special::Infinity));
    same(Type::Time { precision: 6, zone: false, duration: false }, Cell::Time(DAY));
    same(Type::Time { precision: 6, zone: true, duration: false }, Cell::TimeTz(1000, -5400));
    same(Type::Interval, Cell::Interval(-1, 40, -5000));
    same(Type::Uuid, Cell::Uuid([7; 16]));
    same(Type::Bits { len: Some(9), fixed: true }, Cell::Bits(&[0xff, 0x80], 9));
    same(Type::Decimal { precision: None, scale: None }, Cell::Special(Special::Nan));
}

#[test]
fn natural_pairs_are_coerced() {
    let number = Type::decimal(20, 2);
    assert_eq!(there_and_back(number.clone(), Cell::I64(-5)).unwrap(), "decimal:-5");
    assert_eq!(there_and_back(number, Cell::U64(u64::MAX)).unwrap_err().kind(), ErrorKind::Value);
    assert_eq!(there_and_back(Type::decimal(20, 0), Cell::U64(u64::MAX)).unwrap(), "decimal:18446744073709551615");
    assert_eq!(there_and_back(Type::int(4), Cell::Decimal("12.00")).unwrap(), "i12");
    assert_eq!(there_and_back(Type::Bool, Cell::I64(1)).unwrap(), "true");
    assert_eq!(there_and_back(Type::Bool, Cell::Bits(&[0x80], 1)).unwrap(), "true");
    assert_eq!(there_and_back(Type::int(8), Cell::Bits(&[0x40, 0x80], 9)).unwrap(), "i129");
    assert_eq!(there_and_back(Type::text(), Cell::I64(-7)).unwrap(), "text:-7");
    let bit = Type::Bits { len: Some(3), fixed: true };
    assert_eq!(there_and_back(bit, Cell::U64(5)).unwrap(), "v[160]/3");
    assert_eq!(there_and_back(Type::Interval, Cell::Time(-DAY)).unwrap(), format!("p0/0/{}", -DAY));
    let uuid = there_and_back(Type::text(), Cell::Uuid([0x1f; 16])).unwrap();
    assert_eq!(uuid, "text:1f1f1f1f-1f1f-1f1f-1f1f-1f1f1f1f1f1f");
}

#[test]
fn what_would_change_is_refused() {
    refused(Type::int(2), Cell::I64(32768));
    refused(Type::int(8), Cell::U64(1 << 63));
    refused(Type::int(4), Cell::Decimal("1.5"));
    refused(Type::Bool, Cell::I64(2));
    refused(Type::varchar(3), Cell::Text("abc "));
    refused(Type::text(), Cell::Text("a\0b"));
    refused(Type::Float { bytes: 4 }, Cell::F64(0.1));
    refused(Type::Float { bytes: 8 }, Cell::I64(i64::MAX));
    refused(TIMESTAMP, Cell::Timestamp(0, 1));
    refused(Type::Timestamp { precision: 0, zone: false }, Cell::Timestamp(0, 1_000_000));
    refused(TIMESTAMP, Cell::Timestamp(i32::MAX, 0));
    refused(Type::Date, Cell::Date(i32::MIN));
    refused(Type::Date, Cell::Special(Special::ZeroDate(0, 0, 0, 0)));
    refused(Type::Time { precision: 6, zone: false, duration: false }, Cell::Time(-1000));
    refused(Type::Bits { len: Some(8), fixed: true }, Cell::Bits(&[0x80], 1));
}

#[test]
fn messages_name_the_column_and_no_value() {
    let error = there_and_back(Type::varchar(1), Cell::Text("secret")).unwrap_err();
    assert_eq!(error.to_string(), "t.c: a text is longer than type holds");
}

proptest! {
    #[test]
    fn any_moment_comes_back(days in -2_440_588i32..106_751_990, micros in 0..86_400_000_000i64) {
        let cell = Cell::Timestamp(days, micros * 1000);
        prop_assert_eq!(there_and_back(TIMESTAMP, cell).unwrap(), show(cell));
    }

    #[test]
    fn any_text_comes_back_or_is_refused(text in "\\PC{0,20}") {
        let back = there_and_back(Type::varchar(10), Cell::Text(&text));
        match back {
            Ok(back) => prop_assert_eq!(back, show(Cell::Text(&text))),
            Err(_) => prop_assert!(text.chars().count() > 10),
        }
    }
}

/// What the encoder makes of a value in pieces of `size` bytes.
fn in_pieces(ty: &Type, kind: LargeKind, bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut encoder = encoder(ty);
    assert!(encoder.begin_large(kind, bytes.len() as u64)?);
    bytes.chunks(size).try_for_each(|piece| encoder.piece(piece))?;
    encoder.end_large()?;
    encoder.end_row()?;
    Ok(encoder.take(Vec::new()))
}

#[test]
fn pieces_make_the_same_field_as_the_whole() {
    let whole = |ty: &Type, cell| {
        let mut encoder = encoder(ty);
        encoder.cell(cell).and_then(|()| encoder.end_row()).map(|()| encoder.take(Vec::new()))
    };
    for text in ["", "abcdef", "ab    ", "        ", "abcde "] {
        for ty in [
            Type::text(),
            Type::varchar(5),
            Type::Text { max: Some(crate::types::Length::code_points(5)), fixed: true },
            Type::Json { binary: true },
        ] {
            for size in 1..4 {
                let pieces = in_pieces(&ty, LargeKind::Text, text.as_bytes(), size);
                assert_eq!(pieces.ok(), whole(&ty, Cell::Text(text)).ok(), "{text:?} as {ty:?}");
            }
        }
    }
    let bytes = Type::Bytes { max: None, fixed: false };
    assert_eq!(in_pieces(&bytes, LargeKind::Bytes, b"a\0b", 2).ok(), whole(&bytes, Cell::Bytes(b"a\0b")).ok());
}

#[test]
fn large_values_that_do_not_fit_are_refused() {
    let long = encoder(&Type::text()).begin_large(LargeKind::Text, 1 << 30).unwrap_err();
    assert!(long.to_string().contains("1 GB"), "{long}");
    assert_eq!((long.kind(), long.object_name()), (ErrorKind::Value, Some("t.c")));
    for (ty, kind, bytes) in [
        (Type::text(), LargeKind::Text, &b"a\0"[..]),
        (Type::text(), LargeKind::Bytes, b"a"),
        (Type::int(4), LargeKind::Text, b"1"),
    ] {
        assert_eq!(in_pieces(&ty, kind, bytes, 1).unwrap_err().kind(), ErrorKind::Value);
    }
    let mut short = encoder(&Type::text());
    short.begin_large(LargeKind::Text, 2).unwrap();
    short.piece(b"a").unwrap();
    assert_eq!(short.end_large().unwrap_err().kind(), ErrorKind::Write);
}
