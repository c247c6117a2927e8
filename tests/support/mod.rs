//! What the tests stand on: servers, scratch databases, native clients, the real binary, the oracle.

pub(crate) mod account;
pub(crate) mod catalog;
pub(crate) mod certificate;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod dbferry;
pub(crate) mod fake;
pub(crate) mod fixtures;
pub(crate) mod hsqldb;
pub(crate) mod oracle;
pub(crate) mod own;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod tamper;
pub(crate) mod tap;
pub(crate) mod wire;
