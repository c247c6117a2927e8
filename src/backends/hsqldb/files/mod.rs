//! The files of a database.

pub(crate) mod codec;
pub(crate) mod data;
pub(crate) mod lines;
pub(crate) mod lobs;
pub(crate) mod lockfile;
pub(crate) mod pieces;
pub(crate) mod place;
pub(crate) mod properties;
pub(crate) mod spool;
pub(crate) mod tree;
