//! Cuts a recording that is longer, or larger, than the model takes into parts that it takes, at pauses. The
//! parts follow each other without overlap and without a gap.
//!
//! Ogg/Opus is cut between packets and written anew without decoding it into anything else; other kinds
//! become WAV. What the model takes as it is stays as it is.

mod ogg_parts;
mod opus_tags;
mod pause;
mod wav_parts;

use bytes::Bytes;
use shared::{domain::media::MediaKind, ports::transcriber::AudioPart};

use super::{
    AudioFault,
    decode::decode,
    ogg_stream::{OggFault, OpusReader},
};

/// The largest file that OpenAI's transcription takes: 25 MiB (platform.openai.com, speech to text).
pub const MAX_UPLOAD_BYTES: usize = 26_214_400;

/// The largest part that is made, with room for the form around it.
const MAX_PART_BYTES: usize = 24 * 1_024 * 1_024;

/// The shortest cap that is honoured, in seconds.
const MIN_PART_S: f64 = 1.0;

/// Takes a part, possibly waiting until there is room for it; answers whether further ones are wanted.
pub type Give<'a> = &'a mut dyn FnMut(AudioPart) -> bool;

/// The parts of a recording of the sniffed kind, in their order: each of at most `max_part_s` seconds (at
/// least one) and of less than 25 MiB. A recording that fits is given as it is, sharing its bytes. Parts of an
/// Ogg file carry the file's own comments and `HARK_PART_OFFSET=<seconds>`; parts of WAV are of two minutes.
///
/// # Errors
/// [`AudioFault`], as [`super::measure()`].
pub fn split(kind: MediaKind, bytes: &Bytes, max_part_s: f64, give: Give<'_>) -> Result<(), AudioFault> {
    let max_part_s = if max_part_s.is_finite() { max_part_s.max(MIN_PART_S) } else { MIN_PART_S };
    if kind == MediaKind::Ogg && !bytes.is_empty() {
        match OpusReader::open(bytes) {
            Ok(reader) => {
                let parts = ogg_parts::split(bytes, &reader, max_part_s)?;
                parts.into_iter().all(give);
                return Ok(());
            }
            // Vorbis is treated like the other kinds.
            Err(OggFault::NotOpus) => {}
            Err(OggFault::BadHeader) => return Err(AudioFault::Undecodable(kind)),
            Err(OggFault::Truncated) => return Err(AudioFault::Truncated),
        }
    }
    let duration_s = decode(kind, bytes, &mut |_: &[i16], _: u32| {})?.duration_s;
    if is_taken_as_it_is(kind) && duration_s <= max_part_s && bytes.len() <= MAX_UPLOAD_BYTES {
        give(AudioPart { bytes: bytes.clone(), kind, duration_s });
        return Ok(());
    }
    wav_parts::split(kind, bytes, max_part_s, give)
}

/// The formats of OpenAI's transcription, of those that we can decode.
const fn is_taken_as_it_is(kind: MediaKind) -> bool {
    matches!(
        kind,
        MediaKind::Ogg | MediaKind::Mp3 | MediaKind::M4a | MediaKind::Wav | MediaKind::Webm | MediaKind::Flac
    )
}
