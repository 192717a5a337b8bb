//! After which time a message comes back.

use std::time::Duration;

/// After the first, second and every further delivery that failed.
const RETRY_S: [u64; 3] = [10, 30, 90];
/// Up to this share of the wait is added, so that what failed together does not come back together.
const JITTER_PERCENT: u64 = 25;

/// After a failure: at least what the handler asks for.
pub(super) fn retry(after: Duration, number: u32, receipt: &str) -> Duration {
    let step = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let floor = RETRY_S.get(step).or(RETRY_S.last()).copied().unwrap_or_default();
    spread(after.max(Duration::from_secs(floor)), receipt)
}

/// While somebody else is at work on it: what the handler asks for the first time, then never sooner than
/// after failures. SQS counts these deliveries too, so a message that came back every few seconds would be
/// among the dead letters before the other was done.
pub(super) fn busy(after: Duration, number: u32, receipt: &str) -> Duration {
    match number {
        0 | 1 => after.max(Duration::from_secs(1)),
        _ => retry(after, number - 1, receipt),
    }
}

/// Adds the jitter. It follows from the receipt, which is another for each delivery, and so needs no dice.
fn spread(wait: Duration, receipt: &str) -> Duration {
    // FNV-1a, 32 bits.
    let hash = receipt
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let permille = u64::from(hash) % (JITTER_PERCENT * 10 + 1);
    wait + Duration::from_millis(wait.as_secs() * permille)
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
        assert!(retry(Duration::from_secs(300), 1, "r") >= Duration::from_secs(300));
    }

    #[test]
    fn b06_being_busy_does_not_use_up_the_deliveries() {
        let short = Duration::from_secs(5);
        assert_eq!(busy(short, 1, "r"), short);
        assert_eq!(busy(Duration::ZERO, 1, "r"), Duration::from_secs(1));
        let five_deliveries: Duration = (1..=4).map(|number| busy(short, number, "r")).sum();
        assert!(five_deliveries >= Duration::from_secs(120), "{five_deliveries:?}");
    }
}
