//! What the tests stand on: servers, scratch databases, native clients, the real binary, the oracle.

pub(crate) mod catalog;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod dbferry;
pub(crate) mod fixtures;
pub(crate) mod hsqldb;
pub(crate) mod oracle;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod wire;
