//! Log of a built-in database.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("hsqldb_log", data));
