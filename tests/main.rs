//! Integration tests: one binary, one module for each part.

mod cli; // the command line as a user meets it: refusals, messages, exit codes, secrets
mod docs; // README's generated tables
mod faults; // runs that are killed, cut off and resumed
mod hsqldb; // the built-in database against its real engine
mod memory; // whole copies without a server
mod mendix; // Mendix databases: names, positions and tables that only they have
mod mysql; // the MySQL and MariaDB backend against real servers
mod plans; // generated DDL, and that real servers take it
mod postgresql; // the PostgreSQL backend against a real server
mod quickstart; // the README's first command, and the real engine on both its databases
mod report; // progress and report rendering
mod settings; // layers, files, environment, faults
mod suite; // the conformance suite: what must hold for every ordered pair of servers
mod support; // servers, scratch databases, native clients, the real binary, the oracle
