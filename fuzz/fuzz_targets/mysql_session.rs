//! Packets of a MySQL server.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("mysql_session", data));
