//! MySQL's and MariaDB's codecs for the micro-benchmarks.

use super::decode::Decoder;
use super::encode::{RowEncoder, Style};
use super::session::WireColumn;
use crate::backends::Encoder;
use crate::backends::memory::Value;
use crate::benching::{Decode, Sample};
use crate::calendar::civil_from_days;
use crate::error::Result;
use crate::types::Type;
use mysql_common::constants::ColumnType;

/// Microseconds of an hour, a minute and a second.
const CLOCK: [i64; 3] = [3_600_000_000, 60_000_000, 1_000_000];

/// The rows as packets of the binary protocol.
pub(crate) fn sent(sample: &Sample) -> Result<Vec<Vec<u8>>> {
    Ok(sample.rows.iter().map(|row| packet(row)).collect())
}

pub(crate) fn decode(sample: &Sample) -> Result<Decode> {
    let sent: Vec<WireColumn> = sample.types.iter().map(wire).collect();
    let decoder = Decoder::new(&sample.read().columns, &sent)?;
    Ok(Box::new(move |row, sink| decoder.row(row, sink)))
}

pub(crate) fn encode(sample: &Sample) -> Result<Box<dyn Encoder>> {
    Ok(Box::new(RowEncoder::new(&sample.write(), Style::Load)?))
}

/// What a server says of a column.
fn wire(ty: &Type) -> WireColumn {
    let kind = match ty {
        Type::Int { .. } => ColumnType::MYSQL_TYPE_LONGLONG,
        Type::Bool => ColumnType::MYSQL_TYPE_TINY,
        Type::Decimal { .. } => ColumnType::MYSQL_TYPE_NEWDECIMAL,
        Type::Float { .. } => ColumnType::MYSQL_TYPE_DOUBLE,
        Type::Bytes { .. } => ColumnType::MYSQL_TYPE_BLOB,
        Type::Date => ColumnType::MYSQL_TYPE_DATE,
        Type::Timestamp { .. } => ColumnType::MYSQL_TYPE_DATETIME,
        _ => ColumnType::MYSQL_TYPE_VAR_STRING,
    };
    WireColumn { kind: kind as u8, unsigned: false }
}

fn packet(row: &[Value]) -> Vec<u8> {
    let mut packet = vec![0; 1 + (row.len() + 9) / 8];
    for (at, value) in row.iter().enumerate() {
        match value {
            Value::Null => packet[1 + (at + 2) / 8] |= 1 << ((at + 2) % 8),
            value => field(value, &mut packet),
        }
    }
    packet
}

/// A value of the samples' families.
fn field(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::I64(n) => out.extend_from_slice(&n.to_le_bytes()),
        Value::Bool(b) => out.push(u8::from(*b)),
        Value::F64(f) => out.extend_from_slice(&f.to_le_bytes()),
        Value::Text(text) | Value::Decimal(text) => sized(text.as_bytes(), out),
        Value::Bytes(bytes) => sized(bytes, out),
        Value::Date(days) => sized(&date(*days), out),
        Value::Timestamp(days, nanos) => {
            let (micros, mut moment) = (nanos / 1000, date(*days));
            moment.extend([micros / CLOCK[0], micros / CLOCK[1] % 60, micros / CLOCK[2] % 60].map(|part| part as u8));
            moment.extend_from_slice(&((micros % CLOCK[2]) as u32).to_le_bytes());
            sized(&moment, out);
        }
        _ => {}
    }
}

/// A length-coded string, of up to 64 KiB.
fn sized(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes.len() {
        short @ ..=0xFA => out.push(short as u8),
        long => {
            out.push(0xFC);
            out.extend_from_slice(&(long as u16).to_le_bytes());
        }
    }
    out.extend_from_slice(bytes);
}

fn date(days: i32) -> Vec<u8> {
    let (year, month, day) = civil_from_days(days);
    let [low, high] = (year as u16).to_le_bytes();
    vec![low, high, month as u8, day as u8]
}
