//! After which time a job comes back.

use std::time::Duration;

/// After the first, second and every further delivery that failed.
const RETRY_S: [u64; 3] = [10, 30, 90];
/// After the second, third and every further delivery in a row that ended in `Busy`. After the first, as long as the
/// handler asks for: what is in other hands is mostly done at once, what waits for a person waits for hours.
const WAIT_S: [u64; 5] = [15, 60, 300, 900, 3_600];
/// Up to this share of the wait is added, so that what failed together does not come back together.
const JITTER_PERCENT: u64 = 25;
/// Between two messages that are kept apart: longer than Lambda gathers a batch.
const APART: Duration = Duration::from_secs(60);

/// After a failure: at least what the handler asks for. `number`: which try it was.
pub(super) fn retry(after: Duration, number: u32, receipt: &str) -> Duration {
    spread(after.max(step(&RETRY_S, number.saturating_sub(1))), receipt)
}

/// After `Busy`: at least what the handler asks for, and longer from time to time. `waited`: how often the job
/// already waited.
pub(super) fn wait(after: Duration, waited: u32, receipt: &str) -> Duration {
    match waited {
        0 => after.max(Duration::from_secs(1)),
        _ => spread(after.max(step(&WAIT_S, waited - 1)), receipt),
    }
}

/// How long the message at this place is hidden while it is worked on.
pub(super) fn apart(longest_run: Duration, place: usize) -> Duration {
    longest_run.saturating_add(APART.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX)))
}

/// The step's seconds, or the last one's.
fn step(seconds: &[u64], step: u32) -> Duration {
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    Duration::from_secs(seconds.get(step).or(seconds.last()).copied().unwrap_or_default())
}

/// Adds the jitter. It follows from the receipt, which is another for each delivery, and so needs no dice.
fn spread(wait: Duration, receipt: &str) -> Duration {
    // FNV-1a, 32 bits.
    let hash = receipt
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let permille = u64::from(hash) % (JITTER_PERCENT * 10 + 1);
    wait.saturating_add(Duration::from_millis(wait.as_secs().saturating_mul(permille)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_spread() {
        for (number, least) in [(0, 10), (1, 10), (2, 30), (3, 90), (4, 90), (u32::MAX, 90)] {
            let waits: Vec<Duration> =
                (0..50).map(|n| retry(Duration::ZERO, number, &format!("receipt-{n}"))).collect();
            let longest = Duration::from_secs(least) * 5 / 4;
            assert!(
                waits.iter().all(|wait| (Duration::from_secs(least)..=longest).contains(wait)),
                "{waits:?}"
            );
            assert!(waits.iter().collect::<std::collections::HashSet<_>>().len() > 25);
        }
    }

    #[test]
    fn a_handler_that_asks_for_more_gets_it() {
        let asked = Duration::from_secs(7_200);
        assert!(retry(asked, 1, "r") >= asked && wait(asked, 1, "r") >= asked);
        assert_eq!(wait(Duration::MAX, 1, "r"), Duration::MAX);
    }

    #[test]
    fn b06_who_waits_for_another_comes_soon_and_who_waits_for_long_comes_seldom() {
        let asked = Duration::from_secs(5);
        assert_eq!(wait(asked, 0, "r"), asked);
        assert_eq!(wait(Duration::ZERO, 0, "r"), Duration::from_secs(1));
        for (waited, least) in [(1, 15), (2, 60), (3, 300), (4, 900), (5, 3_600), (u32::MAX, 3_600)] {
            let least = Duration::from_secs(least);
            assert!((least..=least * 5 / 4).contains(&wait(asked, waited, "r")), "{waited}");
        }
    }
}
