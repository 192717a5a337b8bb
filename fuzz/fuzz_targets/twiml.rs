//! What must hold is said in `fuzz/properties/src/twiml.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::twiml(data));
