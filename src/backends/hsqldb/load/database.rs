//! A database as its files hold it at one moment.

use super::log::replay;
use super::overlay::Overlay;
use super::scan::{Located, scan};
use crate::backends::hsqldb::fault::{RESTART, damaged, needs_restart};
use crate::backends::hsqldb::files::data::DataFile;
use crate::backends::hsqldb::files::lobs::LobDirectory;
use crate::backends::hsqldb::files::place::{Place, Stamp};
use crate::backends::hsqldb::files::properties::{Properties, State, encrypted};
use crate::backends::hsqldb::files::spool::{Spool, is_gzip};
use crate::backends::hsqldb::files::{lockfile, tree};
use crate::backends::hsqldb::model::catalog::{Catalog, Kind, TableDef};
use crate::backends::hsqldb::model::statement::text_table;
use crate::error::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a block of a table: the unit in which tables are cut into chunks.
pub(crate) const BLOCK: u64 = 64 << 10;

/// Everything that readers share.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) properties: Properties,
    pub(crate) catalog: Catalog,
    /// Rows of script tables.
    pub(crate) rows: Located,
    /// What the log changed.
    pub(crate) overlays: HashMap<u32, Overlay>,
    pub(crate) data: Option<Arc<DataFile>>,
    pub(crate) lobs: Option<Arc<LobDirectory>>,
    /// What must not change while it is read.
    pub(crate) stamps: Vec<Stamp>,
    _spool: Option<Spool>,
}

/// Where the rows of one table are.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableRows {
    pub(crate) parts: Vec<Part>,
}

/// A run of row lines.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) file: Arc<Path>,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) rows: u64,
}

impl TableRows {
    pub(crate) fn rows(&self) -> u64 {
        self.parts.iter().map(|p| p.rows).sum()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.parts.iter().map(|p| p.to - p.from).sum()
    }
}

/// Whether a table holds rows.
pub(crate) fn has_rows(id: u32, rows: &Located, overlays: &HashMap<u32, Overlay>) -> bool {
    let overlay = overlays.get(&id);
    let base = !overlay.is_some_and(|o| o.emptied) && rows.get(&id).is_some_and(|r| r.rows() > 0);
    base || overlay.is_some_and(Overlay::has_rows)
}

impl Database {
    /// Opens the database at `place`.
    ///
    /// # Errors
    /// `Connect` when it is in use, `Unsupported` for kinds that are not read, `Read` when it is damaged.
    pub(crate) fn open(place: &Place) -> Result<Database> {
        lockfile::refuse_open(place)?;
        let properties = Properties::read(place)?;
        let (script, data) = current_files(place, properties.state);
        let log = place.file("log");
        let with_log = properties.state == State::Unclean && log.is_file();
        let watched = ["properties", "log", "data", "backup", "lobs"].map(|extension| place.file(extension));
        let stamps = watched.into_iter().chain([script.clone(), data.clone()]).map(Stamp::of).collect();
        if !script.is_file() {
            return Err(Error::new(ErrorKind::Read, "this file is missing")
                .object(script.display().to_string())
                .help(RESTART));
        }
        let spool = if is_gzip(&script)? { Some(Spool::unpack(&script)?) } else { None };
        let readable = spool.as_ref().map_or(script.as_path(), Spool::path);
        let mut catalog = Catalog::new();
        refuse_encrypted(readable)?;
        let rows = scan(readable, &mut catalog).map_err(|e| e.object(script.display().to_string()))?;
        let rooted: Vec<u32> = catalog.tables.iter().filter(|t| !t.roots.is_empty()).map(|t| t.id).collect();
        let data = open_data(place, &catalog, data, properties.state)?;
        let overlays = match with_log {
            true => {
                let known = located(&rows, &catalog, &rooted)?;
                replay(&log, &mut catalog, &known)?
            }
            false => HashMap::new(),
        };
        let mut database = Database { properties, catalog, rows, overlays, data, lobs: None, stamps, _spool: spool };
        database.check_tables()?;
        database.attach_lobs(place.file("lobs"))?;
        Ok(database)
    }

