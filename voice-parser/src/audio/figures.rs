//! What can be said of a recording by its samples alone: level, clipping, offset, noise, silence, speech.
//!
//! Sound is looked at in frames of 20 ms, of which only the level is kept: an hour is 700 KB.
//!
//! - The **noise floor** is the level that a tenth of the frames stay below, but never less than -80 dBFS, so
//!   that digital silence is quiet and not infinitely quiet.
//! - The **signal-to-noise ratio**: the quietest fifth of the frames is taken for the background, since
//!   people pause, and the ratio is what the mean power of all frames has more than it, in decibels. Speech
//!   mixed with steady noise comes out within 2 dB of the true ratio, clean speech between 25 and 50, noise
//!   alone at 0. Hammering has pauses too, so it counts as sound rather than as noise.
//! - **Speech** are frames at least 4.5 dB above the floor and above -70 dBFS, at least three of them in a row
//!   (a click is shorter), and pauses of up to 200 ms between such runs. Speech 3 dB below steady noise still
//!   reaches that; white noise, whose frames differ by less than 2 dB, never does.
//! - **Silence** are frames below -60 dBFS.

use shared::domain::{media::AudioFigures, outline::Outline};

use super::levels::{FRAMES_PER_S, LevelMeter};

/// Sample values from which on a sample counts as clipped.
const CLIPPED: u16 = 32_700;
/// Mean square of a sound at -80, -70 and -60 dBFS, on the scale of 16-bit samples.
const MINUS_80_DB: f32 = 10.74;
const MINUS_70_DB: f32 = 107.4;
const MINUS_60_DB: f32 = 1_074.0;
/// 4.5 dB, as a ratio of powers.
const ABOVE_FLOOR: f32 = 2.82;
/// Shortest run of speech frames, and longest pause inside speech.
const MIN_RUN: usize = 3;
const MAX_PAUSE: usize = 10;

/// Takes the samples of a recording, in any blocks, and gives its figures.
#[derive(Debug)]
pub struct FigureMeter {
    rate: u32,
    levels: LevelMeter,
    samples: u64,
    sum: i64,
    squares: u64,
    peak: u16,
    clipped: u64,
}

impl FigureMeter {
    /// For samples of this rate, in Hz.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        let rate = rate.max(1);
        Self { rate, levels: LevelMeter::new(rate), samples: 0, sum: 0, squares: 0, peak: 0, clipped: 0 }
    }

    /// Takes mono samples of 16 bits.
    pub fn push(&mut self, samples: &[i16]) {
        self.levels.push(samples);
        for sample in samples {
            let size = sample.unsigned_abs();
            self.peak = self.peak.max(size);
            self.clipped += u64::from(size >= CLIPPED);
            self.sum += i64::from(*sample);
            self.squares += u64::from(size) * u64::from(size);
            self.samples += 1;
        }
    }

    /// The figures of everything that was pushed, and its outline.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an hour is far below 2^52 samples")]
    pub fn finish(self) -> (AudioFigures, Outline) {
        if self.samples == 0 {
            return Default::default();
        }
        let count = self.samples as f64;
        let duration_s = count / f64::from(self.rate);
        let levels = Levels::of(self.levels.finish());
        let figures = AudioFigures {
            duration_s,
            rms: (self.squares as f64 / count).sqrt(),
            peak: f64::from(self.peak.min(32_767)),
            clipping: self.clipped as f64 / count,
            dc_offset: self.sum as f64 / count,
            snr_db: levels.snr_db(),
            silence: levels.silence(),
            speech_s: (levels.speech_frames() as f64 / f64::from(FRAMES_PER_S)).min(duration_s),
        };
        (figures, Outline::of(&levels.levels))
    }
}

/// The levels of all frames, in their order and sorted.
struct Levels {
    levels: Vec<f32>,
    sorted: Vec<f32>,
}

impl Levels {
    fn of(levels: Vec<f32>) -> Self {
        let mut sorted: Vec<f32> = levels.iter().map(|level| level.max(MINUS_80_DB)).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        Self { levels, sorted }
    }

    fn floor(&self) -> f32 {
        self.sorted.get(self.sorted.len() / 10).copied().unwrap_or(MINUS_80_DB)
    }

    fn snr_db(&self) -> f64 {
        let quiet = mean(self.sorted.get(..self.sorted.len().div_ceil(5)).unwrap_or_default());
        let sound = mean(&self.sorted) - quiet;
        if quiet > 0.0 && sound > quiet { 10.0 * (sound / quiet).log10() } else { 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "an hour is 180,000 frames")]
    fn silence(&self) -> f64 {
        let silent = self.levels.iter().filter(|level| **level < MINUS_60_DB).count();
        silent as f64 / self.levels.len().max(1) as f64
    }

