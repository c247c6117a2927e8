//! Copies by hand from one database in memory to another, through reader, encoder and writer.

use super::testing::{any_value, table, tables};
use super::{MemoryDb, Value, open_source, open_target};
use crate::backends::{Claim, Encoder, Range, ReadTable, Reader, WriteTable, Writer};
use crate::cell::{Cell, FrameSink, RowSink};
use crate::error::{ErrorKind, Result};
use crate::schema::{Column, Generated, Identity, IdentityKind, Sequence, Table};
use crate::types::Type;
use proptest::prelude::*;

const CLAIMS: &str = "CREATE TABLE \"dbferry_chunk\" (epoch bigint NOT NULL, table_no integer NOT NULL, \
    chunk_no integer NOT NULL, chunk_range text NOT NULL, row_count bigint NOT NULL, PRIMARY KEY (table_no, chunk_no))";

/// Lends an encoder to a reader.
struct Lent<'a>(&'a mut dyn Encoder, u64);

impl RowSink for Lent<'_> {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.0.cell(cell)
    }

    fn end_row(&mut self) -> Result<()> {
        self.1 += 1;
        self.0.end_row()
    }
}

impl FrameSink for Lent<'_> {
    fn frame(&mut self, _frame: &[u8]) -> Result<()> {
        Ok(())
    }
}

fn target(statements: &[&str]) -> (MemoryDb, Box<dyn Writer>) {
    let db = MemoryDb::new("target");
    let mut target = open_target(&db.endpoint()).unwrap();
    target.execute(CLAIMS).unwrap();
    statements.iter().for_each(|sql| target.execute(sql).unwrap());
    let writer = target.open_writer().unwrap();
    (db, writer)
}

fn reader(db: &MemoryDb) -> Box<dyn Reader> {
    open_source(&db.endpoint()).unwrap().open_readers(1).unwrap().sessions.remove(0)
}

fn claim(chunk: u32) -> Claim {
    Claim { epoch: 1, table: 0, chunk, range: "all".into() }
}

fn copy(
    reader: &mut dyn Reader,
    writer: &mut dyn Writer,
    read: &ReadTable,
    write: &WriteTable,
    bytes: u64,
) -> Result<usize> {
    let ranges = reader.split(read, bytes)?;
    for (number, range) in (0..).zip(&ranges) {
        let mut encoder = writer.encoder(write)?;
        let mut sink = Lent(encoder.as_mut(), 0);
        writer.begin(write, &claim(number))?;
        let read = reader.read(read, range, &mut sink)?;
        assert_eq!(read, sink.1);
        let buffer = encoder.take(Vec::new());
        assert!(encoder.is_empty());
        writer.send(&buffer)?;
        writer.commit(read, None)?;
    }
    Ok(ranges.len())
}

/// One column of a type that takes the value as it is.
fn native_type(value: &Value) -> Type {
    let (zone, duration) = (matches!(value, Value::TimeTz(..)), matches!(value, Value::Time(_)));
    match value {
        Value::Bool(_) => Type::Bool,
        Value::I64(_) => Type::int(8),
        Value::U64(_) => Type::Int { bytes: 8, unsigned: true },
        Value::Decimal(_) => Type::Decimal { precision: None, scale: None },
        Value::F32(_) => Type::Float { bytes: 4 },
        Value::F64(_) => Type::Float { bytes: 8 },
        Value::Text(_) | Value::BrokenText(_) | Value::Null => Type::text(),
        Value::Bytes(_) => Type::bytes(),
        Value::Date(_) => Type::Date,
        Value::Time(_) | Value::TimeTz(..) => Type::Time { precision: 9, zone, duration },
        Value::Timestamp(..) => Type::Timestamp { precision: 9, zone: false },
        Value::Instant(..) => Type::Timestamp { precision: 9, zone: true },
        Value::Interval(..) => Type::Interval,
        Value::Uuid(_) => Type::Uuid,
        Value::Bits(..) => Type::Bits { len: None, fixed: false },
        Value::Special(crate::cell::Special::Nan) => Type::Decimal { precision: None, scale: None },
        Value::Special(_) => Type::Date,
    }
}

