//! In-memory source and target.

use super::{Source, Target};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};

/// A database in memory, shared between endpoints.
#[derive(Clone, Debug, Default)]
pub struct MemoryDb {}

pub(crate) fn open_source(_endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    Err(Error::new(ErrorKind::Connect, "no in-memory database is attached"))
}

pub(crate) fn open_target(_endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    Err(Error::new(ErrorKind::Connect, "no in-memory database is attached"))
}
