//! One lane copies one chunk: a reader thread decodes, converts, hashes and encodes; a writer thread sends.
//!
//! Full buffers go through a bounded channel, so that a slow target holds the source back, and come
//! back empty, so that a lane allocates only its first few buffers.

use crate::backends::{Claim, Encoder, ReadTable, Reader, WriteTable, Writer};
use crate::cell::{Cell, FrameSink, Large, RowSink};
use crate::chunk::Chunk;
use crate::convert::{ColumnRules, Convert};
use crate::digest::{Digest, DigestFrames, Sum};
use crate::error::{AtStep, Error, ErrorKind, Nature, Result, Side};
use crate::failpoint::reach;
use crate::large::gather;
use crate::plan::Canon;
use crate::pool::{Stop, cancelled};
use crate::rewrite::{Rewrite, read_changed};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Bytes of a buffer that goes from reader to writer.
const BUFFER_BYTES: usize = 256 << 10;
/// Buffers under way between reader and writer of a lane.
const BUFFERS_IN_FLIGHT: usize = 4;

/// What a lane needs to know of a table, prepared once.
pub(crate) struct LaneTable {
    pub(crate) name: String,
    pub(crate) read: ReadTable,
    pub(crate) write: WriteTable,
    pub(crate) canons: Vec<Canon>,
    pub(crate) rewrites: Vec<Rewrite>,
    pub(crate) rules: Vec<ColumnRules>,
    pub(crate) hashed: bool,
}

/// What a chunk came to.
#[derive(Debug, Default)]
pub(crate) struct ChunkResult {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sum: Sum,
    /// Converted cells per column and rule.
    pub(crate) converted: Vec<Vec<u64>>,
    /// Cells changed per rewrite.
    pub(crate) changed: Vec<u64>,
}

/// Called for every buffer on its way: rows and bytes since the last call.
pub(crate) type Tick<'a> = &'a (dyn Fn(u64, u64) + Sync);

enum Parcel {
    Buffer(Vec<u8>),
    /// The chunk is complete, with so many rows, and the sum of their hashes if it was taken.
    End(u64, Option<u128>),
}

/// Copies one chunk in one transaction with its claim. Where the connection broke during the commit, what was copied
/// is left in `unconfirmed`.
///
/// # Errors
/// The first error of either side; the transaction is then rolled back.
pub(crate) fn copy_chunk(
    reader: &mut dyn Reader,
    writer: &mut dyn Writer,
    (table, chunk, claim): (&LaneTable, &Chunk, &Claim),
    stop: &Stop<'_>,
    tick: Tick<'_>,
    unconfirmed: &mut Option<ChunkResult>,
) -> Result<ChunkResult> {
    let mut encoder = writer.encoder(&table.write).on(Side::Target)?;
    let (send, receive) = sync_channel(BUFFERS_IN_FLIGHT);
    let (give_back, recycled) = channel();
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || write_chunk(writer, table, claim, &receive, &give_back).on(Side::Target));
        let hashed = table.hashed;
        let ship = Ship { send, recycled, stop, tick, buffer: Vec::new(), hashed, rows: 0, ticked: 0, bytes: 0 };
        let read = read_chunk(reader, table, chunk, encoder.as_mut(), ship).on(Side::Source);
        let written = writing.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Write, "the writer panicked")));
        match (read, written) {
            (Ok(result), Ok(())) => Ok(result),
            (Ok(result), Err(error)) => {
                *unconfirmed = (error.how() == Nature::Lost).then_some(result);
                Err(error)
            }
            // The reader stops when the writer is gone, so the writer's error is the cause.
            (Err(_), Err(error)) if error.kind() != ErrorKind::Cancelled => Err(error),
            (Err(error), _) => Err(error),
        }
    })
}