fn create(table: &Table) -> String {
    let columns = table.columns.iter().map(|c| format!("\"{}\" {}", c.name, super::types::spell(&c.ty)));
    format!("CREATE TABLE \"{}\" ({})", table.name, columns.collect::<Vec<_>>().join(", "))
}

proptest! {
    #[test]
    fn every_value_arrives(values in prop::collection::vec(any_value(), 1..12), rows in 0usize..40, bytes in 1u64..4000) {
        let values: Vec<Value> = values.into_iter().map(|value| match value {
            Value::Bits(bits, len) => { let n = len % (bits.len() as u32 * 8 + 1); Value::Bits(bits[..n.div_ceil(8) as usize].to_vec(), n) }
            other => other,
        }).collect();
        let columns = values.iter().enumerate().map(|(i, v)| Column::new(format!("c{i}"), native_type(v), "")).collect();
        let table = Table { name: "t".into(), columns, ..Table::default() };
        let source = MemoryDb::new("source");
        source.add_table(table.clone(), (0..rows).map(|_| values.clone())).unwrap();
        let (db, mut writer) = target(&[&create(&table)]);
        let (read, write) = tables(&table);
        let mut reader = reader(&source);
        let chunks = copy(reader.as_mut(), writer.as_mut(), &read, &write, bytes).unwrap();
        prop_assert_eq!(db.rows("t"), source.rows("t"));
        prop_assert_eq!(db.rows("dbferry_chunk").map(|claims| claims.len()), Some(chunks));
        prop_assert_eq!(reader.count(&read).unwrap(), rows as u64);
    }
}

#[test]
fn columns_may_come_in_another_order_without_computed_ones() {
    let (db, mut writer) = target(&["CREATE TABLE t (a int4, twice int4 NOT NULL AS (a * 2), b text NOT NULL)"]);
    let mut source = table("t", [("b", Type::text()), ("a", Type::int(4)), ("x", Type::int(4))]);
    source.columns[2].generated = Some(Generated { expression: "1".into(), stored: false });
    let (read, write) = tables(&source);
    let from = MemoryDb::new("source");
    from.add_table(source, [vec![Value::Text("x".into()), Value::I64(7), Value::I64(1)]]).unwrap();
    copy(reader(&from).as_mut(), writer.as_mut(), &read, &write, 1).unwrap();
    assert_eq!(db.rows("t"), Some(vec![vec![Value::I64(7), Value::Null, Value::Text("x".into())]]));
}

#[test]
fn a_chunk_is_claimed_once_and_arrives_whole() {
    let (db, mut writer) = target(&["CREATE TABLE t (v int4 PRIMARY KEY)"]);
    let (_, write) = tables(&table("t", [("v", Type::int(4))]));
    let mut encoder = writer.encoder(&write).unwrap();
    let mut buffer = |n| {
        encoder.cell(Cell::I64(n)).unwrap();
        encoder.end_row().unwrap();
        encoder.take(Vec::new())
    };
    let (one, two) = (buffer(1), buffer(2));
    let rows = || db.rows("t").unwrap().len();

    writer.begin(&write, &claim(0)).unwrap();
    writer.send(&one).unwrap();
    assert_eq!(writer.commit(2, None).unwrap_err().kind(), ErrorKind::Write, "a row is missing");
    assert_eq!(rows(), 0);

    writer.begin(&write, &claim(0)).unwrap();
    writer.send(&one).unwrap();
    writer.abort();
    assert!(writer.commit(1, None).is_err() && writer.send(&one).is_err(), "the chunk was abandoned");

    writer.begin(&write, &claim(0)).unwrap();
    writer.send(&one).unwrap();
    writer.commit(1, None).unwrap();
    assert_eq!(writer.begin(&write, &claim(0)).unwrap_err().kind(), ErrorKind::Write, "the chunk is claimed");

    writer.begin(&write, &claim(1)).unwrap();
    writer.send(&two).unwrap();
    let mut other = open_target(&db.endpoint()).unwrap().open_writer().unwrap();
    other.begin(&write, &claim(1)).unwrap();
    other.send(&two).unwrap();
    other.commit(1, None).unwrap();
    assert!(writer.commit(1, None).unwrap_err().to_string().contains("primary key"), "another session was faster");

    writer.begin(&write, &claim(2)).unwrap();
    writer.send(&two).unwrap();
    let error = writer.commit(1, None).unwrap_err();
    assert_eq!(error.object_name(), Some("t"));
    assert_eq!((rows(), db.rows("dbferry_chunk").unwrap().len()), (2, 2), "a key of the table refuses the row");
}

