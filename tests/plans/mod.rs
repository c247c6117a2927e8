//! Plans of fixture schemas for every target.

mod decisions;
mod fixtures;
mod live;
mod mysql;
mod postgresql;
mod snapshots;
