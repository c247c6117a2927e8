//! Writing rows: the encoder checks and serialises them, the writer stores them with their claim.

use super::fits::fit;
use super::keys::check_all;
use super::store::{Segment, State, damaged, decode};
use super::wire::{HEADER, put, rows};
use super::{MemoryDb, close_row, ddl, put_row};
use crate::backends::{Claim, Encoder, WriteTable, Writer};
use crate::cell::{Cell, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Column, Table};
use crate::types::Type;
use std::sync::Arc;

/// Where claims are kept.
pub(super) const CLAIMS: &str = "dbferry_chunk";

/// A loading session.
pub(super) struct MemoryWriter {
    db: MemoryDb,
    chunk: Option<Chunk>,
}

/// A chunk under way.
struct Chunk {
    table: String,
    claim: Claim,
    /// For each column of the table its position in what is sent, unless both have one order.
    order: Option<Vec<Option<usize>>>,
    segments: Vec<Arc<Segment>>,
}

impl MemoryWriter {
    pub(super) fn new(db: MemoryDb) -> Self {
        MemoryWriter { db, chunk: None }
    }
}

impl Writer for MemoryWriter {
    fn encoder(&self, table: &WriteTable) -> Result<Box<dyn Encoder>> {
        let state = self.db.shared.state();
        let schema = &state.table(&table.name, ErrorKind::Write)?.schema;
        let columns = table.columns.iter().map(|column| target_column(schema, &column.name).map(EncodedColumn::new));
        Ok(Box::new(RowEncoder::new(columns.collect::<Result<_>>()?)))
    }

    fn begin(&mut self, table: &WriteTable, claim: &Claim) -> Result<()> {
        let state = self.db.shared.state();
        let schema = &state.table(&table.name, ErrorKind::Write)?.schema;
        if table.splice.is_some() {
            return Err(Error::new(ErrorKind::Write, "a database in memory takes no spliced rows")
                .object(table.name.clone())
                .help("this is a fault of dbferry's plan; please report it"));
        }
        let chunk = Chunk {
            table: table.name.clone(),
            claim: claim.clone(),
            order: order(schema, table)?,
            segments: Vec::new(),
        };
        // Claimed for good only at commit, but a chunk that is there already is refused at once.
        insert_claim(&mut State::clone(&state), &chunk.claim, 0)?;
        self.chunk = Some(chunk);
        Ok(())
    }

    fn send(&mut self, buffer: &[u8]) -> Result<()> {
        let chunk = self.chunk.as_mut().ok_or_else(no_chunk)?;
        let reordered = chunk.order.as_ref().map(|order| reorder(buffer, order)).transpose()?;
        let segment = match reordered {
            Some(buffer) => Segment::new(buffer),
            None => Segment::new(buffer),
        };
        chunk.segments.push(Arc::new(segment.ok_or_else(damaged)?));
        Ok(())
    }

    fn commit(&mut self, rows: u64, _hash: Option<u128>) -> Result<()> {
        let chunk = self.chunk.take().ok_or_else(no_chunk)?;
        let taken: u64 = chunk.segments.iter().map(|s| s.rows()).sum();
        if taken != rows {
            let what = format!("{taken} rows arrived, but {rows} were sent");
            return Err(Error::new(ErrorKind::Write, what).object(chunk.table));
        }
        self.db.shared.change(|state| {
            insert_claim(state, &chunk.claim, rows)?;
            append(state, &chunk.table, chunk.segments)
        })
    }

    fn is_committed(&mut self, _claim: &Claim) -> Result<bool> {
        Ok(false)
    }

    fn abort(&mut self) {
        self.chunk = None;
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        ddl::execute(&self.db.shared, statement)
    }
}

fn no_chunk() -> Error {
    Error::new(ErrorKind::Write, "rows were sent outside of a chunk")
        .help("this is a fault of dbferry; please report it")
}

fn target_column<'a>(schema: &'a Table, name: &str) -> Result<&'a Column> {
    schema.column(name).ok_or_else(|| {
        Error::new(ErrorKind::Write, "there is no such column").object(format!("{}.{name}", schema.name))
    })
}

/// Where each column of the table comes from.
fn order(schema: &Table, table: &WriteTable) -> Result<Option<Vec<Option<usize>>>> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    names.iter().try_for_each(|name| target_column(schema, name).map(drop))?;
    column_order(schema, &names)
}

/// Where each column of the table comes from, if `names` are others or in another order.
pub(super) fn column_order(schema: &Table, names: &[&str]) -> Result<Option<Vec<Option<usize>>>> {
    if schema.columns.iter().map(|c| c.name.as_str()).eq(names.iter().copied()) {
        return Ok(None);
    }
    let order = schema.columns.iter().map(|column| {
        let at = names.iter().position(|name| *name == column.name);
        if at.is_none() && column.generated.is_none() && (!column.nullable || column.default.is_some()) {
            return Err(Error::new(
                ErrorKind::Write,
                "no value is written to this column, and defaults are not computed",
            )
            .object(format!("{}.{}", schema.name, column.name)));
        }
        Ok(at)
    });
    order.collect::<Result<_>>().map(Some)
}

