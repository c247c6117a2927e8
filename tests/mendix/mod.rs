//! Mendix databases: what their own tables say stays true on every engine.

mod app;
mod around;
mod catalog;
mod findings;
mod plans;
