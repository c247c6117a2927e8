//! What all sessions of one build share.

use super::claims::{control_statement, is_row_statement};
use super::numbers::Kept;
use super::{checks, publish, registry};
use crate::backends::hsqldb::fault::io;
use crate::backends::hsqldb::files::lobs::LobWriter;
use crate::backends::hsqldb::files::place::Place;
use crate::backends::hsqldb::files::properties::Properties;
use crate::backends::hsqldb::load::database::{Database, Part, TableRows};
use crate::backends::hsqldb::load::scan::Located;
use crate::backends::hsqldb::model::catalog::{Catalog, LOBS, TableDef};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::pool::lock;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// One build.
pub(crate) struct Build {
    pub(crate) place: Place,
    pub(super) properties: Properties,
    pub(super) schema: String,
    pub(super) lobs: LobWriter,
    pub(super) inner: Mutex<Inner>,
}

/// What changes while a database is built.
pub(super) struct Inner {
    pub(super) catalog: Catalog,
    /// Rows by table number and chunk.
    pub(super) parts: HashMap<u32, BTreeMap<u32, Part>>,
    /// Numbers of these chunks' key columns.
    pub(super) kept: Kept,
    /// Control tables that exist.
    control: BTreeSet<String>,
    /// UTF-16 units of the longest text by table and column, where it is longer than planned.
    pub(super) long_texts: BTreeMap<(u32, String), u64>,
    /// What the report must tell.
    pub(super) notes: Vec<Finding>,
    /// Keys that were checked.
    pub(super) checked: BTreeSet<String>,
    segments: u32,
    lock: Option<File>,
    begun: bool,
    pub(super) published: bool,
}

impl Build {
    pub(super) fn new(place: Place, properties: Properties, schema: String, catalog: Catalog) -> Self {
        let inner = Inner {
            catalog,
            parts: HashMap::new(),
            kept: Kept::default(),
            control: BTreeSet::new(),
            long_texts: BTreeMap::new(),
            notes: Vec::new(),
            checked: BTreeSet::new(),
            segments: 0,
            lock: None,
            begun: false,
            published: false,
        };
        let lobs = LobWriter::new(&beside(&place).join(format!("{}.lobs", place.name)));
        Build { place, properties, schema, lobs, inner: Mutex::new(inner) }
    }

    /// Temporary folder beside the target's.
    pub(super) fn folder(&self) -> PathBuf {
        beside(&self.place)
    }

    fn lock_path(&self) -> PathBuf {
        beside(&self.place).with_extension("lock")
    }

