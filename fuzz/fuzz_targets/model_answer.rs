//! What must hold is said in `fuzz/properties/src/model_answer.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_properties::model_answer(data));
