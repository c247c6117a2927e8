//! JDBC and database URLs.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("jdbc_url", data));
