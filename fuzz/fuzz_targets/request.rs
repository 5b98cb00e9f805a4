#![no_main]

use tower_cors_fuzz::request::{Case, check};

libfuzzer_sys::fuzz_target!(|case: Case| check(&case));
