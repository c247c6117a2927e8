//! Rows and expressions of MySQL.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("mysql_rows", data));
