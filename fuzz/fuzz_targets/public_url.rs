//! What must hold is said in `fuzz/properties/src/public_url.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::public_url(data));
