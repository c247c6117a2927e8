//! Translation of expressions and defaults.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dbferry::fuzzing::run("expression", data));
