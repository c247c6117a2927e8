//! The PostgreSQL backend against a real server, which is also the oracle for values.

mod catalog;
mod connect;
mod copy;
mod probe;
mod support;
mod values;