    /// A database whose parts are given, for reading back what was written.
    pub(crate) fn of(properties: Properties, catalog: Catalog, rows: Located, lobs: LobDirectory) -> Database {
        let overlays = HashMap::new();
        let lobs = Some(Arc::new(lobs));
        Database { properties, catalog, rows, overlays, data: None, lobs, stamps: Vec::new(), _spool: None }
    }

    fn check_tables(&self) -> Result<()> {
        let text = self.catalog.tables.iter().find(|t| t.kind == Kind::Text);
        text.map_or(Ok(()), |table| Err(text_table(&table.display())))
    }

    fn attach_lobs(&mut self, path: PathBuf) -> Result<()> {
        let any = self.catalog.tables.iter().flat_map(|t| &t.columns).any(|c| c.ty.is_lob());
        if any {
            self.lobs = Some(Arc::new(super::lobs::directory(self, path)?));
        }
        Ok(())
    }

    /// Refuses if a file changed since the database was opened.
    ///
    /// # Errors
    /// `Read` naming the file.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        self.stamps.iter().try_for_each(Stamp::check)
    }

    /// Rows and bytes of a table, as far as they are known without reading it.
    pub(crate) fn size(&self, table: &TableDef) -> (u64, u64) {
        let overlay = self.overlays.get(&table.id);
        let (mut rows, mut bytes) = match self.rows.get(&table.id) {
            Some(located) if !overlay.is_some_and(|o| o.emptied) => (located.rows(), located.bytes()),
            _ => (0, 0),
        };
        if let Ok(Some(root)) = tree::Root::of(table) {
            rows += root.rows();
            bytes += root.rows() * 100;
        }
        if let Some(overlay) = overlay {
            rows = rows.saturating_add_signed(overlay.growth());
            bytes += overlay.rows().map(|(row, count)| row.values.len() as u64 * count).sum::<u64>();
        }
        (rows, bytes)
    }
}

/// Script and data file that hold the truth: new ones may not have been renamed yet.
fn current_files(place: &Place, state: State) -> (PathBuf, PathBuf) {
    let newest = |extension: &str, new: bool| {
        let fresh = place.file(&format!("{extension}.new"));
        if new && fresh.is_file() { fresh } else { place.file(extension) }
    };
    match state {
        State::NewFiles(data) => (newest("script", true), newest("data", data)),
        _ => (newest("script", false), newest("data", false)),
    }
}

fn open_data(place: &Place, catalog: &Catalog, path: PathBuf, state: State) -> Result<Option<Arc<DataFile>>> {
    if catalog.tables.iter().all(|t| t.roots.is_empty()) {
        return Ok(None);
    }
    if !path.is_file() {
        return Err(damaged("CACHED tables have rows, but this file is missing").object(path.display().to_string()));
    }
    let data = DataFile::open(path, place.file("backup"), state == State::Unclean, catalog.file_scale())?;
    Ok(Some(Arc::new(data)))
}

/// Rows of script tables, and one mark for each table that has rows in the data file.
fn located(rows: &Located, catalog: &Catalog, rooted: &[u32]) -> Result<Located> {
    let mut all = rows.clone();
    for table in catalog.tables.iter().filter(|t| rooted.contains(&t.id)) {
        if let Some(root) = tree::Root::of(table)? {
            let mark = Part { file: Arc::from(Path::new("")), from: 0, to: 0, rows: root.rows() };
            all.entry(table.id).or_default().parts.push(mark);
        }
    }
    Ok(all)
}

/// A script whose first bytes are no text is encrypted, or no script at all.
fn refuse_encrypted(path: &Path) -> Result<()> {
    let mut lines = crate::backends::hsqldb::files::lines::Lines::open(path, 0)?;
    let binary = |text: &[u8]| text.iter().take(256).any(|b| *b < 0x09 || *b >= 0x7F);
    match lines.next()? {
        Some(line) if binary(line.text) => Err(encrypted().object(path.display().to_string())),
        None => Err(needs_restart("the script is empty").object(path.display().to_string())),
        _ => Ok(()),
    }
}
