//! dbferry copies a whole application database from one DBMS to another and proves that nothing was lost.

pub mod backends;
pub mod calendar;
pub mod cell;
mod dialect;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod finding;
mod net;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod report;
pub mod schema;
pub mod types;

pub use error::{Error, ErrorKind, Result};
pub use finding::{Finding, Severity};
pub use policy::{Conversion, Policies, PolicyKind};
