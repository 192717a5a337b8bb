//! How loud a recording is from moment to moment.

/// Frames a second: a frame is 20 ms, the length in which speech is about steady.
pub(super) const FRAMES_PER_S: u32 = 50;

/// Takes samples in any blocks and keeps one number for each frame of 20 ms: its mean square on the scale of
/// 16-bit samples, after its own mean is taken off, so that an offset or a drift of the centre is no sound.
#[derive(Debug)]
pub(super) struct LevelMeter {
    frame_len: u32,
    frame: Frame,
    levels: Vec<f32>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Frame {
    samples: u32,
    sum: i64,
    squares: i64,
}

impl Frame {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a level needs no more than 24 bits"
    )]
    fn level(self) -> f32 {
        let count = f64::from(self.samples.max(1));
        let mean = self.sum as f64 / count;
        (self.squares as f64 / count - mean * mean).max(0.0) as f32
    }
}

impl LevelMeter {
    /// For samples of this rate, in Hz.
    pub(super) fn new(rate: u32) -> Self {
        Self { frame_len: (rate / FRAMES_PER_S).max(1), frame: Frame::default(), levels: Vec::new() }
    }

    pub(super) fn push(&mut self, samples: &[i16]) {
        for sample in samples {
            let sample = i64::from(*sample);
            self.frame.sum += sample;
            self.frame.squares += sample * sample;
            self.frame.samples += 1;
            if self.frame.samples == self.frame_len {
                self.levels.push(self.frame.level());
                self.frame = Frame::default();
            }
        }
    }

    /// The levels of all frames in their order. A rest of less than half a frame has none, unless it is all.
    pub(super) fn finish(mut self) -> Vec<f32> {
        let is_all = self.levels.is_empty() && self.frame.samples > 0;
        if is_all || self.frame.samples * 2 >= self.frame_len {
            self.levels.push(self.frame.level());
        }
        self.levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_of_the_centre_is_no_sound_and_blocks_do_not_matter() {
        let mut meter = LevelMeter::new(16_000);
        meter.push(&[3_000; 500]);
        meter.push(&[3_000; 140]);
        meter.push(&[1; 100]);
        assert_eq!(meter.finish(), [0.0, 0.0]);
        let mut short = LevelMeter::new(16_000);
        short.push(&[100, -100]);
        assert_eq!(short.finish(), [10_000.0]);
    }
}
