//! COPY TO STDOUT: the statement, the frames of its answer, and the end that must agree with them.

use super::decode::as_text;
use super::fault::Fault;
use super::quote::{ident, qualified};
use super::session::{Session, text_until_zero};
use super::wire::{LongRow, Message, query};
use crate::backends::{KeyBound, Range, ReadColumn, ReadTable, SpliceFormat};
use crate::types::Type;
use std::io::{self, Read};

/// First bytes of a binary COPY stream; flags and the length of an extension follow.
pub(super) const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags and extension length.
pub(super) const STREAM_HEADER: usize = 19;
/// Ends a binary stream: a field count of −1.
pub(super) const TRAILER: [u8; 2] = [0xff, 0xff];
/// Largest table part that is worth sorting for the sake of the target.
const SORT_LIMIT: u64 = 256 << 20;

/// The body of one CopyData message.
pub(super) enum Row<'a> {
    /// All of it.
    Short(&'a [u8]),
    /// To be read piece by piece.
    Long(LongRow<'a>),
}

/// Where a table's rows are read from.
pub(super) struct From<'a> {
    /// Schema.
    pub(super) schema: &'a str,
    /// Rows lie in partitions: without `ONLY`.
    pub(super) partitioned: bool,
}

impl From<'_> {
    /// `ONLY "schema"."table"`, or without `ONLY`.
    pub(super) fn sql(&self, table: &str) -> String {
        let only = if self.partitioned { "" } else { "ONLY " };
        format!("{only}{}", qualified(self.schema, table))
    }
}

/// The COPY statement of a range, cells as the columns ask (`cells`) or as stored (splice).
pub(super) fn statement(table: &ReadTable, range: &Range, from: &From<'_>, splice: Option<SpliceFormat>) -> String {
    let column = |c: &ReadColumn| match splice.is_none() && as_text(c) {
        true => format!("{}::text", ident(&c.name)),
        false => ident(&c.name),
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    let format = if splice == Some(SpliceFormat::Text) { "text" } else { "binary" };
    format!(
        "COPY (SELECT {} FROM {}{}{}) TO STDOUT (FORMAT {format})",
        columns.join(", "),
        from.sql(&table.name),
        condition(range),
        order(table, range)
    )
}

/// ` WHERE …` of a range; empty for all rows.
pub(super) fn condition(range: &Range) -> String {
    let (from, to) = match range {
        Range::All => (None, None),
        Range::Pages { from, to } => (
            from.map(|page| format!("ctid >= '({page},0)'::pg_catalog.tid")),
            to.map(|page| format!("ctid < '({page},0)'::pg_catalog.tid")),
        ),
        Range::Key { column, from, to } => (
            from.as_ref().map(|bound| format!("{} >= {}", ident(column), literal(bound))),
            to.as_ref().map(|bound| format!("{} < {}", ident(column), literal(bound))),
        ),
    };
    match (from, to) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(" WHERE {one}"),
        (Some(from), Some(to)) => format!(" WHERE {from} AND {to}"),
    }
}

fn literal(bound: &KeyBound) -> String {
    match bound {
        KeyBound::Int(n) => n.to_string(),
        KeyBound::Literal(text) => text.clone(),
    }
}

/// Rows in key order where the target wants them and an integer key makes sorting cheap.
fn order(table: &ReadTable, range: &Range) -> String {
    let whole = matches!(range, Range::All) && table.bytes_estimate <= SORT_LIMIT;
    let part = matches!(range, Range::Key { .. });
    let cheap = matches!(table.key.first(), Some(ReadColumn { ty: Type::Int { .. } | Type::Uuid, .. }));
    if !(table.key_order && cheap && (whole || part)) {
        return String::new();
    }
    let key: Vec<String> = table.key.iter().map(|c| ident(&c.name)).collect();
    format!(" ORDER BY {}", key.join(", "))
}

