//! The structure of a database: read from DDL, changed by DDL, written as DDL.

mod alter;
pub(crate) mod catalog;
mod create;
pub(crate) mod render;
pub(crate) mod statement;
pub(crate) mod types;
