//! The MySQL and MariaDB backend against real servers, with their native client as oracle.

mod catalog;
mod connect;
mod load;
mod probe;
mod snapshot;
mod values;

use dbferry::backends::{Claim, ReadColumn, ReadTable, Reader, Source, Target, WriteColumn, WriteTable, Writer, find};
use dbferry::cell::{Cell, RowSink};
use dbferry::endpoint::{Endpoint, Engine, Secret};
use dbferry::error::Result;
use dbferry::schema::{Schema, Table};
use dbferry::types::Type;
use std::io::Write;
use std::process::{Command, Stdio};

/// A server of the test environment.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) product: &'static str,
    pub(crate) endpoint: Endpoint,
    client: String,
}

/// The servers that the environment names; says which are missing.
pub(crate) fn servers() -> Vec<Server> {
    [server("MARIADB", "MariaDB"), server("MYSQL", "MySQL")].into_iter().flatten().collect()
}

pub(crate) fn server(variable: &str, product: &'static str) -> Option<Server> {
    let (url, client) = (format!("DBFERRY_TEST_{variable}_URL"), format!("DBFERRY_TEST_{variable}_CLIENT"));
    let (Ok(url), Ok(client)) = (std::env::var(&url), std::env::var(client)) else {
        eprintln!("skipped: {url} is not set");
        return None;
    };
    let rest = url.strip_prefix("mysql://")?;
    let (account, place) = rest.rsplit_once('@')?;
    let (user, password) = account.split_once(':')?;
    let (host, port) = place.trim_end_matches('/').rsplit_once(':')?;
    let mut endpoint = Endpoint::new(Engine::MySql, host, port.parse().ok()?, "");
    endpoint.user = user.to_string();
    endpoint.password = Secret::new(password);
    Some(Server { product, endpoint, client })
}

impl Server {
    /// The endpoint of one database.
    pub(crate) fn database(&self, name: &str) -> Endpoint {
        Endpoint { database: name.to_string(), ..self.endpoint.clone() }
    }

    /// Runs statements in the native client and returns what it prints, one row a line.
    pub(crate) fn native(&self, database: &str, statements: &str) -> String {
        let mut child = Command::new(&self.client)
            .args(["-N", "-B", "--default-character-set=utf8mb4", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(statements.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "the native client failed");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A fresh database with the control table.
    pub(crate) fn fresh(&self, name: &str) {
        self.native("", &format!("DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}` CHARACTER SET utf8mb4;"));
    }

    pub(crate) fn control_table(&self, database: &str) {
        self.native(
            database,
            "CREATE TABLE dbferry_run (epoch bigint); INSERT INTO dbferry_run VALUES (1); \
             CREATE TABLE dbferry_chunk (epoch bigint NOT NULL, table_no int NOT NULL, chunk_no int NOT NULL, \
             chunk_range text, row_count bigint, row_hash varchar(32), PRIMARY KEY (table_no, chunk_no));",
        );
    }

    pub(crate) fn drop(&self, name: &str) {
        self.native("", &format!("DROP DATABASE IF EXISTS `{name}`;"));
    }

    pub(crate) fn is_mariadb(&self) -> bool {
        self.product == "MariaDB"
    }
}

pub(crate) fn source(endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    (find(Engine::MySql).unwrap().open_source)(endpoint)
}

pub(crate) fn target(endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    (find(Engine::MySql).unwrap().open_target)(endpoint)
}

pub(crate) fn schema(endpoint: &Endpoint) -> Schema {
    source(endpoint).unwrap().introspect().unwrap()
}

pub(crate) fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.tables.iter().find(|t| t.name == name).unwrap()
}

/// How a plan between two databases of this engine would read and write a table.
pub(crate) fn plan(table: &Table) -> (ReadTable, WriteTable) {
    let copied = || table.columns.iter().filter(|c| c.generated.is_none());
    let read = |c: &dbferry::schema::Column| ReadColumn {
        name: c.name.clone(),
        ty: c.ty.clone(),
        as_text: matches!(c.ty, Type::Native { .. }),
    };
    let key = table.primary_key.iter().flat_map(|k| &k.columns).filter_map(|name| table.column(name)).map(read);
    let read = ReadTable {
        name: table.name.clone(),
        columns: copied().map(read).collect(),
        key: key.collect(),
        key_order: true,
        splice: None,
        bytes_estimate: table.bytes_estimate,
        rows_estimate: table.rows_estimate,
    };
    let write =
        |c: &dbferry::schema::Column| WriteColumn { name: c.name.clone(), ty: c.ty.clone(), native: c.native.clone() };
    let write = WriteTable { name: table.name.clone(), columns: copied().map(write).collect(), splice: None };
    (read, write)
}

pub(crate) fn claim(chunk: u32) -> Claim {
    Claim { epoch: 1, table: 0, chunk, range: "all 'of' it".to_string() }
}

/// Hands full buffers on to a writer while rows come in.
pub(crate) struct Pump<'a> {
    pub(crate) encoder: Box<dyn dbferry::backends::Encoder>,
    pub(crate) writer: &'a mut dyn Writer,
}

impl RowSink for Pump<'_> {
    fn cell(&mut self, cell: Cell<'_>) -> Result<()> {
        self.encoder.cell(cell)
    }

    fn end_row(&mut self) -> Result<()> {
        self.encoder.end_row()?;
        if self.encoder.len() > 256 * 1024 {
            self.writer.send(&self.encoder.take(Vec::new()))?;
        }
        Ok(())
    }
}

/// Copies one table through reader, encoder and writer; returns the rows.
pub(crate) fn copy(
    reader: &mut dyn Reader,
    writer: &mut dyn Writer,
    read: &ReadTable,
    write: &WriteTable,
    bytes: u64,
) -> u64 {
    let mut total = 0;
    for (at, range) in reader.split(read, bytes).unwrap().iter().enumerate() {
        writer.begin(write, &claim(at as u32)).unwrap();
        let encoder = writer.encoder(write).unwrap();
        let mut pump = Pump { encoder, writer };
        let rows = reader.read(read, range, &mut pump).unwrap();
        let rest = pump.encoder.take(Vec::new());
        writer.send(&rest).unwrap();
        writer.commit(rows, None).unwrap();
        total += rows;
    }
    total
}
