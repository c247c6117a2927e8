//! Made-up rows: one type family all over, or a table as applications have it.

use crate::backends::memory::Value;
use crate::backends::{ReadColumn, ReadTable, WriteColumn, WriteTable};
use crate::cell::RowSink;
use crate::error::Result;
use crate::plan::Canon;
use crate::types::Type;

/// Type families, in the order of the tables that show them.
pub const FAMILIES: [&str; 8] = ["integer", "boolean", "decimal", "float", "text", "bytes", "date", "timestamp"];

/// Words that make texts of 60 to 90 bytes, some of them beyond ASCII.
const WORDS: [&str; 8] = ["order", "delivery", "café", "Zürich", "customer", "東京", "payment", "größe"];

/// Rows with their types.
pub(crate) struct Sample {
    pub(crate) types: Vec<Type>,
    pub(crate) canons: Vec<Canon>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Sample {
    /// Rows of `columns` columns of one family.
    pub(crate) fn of_family(family: &str, columns: usize, rows: usize) -> Self {
        let (ty, canon) = described(family);
        let row = |n| (0..columns).map(|column| value(family, n * columns + column)).collect();
        Sample { types: vec![ty; columns], canons: vec![canon; columns], rows: (0..rows).map(row).collect() }
    }

    /// Rows as those of the benchmark's largest table: a key, texts, one mostly missing, an amount, a moment, a flag.
    pub(crate) fn orders(rows: usize) -> Self {
        let families = ["integer", "text", "text", "decimal", "timestamp", "boolean", "text", "integer"];
        let (types, canons) = families.iter().map(|family| described(family)).unzip();
        let row = |n: usize| {
            let mut row: Vec<Value> = families.iter().map(|family| value(family, n)).collect();
            if n.is_multiple_of(50) {
                row[2] = Value::Null;
            }
            row[6] = Value::Text(["Open", "InProgress", "Closed"][n % 3].into());
            row
        };
        Sample { types, canons, rows: (0..rows).map(row).collect() }
    }

    /// Puts all rows into a sink.
    pub(crate) fn feed(&self, sink: &mut (impl RowSink + ?Sized)) -> Result<()> {
        for row in &self.rows {
            row.iter().try_for_each(|value| sink.cell(value.cell()))?;
            sink.end_row()?;
        }
        Ok(())
    }

    /// The table as a source has it.
    pub(crate) fn read(&self) -> ReadTable {
        let column = |(at, ty): (usize, &Type)| ReadColumn { name: format!("c{at}"), ty: ty.clone(), as_text: false };
        let columns: Vec<ReadColumn> = self.types.iter().enumerate().map(column).collect();
        let (name, key) = ("t".to_string(), columns.first().cloned().into_iter().collect());
        ReadTable { name, columns, key, key_order: false, splice: None, bytes_estimate: 0, rows_estimate: 0 }
    }

    /// The table as a target has it.
    pub(crate) fn write(&self) -> WriteTable {
        let column =
            |(at, ty): (usize, &Type)| WriteColumn { name: format!("c{at}"), ty: ty.clone(), native: String::new() };
        WriteTable { name: "t".into(), columns: self.types.iter().enumerate().map(column).collect(), splice: None }
    }
}

fn described(family: &str) -> (Type, Canon) {
    match family {
        "integer" => (Type::int(8), Canon::Int),
        "boolean" => (Type::Bool, Canon::Int),
        "decimal" => (Type::Decimal { precision: Some(28), scale: Some(8) }, Canon::Decimal),
        "float" => (Type::Float { bytes: 8 }, Canon::Float8),
        "bytes" => (Type::bytes(), Canon::Bytes),
        "date" => (Type::Date, Canon::Date),
        "timestamp" => (Type::Timestamp { precision: 6, zone: false }, Canon::Timestamp),
        _ => (Type::varchar(200), Canon::Text),
    }
}

/// The n-th value of a family: spread out, and the same in every run.
fn value(family: &str, n: usize) -> Value {
    let spread = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let days = 14_000 + (spread % 5_000) as i32;
    match family {
        "integer" => Value::I64((spread >> 12) as i64),
        "boolean" => Value::Bool(spread & 0x10 == 0),
        "decimal" => Value::Decimal(format!("{}.{:08}", spread % 10_000_000, (spread >> 24) % 100_000_000)),
        "float" => Value::F64(spread as f64 / 1e6),
        "bytes" => Value::Bytes(spread.to_be_bytes().repeat(16)),
        "date" => Value::Date(days),
        "timestamp" => Value::Timestamp(days, (spread % 86_400_000) as i64 * 1_000_000),
        _ => Value::Text(
            (0..9).map(|at| WORDS[(spread >> (3 * at)) as usize % WORDS.len()]).collect::<Vec<_>>().join(" "),
        ),
    }
}
