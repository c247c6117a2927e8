//! Rows and numbers of PostgreSQL.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("postgresql_rows", data));
