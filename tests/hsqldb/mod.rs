//! The built-in database: the real engine writes what we read, and opens what we wrote.

mod damaged;
pub(crate) mod normal;
mod samples;
pub(crate) mod states;
mod versions;
mod written;
