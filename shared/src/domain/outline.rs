//! A recording's loudness from its beginning to its end, in so few steps that a page can draw it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Steps of an outline at most.
pub const MOST_STEPS: usize = 96;
/// The loudest that a step can be.
pub const LOUDEST: u8 = 35;
/// What is this much below the loudest sound of 16-bit samples is drawn as silence, in decibels.
const RANGE_DB: f64 = 60.0;
/// The mean square of the loudest sound.
const FULL_SCALE: f64 = 32_768.0 * 32_768.0;

/// How loud each of up to [`MOST_STEPS`] parts of a recording is, all as long as each other: 0 to [`LOUDEST`], as many
/// decibels apart. Stored as one digit of base 36 for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline(Vec<u8>);

impl Outline {
    /// Of the mean squares of a recording's frames, on the scale of 16-bit samples.
    #[must_use]
    pub fn of(frames: &[f32]) -> Self {
        let steps = frames.len().min(MOST_STEPS);
        let step = |n: usize| {
            let (from, to) = (n * frames.len() / steps, (n + 1) * frames.len() / steps);
            let loudest = frames.get(from..to).unwrap_or_default().iter().copied().fold(0.0, f32::max);
            height(f64::from(loudest))
        };
        Self((0..steps).map(step).collect())
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[u8] {
        &self.0
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 35")]
fn height(mean_square: f64) -> u8 {
    let db = 10.0 * (mean_square.max(1e-9) / FULL_SCALE).log10();
    let share = ((db + RANGE_DB) / RANGE_DB).clamp(0.0, 1.0);
    (share * f64::from(LOUDEST)).round() as u8
}

impl Serialize for Outline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digit = |step: &u8| char::from_digit(u32::from(*step), 36).unwrap_or('0');
        serializer.collect_str(&self.0.iter().map(digit).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let steps =
            text.chars().take(MOST_STEPS).map(|c| c.to_digit(36).and_then(|step| step.try_into().ok()));
        let steps: Option<Vec<u8>> = steps.collect();
        steps.map(Self).ok_or_else(|| serde::de::Error::custom("an outline is digits of base 36"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_is_high_and_silence_is_flat() {
        let frames: Vec<f32> = [0.0, 1_073.0, 1_073_741_824.0, 10_737_418.0].into();
        assert_eq!(Outline::of(&frames).steps(), [0, 0, LOUDEST, 23]);
        assert_eq!(Outline::of(&[]), Outline::default());
    }

    #[test]
    fn an_hour_is_drawn_in_as_many_steps_as_a_minute_and_no_peak_is_left_out() {
        let mut frames = vec![0.0_f32; 180_000];
        frames[179_999] = 1_073_741_824.0;
        let outline = Outline::of(&frames);
        assert_eq!((outline.steps().len(), outline.steps().last()), (MOST_STEPS, Some(&LOUDEST)));
    }

    #[test]
    fn it_is_stored_in_a_few_digits() {
        let outline = Outline(vec![0, 9, 10, 35]);
        assert_eq!(serde_json::to_string(&outline).unwrap(), "\"09az\"");
        assert_eq!(serde_json::from_str::<Outline>("\"09az\"").unwrap(), outline);
        assert!(serde_json::from_str::<Outline>("\"<\"").is_err());
    }
}
