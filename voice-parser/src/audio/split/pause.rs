//! Where to cut: in the quietest moment of a stretch of sound.

/// How long a moment is, in frames: long enough that the gap inside a word is not one.
const MOMENT: usize = 25;

/// The middle of the quietest half second, as an index into the levels; the last of several. Without levels
/// it is 0.
pub(super) fn quietest(levels: &[f32]) -> usize {
    let moment = MOMENT.min(levels.len());
    if moment == 0 {
        return 0;
    }
    // Each half second is summed anew: a sliding sum gathers rounding faults, and digital silence must be 0.
    let sums = levels.windows(moment).map(|window| window.iter().map(|level| f64::from(*level)).sum::<f64>());
    let quietest = sums.enumerate().min_by(|(a_at, a), (b_at, b)| a.total_cmp(b).then(b_at.cmp(a_at)));
    quietest.map_or(0, |(at, _)| at + moment / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_is_in_the_pause_and_not_in_the_gap_inside_a_word() {
        let mut levels = vec![1_000.0; 200];
        levels[90..130].fill(1.0);
        let cut = quietest(&levels);
        assert!((100..120).contains(&cut), "{cut}");
        levels[20..24].fill(0.0);
        assert_eq!(quietest(&levels), cut);
        assert_eq!(quietest(&[]), 0);
        assert_eq!(quietest(&[1.0]), 0);
    }
}
