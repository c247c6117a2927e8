//! Integration tests: one binary, one module per part of the program.

mod settings; // layers, files, environment, faults
