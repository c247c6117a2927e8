//! How large chunks are and in which order they are copied. Pure.

use crate::backends::Range;

/// Smallest chunk in bytes of the source's estimate: below, a transaction costs more than it moves.
const MIN_CHUNK_BYTES: u64 = 8 << 20;
/// Largest chunk in bytes: what is lost when a chunk has to be repeated.
const MAX_CHUNK_BYTES: u64 = 64 << 20;
/// Chunks per lane: enough that no lane idles at the end.
const CHUNKS_PER_LANE: u64 = 8;

/// A part of a table to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Position of the table in the plan.
    pub(crate) table: usize,
    /// Position in the table.
    pub(crate) number: u32,
    /// Which rows.
    pub(crate) range: Range,
    /// Estimated bytes.
    pub(crate) bytes: u64,
}

/// Chunk size in bytes for `total` bytes over `lanes` lanes.
pub(crate) fn chunk_bytes(total: u64, lanes: usize) -> u64 {
    (total / (lanes.max(1) as u64 * CHUNKS_PER_LANE)).clamp(MIN_CHUNK_BYTES, MAX_CHUNK_BYTES)
}

/// Order of work: tables longest first, the chunks of a table in key order.
pub(crate) fn order(mut chunks: Vec<Chunk>) -> Vec<Chunk> {
    let mut table_bytes = std::collections::BTreeMap::<usize, u64>::new();
    for chunk in &chunks {
        *table_bytes.entry(chunk.table).or_default() += chunk.bytes;
    }
    chunks.sort_by_key(|c| (std::cmp::Reverse(table_bytes[&c.table]), c.table, c.number));
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_bounded() {
        assert_eq!(chunk_bytes(0, 2), MIN_CHUNK_BYTES);
        assert_eq!(chunk_bytes(640 << 20, 2), 40 << 20);
        assert_eq!(chunk_bytes(u64::MAX, 1), MAX_CHUNK_BYTES);
    }

    #[test]
    fn longest_table_first_in_key_order() {
        let chunk = |table, number, bytes| Chunk { table, number, range: Range::All, bytes };
        let ordered = order(vec![chunk(0, 0, 5), chunk(1, 1, 4), chunk(1, 0, 4), chunk(2, 0, 6)]);
        let names: Vec<_> = ordered.iter().map(|c| (c.table, c.number)).collect();
        assert_eq!(names, [(1, 0), (1, 1), (2, 0), (0, 0)]);
    }
}
