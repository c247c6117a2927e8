//! The data file of CACHED tables, with the pages that the backup file puts back.

use crate::backends::hsqldb::fault::{damaged, io, needs_restart, unsupported};
use crate::error::Result;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes read at once.
const PAGE: u64 = 64 << 10;
/// Pages kept: 16 MiB for each reader.
const PAGES: usize = 256;
/// Largest page of a backup file that makes sense.
const MAX_SHADOW: u64 = 1 << 24;
/// Header flags.
const SAVED: u32 = 0x2000_0000;
const LARGE: u32 = 0x0400_0000;

/// A data file as it was at the last checkpoint.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    backup: PathBuf,
    length: u64,
    /// Bytes of a position.
    pub(crate) scale: u64,
    /// Pages to put back: position → place in the backup file and length.
    shadows: BTreeMap<u64, (u64, u64)>,
}

impl DataFile {
    /// Opens the data file; `unclean` if the database was not shut down, `stated` the scale that the script states.
    ///
    /// # Errors
    /// `Read` when it is damaged, `Unsupported` for variants that are not read.
    pub(crate) fn open(path: PathBuf, backup: PathBuf, unclean: bool, stated: u64) -> Result<DataFile> {
        let length = std::fs::metadata(&path).map_err(|e| io("the data file cannot be read", &path, e))?.len();
        let mut data = DataFile { path, backup, length, scale: 1, shadows: BTreeMap::new() };
        let (_, flags) = data.header()?;
        if flags & SAVED == 0 {
            if !unclean {
                return Err(damaged("the data file was not saved, though the properties say so").object(data.display()));
            }
            data.read_shadows()?;
        }
        let (scale, flags) = data.header()?;
        // Before 2.3.4 only the script states it.
        let scale = if scale == 0 { stated } else { scale };
        if flags & LARGE != 0 {
            return Err(unsupported("data files of the large variant are not read")
                .object(data.display())
                .help("write the tables as MEMORY tables: SET TABLE <name> TYPE MEMORY, then SHUTDOWN"));
        }
        if flags & SAVED == 0 {
            return Err(
                needs_restart("the data file is in use and its backup does not bring it back").object(data.display())
            );
        }
        if !scale.is_power_of_two() || scale > 1 << 15 {
            return Err(damaged("the data file states an impossible scale").object(data.display()));
        }
        data.scale = scale;
        Ok(data)
    }

    pub(crate) fn display(&self) -> String {
        self.path.display().to_string()
    }

    /// Scale and flags.
    fn header(&self) -> Result<(u64, u32)> {
        let mut reader = DataReader::new(Arc::new(self.share()))?;
        let mut header = [0; 12];
        reader.read_at(20, &mut header)?;
        let word = |at: usize| header.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
        Ok((u64::from(word(0) & 0xFFFF), word(8)))
    }

    fn share(&self) -> DataFile {
        let (path, backup, shadows) = (self.path.clone(), self.backup.clone(), self.shadows.clone());
        DataFile { path, backup, length: self.length, scale: self.scale, shadows }
    }

    /// Lists the pages of the backup file.
    fn read_shadows(&mut self) -> Result<()> {
        let fault = |e| io("the backup file cannot be read", &self.backup, e);
        if !self.backup.is_file() {
            return Err(damaged("the data file was in use and there is no backup file")
                .object(self.backup.display().to_string()));
        }
        let mut file = File::open(&self.backup).map_err(fault)?;
        let total = file.metadata().map_err(fault)?.len();
        let mut at = 0;
        while at + 12 <= total {
            let mut head = [0; 12];
            file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut head)).map_err(fault)?;
            let size = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
            let position = head[4..].try_into().map_or(0, u64::from_be_bytes);
            if size == 0 || size > MAX_SHADOW || position > 1 << 50 {
                return Err(needs_restart("the backup file is not one of changed pages")
                    .object(self.backup.display().to_string()));
            }
            // The last page may have been cut off before it was needed.
            if at + 12 + size > total {
                break;
            }
            self.shadows.insert(position, (at + 12, size));
            at += 12 + size;
        }
        let last = self.shadows.last_key_value().map_or(0, |(position, (_, size))| position + size);
        self.length = self.length.max(last);
        Ok(())
    }
}

/// Reads a data file through a small cache of pages.
pub(crate) struct DataReader {
    pub(crate) data: Arc<DataFile>,
    file: File,
    backup: Option<File>,
    pages: HashMap<u64, Vec<u8>>,
    order: VecDeque<u64>,
}

impl DataReader {
    /// Opens the file once more.
    ///
    /// # Errors
    /// `Io` when that fails.
    pub(crate) fn new(data: Arc<DataFile>) -> Result<DataReader> {
        let open = |path: &Path| File::open(path).map_err(|e| io("this file cannot be opened", path, e));
        let file = open(&data.path)?;
        let backup = if data.shadows.is_empty() { None } else { Some(open(&data.backup)?) };
        Ok(DataReader { data, file, backup, pages: HashMap::new(), order: VecDeque::new() })
    }

    /// Nodes that the file can hold at most.
    pub(crate) fn max_nodes(&self) -> u64 {
        self.data.length / self.data.scale.max(1) + 1
    }

    /// Fills `out` from byte `at`.
    ///
    /// # Errors
    /// `Read` when that lies beyond the end.
    pub(crate) fn read_at(&mut self, at: u64, out: &mut [u8]) -> Result<()> {
        let end = at.checked_add(out.len() as u64).filter(|end| *end <= self.data.length);
        if end.is_none() {
            return Err(damaged("a row lies beyond the end of the data file").object(self.data.display()));
        }
        let mut done = 0;
        while done < out.len() {
            let position = at + done as u64;
            let (page, within) = (position / PAGE, (position % PAGE) as usize);
            let bytes = self.page(page)?;
            let n = (bytes.len() - within.min(bytes.len())).min(out.len() - done);
            if n == 0 {
                return Err(damaged("the data file is cut off").object(self.data.display()));
            }
            out[done..done + n].copy_from_slice(&bytes[within..within + n]);
            done += n;
        }
        Ok(())
    }

    fn page(&mut self, number: u64) -> Result<&[u8]> {
        if !self.pages.contains_key(&number) {
            let page = self.load(number * PAGE)?;
            if self.order.len() >= PAGES
                && let Some(old) = self.order.pop_front()
            {
                self.pages.remove(&old);
            }
            self.order.push_back(number);
            self.pages.insert(number, page);
        }
        Ok(self.pages.get(&number).map_or(&[], Vec::as_slice))
    }

    fn load(&mut self, from: u64) -> Result<Vec<u8>> {
        let fault = |e| io("the data file cannot be read", &self.data.path, e);
        let mut page = Vec::with_capacity(PAGE as usize);
        self.file.seek(SeekFrom::Start(from)).map_err(fault)?;
        (&self.file).take(PAGE).read_to_end(&mut page).map_err(fault)?;
        page.resize((self.data.length.saturating_sub(from)).min(PAGE) as usize, 0);
        let Some(backup) = &mut self.backup else { return Ok(page) };
        let first = from.saturating_sub(MAX_SHADOW);
        for (position, (place, size)) in self.data.shadows.range(first..from + PAGE) {
            let (begin, end) = ((*position).max(from), (position + size).min(from + page.len() as u64));
            if begin >= end {
                continue;
            }
            let target = &mut page[(begin - from) as usize..(end - from) as usize];
            backup
                .seek(SeekFrom::Start(place + begin - position))
                .and_then(|_| backup.read_exact(target))
                .map_err(fault)?;
        }
        Ok(page)
    }
}
