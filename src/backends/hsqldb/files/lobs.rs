//! The LOB file: values in blocks, listed in tables of schema `SYSTEM_LOBS`.

use super::pieces::{Draft, Parts, Units, no_text};
use crate::backends::hsqldb::fault::{damaged, io};
use crate::backends::hsqldb::rows::literal::text_cell;
use crate::backends::hsqldb::sql::escape;
use crate::cell::{Cell, LargeKind, RowSink};
use crate::error::Result;
use crate::large::{Break, Field, LONG_ROW};
use crate::pool::lock;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// `LOB_TYPE` of text.
const CLOB: i64 = 40;
/// `LOB_TYPE` of bytes.
const BLOB: i64 = 30;
/// Bytes of a block in files of our own.
const BLOCK: u64 = 32 << 10;
/// The engine counts blocks up to here.
const BLOCKS: u64 = 2_147_483_647;

/// Where each value lies.
#[derive(Debug, Default)]
pub(crate) struct LobDirectory {
    path: PathBuf,
    block: u64,
    entries: HashMap<i64, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    length: u64,
    kind: i64,
    /// Offset in blocks, first block, number of blocks.
    extents: Vec<(u64, u64, u64)>,
}

impl LobDirectory {
    /// A directory of the file at `path` with blocks of `block` bytes.
    pub(crate) fn new(path: PathBuf, block: u64) -> Self {
        LobDirectory { path, block, entries: HashMap::new() }
    }

    /// Takes a row of `LOB_IDS`.
    pub(crate) fn add_value(&mut self, id: i64, length: i64, kind: i64) {
        let entry = self.entries.entry(id).or_default();
        entry.length = length.max(0) as u64;
        entry.kind = kind;
    }

    /// Takes a row of `LOBS`.
    pub(crate) fn add_extent(&mut self, id: i64, offset: i64, block: i64, count: i64) {
        let entry = self.entries.entry(id).or_default();
        entry.extents.push((offset.max(0) as u64, block.max(0) as u64, count.max(0) as u64));
    }

    /// Puts the parts of every value in order.
    pub(crate) fn finish(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.extents.sort_unstable());
    }
}

impl Entry {
    /// Length in bytes.
    fn size(&self) -> Option<u64> {
        self.length.checked_mul(if self.kind == CLOB { 2 } else { 1 })
    }

    /// Offset and length of the value's parts in the file, as far as they are listed without a gap.
    fn parts(&self, block: u64) -> Vec<(u64, u64)> {
        let (mut parts, mut left, mut blocks) = (Vec::new(), self.size().unwrap_or(0), 0);
        for (offset, first, count) in &self.extents {
            let length = left.min(count.saturating_mul(block));
            if *offset != blocks || length == 0 {
                break;
            }
            parts.push((first.saturating_mul(block), length));
            left -= length;
            blocks += count;
        }
        parts
    }
}

/// Reads values, opening the file when the first is asked for.
pub(crate) struct LobReader {
    directory: Option<Arc<LobDirectory>>,
    file: Option<File>,
}

impl LobReader {
    /// A reader of this directory.
    pub(crate) fn new(directory: Option<Arc<LobDirectory>>) -> Self {
        LobReader { directory, file: None }
    }

    /// A reader for databases without LOBs.
    pub(crate) fn none() -> Self {
        LobReader::new(None)
    }

