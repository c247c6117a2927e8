//! Opening an in-memory database as source or target.

use super::MemoryDb;
use super::catalog::{inventory, point, product, refresh_positions, schema};
use super::ddl;
use super::read::MemoryReader;
use super::store::State;
use super::write::MemoryWriter;
use crate::backends::{Reader, Readers, Source, Target, TargetInfo, Writer};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{OtherObject, Schema};
use std::sync::Arc;

const PROTECTION: &str = "in memory";

/// Opens a database as source.
///
/// # Errors
/// `Connect` when the endpoint has no database attached.
pub(crate) fn open_source(endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    Ok(Box::new(MemorySource { db: attached(endpoint)?, snapshot: None }))
}

/// Opens a database as target.
///
/// # Errors
/// `Connect` when the endpoint has no database attached.
pub(crate) fn open_target(endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    let db = attached(endpoint)?;
    let session = {
        let mut inner = db.shared.lock();
        inner.sessions += 1;
        inner.sessions
    };
    let info = TargetInfo {
        product: product(),
        database: db.shared.name.clone(),
        protection: PROTECTION.into(),
        ..TargetInfo::default()
    };
    Ok(Box::new(MemoryTarget { db, session, info }))
}

fn attached(endpoint: &Endpoint) -> Result<MemoryDb> {
    endpoint.memory.clone().ok_or_else(|| {
        Error::new(ErrorKind::Connect, "no in-memory database is attached")
            .help("use the endpoint that MemoryDb::endpoint returns; settings in files cannot name one")
    })
}

struct MemorySource {
    db: MemoryDb,
    /// What the readers see, once they are open.
    snapshot: Option<Arc<State>>,
}

impl Source for MemorySource {
    fn introspect(&mut self) -> Result<Schema> {
        let state = self.snapshot.clone().unwrap_or_else(|| self.db.shared.state());
        Ok(schema(&self.db.shared.name, &state))
    }

    fn open_readers(&mut self, wanted: usize) -> Result<Readers> {
        let state = self.db.shared.state();
        let reader = || Box::new(MemoryReader::new(state.clone())) as Box<dyn Reader>;
        let readers = Readers {
            sessions: (0..wanted.max(1)).map(|_| reader()).collect(),
            point: Some(point(&state)),
            note: None,
        };
        self.snapshot = Some(state);
        Ok(readers)
    }

    fn refresh_positions(&mut self, schema: &mut Schema) -> Result<()> {
        refresh_positions(&self.db.shared.state(), schema);
        Ok(())
    }

    fn identity(&mut self) -> Result<String> {
        Ok(format!("memory {}", self.db.shared.name))
    }

    fn protection(&self) -> String {
        PROTECTION.into()
    }
}

struct MemoryTarget {
    db: MemoryDb,
    session: u64,
    info: TargetInfo,
}

impl Target for MemoryTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn inventory(&mut self) -> Result<Vec<OtherObject>> {
        Ok(inventory(&self.db.shared.state()))
    }

    fn lock(&mut self) -> Result<Option<String>> {
        let holder = *self.db.shared.lock().holder.get_or_insert(self.session);
        Ok((holder != self.session).then(|| format!("session {holder} of this process")))
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        ddl::execute(&self.db.shared, statement)
    }

    fn rows(&mut self, _query: &str) -> Result<Vec<Vec<Option<String>>>> {
        Err(Error::new(ErrorKind::Introspect, "a run into a database in memory cannot go on")
            .help("start again with an empty one"))
    }

    fn open_writer(&mut self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(MemoryWriter::new(self.db.clone())))
    }

    fn open_checker(&mut self) -> Result<Option<Box<dyn Reader>>> {
        Ok(Some(Box::new(MemoryReader::live(self.db.clone()))))
    }
}

impl Drop for MemoryTarget {
    fn drop(&mut self) {
        let mut inner = self.db.shared.lock();
        if inner.holder == Some(self.session) {
            inner.holder = None;
        }
    }
}
