//! dbferry copies a whole application database from one DBMS to another, fast, and proves that
//! nothing was lost.
//!
//! A run is ten steps with one name each: `settings → connect → introspect → plan → guard → create →
//! transfer → finish → verify → report`. The source is only read, under one point in time; a target
//! that is not empty is refused; a value arrives equal, or the run stops before committing it, or the
//! user asked for the conversion and the report counts it.
//!
//! ```no_run
//! # async fn example() -> Result<(), dbferry::Error> {
//! use dbferry::{Migration, Settings};
//!
//! let settings = Settings::builder()
//!     .set("SourceDatabaseType", "MYSQL")
//!     .set("SourceDatabaseHost", "db1:3306")
//!     .set("SourceDatabaseName", "app")
//!     .set("SourceDatabaseUserName", "reader")
//!     .set("SourceDatabasePassword", "…")
//!     .set("DatabaseType", "POSTGRESQL")
//!     .set("DatabaseHost", "db2:5432")
//!     .set("DatabaseName", "app")
//!     .set("DatabaseUserName", "owner")
//!     .set("DatabasePassword", "…")
//!     .build()?;
//! let report = Migration::new(settings).copy().await?;
//! println!("{} tables", report.tables.len());
//! # Ok(())
//! # }
//! ```

mod ask;
mod audit;
pub mod backends;
#[cfg(feature = "benching")]
#[doc(hidden)]
pub mod benching;
mod bisect;
mod board;
#[cfg(test)]
mod board_test;
pub mod calendar;
mod cancel;
pub mod cell;
mod chunk;
mod clear;
mod compare;
mod conclude;
mod connect;
mod control;
mod convert;
mod copy;
mod decide;
mod dialect;
mod digest;
pub mod endpoint;
pub mod error;
#[cfg(test)]
mod error_test;
pub mod event;
mod failpoint;
pub mod finding;
mod finish;
mod foreign_keys;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod guard;
mod hashed;
mod introspect;
mod lane;
mod large;
mod ledger;
pub mod mendix;
mod migration;
mod net;
mod observed;
mod pace;
pub mod plan;
pub mod policy;
mod pool;
mod portion;
pub mod probe;
pub mod progress;
mod recheck;
pub mod report;
mod resume;
mod retry;
pub mod rewrite;
mod run;
pub mod schema;
pub mod settings;
mod socket;
mod split;
mod spool;
mod transfer;
pub mod types;
mod verify;

pub use cancel::CancelToken;
pub use error::{Error, ErrorKind, Result, Side, Step};
pub use event::{Event, Observer, StepState, TableState, Work};
pub use finding::{Finding, Severity};
pub use migration::Migration;
pub use plan::Plan;
pub use policy::{Conversion, Policies, PolicyKind};
pub use report::{Report, VerifyReport};
pub use settings::Settings;