    /// The value with this number.
    ///
    /// # Errors
    /// `Read` when it is not listed, or lies beyond the end of the file.
    pub(crate) fn read<'a>(&mut self, id: i64, out: &'a mut Vec<u8>) -> Result<Cell<'a>> {
        let Some(directory) = self.directory.clone() else {
            return Err(damaged("a row holds a LOB, but there is no LOB file"));
        };
        let entry =
            directory.entries.get(&id).ok_or_else(|| damaged(format!("LOB {id} is not in the LOB directory")))?;
        let bytes = entry.size().ok_or_else(|| damaged(format!("LOB {id} has an impossible length")))?;
        self.fetch(&directory, entry, bytes, out).map_err(|e| e.object(directory.path.display().to_string()))?;
        if entry.kind != CLOB {
            return Ok(Cell::Bytes(out));
        }
        let units = std::mem::take(out);
        out.reserve(units.len() / 2 + 8);
        let (mut high, mut broken) = (None, false);
        for pair in units.chunks_exact(2) {
            broken |= escape::push_unit(u16::from_be_bytes([pair[0], pair[1]]), &mut high, out);
        }
        broken |= escape::flush(&mut high, out);
        text_cell(out, broken)
    }

    /// Hands a value that is too long to be held to `sink` in pieces; false where it is none, or has no UTF-8 form.
    ///
    /// # Errors
    /// As [`LobReader::read`]; or what the sink returned.
    pub(crate) fn pour(&mut self, id: i64, sink: &mut dyn RowSink) -> Result<bool> {
        let Some((directory, entry)) = self.directory.as_deref().and_then(|d| Some((d, d.entries.get(&id)?))) else {
            return Ok(false);
        };
        let parts = entry.parts(directory.block);
        let size: u64 = parts.iter().map(|(_, length)| length).sum();
        // What is not all there is told by the reading as a whole.
        if size <= LONG_ROW as u64 || size != entry.size().unwrap_or(0) {
            return Ok(false);
        }
        let open = || {
            let file = File::open(&directory.path).map_err(|e| io("the LOB file cannot be opened", &directory.path, e));
            file.map(|file| Parts::new(file, parts.clone()))
        };
        let mut source = open()?;
        if entry.kind != CLOB {
            let poured = Field::new(LargeKind::Bytes, size, &mut source, &no_text).pour(sink);
            return poured.map(|()| true).map_err(|broken| match broken {
                Break::Io(error) => io("the LOB file cannot be read", &directory.path, error),
                Break::Sink(error) => error,
            });
        }
        let Some(bytes) = Units::new(&mut source, entry.length, 0).measure()? else { return Ok(false) };
        let mut again = open()?;
        sink.large(&mut Units::new(&mut again, entry.length, bytes)).map(|()| true)
    }

    fn fetch(&mut self, directory: &LobDirectory, entry: &Entry, bytes: u64, out: &mut Vec<u8>) -> Result<()> {
        if self.file.is_none() {
            self.file =
                Some(File::open(&directory.path).map_err(|e| io("the LOB file cannot be opened", &directory.path, e))?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut left = bytes;
        for (offset, first, count) in &entry.extents {
            if *offset != out.len() as u64 / directory.block {
                break;
            }
            let part = left.min(count.saturating_mul(directory.block));
            let from = first.checked_mul(directory.block).ok_or_else(|| damaged("a LOB lies beyond any file"))?;
            file.seek(SeekFrom::Start(from)).map_err(|e| io("the LOB file cannot be read", &directory.path, e))?;
            let got =
                file.take(part).read_to_end(out).map_err(|e| io("the LOB file cannot be read", &directory.path, e))?;
            left -= got as u64;
            if (got as u64) < part {
                break;
            }
        }
        if left == 0 { Ok(()) } else { Err(damaged("a LOB lies beyond the end of the LOB file")) }
    }
}

/// Writes values into a new file; shared by all lanes.
#[derive(Clone)]
pub(crate) struct LobWriter(Arc<Mutex<LobFile>>);

struct LobFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    next_block: u64,
    written: Vec<Written>,
}

/// One value as it was written.
#[derive(Clone, Copy)]
struct Written {
    length: u64,
    clob: bool,
    block: u64,
    blocks: u64,
}

impl LobWriter {
    /// A writer whose file is made with the first value.
    pub(crate) fn new(path: &Path) -> Self {
        let path = path.to_path_buf();
        LobWriter(Arc::new(Mutex::new(LobFile { path, file: None, next_block: 0, written: Vec::new() })))
    }

