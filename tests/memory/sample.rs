//! A database with a column of every portable type, keys, a sequence and a numbering column.

use dbferry::backends::memory::{MemoryDb, Value};
use dbferry::schema::{
    Action, Check, Column, ForeignKey, Generated, Identity, IdentityKind, Index, IndexPart, IndexTarget, Key, Sequence,
    Table,
};
use dbferry::types::{Length, Type, Unit};

/// All of it.
pub(super) fn sample() -> MemoryDb {
    let db = MemoryDb::new("source");
    let (table, rows) = every_type();
    db.add_table(table, rows).unwrap();
    let (parent, child) = family();
    db.add_table(parent, (1..=10).map(|id| vec![Value::I64(id), Value::Text(format!("n{id}"))])).unwrap();
    let rows = (0..1000).map(|n| {
        let parent = if n % 7 == 0 { Value::Null } else { Value::I64(n % 10 + 1) };
        vec![Value::I64(n), parent, Value::Text("x".repeat(n as usize % 50)), Value::Null]
    });
    db.add_table(child, rows).unwrap();
    let (start, increment, min, max) = (5, 5, 5, 1_000_000);
    let sequence = Sequence { name: "s".into(), bytes: 8, start, increment, min, max, cycle: true, cache: 3, next: 25 };
    db.add_sequence(sequence);
    db
}

fn types() -> Vec<(Type, Value, Value)> {
    let text = |text: &str| Value::Text(text.into());
    let bits = |fixed| Type::Bits { len: Some(9), fixed };
    let labels = vec!["a".to_string(), "it's".to_string()];
    let time = |zone, duration| Type::Time { precision: 6, zone, duration };
    let stamp = |zone| Type::Timestamp { precision: 9, zone };
    let char = Type::Text { max: Some(Length::code_points(3)), fixed: true };
    let utf16 = Type::Text { max: Some(Length { n: 4, unit: Unit::Utf16 }), fixed: false };
    vec![
        (Type::Bool, Value::Bool(true), Value::Bool(false)),
        (Type::int(1), Value::I64(-128), Value::I64(127)),
        (Type::Int { bytes: 3, unsigned: true }, Value::U64(0), Value::U64(16_777_215)),
        (Type::int(8), Value::I64(i64::MIN), Value::I64(i64::MAX)),
        (Type::Int { bytes: 8, unsigned: true }, Value::U64(0), Value::U64(u64::MAX)),
        (Type::decimal(20, 5), Value::Decimal("-0.00001".into()), Value::Decimal("123456789012345.5".into())),
        (Type::Float { bytes: 4 }, Value::F32(f32::MIN), Value::F32(f32::NAN)),
        (Type::Float { bytes: 8 }, Value::F64(-0.0), Value::F64(f64::INFINITY)),
        (char, text("a"), text("é😀z")),
        (utf16, text(""), text("😀😀")),
        (Type::text(), text("\0 \n"), text(&"long".repeat(1000))),
        (Type::Bytes { max: Some(2), fixed: true }, Value::Bytes(vec![0, 255]), Value::Bytes(vec![1, 2])),
        (Type::bytes(), Value::Bytes(Vec::new()), Value::Bytes((0..=255).collect())),
        (Type::Date, Value::Date(-719_162), Value::Date(2_932_896)),
        (time(false, false), Value::Time(0), Value::Time(86_399_999_999_000)),
        (time(true, false), Value::TimeTz(0, -19_800), Value::TimeTz(1_000, 3600)),
        (time(false, true), Value::Time(-3_020_399_000_000_000), Value::Time(1_000)),
        (stamp(false), Value::Timestamp(-1, 1), Value::Timestamp(20_000, 0)),
        (stamp(true), Value::Instant(-1, 1), Value::Instant(20_000, 0)),
        (Type::Interval, Value::Interval(-1, 2, -3), Value::Interval(0, 0, 0)),
        (Type::Uuid, Value::Uuid([0; 16]), Value::Uuid([0xff; 16])),
        (Type::Json { binary: true }, text("{\"a\": 1}"), text("null")),
        (bits(true), Value::Bits(vec![0xff, 0x80], 9), Value::Bits(vec![0, 0], 9)),
        (bits(false), Value::Bits(Vec::new(), 0), Value::Bits(vec![0x80], 1)),
        (Type::Enum { name: None, labels: labels.clone() }, text("a"), text("it's")),
        (Type::Set { labels }, text(""), text("a,it's")),
    ]
}

/// A table with a column of every type, and three rows: small, large and no values.
pub(super) fn every_type() -> (Table, Vec<Vec<Value>>) {
    let (mut columns, mut low, mut high, mut none) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, (ty, small, large)) in types().into_iter().enumerate() {
        columns.push(Column::new(format!("c {number} \"'`"), ty, ""));
        low.push(small);
        high.push(large);
        none.push(Value::Null);
    }
    (Table { name: "every_type".into(), columns, ..Table::default() }, vec![low, high, none])
}

fn not_null(name: &str, ty: Type) -> Column {
    Column { nullable: false, ..Column::new(name, ty, "") }
}

/// A table, and one that references it and has all else that a table can have.
pub(super) fn family() -> (Table, Table) {
    let parent = Table {
        name: "parent".into(),
        columns: vec![not_null("id", Type::int(8)), Column::new("name", Type::varchar(10), "")],
        primary_key: Some(Key::new("parent_pk", vec!["id".into()])),
        ..Table::default()
    };
    let identity = Identity { always: true, next: Some(2000), start: 1, increment: 1, kind: IdentityKind::Identity };
    let generated = Generated { expression: "parent * 2".into(), stored: true };
    let child = Table {
        name: "child".into(),
        columns: vec![
            Column { identity: Some(identity), ..not_null("id", Type::int(4)) },
            Column::new("parent", Type::int(8), ""),
            Column { default: Some("'it''s'".into()), ..not_null("text", Type::varchar(50)) },
            Column { generated: Some(generated), ..Column::new("twice", Type::int(8), "") },
        ],
        primary_key: Some(Key::new("child_pk", vec!["id".into()])),
        uniques: vec![Key { constraint: false, ..Key::new("child_text", vec!["text".into(), "id".into()]) }],
        indexes: vec![index()],
        foreign_keys: vec![foreign_key()],
        checks: vec![Check { name: "positive".into(), expression: "id >= 0".into(), not_validated: false }],
        ..Table::default()
    };
    (parent, child)
}

fn index() -> Index {
    let part = IndexPart {
        target: IndexTarget::Column("parent".into()),
        descending: true,
        nulls_first: Some(true),
        prefix: None,
    };
    Index {
        name: "child_parent".into(),
        parts: vec![part],
        unique: false,
        predicate: None,
        method: "btree".into(),
        include: vec!["text".into()],
        definition: None,
        needs: Vec::new(),
    }
}

fn foreign_key() -> ForeignKey {
    ForeignKey {
        name: "child_parent_fk".into(),
        columns: vec!["parent".into()],
        foreign_table: "parent".into(),
        foreign_columns: vec!["id".into()],
        on_delete: Action::Cascade,
        on_update: Action::NoAction,
        deferrable: true,
        initially_deferred: false,
        not_validated: false,
        match_full: false,
    }
}
