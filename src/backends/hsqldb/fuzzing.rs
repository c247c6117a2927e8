//! Fuzz targets of the file readers: a folder with the bytes in the place of one file, read to its last row.

use super::files::codec;
use super::files::place::Place;
use super::files::properties::Properties;
use super::introspect::describe;
use super::load::database::Database;
use super::load::rows::Blocks;
use super::model::catalog::{Catalog, PUBLIC, Slot};
use super::model::types::ColumnType;
use super::read::read_rows;
use super::rows::literal;
use super::rows::split::{insert, values};
use super::sql::cursor::Cursor;
use super::sql::escape;
use crate::backends::ReadColumn;
use crate::error::Result;
use crate::fuzzing::Swallow;
use std::path::PathBuf;

/// Tables of every type with rows in the data file, at known places.
const CACHED: &str = include_str!("../../../tests/fixtures/hsqldb/cached.script");
/// Tables with rows that the log changes.
const LOGGED: &str = include_str!("../../../tests/fixtures/hsqldb/logged.script");

/// A script; a first byte of 0x1F makes it a packed one.
pub(crate) fn script(data: &[u8]) {
    let _ = rows_of(&[("script", data)]);
}

/// A log over a small script.
pub(crate) fn log(data: &[u8]) {
    let _ = rows_of(&[("log", data)]);
}

/// A data file; half of the inputs, by their last byte, have a backup of pages over it.
pub(crate) fn data(data: &[u8]) {
    let _ = match data.split_last() {
        Some((1, rest)) => {
            let (data, backup) = rest.split_at(rest.len() / 2);
            rows_of(&[("data", data), ("backup", backup)])
        }
        _ => rows_of(&[("data", data)]),
    };
}

/// The properties file.
pub(crate) fn properties(data: &[u8]) {
    let _ = Properties::parse(&String::from_utf8_lossy(data));
}

/// One line of a script, and the decoders of values, without files.
pub(crate) fn statement(data: &[u8]) {
    let _ = escape::decode(data, Some(b'\''), &mut Vec::new());
    if let Ok(sql) = escape::decode_line(data) {
        let mut catalog = Catalog::new();
        for part in sql.split('\n') {
            let _ = catalog.apply(part, PUBLIC, &|id| id % 2 == 0);
        }
        let _ = catalog.lines();
    }
    if let Some((_, text)) = insert(data) {
        let _ = values(text, &mut Vec::new());
    }
    if let Some((kind, value)) = data.split_first() {
        decode_value(TYPES[usize::from(*kind) % TYPES.len()], value);
    }
}

/// Types whose values have a form of their own.
const TYPES: [&str; 16] = [
    "BIGINT",
    "DECIMAL(28,8)",
    "DOUBLE",
    "CHAR(5)",
    "VARCHAR(200)",
    "VARBINARY(10)",
    "UUID",
    "DATE",
    "TIME(3) WITH TIME ZONE",
    "TIMESTAMP(9)",
    "TIMESTAMP WITH TIME ZONE",
    "INTERVAL YEAR TO MONTH",
    "INTERVAL DAY TO SECOND",
    "BOOLEAN",
    "BIT(5)",
    "VARCHAR(20) ARRAY",
];

fn decode_value(ddl: &str, value: &[u8]) {
    let Ok((ty, _)) = Cursor::new(ddl).and_then(|mut cursor| ColumnType::parse(&mut cursor)) else { return };
    let mut lobs = super::files::lobs::LobReader::none();
    let mut raws = Vec::new();
    let _ = values(value, &mut raws);
    let slot = [Slot { column: 0, ty: ty.clone() }];
    raws.extend(codec::split(value, &slot).unwrap_or_default());
    for raw in raws {
        let _ = literal::cell(&ty, raw, &mut lobs, &mut Vec::new());
    }
}

/// A folder of its own for every thread.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed does not matter to the outcome.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Rows of a database some of whose files are given; the other files are sound.
fn rows_of(files: &[(&str, &[u8])]) -> Result<u64> {
    let thread = format!("{:?}", std::thread::current().id());
    let name: String = thread.chars().filter(char::is_ascii_digit).collect();
    let folder = Folder(std::env::temp_dir().join(format!("dbferry-fuzz-{}-{name}", std::process::id())));
    let _ = std::fs::create_dir_all(&folder.0);
    let place = Place { folder: folder.0.clone(), name: "default".into() };
    let replaced = |name: &str| files.iter().any(|(own, _)| *own == name);
    let script = if replaced("log") { LOGGED } else { CACHED };
    let modified = if replaced("log") || replaced("backup") { "yes" } else { "no" };
    let sound = [("script", script), ("properties", &*format!("version=2.7.4\nmodified={modified}\n"))];
    let sound = sound.into_iter().filter(|(name, _)| !replaced(name)).map(|(name, text)| (name, text.as_bytes()));
    for (name, bytes) in sound.chain(files.iter().copied()) {
        let _ = std::fs::write(place.file(name), bytes);
    }
    read_all(&place)
}

fn read_all(place: &Place) -> Result<u64> {
    let database = Database::open(place)?;
    let schema = describe(&database, PUBLIC, "default");
    let mut rows = 0;
    for table in database.catalog.tables.iter().filter(|t| t.schema == PUBLIC) {
        let Some(described) = schema.tables.iter().find(|t| t.name == table.name) else { continue };
        let column = |c: &crate::schema::Column| ReadColumn { name: c.name.clone(), ty: c.ty.clone(), as_text: false };
        let columns: Vec<ReadColumn> = described.columns.iter().map(column).collect();
        rows += read_rows(&database, table, &columns, Blocks::ALL, &mut Swallow::default())?;
    }
    let _ = database.catalog.lines();
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::seed;

    #[test]
    fn seeds_are_read_to_their_end() {
        assert_eq!(rows_of(&[("data", &seed("hsqldb_data", "good"))]).unwrap(), 6);
        assert_eq!(rows_of(&[("log", &seed("hsqldb_log", "good"))]).unwrap(), 3);
        assert_eq!(rows_of(&[("log", &seed("hsqldb_log", "structure"))]).unwrap(), 3);
        assert_eq!(rows_of(&[("script", &seed("hsqldb_script", "good"))]).unwrap(), 3);
    }
}
