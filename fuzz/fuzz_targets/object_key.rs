//! What must hold is said in `fuzz/properties/src/object_key.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::object_key(data));