/// Runs a COPY statement; `take` gets every CopyData message and tells whether it was a row.
pub(super) fn run(
    session: &mut Session,
    sql: &str,
    take: &mut dyn FnMut(Row<'_>) -> Result<bool, Fault>,
) -> Result<u64, Fault> {
    session.send(&query(sql))?;
    let (mut rows, mut tag) = (0, String::new());
    session.answer_with_rows(|message| {
        match message {
            Message::Whole(frame) if frame.tag == b'd' => rows += u64::from(take(Row::Short(frame.body()))?),
            Message::Whole(frame) if frame.tag == b'C' => tag = text_until_zero(frame.body()),
            Message::Whole(_) => {}
            Message::Long(row) => rows += u64::from(take(Row::Long(row))?),
        }
        Ok(())
    })?;
    match tag == format!("COPY {rows}") {
        true => Ok(rows),
        false => Err(Fault::Protocol("it counted other rows than it sent")),
    }
}

/// Takes the stream header off the first frame of a binary stream.
#[derive(Default)]
pub(super) struct Opening {
    done: bool,
}

impl Opening {
    /// The frame's rows: its body without the stream header.
    pub(super) fn strip<'a>(&mut self, body: &'a [u8]) -> Result<&'a [u8], Fault> {
        if self.done {
            return Ok(body);
        }
        let mut rest = body;
        self.skip(&mut rest)?;
        Ok(rest)
    }

    /// Reads up to the row, if this is the first one.
    pub(super) fn skip(&mut self, body: &mut dyn Read) -> Result<(), Fault> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(());
        }
        let short = |_| Fault::Protocol("a COPY stream without its header");
        let mut header = [0; STREAM_HEADER];
        body.read_exact(&mut header).map_err(short)?;
        let [.., flags, _, _, _, e0, e1, e2, e3] = header;
        if header[..SIGNATURE.len()] != SIGNATURE[..] || flags != 0 {
            return Err(Fault::Protocol("a COPY stream of an unknown kind"));
        }
        let extension = u64::from(u32::from_be_bytes([e0, e1, e2, e3]));
        let skipped = io::copy(&mut Read::take(body, extension), &mut io::sink());
        if skipped.is_ok_and(|skipped| skipped == extension) {
            Ok(())
        } else {
            Err(Fault::Protocol("a COPY stream without its header"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ReadTable {
        let column = |name: &str, ty| ReadColumn { name: name.to_string(), ty, as_text: false };
        ReadTable {
            name: "t".to_string(),
            columns: vec![
                column("id", Type::int(8)),
                column("n", Type::Native { name: "inet".to_string(), binary_portable: true }),
            ],
            key: vec![column("id", Type::int(8))],
            key_order: true,
            splice: None,
            bytes_estimate: 0,
            rows_estimate: 0,
        }
    }

    #[test]
    fn statements() {
        let from = From { schema: "s", partitioned: false };
        assert_eq!(
            statement(&table(), &Range::Pages { from: Some(5), to: None }, &from, None),
            "COPY (SELECT \"id\", \"n\"::text FROM ONLY \"s\".\"t\" WHERE ctid >= '(5,0)'::pg_catalog.tid) \
             TO STDOUT (FORMAT binary)"
        );
        let range = Range::Key { column: "id".to_string(), from: Some(KeyBound::Int(-3)), to: Some(KeyBound::Int(9)) };
        let from = From { schema: "s", partitioned: true };
        assert_eq!(
            statement(&table(), &range, &from, Some(SpliceFormat::Text)),
            "COPY (SELECT \"id\", \"n\" FROM \"s\".\"t\" WHERE \"id\" >= -3 AND \"id\" < 9 ORDER BY \"id\") \
             TO STDOUT (FORMAT text)"
        );
    }

    #[test]
    fn stream_header_is_taken_off_once() {
        let mut body = SIGNATURE.to_vec();
        body.extend_from_slice(&[0; 8]);
        body.extend_from_slice(b"row");
        let mut opening = Opening::default();
        assert_eq!(opening.strip(&body).unwrap(), b"row");
        assert_eq!(opening.strip(b"next").unwrap(), b"next");
        assert!(Opening::default().strip(b"short").is_err());
    }
}
