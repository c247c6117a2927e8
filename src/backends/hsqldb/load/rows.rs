//! Reads the rows of one table from wherever they are, with the log's changes laid over.

use super::database::{BLOCK, Database, TableRows};
use super::overlay::Overlay;
use crate::backends::hsqldb::fault::{damaged, malformed};
use crate::backends::hsqldb::files::data::DataReader;
use crate::backends::hsqldb::files::lines::Lines;
use crate::backends::hsqldb::files::lobs::LobReader;
use crate::backends::hsqldb::files::tree;
use crate::backends::hsqldb::model::catalog::{ColumnDef, Kind, Slot, TableDef};
use crate::backends::hsqldb::model::types::{Base, ColumnType};
use crate::backends::hsqldb::rows::decode::From;
use crate::backends::hsqldb::rows::literal;
use crate::backends::hsqldb::rows::split::{Raw, first_values, insert, values};
use crate::cell::Cell;
use crate::error::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// Takes one row: its layout and its values.
pub(crate) type EachRow<'a> = &'a mut dyn FnMut(usize, &[Raw<'_>]) -> Result<()>;

/// Blocks of a table to read; the last one also brings the rows of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks {
    pub(crate) from: u64,
    pub(crate) to: Option<u64>,
}

impl Blocks {
    /// The whole table.
    pub(crate) const ALL: Blocks = Blocks { from: 0, to: None };
}

/// Calls `each` for every row of `table` in `blocks`.
///
/// # Errors
/// `Read` when a file is damaged; or what `each` returned.
pub(crate) fn read(database: &Database, table: &TableDef, blocks: Blocks, each: EachRow<'_>) -> Result<()> {
    read_first(database, table, blocks, usize::MAX, each)
}

/// As [`read`], but rows of the script may be cut off after `limit` values.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_first(
    database: &Database,
    table: &TableDef,
    blocks: Blocks,
    limit: usize,
    each: EachRow<'_>,
) -> Result<()> {
    let overlay = database.overlays.get(&table.id);
    let Some(overlay) = overlay else {
        return read_base(database, table, blocks, limit, each);
    };
    let mut maker = KeyMaker::new(table)?;
    let mut gone: BTreeMap<&[u8], i64> = BTreeMap::new();
    for (key, (count, _)) in overlay.counted.iter().filter(|(_, (count, _))| *count < 0) {
        gone.insert(key, -count);
    }
    if !overlay.emptied {
        read_base(database, table, blocks, usize::MAX, &mut |layout, raws| {
            let key = maker.key(layout, raws)?;
            if overlay.keyed.contains_key(key) {
                return Ok(());
            }
            match gone.get_mut(key) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    Ok(())
                }
                _ => each(layout, raws),
            }
        })?;
    }
    if gone.values().any(|left| *left > 0) {
        return Err(damaged("the log deletes rows that the table does not hold").object(table.display()));
    }
    if blocks.to.is_none() { read_overlay(overlay, each) } else { Ok(()) }
}

fn read_overlay(overlay: &Overlay, each: EachRow<'_>) -> Result<()> {
    for (row, count) in overlay.rows() {
        let mut raws = Vec::new();
        values(&row.values, &mut raws)?;
        for _ in 0..count {
            each(row.layout, &raws)?;
        }
    }
    Ok(())
}

fn read_base(database: &Database, table: &TableDef, blocks: Blocks, limit: usize, each: EachRow<'_>) -> Result<()> {
    if let Some(rows) = database.rows.get(&table.id) {
        read_parts(rows, blocks, limit, each).map_err(|e| e.object(table.display()))?;
    }
    if table.kind != Kind::Cached || blocks.from > 0 {
        return Ok(());
    }
    let Some(root) = tree::Root::of(table)? else { return Ok(()) };
    let Some(data) = &database.data else {
        return Err(damaged("this CACHED table has rows, but there is no data file").object(table.display()));
    };
    let mut reader = DataReader::new(data.clone())?;
    let layout = table.layouts.first().map(Vec::as_slice).unwrap_or_default();
    let walked = tree::walk(&mut reader, root, layout, &mut |raws| each(0, raws));
    walked.map_err(|e| e.object(table.display()))
}

