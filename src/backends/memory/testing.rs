//! Random values of every kind and plain tables, for the tests of this backend.

use super::Value;
use crate::backends::{ReadColumn, ReadTable, WriteColumn, WriteTable};
use crate::calendar::NANOS_PER_DAY;
use crate::cell::Special;
use crate::schema::{Column, Table};
use crate::types::Type;
use proptest::prelude::*;

/// Any value that a cell can be.
pub(super) fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![numbers(), texts(), moments(), specials()]
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::I64),
        any::<i16>().prop_map(|n| Value::I64(n.into())),
        any::<u64>().prop_map(Value::U64),
        "-?[0-9]{1,50}(\\.[0-9]{1,20})?".prop_map(Value::Decimal),
        any::<u32>().prop_map(|bits| Value::F32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::F64(f64::from_bits(bits))),
    ]
}

fn texts() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::Text),
        "[a-z]{120,400}".prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        any::<[u8; 16]>().prop_map(Value::Uuid),
        (prop::collection::vec(any::<u8>(), 0..9), any::<u32>()).prop_map(|(bits, len)| Value::Bits(bits, len)),
    ]
}

fn moments() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i32>().prop_map(Value::Date),
        any::<i64>().prop_map(Value::Time),
        (any::<i64>(), any::<i32>()).prop_map(|(nanos, offset)| Value::TimeTz(nanos, offset)),
        (any::<i32>(), 0..NANOS_PER_DAY).prop_map(|(days, nanos)| Value::Timestamp(days, nanos)),
        (any::<i32>(), 0..NANOS_PER_DAY).prop_map(|(days, nanos)| Value::Instant(days, nanos)),
        (any::<i32>(), any::<i32>(), any::<i64>()).prop_map(|(m, d, n)| Value::Interval(m, d, n)),
    ]
}

fn specials() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Special::Infinity),
        Just(Special::NegativeInfinity),
        Just(Special::Nan),
        (any::<u16>(), any::<u8>(), any::<u8>(), 0..NANOS_PER_DAY)
            .prop_map(|(y, m, d, n)| Special::ZeroDate(y, m, d, n)),
    ]
    .prop_map(Value::Special)
}

/// A table of nullable columns.
pub(crate) fn table<const N: usize>(name: &str, columns: [(&str, Type); N]) -> Table {
    let columns = columns.map(|(name, ty)| Column::new(name, ty, "")).to_vec();
    Table { name: name.into(), columns, ..Table::default() }
}

/// What a plan makes for copying these tables' rows.
pub(super) fn tables(table: &Table) -> (ReadTable, WriteTable) {
    let plain = table.columns.iter().filter(|column| column.generated.is_none());
    let read = |column: &Column| ReadColumn { name: column.name.clone(), ty: column.ty.clone(), as_text: false };
    let write = |column: &Column| WriteColumn {
        name: column.name.clone(),
        ty: column.ty.clone(),
        native: column.native.clone(),
    };
    (
        ReadTable {
            name: table.name.clone(),
            columns: plain.clone().map(read).collect(),
            key: Vec::new(),
            key_order: false,
            splice: None,
            bytes_estimate: 0,
            rows_estimate: 0,
        },
        WriteTable { name: table.name.clone(), columns: plain.map(write).collect(), splice: None },
    )
}
