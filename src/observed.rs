//! A target that tells the observers of each statement before it runs it, and of each chunk after its commit.

use crate::backends::{Claim, Encoder, Reader, Room, Target, TargetInfo, WriteTable, Writer};
use crate::error::Result;
use crate::event::{Event, Observers};
use crate::finding::Finding;
use crate::schema::OtherObject;

/// Wraps a target and every writer that it opens.
pub(crate) fn observed(target: Box<dyn Target>, observers: &Observers) -> Box<dyn Target> {
    Box::new(ObservedTarget { target, observers: observers.clone() })
}

struct ObservedTarget {
    target: Box<dyn Target>,
    observers: Observers,
}

/// What is told beforehand cannot be lost when the run is killed while the server works.
fn announce(observers: &Observers, statement: &str) {
    observers.emit(Event::Statement { sql: statement.to_string() });
}

impl Target for ObservedTarget {
    fn info(&self) -> &TargetInfo {
        self.target.info()
    }

    fn inventory(&mut self) -> Result<Vec<OtherObject>> {
        self.target.inventory()
    }

    fn lock(&mut self) -> Result<Option<String>> {
        self.target.lock()
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        announce(&self.observers, statement);
        self.target.execute(statement)
    }

    fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.target.rows(query)
    }

    fn recover(&mut self) -> Result<()> {
        self.target.recover()
    }

    fn notes(&mut self) -> Vec<Finding> {
        self.target.notes()
    }

    fn open_checker(&mut self) -> Result<Option<Box<dyn Reader>>> {
        self.target.open_checker()
    }

    fn open_writer(&mut self) -> Result<Box<dyn Writer>> {
        let writer = self.target.open_writer()?;
        Ok(Box::new(ObservedWriter { writer, observers: self.observers.clone(), chunk: None }))
    }
}

struct ObservedWriter {
    writer: Box<dyn Writer>,
    observers: Observers,
    /// Table, chunk and epoch of the open transaction.
    chunk: Option<(String, u32, i64)>,
}

impl Writer for ObservedWriter {
    fn encoder(&self, table: &WriteTable) -> Result<Box<dyn Encoder>> {
        self.writer.encoder(table)
    }

    fn begin(&mut self, table: &WriteTable, claim: &Claim) -> Result<()> {
        self.chunk = Some((table.name.clone(), claim.chunk, claim.epoch));
        self.writer.begin(table, claim)
    }

    fn send(&mut self, buffer: &[u8]) -> Result<()> {
        self.writer.send(buffer)
    }

    fn commit(&mut self, rows: u64, hash: Option<u128>) -> Result<()> {
        self.writer.commit(rows, hash)?;
        if let Some((table, chunk, epoch)) = self.chunk.take() {
            self.observers.emit(Event::Chunk { table, chunk, epoch, rows });
        }
        Ok(())
    }

    fn abort(&mut self) {
        self.writer.abort();
    }

    fn recover(&mut self) -> Result<()> {
        self.writer.recover()
    }

    fn is_committed(&mut self, claim: &Claim) -> Result<bool> {
        self.writer.is_committed(claim)
    }

    fn build(&mut self, statement: &str, room: Room) -> Result<()> {
        announce(&self.observers, statement);
        self.writer.build(statement, room)
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        announce(&self.observers, statement);
        self.writer.execute(statement)
    }
}
