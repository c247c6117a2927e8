//! MySQL and MariaDB: one backend, two dialects.

mod auth;
#[cfg(feature = "benching")]
pub(crate) mod benching;
mod catalog;
mod collation;
mod columns;
mod connect;
mod decode;
mod encode;
mod expr;
mod fault;
mod fields;
mod form;
mod format;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod grants;
mod greeting;
mod insert;
#[cfg(test)]
mod insert_test;
mod keys;
mod probe;
mod read;
mod session;
mod shapes;
mod snapshot;
mod split;
mod sql;
mod target;
mod types;
mod value;
mod wire;
mod write;

use super::{Source, Target};
use crate::endpoint::Endpoint;
use crate::error::Result;

pub(crate) fn open_source(endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    Ok(Box::new(read::MySqlSource::open(endpoint)?))
}

pub(crate) fn open_target(endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    Ok(Box::new(target::MySqlTarget::open(endpoint)?))
}
