//! An HSQLDB database as target.

use super::state::{Build, objects};
use super::writer::SegmentWriter;
use crate::backends::hsqldb::files::place::Place;
use crate::backends::hsqldb::files::properties::{Properties, State};
use crate::backends::hsqldb::introspect::PRODUCT;
use crate::backends::hsqldb::load::database::Database;
use crate::backends::hsqldb::model::catalog::{Catalog, PUBLIC};
use crate::backends::{Reader, Target, TargetInfo, Writer};
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::finding::Finding;
use crate::pool::lock;
use crate::schema::{OtherObject, Product};
use std::sync::Arc;
use std::time::SystemTime;
use xxhash_rust::xxh3::xxh3_64;

/// Version that new files are marked with: every engine from 2.5 on opens them.
const VERSION: (&str, (u32, u32, u32)) = ("2.5.0", (2, 5, 0));

/// The database to be written.
struct HsqldbTarget {
    build: Arc<Build>,
    info: TargetInfo,
}

/// Opens the place of an endpoint; settings, users and functions of a database that is there are kept.
///
/// # Errors
/// `Connect` when an application has it open, or what stops it from being read.
pub(crate) fn open_target(endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    let place = Place::of(endpoint)?;
    let schema = endpoint.schema.clone().unwrap_or_else(|| PUBLIC.into());
    let (properties, catalog) = if place.holds_database() {
        let database = Database::open(&place)?;
        (database.properties, database.catalog)
    } else {
        let properties = Properties { version: VERSION.0.into(), numbers: VERSION.1, state: State::Clean };
        (properties, Catalog::template(&unique_name(&place)))
    };
    let info = TargetInfo {
        product: Product { name: PRODUCT.into(), version: properties.version.clone(), numbers: properties.numbers },
        database: place.name.clone(),
        namespace: Some(schema.clone()),
        protection: "local files".into(),
        ..TargetInfo::default()
    };
    Ok(Box::new(HsqldbTarget { build: Arc::new(Build::new(place, properties, schema, catalog)), info }))
}

/// Ten hex digits that no other database is likely to have.
fn unique_name(place: &Place) -> String {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let seed = format!("{time} {} {}", std::process::id(), place.folder.display());
    format!("{:010X}", xxh3_64(seed.as_bytes()) >> 24)
}

impl Target for HsqldbTarget {
    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn inventory(&mut self) -> Result<Vec<OtherObject>> {
        let found = objects(&lock(&self.build.inner).catalog);
        Ok(found.into_iter().map(|(kind, name)| OtherObject { kind, name }).collect())
    }

    fn lock(&mut self) -> Result<Option<String>> {
        self.build.lock_place()
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        self.build.execute(statement)
    }

    fn rows(&mut self, _query: &str) -> Result<Vec<Vec<Option<String>>>> {
        // Control tables never reach the files: what a stopped run wrote is made anew.
        Ok(Vec::new())
    }

    fn open_writer(&mut self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(SegmentWriter::new(self.build.clone())))
    }

    fn open_checker(&mut self) -> Result<Option<Box<dyn Reader>>> {
        Ok(None) // its files are there when all is done
    }

    fn notes(&mut self) -> Vec<Finding> {
        lock(&self.build.inner).notes.clone()
    }
}
