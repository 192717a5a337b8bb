//! Brakes refusals: a bucket of tokens that only wrong keys take from.

use jiff::Timestamp;

/// Refusals at once.
const BURST: i64 = 200;
/// Refusals a second in the long run.
const PER_SECOND: i64 = 10;

/// The bucket. Starts full.
#[derive(Default)]
pub(super) struct Brake {
    taken: i64,
    filled_at: Option<Timestamp>,
}

impl Brake {
    /// Takes a token; `false` when there is none.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let since = self.filled_at.map_or(0, |then| now.as_second().saturating_sub(then.as_second()));
        if since != 0 || self.filled_at.is_none() {
            // A clock that was set back fills nothing, and counts on from its new time.
            self.taken = self.taken.saturating_sub(since.max(0).saturating_mul(PER_SECOND)).max(0);
            self.filled_at = Some(now);
        }
        let left = self.taken < BURST;
        self.taken += i64::from(left);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(brake: &mut Brake, second: i64, tries: usize) -> usize {
        (0..tries).filter(|_| brake.take(Timestamp::from_second(second).unwrap())).count()
    }

    #[test]
    fn e11_wrong_keys_are_braked_and_after_a_while_told_again() {
        let mut brake = Brake::default();
        assert_eq!(taken(&mut brake, 1_000, 1_000), 200);
        assert_eq!(taken(&mut brake, 1_003, 1_000), 30);
        assert_eq!(taken(&mut brake, 900, 1_000), 0);
        assert_eq!(taken(&mut brake, 901, 1_000), 10);
        assert_eq!(taken(&mut brake, 9_000, 1_000), 200);
    }
}