    /// Takes the lock of this place for as long as this build lives; who holds it, if it is taken.
    pub(super) fn lock_place(&self) -> Result<Option<String>> {
        let mut inner = lock(&self.inner);
        if inner.lock.is_some() {
            return Ok(None);
        }
        let path = self.lock_path();
        let fault = |e| io("the lock file beside the target cannot be made", &path, e);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(fault)?;
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {
                inner.lock = Some(file);
                Ok(None)
            }
            Err(TryLockError::WouldBlock) => Ok(Some(format!("another dbferry holds {}", path.display()))),
            Err(TryLockError::Error(e)) => Err(fault(e)),
        }
    }

    /// Makes the temporary folder, empty, when the first statement comes.
    fn begin(self: &Arc<Self>) -> Result<()> {
        if lock(&self.inner).begun {
            return Ok(());
        }
        if let Some(holder) = self.lock_place()? {
            return Err(Error::new(ErrorKind::TargetNotEmpty, format!("another run is at work on it: {holder}")));
        }
        let folder = self.folder();
        let fault = |e| io("the temporary folder beside the target cannot be made", &folder, e);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(fault)?;
        }
        std::fs::create_dir_all(&folder).map_err(fault)?;
        lock(&self.inner).begun = true;
        registry::add(self);
        Ok(())
    }

    /// Runs a statement of the plan. Dropping the last control table publishes the database.
    ///
    /// # Errors
    /// `Ddl` when it is not understood or the rows break a key; `Io` when files cannot be written.
    pub(super) fn execute(self: &Arc<Self>, sql: &str) -> Result<()> {
        self.begin()?;
        if let Some((table, created)) = control_statement(sql) {
            return match created {
                Some(true) => {
                    lock(&self.inner).control.insert(table);
                    Ok(())
                }
                Some(false) => self.end_control(&table),
                None => Ok(()),
            };
        }
        if is_row_statement(sql) {
            return Err(Error::new(ErrorKind::Ddl, "rows are not written by statements here"));
        }
        let applied = lock(&self.inner).catalog.apply(sql, &self.schema, &|_| false);
        applied.map_err(|e| Error::new(ErrorKind::Ddl, "the statement is not understood").caused_by(e))?;
        checks::check(self, false)?;
        self.end_clearing(sql)
    }

    fn end_control(self: &Arc<Self>, table: &str) -> Result<()> {
        let last = {
            let mut inner = lock(&self.inner);
            inner.control.remove(table) && inner.control.is_empty()
        };
        if last { self.publish() } else { Ok(()) }
    }

    /// Where objects were only dropped, an empty database takes the place of the old one.
    fn end_clearing(self: &Arc<Self>, sql: &str) -> Result<()> {
        let dropping = sql.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("DROP "));
        let empty = {
            let inner = lock(&self.inner);
            inner.control.is_empty() && inner.parts.is_empty() && objects(&inner.catalog).is_empty()
        };
        if dropping && empty { self.publish() } else { Ok(()) }
    }

    fn publish(self: &Arc<Self>) -> Result<()> {
        checks::check(self, true)?;
        publish::publish(self)?;
        registry::remove(&self.place);
        Ok(())
    }

    /// The database as far as it is built.
    ///
    /// # Errors
    /// `Io` when the LOB file cannot be written.
    pub(crate) fn snapshot(&self) -> Result<Database> {
        let lobs = self.lobs.directory()?;
        let inner = lock(&self.inner);
        Ok(Database::of(self.properties.clone(), inner.catalog.clone(), inner.located(), lobs))
    }

    /// A table of the plan.
    pub(super) fn table(&self, name: &str) -> Result<TableDef> {
        let inner = lock(&self.inner);
        let table = inner.catalog.table(&self.schema, name).cloned();
        table.ok_or_else(|| Error::new(ErrorKind::Write, "the table was not created").object(name))
    }

    /// A text of the source is longer here, where lengths count UTF-16 units: its column will be.
    pub(super) fn make_room(&self, table: u32, column: &str, units: u64) {
        let mut inner = lock(&self.inner);
        let longest = inner.long_texts.entry((table, column.to_string())).or_default();
        *longest = units.max(*longest);
    }

    /// A new segment file for a session.
    pub(super) fn segment(&self) -> PathBuf {
        let mut inner = lock(&self.inner);
        inner.segments += 1;
        self.folder().join(format!("rows-{}", inner.segments))
    }

    /// Takes over a chunk that was written.
    ///
    /// # Errors
    /// `Write` when the chunk is there already.
    pub(super) fn add_part(&self, table: u32, chunk: u32, part: Part, numbers: Option<Vec<u8>>) -> Result<()> {
        let mut guard = lock(&self.inner);
        let inner = &mut *guard;
        let chunks = inner.parts.entry(table).or_default();
        if chunks.contains_key(&chunk) {
            return Err(Error::new(ErrorKind::Write, format!("chunk {chunk} was written already")));
        }
        chunks.insert(chunk, part);
        if let Some(numbers) = numbers {
            inner.kept.add(table, numbers);
        }
        Ok(())
    }
}

impl Inner {
    /// Rows by table, chunks in order.
    pub(super) fn located(&self) -> Located {
        let rows = |chunks: &BTreeMap<u32, Part>| TableRows { parts: chunks.values().cloned().collect() };
        self.parts.iter().map(|(id, chunks)| (*id, rows(chunks))).collect()
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        let inner = self.inner.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (begun, locked, published) = (inner.begun, inner.lock.take().is_some(), inner.published);
        // What cannot be removed is removed by the next run.
        if begun && !published {
            let _ = std::fs::remove_dir_all(beside(&self.place));
        }
        if locked {
            let _ = std::fs::remove_file(self.lock_path());
        }
    }
}

/// `.name.dbferry` beside the target's folder.
fn beside(place: &Place) -> PathBuf {
    let folder = std::path::absolute(&place.folder).unwrap_or_else(|_| place.folder.clone());
    folder.with_file_name(format!(".{}.dbferry", place.name))
}

/// Tables, views and sequences, as `(kind, name)`.
pub(super) fn objects(catalog: &Catalog) -> Vec<(String, String)> {
    let tables = catalog.tables.iter().filter(|t| t.schema != LOBS).map(|t| ("table".to_string(), t.display()));
    let views = catalog.others.iter().filter(|o| o.kind == "view").map(|o| ("view".to_string(), o.name.clone()));
    let sequences = catalog.sequences.iter().map(|s| ("sequence".to_string(), s.name.clone()));
    tables.chain(views).chain(sequences).collect()
}
