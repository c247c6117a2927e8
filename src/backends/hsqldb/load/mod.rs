//! Brings the files of a database together: structure, places of rows, changes of the log, LOBs.

pub(crate) mod database;
mod lobs;
mod log;
mod overlay;
pub(crate) mod rows;
pub(crate) mod scan;
mod session;
