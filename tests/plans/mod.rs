//! Plans of fixture schemas for every target.

mod decisions;
mod fixtures;
mod live;
mod memory;
mod mysql;
mod postgresql;
mod snapshots;
mod versions;
