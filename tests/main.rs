//! Integration tests: one binary, one module for each part.

mod postgresql; // the PostgreSQL backend against a real server
mod report; // progress and report rendering
mod settings; // layers, files, environment, faults
