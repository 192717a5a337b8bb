//! Recordings from `tests/fixtures`, hostile and harmless, through everything that is done without a model.
//! The levels are those that its README gives, measured with other decoders.

mod cut;
mod hostile;
mod recordings;

use bytes::Bytes;

/// A file of the fixtures.
fn fixture(name: &str) -> Bytes {
    let path = format!("{}/../tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    Bytes::from(std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn audio(name: &str) -> Bytes {
    fixture(&format!("audio/{name}"))
}

/// Decibels against full scale.
fn dbfs(value: f64) -> f64 {
    20.0 * (value / 32_768.0).log10()
}

fn near(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{what}: {value} is not {expected} ± {tolerance}");
}
