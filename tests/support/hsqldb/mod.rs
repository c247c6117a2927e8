//! The real HSQLDB engine: a Java program for single calls, and a client that stays up for the suite.

pub(crate) mod engine;
pub(crate) mod resident;
pub(crate) mod words;
