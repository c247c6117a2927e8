//! Brings the files of a database together: structure, places of rows, changes of the log, LOBs.

pub(crate) mod database;
mod lobs;
mod log;
mod overlay;
mod scan;
pub(crate) mod rows;
mod session;