/// The rows of a buffer with their cells in the table's order, NULL where there is none.
pub(super) fn reorder(buffer: &[u8], order: &[Option<usize>]) -> Result<Vec<u8>> {
    let width = order.iter().flatten().count();
    let (mut out, mut cells) = (Vec::with_capacity(buffer.len() + buffer.len() / 8), Vec::new());
    for row in rows(buffer) {
        row.and_then(|row| decode(row, width, &mut cells)).ok_or_else(damaged)?;
        put_row(order.iter().map(|at| at.map_or(Cell::Null, |at| cells[at])), &mut out)?;
    }
    Ok(out)
}

/// Adds rows to a table, which must then still satisfy its keys.
pub(super) fn append(state: &mut State, table: &str, segments: Vec<Arc<Segment>>) -> Result<()> {
    let stored = state
        .tables
        .get_mut(table)
        .ok_or_else(|| Error::new(ErrorKind::Write, "there is no such table").object(table))?;
    Arc::make_mut(stored).segments.extend(segments);
    check_all(state, table, ErrorKind::Write)
}

/// Inserts a claim; its primary key is the fence against a second one.
fn insert_claim(state: &mut State, claim: &Claim, rows: u64) -> Result<()> {
    let schema = state.table(CLAIMS, ErrorKind::Write)?.schema.clone();
    let columns: [(&str, Cell<'_>); 5] = [
        ("epoch", Cell::I64(claim.epoch)),
        ("table_no", Cell::I64(i64::from(claim.table))),
        ("chunk_no", Cell::I64(i64::from(claim.chunk))),
        ("chunk_range", Cell::Text(&claim.range)),
        ("row_count", Cell::I64(i64::try_from(rows).unwrap_or(i64::MAX))),
    ];
    insert(state, &schema, &columns.map(|(name, _)| name), &columns.map(|(_, cell)| cell))
        .map_err(|error| error.object(CLAIMS))
}

/// Inserts one row.
pub(super) fn insert(state: &mut State, schema: &Table, names: &[&str], cells: &[Cell<'_>]) -> Result<()> {
    let columns = names.iter().map(|name| target_column(schema, name).map(EncodedColumn::new));
    let mut encoder = RowEncoder::new(columns.collect::<Result<_>>()?);
    cells.iter().try_for_each(|cell| encoder.cell(*cell))?;
    encoder.end_row()?;
    let buffer = match column_order(schema, names)? {
        Some(order) => reorder(&encoder.buffer, &order)?,
        None => encoder.buffer,
    };
    let segment = Segment::new(buffer).ok_or_else(damaged)?;
    append(state, &schema.name, vec![Arc::new(segment)])
}

struct EncodedColumn {
    name: String,
    ty: Type,
    nullable: bool,
}

impl EncodedColumn {
    fn new(column: &Column) -> Self {
        EncodedColumn { name: column.name.clone(), ty: column.ty.clone(), nullable: column.nullable }
    }
}

/// Checks cells against their columns and serialises them.
struct RowEncoder {
    columns: Vec<EncodedColumn>,
    at: usize,
    row: usize,
    buffer: Vec<u8>,
}

impl RowEncoder {
    fn new(columns: Vec<EncodedColumn>) -> Self {
        RowEncoder { columns, at: 0, row: 0, buffer: Vec::new() }
    }

    fn open_row(&mut self) {
        self.row = self.buffer.len();
        self.buffer.extend_from_slice(&[0; HEADER]);
    }
}

impl RowSink for RowEncoder {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        if self.at == 0 {
            self.open_row();
        }
        let Some(column) = self.columns.get(self.at) else { return Err(wrong_width(self.columns.len())) };
        if matches!(cell, Cell::Null) && !column.nullable {
            return Err(Error::new(ErrorKind::Value, "NULL does not fit a NOT NULL column").object(column.name.clone()));
        }
        let cell = fit(&column.ty, cell).map_err(|why| refused(column, why))?;
        put(cell, &mut self.buffer);
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        if self.at != self.columns.len() {
            return Err(wrong_width(self.columns.len()));
        }
        if self.at == 0 {
            self.open_row();
        }
        self.at = 0;
        close_row(self.row, &mut self.buffer)
    }
}

#[cold]
fn refused(column: &EncodedColumn, why: String) -> Error {
    Error::new(ErrorKind::Value, why).object(column.name.clone())
}

#[cold]
fn wrong_width(columns: usize) -> Error {
    Error::new(ErrorKind::Write, format!("a row has more or fewer cells than its {columns} columns"))
        .help("this is a fault of dbferry; please report it")
}

impl Encoder for RowEncoder {
    fn len(&self) -> usize {
        self.buffer.len()
    }

    fn take(&mut self, fresh: Vec<u8>) -> Vec<u8> {
        std::mem::replace(&mut self.buffer, fresh)
    }
}
