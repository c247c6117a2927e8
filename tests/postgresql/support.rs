//! A private database on the test server, and rows on their way from one table to another.

use dbferry::backends::{Claim, Range, ReadColumn, ReadTable, Reader, Source, SpliceFormat, Target, Writer};
use dbferry::backends::{Encoder, WriteColumn, WriteTable, find};
use dbferry::cell::{Cell, FrameSink, RowSink};
use dbferry::endpoint::{Endpoint, Engine, Secret};
use dbferry::schema::{Column, Table};
use dbferry::{Error, Result};

/// The server that the tests may use, or `None` with the reason printed.
pub(crate) fn server() -> Option<Endpoint> {
    let Ok(url) = std::env::var("DBFERRY_TEST_POSTGRESQL_URL") else {
        eprintln!("skipped: DBFERRY_TEST_POSTGRESQL_URL is not set");
        return None;
    };
    let (login, place) = url.split_once("://").unwrap().1.rsplit_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let (host, database) = place.split_once('/').unwrap();
    let (host, port) = host.rsplit_once(':').unwrap();
    let mut endpoint = Endpoint::new(Engine::PostgreSql, host, port.parse().unwrap(), database);
    endpoint.user = user.to_string();
    endpoint.password = Secret::new(password);
    Some(endpoint)
}

/// A database that lives as long as its test.
pub(crate) struct Db {
    pub(crate) endpoint: Endpoint,
    server: Endpoint,
}

impl Db {
    pub(crate) fn create(name: &str) -> Option<Db> {
        let server = server()?;
        let mut endpoint = server.clone();
        endpoint.database = format!("pg_{name}_{}", std::process::id());
        target(&server).execute(&format!("CREATE DATABASE {}", endpoint.database)).unwrap();
        Some(Db { endpoint, server })
    }

    pub(crate) fn with_schema(&self, schema: &str) -> Endpoint {
        Endpoint { schema: Some(schema.to_string()), ..self.endpoint.clone() }
    }

    pub(crate) fn run(&self, sql: &str) {
        target(&self.endpoint).execute(sql).unwrap();
    }

    /// Fails unless the condition holds on the server.
    pub(crate) fn holds(&self, condition: &str) {
        self.run(&format!("DO $do$ BEGIN ASSERT ({condition}), 'the condition does not hold'; END $do$"));
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        let _ = target(&self.server).execute(&format!("DROP DATABASE {} WITH (FORCE)", self.endpoint.database));
    }
}

pub(crate) fn source(endpoint: &Endpoint) -> Box<dyn Source> {
    (find(Engine::PostgreSql).unwrap().open_source)(endpoint).unwrap()
}

pub(crate) fn target(endpoint: &Endpoint) -> Box<dyn Target> {
    (find(Engine::PostgreSql).unwrap().open_target)(endpoint).unwrap()
}

pub(crate) fn reader(source: &mut dyn Source) -> Box<dyn Reader> {
    source.open_readers(1).unwrap().sessions.remove(0)
}

/// The control tables that a chunk needs.
pub(crate) const CONTROL: &str = "CREATE TABLE dbferry_run (epoch bigint); INSERT INTO dbferry_run VALUES (1); \
    CREATE TABLE dbferry_chunk (epoch bigint NOT NULL, table_no integer NOT NULL, chunk_no integer NOT NULL, \
    chunk_range text NOT NULL, row_count bigint NOT NULL, row_hash text, PRIMARY KEY (table_no, chunk_no))";

pub(crate) fn claim(chunk: u32) -> Claim {
    Claim { epoch: 1, table: 0, chunk, range: "it's all".to_string() }
}

pub(crate) fn read_table(table: &Table, splice: Option<SpliceFormat>) -> ReadTable {
    let column = |c: &Column| ReadColumn { name: c.name.clone(), ty: c.ty.clone(), as_text: false };
    let key = table.primary_key.iter().flat_map(|k| &k.columns).filter_map(|name| table.column(name));
    ReadTable {
        name: table.name.clone(),
        columns: table.columns.iter().map(column).collect(),
        key: key.map(column).collect(),
        key_order: false,
        splice,
        bytes_estimate: table.bytes_estimate,
        rows_estimate: table.rows_estimate,
    }
}

pub(crate) fn write_table(table: &Table, splice: Option<SpliceFormat>) -> WriteTable {
    let column = |c: &Column| WriteColumn { name: c.name.clone(), ty: c.ty.clone(), native: c.native.clone() };
    WriteTable { name: table.name.clone(), columns: table.columns.iter().map(column).collect(), splice }
}

/// Sends what an encoder makes, or frames, to a writer.
pub(crate) struct Pipe<'a> {
    pub(crate) encoder: Box<dyn Encoder>,
    pub(crate) writer: &'a mut dyn Writer,
}

impl RowSink for Pipe<'_> {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.encoder.cell(cell)
    }

    fn end_row(&mut self) -> Result<()> {
        self.encoder.end_row()?;
        if self.encoder.len() > 1000 {
            let buffer = self.encoder.take(Vec::new());
            self.writer.send(&buffer)?;
        }
        Ok(())
    }
}

impl FrameSink for Pipe<'_> {
    fn frame(&mut self, frame: &[u8]) -> Result<()> {
        self.writer.send(frame)
    }
}

/// Copies ranges of a table, each as a chunk; the number of rows.
pub(crate) fn copy(
    reader: &mut dyn Reader,
    writer: &mut dyn Writer,
    table: &Table,
    splice: Option<SpliceFormat>,
    ranges: &[Range],
) -> Result<u64> {
    let (read, write) = (read_table(table, splice), write_table(table, splice));
    let mut total = 0;
    for (number, range) in (0..).zip(ranges) {
        writer.begin(&write, &claim(number))?;
        let mut pipe = Pipe { encoder: writer.encoder(&write)?, writer };
        let rows = match splice {
            None => reader.read(&read, range, &mut pipe),
            Some(_) => reader.read_frames(&read, range, &mut pipe),
        };
        let rest = pipe.encoder.take(Vec::new());
        match rows.and_then(|rows| writer.send(&rest).map(|()| rows)) {
            Ok(rows) => {
                writer.commit(rows, None)?;
                total += rows;
            }
            Err(error) => {
                writer.abort();
                return Err(error);
            }
        }
    }
    Ok(total)
}

/// Cells of all rows, in a form that can be compared and printed.
#[derive(Default)]
pub(crate) struct Rows(pub(crate) Vec<Vec<String>>, Vec<String>);

impl RowSink for Rows {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.1.push(match cell {
            Cell::Null => "NULL".to_string(),
            Cell::Bool(b) => b.to_string(),
            Cell::I64(n) => n.to_string(),
            Cell::Decimal(text) | Cell::Text(text) => text.to_string(),
            Cell::F32(n) => n.to_string(),
            Cell::F64(n) => n.to_string(),
            Cell::Bytes(bytes) => format!("{bytes:?}"),
            Cell::Date(days) => format!("date {days}"),
            Cell::Timestamp(days, nanos) | Cell::Instant(days, nanos) => format!("{days} {nanos}"),
            other => other.kind().to_string(),
        });
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        self.0.push(std::mem::take(&mut self.1));
        Ok(())
    }
}

/// Refuses every row.
pub(crate) struct Refuse;

impl RowSink for Refuse {
    fn cell(&mut self, _: Cell<'_>) -> Result<()> {
        Err(Error::new(dbferry::ErrorKind::Cancelled, "stop"))
    }

    fn end_row(&mut self) -> Result<()> {
        Ok(())
    }
}
