//! When a message that was not accepted is tried again, and for how long a receiver that seems to be down is left in
//! peace.

use jiff::{SignedDuration, Timestamp};

/// How long after its first failure a message is given up.
pub const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// For how long a receiver is left in peace at most, by our own measure or by its `Retry-After`.
pub const MAX_HOLD: SignedDuration = SignedDuration::from_mins(60);

/// The waits after the first failures, in seconds; after all further ones the last. Some twenty tries in three days: a
/// receiver that fails half of the time gets all but one of a million messages.
const WAITS: [i64; 11] = [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600];
/// What the first hold of a receiver is, in seconds; each following one is twice as long.
const FIRST_HOLD: i64 = 10;
/// The longest hold that is ours.
const LONGEST_HOLD: i64 = 900;

/// When a message that failed now, for the `failures`-th time, is tried again; `None`: it is given up. The last try is
/// [`GIVEN_UP_AFTER`] its first failure. Waits differ by up to a tenth between messages, in a way that their id decides,
/// so that what failed together does not come back together.
#[must_use]
pub fn next_attempt(id: &str, failures: u32, first_failure: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let end = later(first_failure, GIVEN_UP_AFTER);
    if now >= end {
        return None;
    }
    let nth = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = WAITS.get(nth).or(WAITS.last()).copied().unwrap_or(FIRST_HOLD);
    let wait = SignedDuration::from_millis(seconds.saturating_mul(thousandths(id, failures)));
    Some(later(now, wait).min(end))
}

/// For how long a receiver is left in peace after so many runs in a row in which it accepted nothing.
#[must_use]
pub fn held_for(runs: u32) -> SignedDuration {
    let doubled = FIRST_HOLD.saturating_mul(1 << runs.saturating_sub(1).min(16));
    SignedDuration::from_secs(doubled.min(LONGEST_HOLD))
}

/// From 900 to 1,100.
fn thousandths(id: &str, failures: u32) -> i64 {
    900 + i64::from(crc32fast::hash(format!("{id}#{failures}").as_bytes()) % 201)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_for_three_days_ever_more_seldom() {
        let first = Timestamp::from_second(1_795_168_800).unwrap();
        for id in ["wh_a_1-1", "wh_a_2-1", "wh_a_3-1"] {
            let (mut now, mut tries, mut last_wait) = (first, 1, SignedDuration::ZERO);
            while let Some(next) = next_attempt(id, tries, first, now) {
                let wait = next.duration_since(now);
                assert!(wait > SignedDuration::ZERO);
                assert!(wait > last_wait || tries > 11, "{id} {tries}");
                (now, tries, last_wait) = (next, tries + 1, wait);
            }
            assert_eq!(now.duration_since(first), GIVEN_UP_AFTER, "{id}");
            assert!((20..=23).contains(&tries), "{tries}");
        }
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let now = Timestamp::from_second(1_795_168_800).unwrap();
        let mut waits: Vec<_> =
            (0..50).map(|n| next_attempt(&format!("wh_a_{n}-1"), 6, now, now).unwrap()).collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 30, "{}", waits.len());
        let seconds = |at: &Timestamp| at.duration_since(now).as_secs();
        assert!(waits.iter().all(|at| (1_620..=1_980).contains(&seconds(at))));
    }

    #[test]
    fn a_receiver_is_left_in_peace_for_a_quarter_of_an_hour_at_most() {
        let secs = |runs| held_for(runs).as_secs();
        assert_eq!([0, 1, 2, 3, 7, 8, u32::MAX].map(secs), [10, 10, 20, 40, 640, 900, 900]);
        assert!(held_for(u32::MAX) <= MAX_HOLD);
    }
}
