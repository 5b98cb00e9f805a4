#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tower_cors_fuzz::manifests::check(bytes));
