//! A loading session: its chunks go to segment files of its own.

use super::encoder::LineEncoder;
use super::numbers::Numbers;
use super::state::Build;
use crate::backends::hsqldb::fault::io;
use crate::backends::hsqldb::load::database::Part;
use crate::backends::{Claim, Encoder, WriteTable, Writer};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::lock;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Bytes from which on the next chunk goes to a new file: when rows are put together, each file is removed as soon as it
/// is copied, so that the disk need not hold them twice.
const SEGMENT_BYTES: u64 = 16 << 20;

/// Writes chunks.
pub(super) struct SegmentWriter {
    build: Arc<Build>,
    segment: Option<(Arc<Path>, File)>,
    /// End of the last chunk of the segment that was committed.
    end: u64,
    chunk: Option<Chunk>,
    /// What the encoder of this chunk tells of its rows.
    numbers: Arc<Mutex<Numbers>>,
}

struct Chunk {
    table: u32,
    number: u32,
    bytes: u64,
    rows: u64,
}

impl SegmentWriter {
    pub(super) fn new(build: Arc<Build>) -> Self {
        SegmentWriter { build, segment: None, end: 0, chunk: None, numbers: Arc::default() }
    }

    fn open(&mut self) -> Result<()> {
        if self.segment.is_none() || self.end >= SEGMENT_BYTES {
            let path = self.build.segment();
            let file =
                File::create_new(&path).map_err(|e| io("a temporary file of the target cannot be made", &path, e))?;
            self.segment = Some((Arc::from(path), file));
            self.end = 0;
        }
        Ok(())
    }
}

fn no_chunk() -> Error {
    Error::new(ErrorKind::Write, "no chunk was begun")
}

impl Writer for SegmentWriter {
    fn encoder(&self, table: &WriteTable) -> Result<Box<dyn Encoder>> {
        let def = self.build.table(&table.name)?;
        *lock(&self.numbers) = Numbers::default();
        Ok(Box::new(LineEncoder::new(&def, table, self.build.clone(), self.numbers.clone())?))
    }

    fn begin(&mut self, table: &WriteTable, claim: &Claim) -> Result<()> {
        let table = self.build.table(&table.name)?.id;
        self.open()?;
        self.chunk = Some(Chunk { table, number: claim.chunk, bytes: 0, rows: 0 });
        Ok(())
    }

    fn send(&mut self, buffer: &[u8]) -> Result<()> {
        let (path, file) = self.segment.as_mut().ok_or_else(no_chunk)?;
        file.write_all(buffer).map_err(|e| io("a temporary file of the target cannot be written", path, e))?;
        let chunk = self.chunk.as_mut().ok_or_else(no_chunk)?;
        chunk.bytes += buffer.len() as u64;
        // Values hold no line feeds: each one ends a row.
        chunk.rows += memchr::memchr_iter(b'\n', buffer).count() as u64;
        Ok(())
    }

    fn commit(&mut self, rows: u64, _hash: Option<u128>) -> Result<()> {
        let chunk = self.chunk.take().ok_or_else(no_chunk)?;
        if chunk.rows != rows {
            let what = format!("{} rows were written instead of {rows}", chunk.rows);
            return Err(Error::new(ErrorKind::Write, what));
        }
        let (path, _) = self.segment.as_ref().ok_or_else(no_chunk)?;
        let part = Part { file: path.clone(), from: self.end, to: self.end + chunk.bytes, rows };
        self.end = part.to;
        if rows > 0 {
            let numbers = std::mem::take(&mut *lock(&self.numbers)).of_all(rows);
            self.build.add_part(chunk.table, chunk.number, part, numbers)?;
        }
        Ok(())
    }

    fn is_committed(&mut self, _claim: &Claim) -> Result<bool> {
        Ok(false)
    }

    fn abort(&mut self) {
        self.chunk = None;
        if let Some((_, file)) = &mut self.segment {
            // The run has failed: at worst bytes that no table refers to stay behind.
            let _ = file.set_len(self.end).and_then(|()| file.seek(SeekFrom::Start(self.end)));
        }
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        self.build.execute(statement)
    }
}
