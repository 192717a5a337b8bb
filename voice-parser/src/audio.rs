//! What a recording is, how it sounds, whether it is worth listening to, and how a long one is cut: pure
//! functions over the bytes of a file. Nothing here reads a file, a clock or a network, and no bytes, however
//! hostile, make it panic; a fault is an [`AudioFault`].
//!
//! The order of use: [`sniff()`] the bytes, [`measure()`] them, ask the [`gate()`] about the figures,
//! [`split()`] what is longer than the model takes, and look at the transcript with [`is_invented`]. `measure`
//! and `split` decode (some 4 s of one core for an hour of speech): call them where blocking is allowed.
//!
//! To add a format: 1. its magic bytes in `sniff/`; 2. its decoder in `decode/`; 3. a fixture and its row in
//! the tests of `measure`.

mod amr;
mod decode;
mod figures;
mod gate;
mod hallucination;
mod levels;
mod measure;
mod ogg_stream;
mod sniff;
mod split;

use shared::domain::media::MediaKind;

pub use figures::FigureMeter;
pub use gate::{Gate, gate};
pub use hallucination::is_invented;
pub use measure::{Measured, measure};
pub use ogg_stream::{OggFault, OpusHead, OpusPacket, OpusReader};
pub use sniff::{agrees, sniff};
pub use split::{Give, MAX_UPLOAD_BYTES, split};

/// The longest recording that is decoded, in seconds: 61 minutes. Longer ones are refused before they cost.
pub const MAX_DURATION_S: f64 = 61.0 * 60.0;

/// Why a file gives no figures and no parts. None of them is cured by trying again.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum AudioFault {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// The bytes are not what they begin as, or not sound at all. The kind is the sniffed one.
    #[error("the file cannot be decoded as {}", .0.extension())]
    Undecodable(MediaKind),
    /// The file ends before its first sound.
    #[error("the file ends before its first sound")]
    Truncated,
    /// A recording that neither we nor the model can decode.
    #[error("recordings of the kind {} are not understood", .kind.extension())]
    NotTranscribable {
        /// What it is.
        kind: MediaKind,
        /// Its length as its container or its frames tell it.
        duration_s: Option<f64>,
    },
    /// Longer than [`MAX_DURATION_S`].
    #[error("the recording is longer than an hour")]
    TooLong,
}

#[cfg(test)]
mod tests;