/// Reads the rows that begin within `blocks` of the parts laid end to end.
fn read_parts(rows: &TableRows, blocks: Blocks, limit: usize, each: EachRow<'_>) -> Result<()> {
    let (from, to) = (blocks.from.saturating_mul(BLOCK), blocks.to.map_or(u64::MAX, |to| to.saturating_mul(BLOCK)));
    let mut begin = 0;
    for part in &rows.parts {
        let length = part.to - part.from;
        let end = begin + length;
        if end > from && begin < to {
            let first = part.from + from.saturating_sub(begin);
            let last = part.from + (to - begin).min(length);
            read_part(&part.file, (part.from, part.to), (first, last), limit, each)?;
        }
        begin = end;
    }
    Ok(())
}

fn read_part(file: &Path, part: (u64, u64), (first, last): (u64, u64), limit: usize, each: EachRow<'_>) -> Result<()> {
    // A row belongs to the block it begins in: the one that began before is skipped.
    let mut at = first;
    let mut lines = Lines::open(file, if first > part.0 { first - 1 } else { first })?;
    if first > part.0 {
        at = lines.next()?.map_or(last, |line| line.next);
    }
    let mut raws: Vec<Raw<'static>> = Vec::new();
    // `INSERT INTO name VALUES(` of the row before.
    let mut prefix = Vec::new();
    while at < last {
        let Some(line) = lines.next()? else { return Err(damaged("the script ended early")) };
        if line.offset >= last {
            break;
        }
        at = line.next;
        let text = match line.text.strip_prefix(prefix.as_slice()).filter(|_| !prefix.is_empty()) {
            Some(text) => text,
            None => {
                let (_, text) = insert(line.text).ok_or_else(|| malformed("a row has another form than before"))?;
                prefix = line.text[..line.text.len() - text.len()].to_vec();
                text
            }
        };
        let mut own = recycle(raws);
        if !first_values(text, limit, &mut own)?.is_empty() {
            return Err(malformed("something follows a row"));
        }
        each(0, &own)?;
        raws = recycle(own);
    }
    Ok(())
}

/// The same memory for values that borrow from another line.
fn recycle<'a>(mut raws: Vec<Raw<'_>>) -> Vec<Raw<'a>> {
    raws.clear();
    raws.into_iter().map(|_| Raw::Bare(b"")).collect()
}

/// Makes the bytes that rows of a table are told apart by: primary key, or all columns.
pub(crate) struct KeyMaker {
    /// For each layout, where each column's value comes from.
    plans: Vec<Vec<From>>,
    key: Vec<u8>,
    scratch: Vec<u8>,
}

impl KeyMaker {
    /// A maker for `table`.
    ///
    /// # Errors
    /// `Read` when the key names a column that does not exist.
    pub(crate) fn new(table: &TableDef) -> Result<KeyMaker> {
        let mut columns: Vec<&ColumnDef> = Vec::new();
        match &table.primary_key {
            None => columns.extend(&table.columns),
            Some(key) => {
                for name in &key.columns {
                    let unknown = || malformed("a key names an unknown column").object(table.display());
                    columns.push(table.column(name).ok_or_else(unknown)?);
                }
            }
        }
        let plan = |layout: &Vec<Slot>| columns.iter().map(|column| From::of(column, layout)).collect();
        Ok(KeyMaker { plans: table.layouts.iter().map(plan).collect(), key: Vec::new(), scratch: Vec::new() })
    }

