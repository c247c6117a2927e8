//! PostgreSQL's codecs for the micro-benchmarks.

use super::decode::Decoder;
use super::encode::PgEncoder;
use super::wire::HEADER;
use crate::backends::Encoder;
use crate::backends::memory::Value;
use crate::benching::{Decode, Sample};
use crate::cell::RowSink;
use crate::error::Result;

/// The rows as bodies of CopyData messages, one each, as the server sends them.
pub(crate) fn sent(sample: &Sample) -> Result<Vec<Vec<u8>>> {
    let mut encoder = PgEncoder::new(&sample.write())?;
    let row = |row: &Vec<Value>| {
        row.iter().try_for_each(|value| encoder.cell(value.cell()))?;
        encoder.end_row()?;
        Ok(encoder.take(Vec::new()).split_off(HEADER))
    };
    sample.rows.iter().map(row).collect()
}

pub(crate) fn decode(sample: &Sample) -> Result<Decode> {
    let mut decoder = Decoder::new(&sample.read());
    Ok(Box::new(move |row, sink| decoder.row(row, sink).map(drop)))
}

pub(crate) fn encode(sample: &Sample) -> Result<Box<dyn Encoder>> {
    Ok(Box::new(PgEncoder::new(&sample.write())?))
}
