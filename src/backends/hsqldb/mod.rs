//! HSQLDB, the built-in database of Mendix: its files are read and written without Java.

#[cfg(feature = "benching")]
pub(crate) mod benching;
mod build;
mod fault;
mod files;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod introspect;
mod keys;
mod load;
mod measure;
mod model;
mod probe;
mod read;
mod rows;
mod source;
mod sql;
mod within;

pub(crate) use build::open_target;
pub(crate) use files::place::folder_of;
pub(crate) use source::open_source;