#[test]
fn the_encoder_refuses_what_does_not_fit() {
    let (_, writer) = target(&["CREATE TABLE t (v varchar(2) NOT NULL, w int4)"]);
    let (_, write) = tables(&table("t", [("v", Type::text()), ("w", Type::int(4))]));
    let refused = |cell: Cell<'_>, why: &str| {
        let error = writer.encoder(&write).unwrap().cell(cell).unwrap_err();
        assert_eq!((error.kind(), error.object_name()), (ErrorKind::Value, Some("v")));
        assert!(error.to_string().contains(why), "{error}");
    };
    refused(Cell::Null, "NOT NULL");
    refused(Cell::Text("abc"), "3 characters is longer than the 2");
    refused(Cell::I64(1), "kind integer");
    let mut encoder = writer.encoder(&write).unwrap();
    encoder.cell(Cell::Text("a")).unwrap();
    assert_eq!(encoder.end_row().unwrap_err().kind(), ErrorKind::Write);
    let (_, other) = tables(&table("t", [("none", Type::text())]));
    assert_eq!(writer.encoder(&other).err().map(|error| error.kind()), Some(ErrorKind::Write));
}

#[test]
fn text_form_travels_where_asked() {
    let from = MemoryDb::new("source");
    let source = table("t", [("u", Type::Uuid), ("d", Type::Date)]);
    from.add_table(source.clone(), [vec![Value::Uuid([1; 16]), Value::Null], vec![Value::Null, Value::Date(0)]])
        .unwrap();
    let (mut read, write) = tables(&source);
    read.columns.iter_mut().for_each(|column| column.as_text = true);
    let (db, mut writer) = target(&["CREATE TABLE t (u char(36), d text)"]);
    copy(reader(&from).as_mut(), writer.as_mut(), &read, &write, u64::MAX).unwrap();
    let text = |text: &str| Value::Text(text.into());
    let first = vec![text("01010101-0101-0101-0101-010101010101"), Value::Null];
    assert_eq!(db.rows("t"), Some(vec![first, vec![Value::Null, text("1970-01-01")]]));
}

#[test]
fn readers_see_one_point_in_time() {
    let (db, mut writer) = target(&["CREATE TABLE t (id int4 IDENTITY)"]);
    let (read, write) = tables(&table("t", [("id", Type::int(4))]));
    let mut source = open_source(&db.endpoint()).unwrap();
    let mut readers = source.open_readers(3).unwrap();
    assert_eq!((readers.sessions.len(), readers.point.as_deref()), (3, Some("change 2")));
    let mut encoder = writer.encoder(&write).unwrap();
    encoder.cell(Cell::I64(1)).unwrap();
    encoder.end_row().unwrap();
    writer.begin(&write, &claim(0)).unwrap();
    writer.send(&encoder.take(Vec::new())).unwrap();
    writer.commit(1, None).unwrap();
    writer.execute("ALTER TABLE t ALTER COLUMN id RESTART WITH 9").unwrap();
    let reader = &mut readers.sessions[2];
    assert_eq!(reader.count(&read).unwrap(), 0);
    assert_eq!(reader.split(&read, 1).unwrap(), [Range::All]);
    let mut schema = source.introspect().unwrap();
    let next = |schema: &crate::schema::Schema| schema.tables[1].columns[0].identity.as_ref().and_then(|i| i.next);
    assert_eq!((schema.tables[1].rows_estimate, next(&schema)), (0, None));
    source.refresh_positions(&mut schema).unwrap();
    assert_eq!(next(&schema), Some(9));
    assert_eq!(db.schema().tables[1].rows_estimate, 1);
}

