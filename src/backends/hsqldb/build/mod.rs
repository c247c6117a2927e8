//! Builds a new database: structure in memory, rows in segment files beside the target, renamed at the end.

mod checks;
mod claims;
mod encoder;
mod large;
mod numbers;
mod publish;
pub(crate) mod registry;
mod state;
mod target;
mod writer;

pub(crate) use target::open_target;
