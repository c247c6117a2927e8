//! A large value whose pieces are hashed as they are taken.

use crate::cell::{Large, LargeKind};
use crate::error::Result;
use xxhash_rust::xxh3::Xxh3;

/// Passes pieces on and adds them to a hash.
pub(crate) struct Hashed<'a> {
    pub(crate) hasher: &'a mut Xxh3,
    pub(crate) value: &'a mut dyn Large,
}

impl Large for Hashed<'_> {
    fn kind(&self) -> LargeKind {
        self.value.kind()
    }

    fn bytes(&self) -> u64 {
        self.value.bytes()
    }

    fn piece(&mut self) -> Result<Option<&[u8]>> {
        let piece = self.value.piece()?;
        self.hasher.update(piece.unwrap_or_default());
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Cell, FrameSink, RowSink};
    use crate::digest::{Digest, DigestFrames, Discard, Sum};
    use crate::large::{Whole, gather};
    use crate::plan::Canon;

    #[test]
    fn pieces_hash_like_the_whole() {
        let text = "aé€😀".repeat(20_000);
        let canons = [Canon::Int, Canon::Text, Canon::Bytes, Canon::PaddedText, Canon::Bytes];
        let sum = |large: bool| {
            let mut digest = Digest::new(&canons, Discard::default());
            for _ in 0..2 {
                digest.cell(Cell::I64(1)).unwrap();
                for kind in [LargeKind::Text, LargeKind::Bytes, LargeKind::Text] {
                    let mut whole = Whole::new(kind, text.as_bytes());
                    match large {
                        true => digest.large(&mut whole).unwrap(),
                        false => gather(&mut whole, |cell| digest.cell(cell)).unwrap(),
                    }
                }
                digest.cell(Cell::Bytes(b"end")).unwrap();
                digest.end_row().unwrap();
            }
            digest.sum
        };
        assert_eq!(sum(true), sum(false));
        let mut frames = DigestFrames { sum: Sum::default(), next: Discard::default() };
        frames.large(&mut Whole::new(LargeKind::Bytes, text.as_bytes())).unwrap();
        let pieces = std::mem::take(&mut frames.sum);
        frames.frame(text.as_bytes()).unwrap();
        assert_eq!((pieces, frames.next.rows), (frames.sum, 2));
    }
}
