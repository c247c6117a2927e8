//! An HSQLDB database as source.

use super::build::registry;
use super::files::place::Place;
use super::introspect::{describe, product};
use super::load::database::Database;
use super::model::catalog::PUBLIC;
use super::read::HsqldbReader;
use crate::backends::{Reader, Readers, Source};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Schema;
use std::sync::Arc;

/// The files of one database, opened for reading.
pub(crate) struct HsqldbSource {
    database: Arc<Database>,
    schema: String,
    name: String,
    folder: String,
}

/// Opens the database of an endpoint; one that this process is building is read from its temporary files.
///
/// # Errors
/// `Connect` when there is none or it is in use, `Unsupported` for kinds that are not read.
pub(crate) fn open_source(endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    let schema = endpoint.schema.clone().unwrap_or_else(|| PUBLIC.into());
    let place = Place::of(endpoint)?;
    let folder = std::path::absolute(&place.folder).unwrap_or_default().display().to_string();
    let (name, database) = match registry::building(&place) {
        Some(build) => (build.place.name.clone(), build.snapshot()?),
        None => {
            let place = Place::existing(endpoint)?;
            (place.name.clone(), Database::open(&place)?)
        }
    };
    if schema != PUBLIC && !has_schema(&database, &schema) {
        return Err(Error::new(ErrorKind::Connect, "there is no such schema")
            .object(schema)
            .help("names are compared with case"));
    }
    Ok(Box::new(HsqldbSource { database: Arc::new(database), schema, name, folder }))
}

fn has_schema(database: &Database, schema: &str) -> bool {
    database.catalog.tables.iter().any(|t| t.schema == schema)
}

impl Source for HsqldbSource {
    fn introspect(&mut self) -> Result<Schema> {
        Ok(describe(&self.database, &self.schema, &self.name))
    }

    fn open_readers(&mut self, wanted: usize) -> Result<Readers> {
        let reader = || Box::new(HsqldbReader::new(self.database.clone(), self.schema.clone())) as Box<dyn Reader>;
        let sessions = (0..wanted.max(1)).map(|_| reader()).collect();
        let version = product(&self.database).version;
        Ok(Readers { sessions, point: Some(format!("files of HSQLDB {version}, checked to be unchanged")), note: None })
    }

    fn refresh_positions(&mut self, _schema: &mut Schema) -> Result<()> {
        // Positions are part of the files, which must be the same as before.
        self.database.check_unchanged()
    }

    fn identity(&mut self) -> Result<String> {
        Ok(format!("files {}, schema {}", self.folder, self.schema))
    }

    fn protection(&self) -> String {
        "local files".into()
    }
}
