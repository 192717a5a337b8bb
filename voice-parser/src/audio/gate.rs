//! Whether a recording is worth a model's work. Building sites are loud and phones lie in pockets, so only
//! silence and too little speech stop a note, and a doubt lets it pass.
//!
//! What the gate cannot tell: music, talk in the background and noise that rises and falls may pass; then the
//! transcription decides, and [`super::is_invented`] looks at what came out. Steady noise (white noise, an
//! engine) has nothing that stands out of it and is [`Gate::TooLittleSpeech`], however loud.

use shared::domain::media::AudioFigures;

/// The shortest recording in which a word fits, in seconds.
const MIN_DURATION_S: f64 = 0.1;
/// The shortest speech, in seconds: one short word.
const MIN_SPEECH_S: f64 = 0.2;
/// RMS of a sound at -70 dBFS, below which nothing can be heard.
const SILENT_RMS: f64 = 10.4;
/// Share of silent frames from which on a recording is silent.
const SILENT_SHARE: f64 = 0.99;

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Listen to it.
    Pass,
    /// There is no sound.
    Silent,
    /// No word fits into it.
    TooShort,
    /// There is sound, but next to nothing that stands out of it.
    TooLittleSpeech,
}

/// Decides by a recording's figures.
#[must_use]
pub fn gate(figures: &AudioFigures) -> Gate {
    // Without the offset, which is no sound.
    let rms = (figures.rms.powi(2) - figures.dc_offset.powi(2)).max(0.0).sqrt();
    if figures.duration_s < MIN_DURATION_S {
        Gate::TooShort
    } else if rms < SILENT_RMS && figures.silence >= SILENT_SHARE {
        Gate::Silent
    } else if figures.speech_s >= MIN_SPEECH_S {
        Gate::Pass
    } else if rms < SILENT_RMS || figures.silence >= SILENT_SHARE {
        Gate::Silent
    } else {
        Gate::TooLittleSpeech
    }
}