    fn speech_frames(&self) -> usize {
        let threshold = (self.floor() * ABOVE_FLOOR).max(MINUS_70_DB);
        let runs = self.levels.chunk_by(|a, b| (*a >= threshold) == (*b >= threshold));
        let mut speech = 0;
        let mut pause = None;
        for run in runs {
            let stands_out = run.first().is_some_and(|level| *level >= threshold);
            if stands_out && run.len() >= MIN_RUN {
                speech += run.len() + pause.filter(|pause| *pause <= MAX_PAUSE).unwrap_or(0);
                pause = Some(0);
            } else if let Some(pause) = &mut pause {
                *pause += run.len();
            }
        }
        speech
    }
}

#[expect(clippy::cast_precision_loss, reason = "an hour is 180,000 frames")]
fn mean(levels: &[f32]) -> f64 {
    levels.iter().map(|level| f64::from(*level)).sum::<f64>() / levels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn figures(samples: &[i16]) -> AudioFigures {
        let mut meter = FigureMeter::new(RATE);
        samples.chunks(333).for_each(|block| meter.push(block));
        meter.finish().0
    }

    /// A square wave, whose RMS is its height.
    fn square(height: i16, samples: usize) -> Vec<i16> {
        [height, -height].into_iter().cycle().take(samples).collect()
    }

    /// White noise from a fixed seed (an xorshift), with this RMS.
    fn noise(rms: f64, samples: usize) -> Vec<i16> {
        let mut state = 0x9E37_79B9_u32;
        let width = rms * 12_f64.sqrt();
        (0..samples)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                #[expect(clippy::cast_possible_truncation, reason = "the test chooses small levels")]
                let sample = ((f64::from(state) / f64::from(u32::MAX) - 0.5) * width) as i16;
                sample
            })
            .collect()
    }

    fn near(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value} is not {expected} ± {tolerance}");
    }

    #[test]
    fn level_peak_clipping_and_offset_are_of_the_samples() {
        let figures = figures(&[square(1_000, 8_000), square(32_767, 8_000)].concat());
        near(figures.duration_s, 1.0, 1e-9);
        near(figures.peak, 32_767.0, 0.0);
        near(figures.clipping, 0.5, 1e-9);
        near(figures.rms, ((1_000_f64.powi(2) + 32_767_f64.powi(2)) / 2.0).sqrt(), 0.01);
        near(figures.dc_offset, 0.0, 1e-9);
        let shifted: Vec<i16> = square(1_000, 16_000).iter().map(|sample| sample + 3_277).collect();
        near(super::tests::figures(&shifted).dc_offset, 3_277.0, 1e-9);
    }

    #[test]
    fn nothing_and_digital_silence_have_no_sound_and_no_speech() {
        assert_eq!(figures(&[]), AudioFigures::default());
        let silence = figures(&[0; 32_000]);
        assert_eq!((silence.silence, silence.speech_s, silence.snr_db, silence.rms), (1.0, 0.0, 0.0, 0.0));
        // An offset is no sound either.
        let offset = figures(&[3_000; 32_000]);
        assert_eq!((offset.silence, offset.speech_s), (1.0, 0.0));
    }

    #[test]
    fn steady_noise_has_no_speech_and_no_signal() {
        for rms in [30.0, 300.0, 3_000.0] {
            let figures = figures(&noise(rms, 160_000));
            near(figures.rms, rms, rms * 0.05);
            assert_eq!((figures.speech_s, figures.snr_db), (0.0, 0.0), "{rms}");
        }
    }

    #[test]
    fn what_stands_out_of_noise_is_speech_and_its_ratio_is_told() {
        let mut sound = noise(300.0, 160_000);
        let word = square(1_200, 16_000);
        for start in [32_000, 96_000] {
            for (sample, spoken) in sound[start..].iter_mut().zip(&word) {
                *sample += spoken;
            }
        }
        let figures = figures(&sound);
        near(figures.speech_s, 2.0, 0.1);
        // Two seconds of ten: 1,200 squared by 5 against 300 squared.
        near(figures.snr_db, 5.05, 1.0);
    }

    #[test]
    fn a_click_is_no_speech_and_a_pause_between_syllables_belongs_to_it() {
        let quiet = || square(2, 16_000);
        let click = [quiet(), square(9_000, 640), quiet()].concat();
        assert_eq!(figures(&click).speech_s, 0.0);
        let word = [quiet(), square(9_000, 1_600), square(2, 1_600), square(9_000, 1_600), quiet()].concat();
        near(figures(&word).speech_s, 0.3, 0.021);
    }
}
