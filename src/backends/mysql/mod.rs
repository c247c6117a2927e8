//! MySQL and MariaDB: one backend, two dialects.

mod auth;
mod catalog;
mod collation;
mod columns;
mod connect;
mod decode;
mod expr;
mod fault;
mod greeting;
mod keys;
mod probe;
mod read;
mod session;
mod snapshot;
mod split;
mod sql;
mod types;
mod wire;

use super::{Source, Target};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};

pub(crate) fn open_source(endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    Ok(Box::new(read::MySqlSource::open(endpoint)?))
}

pub(crate) fn open_target(_endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    Err(Error::new(ErrorKind::Connect, "being written"))
}