#[test]
fn ranges_cover_every_row_once() {
    let from = MemoryDb::new("source");
    let source = table("t", [("v", Type::int(4))]);
    from.add_table(source.clone(), (0..100_000).map(|n| vec![Value::I64(n)])).unwrap();
    let (read, write) = tables(&source);
    let (db, mut writer) = target(&["CREATE TABLE t (v int4)"]);
    let mut reader = reader(&from);
    assert!(copy(reader.as_mut(), writer.as_mut(), &read, &write, 100_000).unwrap() > 3);
    assert_eq!(db.rows("t"), from.rows("t"));
    let key = Range::Key { column: "v".into(), from: None, to: None };
    let mut encoder = writer.encoder(&write).unwrap();
    let mut sink = Lent(encoder.as_mut(), 0);
    assert_eq!(reader.read(&read, &key, &mut sink).unwrap_err().kind(), ErrorKind::Read);
    assert_eq!(reader.read_frames(&read, &Range::All, &mut sink).unwrap_err().kind(), ErrorKind::Read);
}

#[test]
fn one_target_holds_the_lock() {
    let db = MemoryDb::new("target");
    let (mut one, mut two) = (open_target(&db.endpoint()).unwrap(), open_target(&db.endpoint()).unwrap());
    assert_eq!((one.lock().unwrap(), one.lock().unwrap()), (None, None));
    assert!(two.lock().unwrap().is_some());
    drop(one);
    assert_eq!(two.lock().unwrap(), None);
}

#[test]
fn the_public_handle() {
    let db = MemoryDb::new("shop");
    let mut source = table(
        "t",
        [
            ("a", Type::Int { bytes: 2, unsigned: true }),
            ("b", Type::Enum { name: Some("e".into()), labels: vec!["x".into()] }),
        ],
    );
    source.columns[0].identity =
        Some(Identity { always: false, next: Some(3), start: 1, increment: 1, kind: IdentityKind::Identity });
    db.add_table(source.clone(), []).unwrap();
    assert_eq!(db.add_table(source.clone(), []).unwrap_err().kind(), ErrorKind::Ddl);
    let wrong = Table { name: "u".into(), ..source };
    assert_eq!(db.add_table(wrong, [vec![Value::Null]]).unwrap_err().kind(), ErrorKind::Value);
    let sequence = Sequence {
        name: "s".into(),
        bytes: 8,
        start: 1,
        increment: 1,
        min: 1,
        max: 9,
        cycle: false,
        cache: 1,
        next: 4,
    };
    db.add_sequence(sequence);
    let schema = db.schema();
    assert_eq!((schema.product.name.as_str(), schema.database.as_str()), ("memory", "shop"));
    assert_eq!((schema.tables[0].columns[0].native.as_str(), schema.enums[0].name.as_str()), ("uint2", "e"));
    assert_eq!(schema.sequences[0].next, 4);
    assert_eq!((db.rows("none"), db.rows("t")), (None, Some(Vec::new())));
    assert_eq!(format!("{db:?}"), "MemoryDb { name: \"shop\", tables: 1 }");
    let found = open_target(&db.endpoint()).unwrap().inventory().unwrap();
    assert_eq!(
        found.iter().map(|o| (o.kind.as_str(), o.name.as_str())).collect::<Vec<_>>(),
        [("table", "t"), ("sequence", "s")]
    );
    let unattached = crate::endpoint::Endpoint { memory: None, ..db.endpoint() };
    assert_eq!(open_source(&unattached).err().map(|error| error.kind()), Some(ErrorKind::Connect));
}
