//! Whose turn it is. Companies that wait share the room evenly; one that had little done of late gets more of it than one
//! that had much, so that ten notes are not slowed down by ten thousand of somebody else. No company gets all of it while
//! another waits: the one with much keeps a place, however long the others' notes take.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// After this time what was begun counts half.
const HALVES_AFTER: Duration = Duration::from_secs(60);
/// A running job of the company with the most begun of late counts as much as this many of one with none. With room for
/// ten, the one then has one place beside nine of the other.
const HEAVIEST: u64 = 8;
/// Weights are in this part of one, since they are compared as whole numbers.
const PARTS: u64 = 1_000;

/// What each company has running, and what was begun for it of late.
#[derive(Clone)]
pub(super) struct Turns {
    of: HashMap<String, Had>,
    halved_at: Instant,
}

#[derive(Clone, Copy, Default)]
struct Had {
    running: u64,
    begun: u64,
}

impl Default for Turns {
    fn default() -> Self {
        Self { of: HashMap::new(), halved_at: Instant::now() }
    }
}

impl Turns {
    /// A job of this company is begun.
    pub(super) fn begins(&mut self, turn: &str) {
        let had = self.of.entry(turn.to_owned()).or_default();
        had.running = had.running.saturating_add(1);
        had.begun = had.begun.saturating_add(1);
    }

    /// One that was begun has ended.
    pub(super) fn ends(&mut self, turn: &str) {
        if let Some(had) = self.of.get_mut(turn) {
            had.running = had.running.saturating_sub(1);
        }
    }

    /// What was begun a while ago counts less.
    pub(super) fn forget(&mut self, now: Instant) {
        while now.saturating_duration_since(self.halved_at) >= HALVES_AFTER {
            self.halved_at += HALVES_AFTER;
            self.of.values_mut().for_each(|had| had.begun /= 2);
            self.of.retain(|_, had| had.running > 0 || had.begun > 0);
            if self.of.is_empty() {
                self.halved_at = now;
            }
        }
    }

    /// Which of these companies is next, each given with when its first job became due. Of equals, the one that has
    /// waited longest.
    pub(super) fn next<'a>(
        &self,
        waiting: impl Iterator<Item = (&'a String, i64)> + Clone,
    ) -> Option<&'a String> {
        let had = |turn: &String| self.of.get(turn).copied().unwrap_or_default();
        let most = waiting.clone().map(|(turn, _)| had(turn).begun).max()?;
        let next = waiting.min_by_key(|(turn, due)| (had(turn).weighed(most), *due));
        next.map(|(turn, _)| turn)
    }
}

impl Had {
    /// What is running with one more, weighed by what was begun of late.
    fn weighed(self, most_begun: u64) -> u64 {
        let heavier = (HEAVIEST - 1).saturating_mul(PARTS).saturating_mul(self.begun);
        let weight = PARTS.saturating_add(heavier.checked_div(most_begun).unwrap_or(0));
        self.running.saturating_add(1).saturating_mul(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills room for ten as long as all of these wait, and answers what each has running.
    fn fill(turns: &mut Turns, waiting: &[String]) -> Vec<u64> {
        let running = |turns: &Turns| -> Vec<u64> {
            waiting.iter().map(|turn| turns.of.get(turn).copied().unwrap_or_default().running).collect()
        };
        while running(turns).iter().sum::<u64>() < 10 {
            let next = turns.next(waiting.iter().map(|turn| (turn, 0))).unwrap().clone();
            turns.begins(&next);
        }
        running(turns)
    }

    fn names(names: [&str; 2]) -> Vec<String> {
        names.map(str::to_owned).into()
    }

    #[tokio::test]
    async fn b22_those_who_had_alike_have_alike() {
        assert_eq!(fill(&mut Turns::default(), &names(["a", "b"])), [5, 5]);
    }

    #[tokio::test]
    async fn b22_who_had_little_gets_most_of_the_room_and_who_had_much_keeps_a_place() {
        let mut turns = Turns::default();
        for _ in 0..500 {
            turns.begins("large");
        }
        for _ in 0..500 {
            turns.ends("large");
        }
        assert_eq!(fill(&mut turns, &names(["large", "small"])), [1, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn b22_what_was_long_ago_is_forgotten() {
        let mut turns = Turns::default();
        for _ in 0..500 {
            turns.begins("large");
            turns.ends("large");
        }
        tokio::time::advance(Duration::from_secs(600)).await;
        turns.forget(Instant::now());
        assert!(turns.of.is_empty());
        assert_eq!(fill(&mut turns, &names(["large", "small"])), [5, 5]);
    }

    #[tokio::test]
    async fn b22_of_equals_the_one_that_waited_longest_is_next() {
        let (early, late) = ("late in the alphabet".to_owned(), "early in the alphabet".to_owned());
        let turns = Turns::default();
        assert_eq!(turns.next([(&late, 7), (&early, 3)].into_iter()), Some(&early));
        assert_eq!(turns.next(std::iter::empty()), None);
    }
}
