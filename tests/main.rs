//! Integration tests: one binary, one module for each part.

mod mysql; // the MySQL and MariaDB backend against real servers
mod plans; // generated DDL, and that real servers take it
mod postgresql; // the PostgreSQL backend against a real server
mod report; // progress and report rendering
mod settings; // layers, files, environment, faults
