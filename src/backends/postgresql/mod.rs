//! PostgreSQL as source and target, over a small wire client of our own.

mod auth;
#[cfg(feature = "benching")]
pub(crate) mod benching;
mod catalog;
mod connect;
mod copy_out;
mod decode;
mod encode;
mod fault;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod numeric;
mod probe;
mod quote;
mod read;
mod session;
mod sort;
mod split;
mod types;
mod wire;
mod write;

pub(crate) use read::open as open_source;
pub(crate) use write::open as open_target;