    /// Writes a value of `length` (UTF-16 units of text, bytes otherwise); its number.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub(crate) fn put(&self, clob: bool, length: u64, bytes: &[u8]) -> Result<u64> {
        let mut file = lock(&self.0);
        let size = if clob { length * 2 } else { length };
        let blocks = size.div_ceil(BLOCK).max(1);
        file.write(clob, bytes, blocks * BLOCK - size)?;
        Ok(file.add(clob, length, blocks))
    }

    /// Takes a value over from the file in which it was gathered; its number.
    ///
    /// # Errors
    /// `Io` when a file cannot be read or written.
    pub(crate) fn put_draft(&self, draft: &mut Draft) -> Result<u64> {
        let mut file = lock(&self.0);
        let path = file.path.clone();
        let fault = |e| io("the LOB file cannot be written", &path, e);
        draft.file.rewind().map_err(fault)?;
        let size = if draft.clob { draft.length * 2 } else { draft.length };
        let blocks = size.div_ceil(BLOCK).max(1);
        let copied = std::io::copy(&mut draft.file, file.open()?).map_err(fault)?;
        if copied != size {
            return Err(fault(std::io::ErrorKind::UnexpectedEof.into()));
        }
        file.write(false, &[], blocks * BLOCK - size)?;
        Ok(file.add(draft.clob, draft.length, blocks))
    }

    /// The directory of what was written so far, for reading it back.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub(crate) fn directory(&self) -> Result<LobDirectory> {
        let mut file = lock(&self.0);
        file.flush()?;
        let mut directory = LobDirectory::new(file.path.clone(), BLOCK);
        for (id, one) in (1..).zip(&file.written) {
            directory.add_value(id, one.length as i64, if one.clob { CLOB } else { BLOB });
            directory.add_extent(id, 0, one.block as i64, one.blocks as i64);
        }
        Ok(directory)
    }

    /// Rows of the engine's own tables, and the number of the next value.
    pub(crate) fn rows(&self) -> (Vec<String>, i128) {
        let file = lock(&self.0);
        let mut lines = vec![format!("INSERT INTO BLOCKS VALUES({},{},0)", file.next_block, BLOCKS - file.next_block)];
        let numbered = || (1..).zip(&file.written);
        lines.extend(
            numbered().map(|(id, w): (u64, _)| format!("INSERT INTO LOBS VALUES({},{},0,{id})", w.block, w.blocks)),
        );
        let kind = |w: &Written| if w.clob { CLOB } else { BLOB };
        lines.extend(
            numbered().map(|(id, w): (u64, _)| format!("INSERT INTO LOB_IDS VALUES({id},{},1,{})", w.length, kind(w))),
        );
        (lines, file.written.len() as i128 + 1)
    }

    /// Brings everything to disk; the file, if there is one.
    ///
    /// # Errors
    /// `Io` when that fails.
    pub(crate) fn finish(&self) -> Result<Option<PathBuf>> {
        let mut file = lock(&self.0);
        file.flush()?;
        let Some(open) = &file.file else { return Ok(None) };
        open.get_ref().sync_all().map_err(|e| io("the LOB file cannot be written", &file.path, e))?;
        Ok(Some(file.path.clone()))
    }
}

impl LobFile {
    /// The file, made if there is none.
    fn open(&mut self) -> Result<&mut BufWriter<File>> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let file = File::create(&self.path).map_err(|e| io("the LOB file cannot be written", &self.path, e))?;
                BufWriter::with_capacity(BLOCK as usize, file)
            }
        };
        Ok(self.file.insert(file))
    }

    /// Lists a value whose bytes were written; its number.
    fn add(&mut self, clob: bool, length: u64, blocks: u64) -> u64 {
        let block = self.next_block;
        self.next_block += blocks;
        self.written.push(Written { length, clob, block, blocks });
        self.written.len() as u64
    }

    fn write(&mut self, clob: bool, bytes: &[u8], padding: u64) -> Result<()> {
        let path = self.path.clone();
        let fault = |e| io("the LOB file cannot be written", &path, e);
        let file = self.open()?;
        if clob {
            let mut units = Vec::with_capacity(bytes.len() * 2);
            push_utf16(bytes, &mut units);
            file.write_all(&units).map_err(fault)?;
        } else {
            file.write_all(bytes).map_err(fault)?;
        }
        file.write_all(&vec![0; padding as usize]).map_err(fault)
    }

    fn flush(&mut self) -> Result<()> {
        match &mut self.file {
            Some(file) => file.flush().map_err(|e| io("the LOB file cannot be written", &self.path, e)),
            None => Ok(()),
        }
    }
}

/// UTF-16, big end first, of UTF-8 or WTF-8.
pub(super) fn push_utf16(mut bytes: &[u8], out: &mut Vec<u8>) {
    while !bytes.is_empty() {
        let (code, length) = escape::next_code(bytes);
        match u16::try_from(code) {
            Ok(unit) => out.extend_from_slice(&unit.to_be_bytes()),
            Err(_) => {
                let rest = code.saturating_sub(0x1_0000);
                out.extend_from_slice(&(0xD800 | (rest >> 10) as u16).to_be_bytes());
                out.extend_from_slice(&(0xDC00 | (rest & 0x3FF) as u16).to_be_bytes());
            }
        }
        bytes = &bytes[length.min(bytes.len())..];
    }
}
