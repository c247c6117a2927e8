//! Messages of a PostgreSQL server.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("postgresql_session", data));
