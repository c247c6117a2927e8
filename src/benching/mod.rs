//! The hot path's stages one by one, over rows made up for them: what the micro-benchmarks in `benches/` run.
//!
//! Only the feature `benching` has this module, which nothing but this package's own benchmarks turns on.

mod lane;
mod sample;

pub use lane::{LANES, Lane, lane};
pub use sample::FAMILIES;

use crate::backends::{Encoder, hsqldb, mysql, postgresql};
use crate::cell::{FrameSink, RowSink};
use crate::digest::{Digest, DigestFrames, Discard, Sum};
use crate::error::Result;
pub(crate) use sample::Sample;
use std::hint::black_box;

/// Rows of a sample: enough to outlast a loop's start, few enough to stay in the cache as a lane's buffers do.
const ROWS: usize = 200;
/// Columns of one family in a row, so that the row itself counts for little.
const COLUMNS: usize = 8;

/// Takes one row as its server or file holds it and delivers its cells.
pub(crate) type Decode = Box<dyn FnMut(&[u8], &mut dyn RowSink) -> Result<()> + Send>;

/// The codecs of a database.
pub(crate) struct Codec {
    name: &'static str,
    /// The rows as the database sends them.
    sent: fn(&Sample) -> Result<Vec<Vec<u8>>>,
    decode: fn(&Sample) -> Result<Decode>,
    encode: fn(&Sample) -> Result<Box<dyn Encoder>>,
}

const CODECS: [Codec; 3] = [
    Codec {
        name: "PostgreSQL",
        sent: postgresql::benching::sent,
        decode: postgresql::benching::decode,
        encode: postgresql::benching::encode,
    },
    Codec {
        name: "MariaDB",
        sent: mysql::benching::sent,
        decode: mysql::benching::decode,
        encode: mysql::benching::encode,
    },
    Codec {
        name: "HSQLDB",
        sent: hsqldb::benching::sent,
        decode: hsqldb::benching::decode,
        encode: hsqldb::benching::encode,
    },
];

/// Names of the databases whose codecs can be measured.
pub fn engines() -> impl Iterator<Item = &'static str> {
    CODECS.iter().map(|codec| codec.name)
}

fn codec(name: &str) -> &'static Codec {
    CODECS.iter().find(|codec| codec.name == name).unwrap_or(&CODECS[0])
}

/// A stage over a sample, to be run again and again.
pub struct Stage {
    /// Values (or rows, where whole rows pass) of one run.
    pub elements: u64,
    /// Bytes of one run as they lie on the wire.
    pub bytes: u64,
    run: Box<dyn FnMut() -> Result<u64>>,
}

impl Stage {
    fn new(elements: usize, bytes: usize, run: impl FnMut() -> Result<u64> + 'static) -> Self {
        Stage { elements: elements as u64, bytes: bytes as u64, run: Box::new(run) }
    }

    /// Runs it once; the number depends on all of its work.
    ///
    /// # Errors
    /// When a value does not pass, so that what was measured would be no work.
    pub fn run(&mut self) -> Result<u64> {
        (self.run)()
    }
}

/// Rows of one family, from wire form to cells.
///
/// # Errors
/// When the sample cannot be put into the engine's form.
pub fn decode(engine: &str, family: &str) -> Result<Stage> {
    let (sample, codec) = (Sample::of_family(family, COLUMNS, ROWS), codec(engine));
    let rows = (codec.sent)(&sample)?;
    let mut decode = (codec.decode)(&sample)?;
    Ok(Stage::new(ROWS * COLUMNS, size(&rows), move || {
        let mut sink = Discard::default();
        rows.iter().try_for_each(|row| decode(black_box(row), &mut sink))?;
        Ok(sink.rows)
    }))
}

/// Cells of one family into the engine's bulk form.
///
/// # Errors
/// When the engine cannot hold the family.
pub fn encode(engine: &str, family: &str) -> Result<Stage> {
    let (sample, codec) = (Sample::of_family(family, COLUMNS, ROWS), codec(engine));
    let mut encoder = (codec.encode)(&sample)?;
    sample.feed(encoder.as_mut())?;
    let mut spare = Vec::new();
    let mut full = encoder.take(Vec::new());
    Ok(Stage::new(ROWS * COLUMNS, full.len(), move || {
        sample.feed(black_box(encoder.as_mut()))?;
        std::mem::swap(&mut spare, &mut full);
        spare.clear();
        full = encoder.take(std::mem::take(&mut spare));
        Ok(full.len() as u64)
    }))
}

/// Cells of one family through the checksum.
///
/// # Errors
/// When a value has no canonical form.
pub fn hash(family: &str) -> Result<Stage> {
    let sample = Sample::of_family(family, COLUMNS, ROWS);
    let bytes = (CODECS[0].sent)(&sample).map_or(0, |rows| size(&rows));
    Ok(Stage::new(ROWS * COLUMNS, bytes, move || {
        let mut sink = Digest::new(&sample.canons, Discard::default());
        sample.feed(&mut sink)?;
        Ok(sink.sum.hash as u64)
    }))
}

/// Whole rows of PostgreSQL into a lane's buffer as they are, with or without a checksum.
///
/// # Errors
/// When the sample cannot be put into PostgreSQL's form.
pub fn splice(hashed: bool) -> Result<Stage> {
    let rows = (CODECS[0].sent)(&Sample::orders(ROWS))?;
    let mut buffer = Vec::with_capacity(size(&rows));
    Ok(Stage::new(ROWS, size(&rows), move || {
        buffer.clear();
        let mut sink = DigestFrames { sum: Sum::default(), next: Pack(std::mem::take(&mut buffer)) };
        for row in &rows {
            if hashed { sink.frame(black_box(row))? } else { sink.next.frame(black_box(row))? }
        }
        buffer = sink.next.0;
        Ok(buffer.len() as u64 ^ sink.sum.hash as u64)
    }))
}

/// Packs frames into one buffer, as a lane does.
struct Pack(Vec<u8>);

impl FrameSink for Pack {
    fn frame(&mut self, frame: &[u8]) -> Result<()> {
        self.0.extend_from_slice(frame);
        Ok(())
    }
}

fn size(rows: &[Vec<u8>]) -> usize {
    rows.iter().map(Vec::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_passes_all_of_its_rows() {
        for family in FAMILIES {
            for engine in engines() {
                assert_eq!(
                    decode(engine, family).and_then(|mut stage| stage.run()).unwrap(),
                    ROWS as u64,
                    "{engine} {family}"
                );
                assert!(encode(engine, family).and_then(|mut stage| stage.run()).unwrap() > 0, "{engine} {family}");
            }
            assert_ne!(hash(family).and_then(|mut stage| stage.run()).unwrap(), 0, "{family}");
        }
        assert!(splice(true).and_then(|mut stage| stage.run()).unwrap() > 0);
    }
}
