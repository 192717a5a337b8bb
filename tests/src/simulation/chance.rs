//! The seed's dice. Every question is asked in the same order in each run of a seed, and so gets the same answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Dice that all parts of a run share.
#[derive(Clone)]
pub(super) struct Chance(Arc<Mutex<fastrand::Rng>>);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// True in so many of a thousand cases.
    pub(super) fn permille(&self, cases: u32) -> bool {
        self.below(1_000) < cases
    }

    /// From 0 to one less than `end`; 0 for 0.
    pub(super) fn below(&self, end: u32) -> u32 {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if end == 0 { 0 } else { dice.u32(0..end) }
    }

    /// Up to this long.
    pub(super) fn up_to(&self, most: Duration) -> Duration {
        Duration::from_millis(u64::from(self.below(u32::try_from(most.as_millis()).unwrap_or(u32::MAX))))
    }

    /// Puts a list into some order.
    pub(super) fn shuffle<T>(&self, list: &mut [T]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shuffle(list);
    }
}
