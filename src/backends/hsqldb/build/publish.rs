//! Puts the files together in the temporary folder, brings them to disk, and renames them into place.

use super::state::{Build, Inner};
use crate::backends::hsqldb::fault::io;
use crate::backends::hsqldb::files::lockfile;
use crate::backends::hsqldb::load::database::Part;
use crate::backends::hsqldb::model::catalog::{Catalog, Kind, LOBS};
use crate::backends::hsqldb::model::render::word;
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::sql::{escape, quote};
use crate::error::Result;
use crate::finding::Finding;
use crate::pool::lock;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// Rows from which on a table is CACHED: as MEMORY table it would take some 300 MB of the application's heap.
const CACHED_ROWS: u64 = 1_000_000;

/// Writes script, properties and LOBs, and renames them.
///
/// # Errors
/// `Io` when a file cannot be written, `Connect` when an application opened the target meanwhile.
pub(super) fn publish(build: &Build) -> Result<()> {
    let folder = build.folder();
    let name = &build.place.name;
    let mut inner = lock(&build.inner);
    settle(&mut inner.catalog, build);
    choose_kinds(&mut inner);
    widen_texts(&mut inner);
    sort(&mut inner.catalog);
    let script = folder.join(format!("{name}.script"));
    write_script(build, &inner, &script).map_err(|e| io("the script cannot be written", &script, e))?;
    let properties = folder.join(format!("{name}.properties"));
    let text =
        format!("#HSQL Database Engine {v}\nversion={v}\nmodified=no\ntx_timestamp=0\n", v = build.properties.version);
    write_synced(&properties, text.as_bytes()).map_err(|e| io("the properties cannot be written", &properties, e))?;
    build.lobs.finish()?;
    remove_rest(&folder).map_err(|e| io("temporary files cannot be removed", &folder, e))?;
    lockfile::refuse_open(&build.place)?;
    rename(build, &folder).map_err(|e| io("the new database cannot be renamed into place", &build.place.folder, e))?;
    inner.published = true;
    Ok(())
}

/// Settings that must fit what is written.
fn settle(catalog: &mut Catalog, build: &Build) {
    let (_, next) = build.lobs.rows();
    catalog.next_lob = next;
    catalog.settings.retain(|sql| !sql.starts_with("SET FILES SCRIPT FORMAT"));
    for sql in catalog.settings.iter_mut().filter(|sql| sql.starts_with("SET FILES LOB SCALE")) {
        *sql = "SET FILES LOB SCALE 32".into();
    }
}

