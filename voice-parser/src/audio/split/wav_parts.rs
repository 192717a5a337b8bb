//! Decodes a recording into parts of WAV, mono and 16 bits, cut at pauses. Rates above 24 kHz are halved or
//! thirded on the way: speech needs no more. Each part is given on as soon as it is cut, and is short, since WAV
//! takes many times the memory of what it was made of.

use bytes::Bytes;
use shared::{domain::media::MediaKind, ports::transcriber::AudioPart};

use super::{Give, MAX_PART_BYTES, pause::quietest};
use crate::audio::{
    AudioFault,
    decode::decode,
    levels::{FRAMES_PER_S, LevelMeter},
};

/// Where in a part a pause is looked for: its last quarter, but no more than this.
const SEARCH_S: usize = 60;
const MAX_RATE: u32 = 24_000;
const HEADER: usize = 44;

/// The longest part, in seconds: 4 MB at 16 kHz.
const MAX_WAV_PART_S: f64 = 120.0;

pub(super) fn split(
    kind: MediaKind,
    bytes: &Bytes,
    max_part_s: f64,
    give: Give<'_>,
) -> Result<(), AudioFault> {
    let mut cutter: Option<Cutter> = None;
    decode(kind, bytes, &mut |samples: &[i16], rate: u32| {
        let max_part_s = max_part_s.min(MAX_WAV_PART_S);
        cutter.get_or_insert_with(|| Cutter::new(rate, max_part_s)).push(samples, give);
    })?;
    if let Some(cutter) = cutter {
        cutter.finish(give);
    }
    Ok(())
}

/// Gathers samples up to the longest part, then cuts at a pause and goes on with the rest.
struct Cutter {
    rate: u32,
    thinner: Thinner,
    longest: usize,
    gathered: Vec<i16>,
    is_wanted: bool,
}

impl Cutter {
    fn new(rate: u32, max_part_s: f64) -> Self {
        let thinner = Thinner::new(rate);
        let rate = (rate / thinner.factor).max(1);
        let by_size = (MAX_PART_BYTES - HEADER) / 2;
        Self {
            rate,
            thinner,
            longest: samples(max_part_s, rate).clamp(1, by_size),
            gathered: Vec::new(),
            is_wanted: true,
        }
    }

    fn push(&mut self, samples: &[i16], give: Give<'_>) {
        if !self.is_wanted {
            return;
        }
        self.thinner.push(samples, &mut self.gathered);
        while self.gathered.len() > self.longest {
            let cut = self.pause();
            self.emit(cut, give);
            self.gathered.drain(..cut);
        }
    }

    /// A place to cut among the samples that may be in the part, never 0.
    fn pause(&self) -> usize {
        let second = usize::try_from(self.rate).unwrap_or(usize::MAX);
        let window = (self.longest / 4).min(second.saturating_mul(SEARCH_S)).max(1);
        let first = self.longest - window.min(self.longest - 1);
        let mut meter = LevelMeter::new(self.rate);
        meter.push(self.gathered.get(first..self.longest).unwrap_or_default());
        let frame_len = usize::try_from(self.rate / FRAMES_PER_S).unwrap_or(0);
        (first + quietest(&meter.finish()) * frame_len).clamp(1, self.longest)
    }

    #[expect(clippy::cast_precision_loss, reason = "an hour is far below 2^52 samples")]
    fn emit(&mut self, until: usize, give: Give<'_>) {
        let part = self.gathered.get(..until).unwrap_or_default();
        let duration_s = part.len() as f64 / f64::from(self.rate);
        self.is_wanted = give(AudioPart { bytes: wav(part, self.rate), kind: MediaKind::Wav, duration_s });
    }

    fn finish(mut self, give: Give<'_>) {
        if self.is_wanted && !self.gathered.is_empty() {
            self.emit(self.gathered.len(), give);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped by the caller; below 0 is 0"
)]
fn samples(seconds: f64, rate: u32) -> usize {
    (seconds * f64::from(rate)).max(0.0) as usize
}

/// Means of some samples each: enough of a filter for speech.
struct Thinner {
    factor: u32,
    sum: i32,
    count: u32,
}

impl Thinner {
    fn new(rate: u32) -> Self {
        let factor = if rate > MAX_RATE { (rate / 16_000).max(1) } else { 1 };
        Self { factor, sum: 0, count: 0 }
    }

    fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        if self.factor == 1 {
            out.extend_from_slice(samples);
            return;
        }
        for sample in samples {
            self.sum += i32::from(*sample);
            self.count += 1;
            if self.count == self.factor {
                let mean = self.sum / i32::try_from(self.count).unwrap_or(i32::MAX);
                out.push(i16::try_from(mean).unwrap_or(0));
                (self.sum, self.count) = (0, 0);
            }
        }
    }
}

/// A WAV file: RIFF, a format chunk of PCM, a data chunk (Microsoft, Multimedia Programming Interface 1.0).
fn wav(samples: &[i16], rate: u32) -> Bytes {
    let data_len = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(HEADER + samples.len() * 2);
    file.extend(b"RIFF");
    file.extend(data_len.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        file.extend(field.to_le_bytes());
    }
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    for field in [2_u16, 16] {
        file.extend(field.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(data_len.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    Bytes::from(file)
}
