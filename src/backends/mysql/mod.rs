//! mysql.

use super::{Source, Target};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};

pub(crate) fn open_source(_endpoint: &Endpoint) -> Result<Box<dyn Source>> {
    Err(Error::new(ErrorKind::Connect, "being written"))
}

pub(crate) fn open_target(_endpoint: &Endpoint) -> Result<Box<dyn Target>> {
    Err(Error::new(ErrorKind::Connect, "being written"))
}