fn read_chunk(
    reader: &mut dyn Reader,
    table: &LaneTable,
    chunk: &Chunk,
    encoder: &mut dyn Encoder,
    ship: Ship<'_>,
) -> Result<ChunkResult> {
    if table.write.splice.is_some() {
        let mut sink = DigestFrames { sum: Sum::default(), next: ship };
        if table.hashed {
            reader.read_frames(&table.read, &chunk.range, &mut sink)?;
        } else {
            reader.read_frames(&table.read, &chunk.range, &mut sink.next)?;
        }
        let sum = sink.sum;
        return sink.next.finish(None, sum);
    }
    let encode = Encode { encoder, ship };
    let (encode, sum, converted, changed) = if table.hashed {
        let convert = Convert::new(&table.rules, Digest::new(&table.canons, encode));
        let mut sink = Locate::new(table, convert);
        let changed = read_changed(reader, &table.read, &chunk.range, &table.rewrites, &mut sink)?;
        (sink.next.next.next, sink.next.next.sum, sink.next.counts, changed)
    } else {
        let mut sink = Locate::new(table, Convert::new(&table.rules, encode));
        let changed = read_changed(reader, &table.read, &chunk.range, &table.rewrites, &mut sink)?;
        (sink.next.next, Sum::default(), sink.next.counts, changed)
    };
    let result = encode.ship.finish(Some(encode.encoder), sum)?;
    Ok(ChunkResult { converted, changed, ..result })
}

fn write_chunk(
    writer: &mut dyn Writer,
    table: &LaneTable,
    claim: &Claim,
    receive: &Receiver<Parcel>,
    give_back: &Sender<Vec<u8>>,
) -> Result<()> {
    reach("before-claim");
    writer.begin(&table.write, claim)?;
    reach("after-claim");
    loop {
        match receive.recv() {
            Ok(Parcel::Buffer(mut buffer)) => {
                if let Err(error) = writer.send(&buffer) {
                    writer.abort();
                    return Err(error);
                }
                reach("mid-stream");
                buffer.clear();
                // The reader may have finished already and need no more buffers.
                let _ = give_back.send(buffer);
            }
            Ok(Parcel::End(rows, hash)) => {
                reach("before-commit");
                writer.commit(rows, hash)?;
                reach("after-commit");
                return Ok(());
            }
            Err(_) => {
                writer.abort();
                return Err(cancelled());
            }
        }
    }
}

/// The reader's end of the channel.
struct Ship<'a> {
    send: SyncSender<Parcel>,
    recycled: Receiver<Vec<u8>>,
    stop: &'a Stop<'a>,
    tick: Tick<'a>,
    /// Frames that wait to be sent (splice only).
    buffer: Vec<u8>,
    hashed: bool,
    rows: u64,
    ticked: u64,
    bytes: u64,
}

impl Ship<'_> {
    fn fresh(&self) -> Vec<u8> {
        // A row larger than a buffer makes that buffer grow; it is not kept.
        let recycled = self.recycled.try_iter().find(|buffer| buffer.capacity() <= 4 * BUFFER_BYTES);
        recycled.unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES + (BUFFER_BYTES >> 2)))
    }

    fn ship(&mut self, buffer: Vec<u8>) -> Result<()> {
        self.stop.check()?;
        let bytes = buffer.len() as u64;
        self.bytes += bytes;
        self.send.send(Parcel::Buffer(buffer)).map_err(|_| cancelled())?;
        (self.tick)(self.rows - self.ticked, bytes);
        self.ticked = self.rows;
        Ok(())
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            let fresh = self.fresh();
            let full = std::mem::replace(&mut self.buffer, fresh);
            self.ship(full)?;
        }
        Ok(())
    }

    fn finish(mut self, encoder: Option<&mut dyn Encoder>, sum: Sum) -> Result<ChunkResult> {
        let last = match encoder {
            Some(encoder) if !encoder.is_empty() => encoder.take(Vec::new()),
            _ => std::mem::take(&mut self.buffer),
        };
        if !last.is_empty() {
            self.ship(last)?;
        }
        let hash = self.hashed.then_some(sum.hash);
        self.send.send(Parcel::End(self.rows, hash)).map_err(|_| cancelled())?;
        Ok(ChunkResult { rows: self.rows, bytes: self.bytes, sum, ..ChunkResult::default() })
    }
}