    /// The key of a row.
    ///
    /// # Errors
    /// `Read` when a value cannot be decoded.
    pub(crate) fn key(&mut self, layout: usize, raws: &[Raw<'_>]) -> Result<&[u8]> {
        self.key.clear();
        for from in self.plans.get(layout).into_iter().flatten() {
            let (raw, ty) = from.raw(raws).ok_or_else(|| malformed("a row has too few values"))?;
            // LOBs are told apart by their number, which stands for them in text and data file alike.
            let number = ColumnType::new(Base::Bigint, 0, 0);
            let ty = if ty.is_lob() { &number } else { ty };
            let cell = literal::cell(ty, raw, &mut LobReader::none(), &mut self.scratch)?;
            push_key(cell, &mut self.key);
        }
        Ok(&self.key)
    }
}

/// A form that is the same whether the value came from text or from the data file.
fn push_key(cell: Cell<'_>, out: &mut Vec<u8>) {
    let mut sized = |tag: u8, bytes: &[u8]| {
        out.push(tag);
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(bytes);
    };
    match cell {
        Cell::Null => sized(0, &[]),
        Cell::Bool(b) => sized(1, &[u8::from(b)]),
        Cell::I64(n) => sized(2, &n.to_le_bytes()),
        Cell::Decimal(digits) if digits.contains('.') => {
            sized(3, digits.trim_end_matches('0').trim_end_matches('.').as_bytes())
        }
        Cell::Decimal(digits) => sized(3, digits.as_bytes()),
        Cell::F64(f) => sized(4, &f.to_bits().to_le_bytes()),
        Cell::Text(text) => sized(5, text.as_bytes()),
        Cell::BrokenText(text) => sized(5, text),
        Cell::Bytes(bytes) => sized(6, bytes),
        Cell::Uuid(uuid) => sized(7, &uuid),
        Cell::Bits(bits, n) => sized(8, &[&n.to_le_bytes(), bits].concat()),
        Cell::Date(days) => sized(9, &days.to_le_bytes()),
        Cell::Time(nanos) => sized(10, &nanos.to_le_bytes()),
        Cell::TimeTz(nanos, offset) => sized(11, &[&nanos.to_le_bytes()[..], &offset.to_le_bytes()].concat()),
        Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => {
            sized(12, &[&days.to_le_bytes()[..], &nanos.to_le_bytes()].concat());
        }
        Cell::Interval(months, days, nanos) => {
            sized(13, &[&months.to_le_bytes()[..], &days.to_le_bytes(), &nanos.to_le_bytes()].concat());
        }
        Cell::Special(special) => sized(14, format!("{special:?}").as_bytes()),
        Cell::U64(n) => sized(15, &n.to_le_bytes()),
        Cell::F32(f) => sized(16, &f.to_le_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::database::Part;
    use super::*;
    use std::fmt::Write;
    use std::sync::Arc;

    /// Rows `from..to` as lines, the last of which is long.
    fn lines(from: usize, to: usize, last: usize) -> String {
        (from..to).fold(String::new(), |mut text, id| {
            let length = if id + 1 == to { last } else { id % 97 * 10 };
            writeln!(text, "INSERT INTO T VALUES({id},'{}')", "x".repeat(length)).unwrap();
            text
        })
    }

    #[test]
    fn blocks_share_out_every_row_once() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let (head, first) = ("SOMETHING ELSE\n", lines(0, 700, 150_000));
        let second = lines(700, 1500, 90_000);
        std::fs::write(&one, format!("{head}{first}INSERT INTO OTHER VALUES(1)\n")).unwrap();
        std::fs::write(&two, &second).unwrap();
        let part = |file: &std::path::Path, from: usize, text: &str| Part {
            file: Arc::from(file),
            from: from as u64,
            to: (from + text.len()) as u64,
            rows: 0,
        };
        let rows = TableRows { parts: vec![part(&one, head.len(), &first), part(&two, 0, &second)] };
        for step in 1..12 {
            let mut seen = Vec::new();
            for from in (0..=rows.bytes() / BLOCK).step_by(step) {
                let blocks = Blocks { from, to: Some(from + step as u64) };
                read_parts(&rows, blocks, usize::MAX, &mut |_, raws| {
                    if let Raw::Bare(id) = raws[0] {
                        seen.push(std::str::from_utf8(id).unwrap().parse::<usize>().unwrap());
                    }
                    Ok(())
                })
                .unwrap();
            }
            assert!(seen.iter().copied().eq(0..1500), "step {step}");
        }
    }
}
