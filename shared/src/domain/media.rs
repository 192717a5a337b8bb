//! What a message may carry: the kinds of files that Hark stores, known by their bytes, named by us.

use serde::{Deserialize, Serialize};

/// A file's kind, decided by its first bytes; the stored content type and extension follow from it and
/// never from what a sender declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// Ogg with an Opus or Vorbis stream: WhatsApp's voice notes.
    Ogg,
    /// MPEG audio.
    Mp3,
    /// AAC in an MP4 container.
    M4a,
    /// RIFF/WAVE.
    Wav,
    /// Adaptive multi-rate speech, narrow or wide band.
    Amr,
    /// 3GPP container.
    ThreeGp,
    /// WebM audio.
    Webm,
    /// FLAC.
    Flac,
    /// AAC with ADTS headers.
    Aac,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// PDF.
    Pdf,
    /// A contact card.
    Vcard,
    /// MP4 with a video track.
    Mp4Video,
    /// Ogg with a video stream.
    OggVideo,
    /// Plain text.
    Text,
    /// Anything else, kept as it came.
    Unknown,
}

/// What a file means to a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaRole {
    /// Something to listen to.
    Audio,
    /// Something to look at.
    Image,
    /// Anything else, kept with the note.
    Document,
}

impl MediaKind {
    /// The file's extension in its key.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Wav => "wav",
            Self::Amr => "amr",
            Self::ThreeGp => "3gp",
            Self::Webm => "webm",
            Self::Flac => "flac",
            Self::Aac => "aac",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Pdf => "pdf",
            Self::Vcard => "vcf",
            Self::Mp4Video => "mp4",
            Self::OggVideo => "ogv",
            Self::Text => "txt",
            Self::Unknown => "bin",
        }
    }

    /// The content type that the file is stored and served with. Never one that a browser would run.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Wav => "audio/wav",
            Self::Amr => "audio/amr",
            Self::ThreeGp => "audio/3gpp",
            Self::Webm => "audio/webm",
            Self::Flac => "audio/flac",
            Self::Aac => "audio/aac",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Pdf => "application/pdf",
            Self::Vcard => "text/vcard",
            Self::Mp4Video => "video/mp4",
            Self::OggVideo => "video/ogg",
            Self::Text => "text/plain; charset=utf-8",
            Self::Unknown => "application/octet-stream",
        }
    }

    /// What the file means to a note.
    #[must_use]
    pub const fn role(self) -> MediaRole {
        match self {
            Self::Ogg
            | Self::Mp3
            | Self::M4a
            | Self::Wav
            | Self::Amr
            | Self::ThreeGp
            | Self::Webm
            | Self::Flac
            | Self::Aac => MediaRole::Audio,
            Self::Jpeg | Self::Png | Self::Webp | Self::Gif => MediaRole::Image,
            Self::Pdf | Self::Vcard | Self::Mp4Video | Self::OggVideo | Self::Text | Self::Unknown => {
                MediaRole::Document
            }
        }
    }

    /// The kind whose extension this is.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        const KINDS: [MediaKind; 19] = [
            MediaKind::Ogg,
            MediaKind::Mp3,
            MediaKind::M4a,
            MediaKind::Wav,
            MediaKind::Amr,
            MediaKind::ThreeGp,
            MediaKind::Webm,
            MediaKind::Flac,
            MediaKind::Aac,
            MediaKind::Jpeg,
            MediaKind::Png,
            MediaKind::Webp,
            MediaKind::Gif,
            MediaKind::Pdf,
            MediaKind::Vcard,
            MediaKind::Mp4Video,
            MediaKind::OggVideo,
            MediaKind::Text,
            MediaKind::Unknown,
        ];
        KINDS.into_iter().find(|kind| kind.extension() == extension)
    }
}

/// What the audio gate measured of a recording. All figures are of the decoded signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct AudioFigures {
    /// Length in seconds.
    pub duration_s: f64,
    /// Root mean square of the samples, on the scale of 16-bit samples (0 to 32,767).
    pub rms: f64,
    /// Largest sample, on the same scale.
    pub peak: f64,
    /// Share of samples at the limits, 0 to 1.
    pub clipping: f64,
    /// Mean of the samples, on the same scale as `rms`.
    pub dc_offset: f64,
    /// Loud parts against quiet parts, in decibels.
    pub snr_db: f64,
    /// Share of 20 ms frames that hold no sound, 0 to 1.
    pub silence: f64,
    /// Seconds of frames that stand out of the background.
    pub speech_s: f64,
}

impl AudioFigures {
    /// The same with as many decimals as mean anything: thousandths of seconds, shares to a millionth, the rest
    /// to a tenth. What is stored and what is shown are then the same to the last digit.
    #[must_use]
    pub fn rounded(self) -> Self {
        let round = |value: f64, steps: f64| (value * steps).round() / steps;
        Self {
            duration_s: round(self.duration_s, 1_000.0),
            rms: round(self.rms, 10.0),
            peak: round(self.peak, 10.0),
            clipping: round(self.clipping, 1_000_000.0),
            dc_offset: round(self.dc_offset, 10.0),
            snr_db: round(self.snr_db, 10.0),
            silence: round(self.silence, 1_000_000.0),
            speech_s: round(self.speech_s, 1_000.0),
        }
    }
}
