//! From a file to its figures, in one pass over its sound.

use bytes::Bytes;
use shared::domain::{
    media::{AudioFigures, MediaKind},
    outline::Outline,
};

use super::{AudioFault, FigureMeter, decode::decode};

/// A recording that could be decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What it is.
    pub kind: MediaKind,
    /// How it sounds.
    pub figures: AudioFigures,
    /// How loud it is from moment to moment.
    pub outline: Outline,
    /// The file was cut off or damaged: the figures are of what is left of it.
    pub incomplete: bool,
}

/// Decodes a recording of the sniffed kind and measures it. Takes about 1 ms of one core for a second of
/// speech and, beside the bytes, less than 2 MB for an hour.
///
/// # Errors
/// [`AudioFault`]. A recording of no samples at all is no fault: its duration is 0.
pub fn measure(kind: MediaKind, bytes: &Bytes) -> Result<Measured, AudioFault> {
    let mut meter: Option<FigureMeter> = None;
    let decoded = decode(kind, bytes, &mut |samples: &[i16], rate: u32| {
        meter.get_or_insert_with(|| FigureMeter::new(rate)).push(samples);
    })?;
    let (figures, outline) = meter.map(FigureMeter::finish).unwrap_or_default();
    Ok(Measured { kind, figures, outline, incomplete: decoded.incomplete })
}
