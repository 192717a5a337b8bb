//! Any recording to mono samples of 16 bits, streaming: each decoder hands small blocks to a sink and keeps
//! nothing, so that an hour of sound costs no more memory than a second.

mod containers;
mod ogg_opus;
mod opus;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use shared::domain::media::MediaKind;

use super::{AudioFault, MAX_DURATION_S, amr, ogg_stream::OggFault, sniff};

/// Takes decoded sound: mono samples, and how many of them make a second. The rate is the same for all blocks
/// of a recording.
pub(super) trait Sink {
    fn take(&mut self, samples: &[i16], rate: u32);
}

impl<F: FnMut(&[i16], u32)> Sink for F {
    fn take(&mut self, samples: &[i16], rate: u32) {
        self(samples, rate);
    }
}

/// What the decoder noticed beside the sound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Decoded {
    /// Seconds given to the sink.
    pub duration_s: f64,
    /// The file was cut off or damaged; what could be decoded was.
    pub incomplete: bool,
}

/// Decodes a recording of a known kind.
///
/// Hostile files make `symphonia` panic here and there (arithmetic that overflows, found by fuzzing its WAV
/// and Vorbis readers): such a file does not decode, and is no reason to try the note again.
pub(super) fn decode(kind: MediaKind, bytes: &Bytes, sink: &mut dyn Sink) -> Result<Decoded, AudioFault> {
    if bytes.is_empty() {
        return Err(AudioFault::Empty);
    }
    // After a panic nobody looks at the sink again: every caller drops it with the error.
    catch_unwind(AssertUnwindSafe(|| decode_known(kind, bytes, sink)))
        .unwrap_or(Err(AudioFault::Undecodable(kind)))
}

fn decode_known(kind: MediaKind, bytes: &Bytes, sink: &mut dyn Sink) -> Result<Decoded, AudioFault> {
    match kind {
        MediaKind::Ogg => match ogg_opus::decode(bytes, sink) {
            // Vorbis comes in Ogg too.
            Err(OpusFault::Ogg(OggFault::NotOpus)) => containers::decode(kind, bytes, sink),
            Err(OpusFault::Ogg(OggFault::BadHeader)) => Err(AudioFault::Undecodable(kind)),
            Err(OpusFault::Ogg(OggFault::Truncated)) => Err(AudioFault::Truncated),
            Err(OpusFault::Audio(fault)) => Err(fault),
            Ok(decoded) => Ok(decoded),
        },
        MediaKind::Mp3
        | MediaKind::M4a
        | MediaKind::Wav
        | MediaKind::Webm
        | MediaKind::Flac
        | MediaKind::Aac => containers::decode(kind, bytes, sink),
        MediaKind::Amr => Err(AudioFault::NotTranscribable { kind, duration_s: amr::duration_s(bytes) }),
        MediaKind::ThreeGp => {
            Err(AudioFault::NotTranscribable { kind, duration_s: sniff::mp4_duration_s(bytes) })
        }
        MediaKind::Jpeg
        | MediaKind::Png
        | MediaKind::Webp
        | MediaKind::Gif
        | MediaKind::Pdf
        | MediaKind::Vcard
        | MediaKind::Mp4Video
        | MediaKind::OggVideo
        | MediaKind::Text
        | MediaKind::Unknown => Err(AudioFault::Undecodable(kind)),
    }
}

enum OpusFault {
    Ogg(OggFault),
    Audio(AudioFault),
}

/// Passes samples on and counts them, up to the longest recording that is worked on.
struct Meter<'a> {
    sink: &'a mut dyn Sink,
    seconds: f64,
}

impl<'a> Meter<'a> {
    fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, seconds: 0.0 }
    }

    fn pass(&mut self, samples: &[i16], rate: u32) -> Result<(), AudioFault> {
        #[expect(clippy::cast_precision_loss, reason = "a block is far shorter than 2^52 samples")]
        let seconds = samples.len() as f64 / f64::from(rate.max(1));
        self.seconds += seconds;
        if self.seconds > MAX_DURATION_S {
            return Err(AudioFault::TooLong);
        }
        if !samples.is_empty() {
            self.sink.take(samples, rate);
        }
        Ok(())
    }
}
