//! Recordings from `tests/fixtures`, hostile and harmless, through everything that is done without a model.
//! The levels are those that its README gives, measured with other decoders.

mod cut;
mod hostile;
mod recordings;

use bytes::Bytes;
use shared::{domain::media::MediaKind, ports::transcriber::AudioPart};

use super::{AudioFault, split};

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
/// All parts at once.
fn parts_of(kind: MediaKind, bytes: &Bytes, max_part_s: f64) -> Result<Vec<AudioPart>, AudioFault> {
    let mut parts = Vec::new();
    split(kind, bytes, max_part_s, &mut |part| {
        parts.push(part);
        true
    })?;
    Ok(parts)
}
