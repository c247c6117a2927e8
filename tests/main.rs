//! Integration tests, one binary: an index of modules.

/// Plans of fixture schemas for every dialect: snapshots of the statements, run on real servers where there are any.
mod plans;
