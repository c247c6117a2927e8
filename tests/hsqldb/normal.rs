//! Our own reading of a database in the oracle's normal form.

use crate::support::hsqldb::engine::Dump;
use dbferry::backends::memory::{MemoryDb, Value};
use dbferry::cell::Special;
use dbferry::endpoint::{Endpoint, Engine};
use dbferry::{Migration, Report, Result, Settings};
use std::fmt::Write;
use std::path::Path;

/// The endpoint of the database in a folder.
pub(crate) fn endpoint(folder: &Path) -> Endpoint {
    let mut endpoint = Endpoint::new(Engine::Hsqldb, "", 0, "default");
    endpoint.path = Some(folder.to_path_buf());
    endpoint
}

/// Copies from one endpoint to another.
pub(crate) fn copy(from: Endpoint, to: Endpoint) -> Result<Report> {
    let settings = Settings::builder().source(from).target(to).jobs(2).build().unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(Migration::new(settings).copy())
}

/// Reads every table of a database into memory, as a dump.
pub(crate) fn read(folder: &Path) -> Result<Dump> {
    let target = MemoryDb::new("read");
    copy(endpoint(folder), target.endpoint())?;
    let rows = |name: &str| {
        let rows = target.rows(name).unwrap_or_default();
        let mut lines: Vec<_> = rows.iter().map(|row| row.iter().map(normal).collect::<Vec<_>>().join("|")).collect();
        lines.sort();
        lines
    };
    Ok(target.schema().tables.iter().map(|table| (table.name.clone(), rows(&table.name))).collect())
}

fn normal(value: &Value) -> String {
    match value {
        Value::Null => "~".into(),
        Value::Bool(b) => b.to_string(),
        Value::I64(n) => n.to_string(),
        Value::Decimal(digits) if digits.contains('.') => {
            let plain = digits.trim_end_matches('0').trim_end_matches('.');
            if matches!(plain, "-0" | "0" | "-" | "") { "0".into() } else { plain.into() }
        }
        Value::Decimal(digits) => digits.clone(),
        Value::F64(f) => format!("{:x}", if f.is_nan() { 0x7ff8_0000_0000_0000 } else { f.to_bits() }),
        Value::Text(text) => hex(text.encode_utf16()),
        Value::BrokenText(bytes) => hex(units(bytes).into_iter()),
        Value::Bytes(bytes) => bytes.iter().fold(String::new(), |mut text, b| {
            write!(text, "{b:02x}").unwrap();
            text
        }),
        Value::Uuid(uuid) => {
            let all: String = uuid.iter().map(|b| format!("{b:02x}")).collect();
            format!("{}-{}-{}-{}-{}", &all[..8], &all[8..12], &all[12..16], &all[16..20], &all[20..])
        }
        Value::Bits(bits, n) => (0..*n as usize).map(|i| char::from(b'0' + (bits[i / 8] >> (7 - i % 8) & 1))).collect(),
        Value::Date(days) => date(*days),
        Value::Time(nanos) => time(*nanos),
        Value::TimeTz(nanos, offset) => {
            let minutes = offset.abs() / 60;
            format!("{}{}{}:{:02}", time(*nanos), if *offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
        }
        Value::Timestamp(days, nanos) => format!("{} {}", date(*days), time(*nanos)),
        Value::Instant(days, nanos) => {
            let seconds = i64::from(*days) * 86_400 + nanos / 1_000_000_000;
            format!("{seconds}.{:09}", nanos % 1_000_000_000)
        }
        Value::Interval(months, 0, 0) => format!("{months}mon"),
        Value::Interval(_, days, nanos) => format!("{}ns", i128::from(*days) * 86_400_000_000_000 + i128::from(*nanos)),
        Value::Special(Special::ZeroDate(year, month, day, 0)) => format!("{year:04}-{month:02}-{day:02}"),
        other => panic!("no normal form for {other:?}"),
    }
}

fn hex(units: impl Iterator<Item = u16>) -> String {
    units.fold("t".to_string(), |mut text, unit| {
        write!(text, "{unit:04x}").unwrap();
        text
    })
}

/// UTF-16 of WTF-8.
fn units(bytes: &[u8]) -> Vec<u16> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = std::str::from_utf8(rest).map_or_else(|e| e.valid_up_to(), str::len);
        out.extend(std::str::from_utf8(&rest[..valid]).unwrap().encode_utf16());
        if let [a, b, c, ..] = rest[valid..] {
            out.push(u16::from(a & 15) << 12 | u16::from(b & 63) << 6 | u16::from(c & 63));
        }
        rest = rest.get(valid + 3..).unwrap_or_default();
    }
    out
}

fn date(days: i32) -> String {
    let (year, month, day) = dbferry::calendar::civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(nanos: i64) -> String {
    let seconds = nanos / 1_000_000_000;
    let text =
        format!("{:02}:{:02}:{:02}.{:09}", seconds / 3600, seconds / 60 % 60, seconds % 60, nanos % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
