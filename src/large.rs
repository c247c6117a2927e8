//! Values that are too long to be held: what is common to their sources and to the sinks that take them.

use crate::cell::{Cell, Large, LargeKind, RowSink};
use crate::error::{Error, ErrorKind, Result};
use std::io::{self, BufRead};

/// A row of the wire up to so many bytes is read as a whole; a longer one is read field by field.
pub(crate) const LONG_ROW: usize = 256 << 10;
/// A text or bytes of more than so many bytes is not held where its row is long.
pub(crate) const LARGE: usize = 8 << 10;
/// Longest value of a long row that is held because it is neither text nor bytes (bit strings, numbers).
pub(crate) const MOST_HELD: usize = 16 << 20;
/// Largest piece: a buffer that is nearly full grows by no more.
const PIECE: usize = 64 << 10;

/// Hands all of a value to `take`, for sinks that take values as a whole.
///
/// # Errors
/// What stopped the value from coming; what `take` returned.
pub(crate) fn gather(value: &mut dyn Large, take: impl FnOnce(Cell<'_>) -> Result<()>) -> Result<()> {
    let all = held(value)?;
    match value.kind() {
        LargeKind::Bytes => take(Cell::Bytes(&all)),
        LargeKind::Text => take(Cell::Text(simdutf8::basic::from_utf8(&all).map_err(|_| cut_character())?)),
    }
}

/// Hands all of a row to `take`, for sinks that take rows as a whole.
///
/// # Errors
/// What stopped the row from coming; what `take` returned.
pub(crate) fn gather_frame(row: &mut dyn Large, take: impl FnOnce(&[u8]) -> Result<()>) -> Result<()> {
    take(&held(row)?)
}

/// All pieces. The memory grows with the bytes that arrive, since a length is only an announcement.
fn held(value: &mut dyn Large) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(piece) = value.piece()? {
        all.extend_from_slice(piece);
    }
    Ok(all)
}

/// Takes what is left of a value and does nothing with it.
///
/// # Errors
/// What stopped the value from coming.
pub(crate) fn drain(value: &mut dyn Large) -> Result<()> {
    while value.piece()?.is_some() {}
    Ok(())
}

#[cold]
fn cut_character() -> Error {
    Error::new(ErrorKind::Read, "a piece of a long text ends in the middle of a character")
        .help("this is a fault of dbferry; please report it")
}

/// Passes a cell on; where it is long, in pieces, so that no sink needs room for all of it.
///
/// # Errors
/// What the sink returned.
#[inline]
pub(crate) fn deliver(cell: Cell<'_>, sink: &mut dyn RowSink) -> Result<()> {
    match cell {
        Cell::Text(text) if text.len() > LONG_ROW => sink.large(&mut Whole::new(LargeKind::Text, text.as_bytes())),
        Cell::Bytes(bytes) if bytes.len() > LONG_ROW => sink.large(&mut Whole::new(LargeKind::Bytes, bytes)),
        cell => sink.cell(cell),
    }
}

/// A value that is there as a whole.
pub(crate) struct Whole<'a> {
    kind: LargeKind,
    bytes: u64,
    rest: &'a [u8],
}

impl<'a> Whole<'a> {
    /// A value of these bytes, which are valid UTF-8 where it is text.
    pub(crate) fn new(kind: LargeKind, bytes: &'a [u8]) -> Self {
        Whole { kind, bytes: bytes.len() as u64, rest: bytes }
    }
}

impl Large for Whole<'_> {
    fn kind(&self) -> LargeKind {
        self.kind
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn piece(&mut self) -> Result<Option<&[u8]>> {
        let mut end = self.rest.len().min(PIECE);
        // The bytes behind the first one of a character all begin with the bits 10.
        while self.kind == LargeKind::Text && self.rest.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
            end -= 1;
        }
        let (piece, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok((end > 0).then_some(piece))
    }
}

/// A field of a row that is still on its way.
pub(crate) struct Field<'a> {
    kind: LargeKind,
    bytes: u64,
    source: &'a mut dyn BufRead,
    /// Bytes that were not handed out yet.
    left: u64,
    /// Bytes of the last piece, which still lie in the source's buffer.
    lent: usize,
    /// A character that the source's buffer cuts in two.
    character: [u8; 4],
    /// The error for text that is none.
    no_text: &'a dyn Fn() -> Error,
    broken: Option<io::Error>,
}

/// Why a field did not get to its end.
pub(crate) enum Break {
    /// The source failed.
    Io(io::Error),
    /// The sink refused it, or it was no text.
    Sink(Error),
}

impl<'a> Field<'a> {
    /// The field that makes up the next `bytes` bytes of `source`.
    pub(crate) fn new(
        kind: LargeKind,
        bytes: u64,
        source: &'a mut dyn BufRead,
        no_text: &'a dyn Fn() -> Error,
    ) -> Self {
        Field { kind, bytes, source, left: bytes, lent: 0, character: [0; 4], no_text, broken: None }
    }

    /// Hands the field to `sink` and leaves the source behind its end.
    ///
    /// # Errors
    /// The source's own error where it failed, else what the sink returned.
    pub(crate) fn pour(mut self, sink: &mut dyn RowSink) -> Result<(), Break> {
        let taken = sink.large(&mut self);
        self.end(taken)
    }

    /// Ends the field after a sink took it.
    ///
    /// # Errors
    /// As [`Field::pour`].
    pub(crate) fn end(&mut self, taken: Result<()>) -> Result<(), Break> {
        let ended = taken.and_then(|()| drain(self));
        match self.broken.take() {
            Some(error) => Err(Break::Io(error)),
            None => ended.map_err(Break::Sink),
        }
    }

