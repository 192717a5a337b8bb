//! What must hold is said in `fuzz/properties/src/form.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::form(data));
