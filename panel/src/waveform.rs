//! A recording's loudness as a picture, and what was measured of it in a few words.

use shared::domain::{
    media::AudioFigures,
    note::Note,
    outline::{LOUDEST, Outline},
};

use crate::texts::Texts;

/// Height of the picture; each step is one unit wide.
const HEIGHT: u32 = 40;

/// A bar of the picture.
pub(crate) struct Bar {
    pub(crate) x: usize,
    pub(crate) y: u32,
    pub(crate) height: u32,
}

/// The picture and the words below it.
pub(crate) struct Waveform {
    pub(crate) width: usize,
    pub(crate) bars: Vec<Bar>,
    /// What was measured: what it is called, its value, and whether it is bad.
    pub(crate) figures: Vec<(&'static str, String, bool)>,
}

/// Of a note's recording, if it was measured.
pub(crate) fn of(note: &Note, t: &Texts) -> Option<Waveform> {
    let heard = note.heard()?;
    let figures = heard.audio?;
    let outline = heard.outline.clone().unwrap_or_default();
    Some(Waveform { width: outline.steps().len(), bars: bars(&outline), figures: said(figures, t) })
}

/// One for each step, grown from the middle to both sides.
fn bars(outline: &Outline) -> Vec<Bar> {
    let bar = |(x, step): (usize, &u8)| {
        let height = (u32::from(*step) * HEIGHT / u32::from(LOUDEST)).max(2);
        Bar { x, y: (HEIGHT - height) / 2, height }
    };
    outline.steps().iter().enumerate().map(bar).collect()
}

/// Whether a figure is bad is told by the limits from which on transcriptions go wrong.
fn said(figures: AudioFigures, t: &Texts) -> Vec<(&'static str, String, bool)> {
    let [length, speech, ratio, clipping] = t.audio;
    vec![
        (length, format!("{:.1} s", figures.duration_s), false),
        (speech, format!("{:.1} s", figures.speech_s), figures.speech_s < 1.0),
        (ratio, format!("{:.0} dB", figures.snr_db), figures.snr_db < 10.0),
        (clipping, format!("{:.1} %", figures.clipping * 100.0), figures.clipping > 0.01),
    ]
}