    /// What lies in the source's buffer of this field, at least one byte.
    fn buffered(&mut self) -> Result<&[u8]> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(PIECE);
        let failed = match self.source.fill_buf() {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(buffer) => return Ok(&buffer[..buffer.len().min(most)]),
            Err(error) => error,
        };
        self.broken = Some(failed);
        Err(Error::new(ErrorKind::Read, "a value ended before it was complete"))
    }

    /// How much of what is buffered ends between two characters.
    fn whole_characters(&mut self) -> Result<usize> {
        if self.kind == LargeKind::Bytes {
            return self.buffered().map(<[u8]>::len);
        }
        match simdutf8::compat::from_utf8(self.buffered()?) {
            Ok(text) => Ok(text.len()),
            Err(cut) if cut.error_len().is_none() => Ok(cut.valid_up_to()),
            Err(_) => Err((self.no_text)()),
        }
    }

    /// Puts a character together that lies in two buffers; its length.
    fn join_character(&mut self) -> Result<usize> {
        for at in 0..self.character.len() {
            if self.left == 0 {
                break;
            }
            self.character[at] = self.buffered()?[0];
            self.source.consume(1);
            self.left -= 1;
            match std::str::from_utf8(&self.character[..=at]) {
                Ok(_) => return Ok(at + 1),
                Err(cut) if cut.error_len().is_none() => {}
                Err(_) => break,
            }
        }
        Err((self.no_text)())
    }
}

impl Large for Field<'_> {
    fn kind(&self) -> LargeKind {
        self.kind
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn piece(&mut self) -> Result<Option<&[u8]>> {
        self.source.consume(std::mem::take(&mut self.lent));
        if self.left == 0 {
            return Ok(None);
        }
        let length = self.whole_characters()?;
        if length == 0 {
            let length = self.join_character()?;
            return Ok(Some(&self.character[..length]));
        }
        self.lent = length;
        self.left -= length as u64;
        // The buffer was filled before: this only looks at it again.
        let buffer =
            self.source.fill_buf().map_err(|e| Error::new(ErrorKind::Read, "a value was cut off").caused_by(e))?;
        Ok(Some(&buffer[..length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::RowSink;
    use proptest::prelude::*;
    use std::io::BufReader;

    /// Keeps the pieces of one value.
    #[derive(Default)]
    struct Pieces(Vec<Vec<u8>>);

    impl RowSink for Pieces {
        fn cell(&mut self, _: Cell<'_>) -> Result<()> {
            Err(Error::new(ErrorKind::Read, "a whole value came"))
        }

        fn large(&mut self, value: &mut dyn Large) -> Result<()> {
            while let Some(piece) = value.piece()? {
                self.0.push(piece.to_vec());
            }
            Ok(())
        }

        fn end_row(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn no_text() -> Error {
        Error::new(ErrorKind::Value, "no text")
    }

    /// Pours a field out of a source with a buffer of `buffer` bytes; the pieces and what follows the field.
    fn pour(kind: LargeKind, bytes: &[u8], length: usize, buffer: usize) -> (Result<(), Break>, Pieces, Vec<u8>) {
        let mut source = BufReader::with_capacity(buffer, bytes);
        let mut sink = Pieces::default();
        let poured = Field::new(kind, length as u64, &mut source, &no_text).pour(&mut sink);
        let mut rest = Vec::new();
        io::Read::read_to_end(&mut source, &mut rest).unwrap();
        (poured, sink, rest)
    }

    proptest! {
        #[test]
        fn pieces_of_text_end_between_characters(text in "\\PC{0,40}", buffer in 1usize..12) {
            let all = format!("{text}rest");
            let (poured, sink, rest) = pour(LargeKind::Text, all.as_bytes(), text.len(), buffer);
            prop_assert!(poured.is_ok());
            prop_assert!(sink.0.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
            prop_assert_eq!(sink.0.concat(), text.as_bytes());
            prop_assert_eq!(rest, b"rest");
        }

        #[test]
        fn what_is_no_text_is_refused_whatever_the_buffer(bytes in prop::collection::vec(any::<u8>(), 1..12), buffer in 1usize..14) {
            let (poured, ..) = pour(LargeKind::Text, &bytes, bytes.len(), buffer);
            prop_assert_eq!(poured.is_ok(), std::str::from_utf8(&bytes).is_ok());
            let (poured, sink, _) = pour(LargeKind::Bytes, &bytes, bytes.len(), buffer);
            prop_assert!(poured.is_ok());
            prop_assert_eq!(sink.0.concat(), bytes);
        }
    }

    #[test]
    fn a_source_that_ends_early_is_the_cause() {
        let (poured, ..) = pour(LargeKind::Bytes, b"abc", 4, 2);
        assert!(matches!(poured, Err(Break::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof));
        let (poured, ..) = pour(LargeKind::Text, "aé".as_bytes(), 2, 2);
        assert!(matches!(poured, Err(Break::Sink(error)) if error.kind() == ErrorKind::Value));
    }

    #[test]
    fn whole_values_are_cut_between_characters() {
        let text = "é€😀x".repeat(PIECE / 2);
        let mut sink = Pieces::default();
        deliver(Cell::Text(&text), &mut sink).unwrap();
        assert!(sink.0.len() > 2 && sink.0.iter().all(|piece| piece.len() <= PIECE));
        assert!(sink.0.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
        assert!(sink.0.concat() == text.as_bytes());
        let mut gathered = Vec::new();
        let mut whole = Whole::new(LargeKind::Text, text.as_bytes());
        gather(&mut whole, |cell| {
            gathered.push(matches!(cell, Cell::Text(all) if all == text));
            Ok(())
        })
        .unwrap();
        assert_eq!(gathered, [true]);
    }
}