/// Indexes and foreign keys were made side by side, in whatever order: the same database is to be the same file.
fn sort(catalog: &mut Catalog) {
    for table in &mut catalog.tables {
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

fn choose_kinds(inner: &mut Inner) {
    let parts = &inner.parts;
    for table in &mut inner.catalog.tables {
        let rows: u64 = parts.get(&table.id).map_or(0, |chunks| chunks.values().map(|p| p.rows).sum());
        if rows > CACHED_ROWS {
            table.kind = Kind::Cached;
            let text =
                format!("its {rows} rows stay in a file (CACHED table): MEMORY tables take the application's heap");
            let help = format!("SET TABLE {} TYPE MEMORY changes that", quote(&table.name));
            inner.notes.push(Finding::note("table-cached", table.display(), text).help(help));
        }
    }
}

/// Gives columns the length that their longest text needs.
fn widen_texts(inner: &mut Inner) {
    for ((table, column), units) in std::mem::take(&mut inner.long_texts) {
        let Some(table) = inner.catalog.tables.iter_mut().find(|t| t.id == table) else { continue };
        let object = format!("{}.{column}", table.display());
        if let Some(column) = table.column_mut(&column) {
            let planned = std::mem::replace(&mut column.ty, ColumnType::new(Base::Varchar, units, 0));
            let (from, to) = (planned.native(), column.ty.native());
            let text = format!("{from} became {to}: HSQLDB counts UTF-16 units, two for each character above U+FFFF");
            inner.notes.push(Finding::note("text-widened", object, text));
        }
    }
}

fn write_script(build: &Build, inner: &Inner, path: &Path) -> std::io::Result<()> {
    let mut script = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut escaped = Vec::new();
    for line in inner.catalog.lines() {
        escaped.clear();
        escape::encode(line.as_bytes(), None, &mut escaped);
        escaped.push(b'\n');
        script.write_all(&escaped)?;
    }
    writeln!(script, "SET SCHEMA {LOBS}")?;
    for line in build.lobs.rows().0 {
        writeln!(script, "{line}")?;
    }
    write_rows(inner, &mut script)?;
    script.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// Puts the rows of all tables together. A segment is removed when all of it is copied: its memory and its place on
/// the disk then serve what comes next.
fn write_rows(inner: &Inner, script: &mut BufWriter<File>) -> std::io::Result<()> {
    let mut left: HashMap<&Path, usize> = HashMap::new();
    inner.parts.values().flat_map(|chunks| chunks.values()).for_each(|part| *left.entry(&part.file).or_default() += 1);
    let (mut schema, mut escaped) = ("", Vec::new());
    for table in &inner.catalog.tables {
        let Some(chunks) = inner.parts.get(&table.id) else { continue };
        if schema != table.schema {
            schema = &table.schema;
            escaped.clear();
            escape::encode(word(schema).as_bytes(), None, &mut escaped);
            script.write_all(b"SET SCHEMA ")?;
            script.write_all(&escaped)?;
            script.write_all(b"\n")?;
        }
        script.flush()?;
        for part in chunks.values() {
            copy_part(part, script.get_mut())?;
            let left = left.entry(&part.file).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                std::fs::remove_file(&part.file)?;
            }
        }
    }
    Ok(())
}

fn copy_part(part: &Part, script: &mut File) -> std::io::Result<()> {
    let mut file = File::open(&part.file)?;
    file.seek(SeekFrom::Start(part.from))?;
    // Between two files the kernel copies by itself.
    let copied = std::io::copy(&mut std::io::Read::take(file, part.to - part.from), script)?;
    if copied == part.to - part.from { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes segments that hold nothing of the database: what was written of chunks that failed.
fn remove_rest(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("rows-")) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A new folder comes into place at once. In a folder that is there, files are replaced in an order
/// that leaves, wherever it stops, a database that opens: the old one was empty of tables.
fn rename(build: &Build, folder: &Path) -> std::io::Result<()> {
    let place = &build.place;
    if !place.folder.exists() {
        std::fs::rename(folder, &place.folder)?;
    } else {
        for extension in ["log", "data", "backup", "lobs", "script.new", "data.new", "lck"] {
            remove_if_there(&place.file(extension))?;
        }
        for extension in ["lobs", "script", "properties"] {
            let from = folder.join(format!("{}.{extension}", place.name));
            if from.exists() {
                std::fs::rename(from, place.file(extension))?;
            }
        }
        sync_folder(&place.folder)?;
        std::fs::remove_dir_all(folder)?;
    }
    place.folder.parent().map_or(Ok(()), sync_folder)
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    // Folders cannot be opened there; renames are in the file system's journal.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::hsqldb::files::place::Place;
    use crate::backends::hsqldb::files::properties::{Properties, State};
    use std::sync::Arc;

    fn build(rows: u64) -> Build {
        let place = Place { folder: "nowhere".into(), name: "default".into() };
        let properties = Properties { version: "2.5.0".into(), numbers: (2, 5, 0), state: State::Clean };
        let mut catalog = Catalog::template("0123456789");
        catalog.apply("CREATE TABLE \"t\"(\"a\" CHAR(2))", "PUBLIC", &|_| false).unwrap();
        let id = catalog.table("PUBLIC", "t").unwrap().id;
        let build = Build::new(place, properties, "PUBLIC".into(), catalog);
        let part = Part { file: Arc::from(Path::new("")), from: 0, to: 0, rows };
        lock(&build.inner).parts.entry(id).or_default().insert(0, part);
        build.make_room(id, "a", 3);
        build.make_room(id, "a", 4);
        build
    }

    #[test]
    fn large_tables_are_cached_and_told() {
        for (rows, kind) in [(CACHED_ROWS, Kind::Memory), (CACHED_ROWS + 1, Kind::Cached)] {
            let build = build(rows);
            let mut inner = lock(&build.inner);
            choose_kinds(&mut inner);
            assert_eq!(inner.catalog.table("PUBLIC", "t").unwrap().kind, kind);
            assert_eq!(inner.notes.iter().any(|note| note.code == "table-cached"), kind == Kind::Cached);
        }
    }

    #[test]
    fn the_file_does_not_tell_which_lane_was_first() {
        let table = |name: &str| format!("CREATE TABLE \"{name}\"(\"a\" INTEGER PRIMARY KEY,\"b\" INTEGER)");
        let mut statements = vec![
            "CREATE INDEX \"i2\" ON \"t\"(\"b\",\"a\")".to_string(),
            "CREATE INDEX \"I10\" ON \"t\"(\"b\")".to_string(),
            "ALTER TABLE \"t\" ADD CONSTRAINT \"f2\" FOREIGN KEY(\"b\") REFERENCES \"u\"(\"a\")".to_string(),
            "CREATE UNIQUE INDEX \"i1\" ON \"t\"(\"a\",\"b\")".to_string(),
            "ALTER TABLE \"t\" ADD CONSTRAINT \"f1\" FOREIGN KEY(\"b\") REFERENCES \"t\"(\"a\")".to_string(),
        ];
        let mut files = Vec::new();
        for _ in 0..statements.len() {
            let mut catalog = Catalog::template("0123456789");
            for sql in [table("t"), table("u")].iter().chain(&statements) {
                catalog.apply(sql, "PUBLIC", &|_| false).unwrap();
            }
            sort(&mut catalog);
            files.push(catalog.lines());
            statements.rotate_left(1);
        }
        let places = ["\"I10\"", "\"i1\"", "\"i2\"", "\"f1\"", "\"f2\""]
            .map(|name| files[0].iter().position(|line| line.contains(name)).unwrap());
        assert!(places.is_sorted() && files.iter().all(|file| *file == files[0]));
    }

    #[test]
    fn columns_get_the_length_of_their_longest_text() {
        let build = build(1);
        let mut inner = lock(&build.inner);
        widen_texts(&mut inner);
        assert_eq!(inner.catalog.table("PUBLIC", "t").unwrap().columns[0].ty.native(), "varchar(4)");
        assert!(inner.notes[0].text.contains("character(2) became varchar(4)"));
    }
}
