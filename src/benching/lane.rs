//! A whole lane without servers: rows that are in memory go through the real chain, threads and channel to nowhere.

use super::sample::Sample;
use super::{Decode, codec, size};
use crate::backends::{Claim, Encoder, Range, ReadTable, Reader, WriteTable, Writer};
use crate::cancel::CancelToken;
use crate::cell::{Cell, FrameSink, RowSink};
use crate::chunk::Chunk;
use crate::convert::ColumnRules;
use crate::error::Result;
use crate::lane::{LaneTable, copy_chunk};
use crate::pool::Stop;
use crate::probe::{Answer, TableProbes};

/// Where rows come from and go to; `memory` to `nowhere` has no codec at all, which leaves the engine itself.
pub const LANES: [(&str, &str); 4] =
    [("memory", "nowhere"), ("MariaDB", "PostgreSQL"), ("PostgreSQL", "MariaDB"), ("HSQLDB", "PostgreSQL")];

/// Different rows of a sample, which a reader delivers over and over.
const ROWS: usize = 1_000;
/// How often.
const PASSES: usize = 50;

/// A lane that can be run again and again.
pub struct Lane {
    reader: Canned,
    writer: Nowhere,
    table: LaneTable,
    /// Bytes of all rows of one run, as their source holds them.
    pub bytes: u64,
    /// Rows of one run.
    pub rows: u64,
}

/// A lane from one engine's wire form to another's.
///
/// # Errors
/// When the sample cannot be put into the source's form.
pub fn lane(source: &str, target: &str, hashed: bool) -> Result<Lane> {
    let sample = Sample::orders(ROWS);
    let sent = if source == "memory" { Vec::new() } else { (codec(source).sent)(&sample)? };
    let decode = if source == "memory" { None } else { Some((codec(source).decode)(&sample)?) };
    let rule = || ColumnRules { rules: Vec::new(), target: None, days: (i32::MIN, i32::MAX) };
    let table = LaneTable {
        name: "t".into(),
        read: sample.read(),
        write: sample.write(),
        canons: sample.canons.clone(),
        rewrites: Vec::new(),
        rules: sample.types.iter().map(|_| rule()).collect(),
        hashed,
    };
    let bytes = if sent.is_empty() { (codec("PostgreSQL").sent)(&sample)? } else { sent.clone() };
    let writer = Nowhere { target: target.to_string(), sample: Sample::orders(0) };
    let (rows, bytes) = ((ROWS * PASSES) as u64, (size(&bytes) * PASSES) as u64);
    Ok(Lane { reader: Canned { sample, sent, decode }, writer, table, bytes, rows })
}

impl Lane {
    /// Copies one chunk; how many rows passed.
    ///
    /// # Errors
    /// When a value does not pass.
    pub fn run(&mut self) -> Result<u64> {
        let cancel = CancelToken::new();
        let chunk = Chunk { table: 0, number: 0, range: Range::All, bytes: self.bytes };
        let claim = Claim { epoch: 1, table: 0, chunk: 0, range: String::new() };
        let job = (&self.table, &chunk, &claim);
        let mut unconfirmed = None;
        let stop = Stop::of(&cancel);
        let done = copy_chunk(&mut self.reader, &mut self.writer, job, &stop, &|_, _| (), &mut unconfirmed)?;
        Ok(done.rows ^ done.sum.hash as u64)
    }
}

/// Delivers the same rows over and over.
struct Canned {
    sample: Sample,
    sent: Vec<Vec<u8>>,
    decode: Option<Decode>,
}

impl Reader for Canned {
    fn probe(&mut self, _probes: &TableProbes<'_>) -> Result<Vec<Answer>> {
        Ok(Vec::new())
    }

    fn count(&mut self, _table: &ReadTable) -> Result<u64> {
        Ok((ROWS * PASSES) as u64)
    }

    fn split(&mut self, _table: &ReadTable, _bytes: u64) -> Result<Vec<Range>> {
        Ok(vec![Range::All])
    }

    fn read(&mut self, _table: &ReadTable, _range: &Range, sink: &mut dyn RowSink) -> Result<u64> {
        for _ in 0..PASSES {
            match &mut self.decode {
                Some(decode) => self.sent.iter().try_for_each(|row| decode(row, sink))?,
                None => self.sample.feed(sink)?,
            }
        }
        Ok((ROWS * PASSES) as u64)
    }

    fn read_frames(&mut self, _table: &ReadTable, _range: &Range, sink: &mut dyn FrameSink) -> Result<u64> {
        for _ in 0..PASSES {
            self.sent.iter().try_for_each(|row| sink.frame(row))?;
        }
        Ok((ROWS * PASSES) as u64)
    }
}

/// Encodes for an engine and drops what it is sent.
struct Nowhere {
    target: String,
    sample: Sample,
}

impl Writer for Nowhere {
    fn encoder(&self, _table: &WriteTable) -> Result<Box<dyn Encoder>> {
        match self.target.as_str() {
            "nowhere" => Ok(Box::new(Forget)),
            target => (codec(target).encode)(&self.sample),
        }
    }

    fn begin(&mut self, _table: &WriteTable, _claim: &Claim) -> Result<()> {
        Ok(())
    }

    fn send(&mut self, _buffer: &[u8]) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self, _rows: u64, _hash: Option<u128>) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}

    fn is_committed(&mut self, _claim: &Claim) -> Result<bool> {
        Ok(true)
    }

    fn execute(&mut self, _statement: &str) -> Result<()> {
        Ok(())
    }
}

/// An encoder that keeps nothing.
struct Forget;

impl RowSink for Forget {
    fn cell(&mut self, _cell: Cell<'_>) -> Result<()> {
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Encoder for Forget {
    fn len(&self) -> usize {
        0
    }

    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8> {
        fresh
    }
}
