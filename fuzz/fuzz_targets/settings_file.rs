//! Settings files of every format.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("settings_file", data));
