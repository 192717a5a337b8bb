//! What must hold is said in `fuzz/properties/src/webhook.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::webhook(data));
