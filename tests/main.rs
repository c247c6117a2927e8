//! Integration tests: one binary, one module for each part.

mod report; // progress and report rendering
mod settings; // layers, files, environment, faults