impl FrameSink for Ship<'_> {
    #[inline]
    fn frame(&mut self, frame: &[u8]) -> Result<()> {
        self.rows += 1;
        self.append(frame)
    }

    /// Buffers are cut anywhere, also in the middle of a row.
    fn large(&mut self, row: &mut dyn Large) -> Result<()> {
        while let Some(piece) = row.piece()? {
            self.append(piece)?;
        }
        self.rows += 1;
        Ok(())
    }
}

/// The last sink of a chain: the target's encoder, whose full buffers are shipped.
struct Encode<'a> {
    encoder: &'a mut dyn Encoder,
    ship: Ship<'a>,
}

impl Encode<'_> {
    #[inline]
    fn ship_if_full(&mut self) -> Result<()> {
        if self.encoder.len() >= BUFFER_BYTES {
            let full = self.encoder.take(self.ship.fresh());
            self.ship.ship(full)?;
        }
        Ok(())
    }
}

impl RowSink for Encode<'_> {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.encoder.cell(cell)
    }

    /// Full buffers go out in the middle of the value.
    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        if !self.encoder.begin_large(value.kind(), value.bytes())? {
            return gather(value, |cell| self.encoder.cell(cell));
        }
        while let Some(piece) = value.piece()? {
            self.encoder.piece(piece)?;
            self.ship_if_full()?;
        }
        self.encoder.end_large()
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        self.encoder.end_row()?;
        self.ship.rows += 1;
        self.ship_if_full()
    }
}

/// The first sink of a chain: tells in which row and column an error arose.
struct Locate<'a, S> {
    table: &'a LaneTable,
    is_key: Vec<bool>,
    keys: Vec<(usize, i128)>,
    column: usize,
    row: u64,
    next: S,
}

impl<'a, S> Locate<'a, S> {
    fn new(table: &'a LaneTable, next: S) -> Self {
        let is_key = table.read.columns.iter().map(|c| table.read.key.iter().any(|k| k.name == c.name)).collect();
        Locate { table, is_key, keys: Vec::new(), column: 0, row: 0, next }
    }

    #[cold]
    fn locate(&self, error: Error) -> Error {
        let column = self.table.read.columns.get(self.column).map_or("?", |c| &c.name);
        let keys: Vec<_> =
            self.keys.iter().map(|(at, key)| format!("{}={key}", self.table.read.columns[*at].name)).collect();
        let place = if keys.is_empty() {
            format!(" (row {} of its chunk)", self.row + 1)
        } else {
            format!(" (row {})", keys.join(", "))
        };
        error.rename_object(format!("{}.{column}", self.table.name)).place(&place)
    }
}

impl<S: RowSink> RowSink for Locate<'_, S> {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        if self.is_key.get(self.column).copied().unwrap_or(false) {
            match cell {
                Cell::I64(key) => self.keys.push((self.column, i128::from(key))),
                Cell::U64(key) => self.keys.push((self.column, i128::from(key))),
                _ => {}
            }
        }
        match self.next.cell(cell) {
            Err(error) if error.kind() == ErrorKind::Value => Err(self.locate(error)),
            result => {
                self.column += 1;
                result
            }
        }
    }

    fn large(&mut self, value: &mut dyn Large) -> Result<()> {
        match self.next.large(value) {
            Err(error) if error.kind() == ErrorKind::Value => Err(self.locate(error)),
            result => {
                self.column += 1;
                result
            }
        }
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        self.column = 0;
        self.row += 1;
        self.keys.clear();
        self.next.end_row()
    }
}
