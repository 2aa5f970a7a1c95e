//! See `properties::text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::text(data));
