//! What can be told of a sound file without listening: its kind, its length, the transcript it carries.

mod id3;
mod ogg;
mod transcript;

use sha2::{Digest, Sha256};

pub(crate) use transcript::transcript;

/// What the first bytes of a file say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Flac,
    Mp3,
    Mp4,
    Ogg,
    Wav,
    WebM,
}

/// The kind of a file, if it is one that OpenAI decodes.
pub(crate) fn kind(bytes: &[u8]) -> Option<Kind> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let is_mpeg = matches!(bytes, [0xFF, second, ..] if second & 0xE0 == 0xE0 && second & 0x06 != 0);
    if at(0, b"fLaC") {
        Some(Kind::Flac)
    } else if at(0, b"OggS") {
        Some(Kind::Ogg)
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        Some(Kind::Wav)
    } else if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        Some(Kind::WebM)
    } else if at(4, b"ftyp") {
        Some(Kind::Mp4)
    } else if at(0, b"ID3") || is_mpeg {
        Some(Kind::Mp3)
    } else {
        None
    }
}

/// How long the sound lasts, in seconds: exact for Ogg/Opus and WAV, a guess from the size otherwise.
pub(crate) fn seconds(bytes: &[u8]) -> f64 {
    let guess = || length(bytes) / 4_000.0;
    match kind(bytes) {
        Some(Kind::Ogg) => ogg::read(bytes).map_or_else(guess, |stream| stream.seconds()),
        Some(Kind::Wav) => {
            match bytes.get(28..32).and_then(|rate| rate.try_into().ok()).map(u32::from_le_bytes) {
                Some(rate) if rate > 0 => (length(bytes) - 44.0).max(0.0) / f64::from(rate),
                _ => guess(),
            }
        }
        _ => guess(),
    }
}

/// By what a file is known again: all of it, and for Ogg/Opus its sound alone, which another container with
/// other tags may carry.
pub(crate) fn fingerprints(bytes: &[u8]) -> Vec<String> {
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let sound = ogg::read(bytes).map(|stream| hash(&stream.sound));
    std::iter::once(hash(bytes)).chain(sound).collect()
}

#[expect(clippy::cast_precision_loss, reason = "no sound file has 2^52 bytes")]
fn length(bytes: &[u8]) -> f64 {
    bytes.len() as f64
}
