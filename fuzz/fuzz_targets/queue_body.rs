//! What must hold is said in `fuzz/properties/src/queue_body.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::queue_body(data));
