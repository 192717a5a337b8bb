//! Percentiles, by the nearest rank: each is a value that was measured.

use std::{fmt, time::Duration};

/// Of what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Percentiles {
    /// How many values.
    pub count: usize,
    /// Half are no longer than this.
    pub p50: Duration,
    /// 95 of a hundred.
    pub p95: Duration,
    /// 99 of a hundred.
    pub p99: Duration,
    /// All.
    pub max: Duration,
}

impl Percentiles {
    /// Of these values.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = Duration>) -> Self {
        let mut values: Vec<Duration> = values.into_iter().collect();
        values.sort_unstable();
        let rank = |per_cent: usize| {
            let nth = (values.len() * per_cent).div_ceil(100);
            values.get(nth.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { count: values.len(), p50: rank(50), p95: rank(95), p99: rank(99), max: rank(100) }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p95, p99, max] = [self.p50, self.p95, self.p99, self.max].map(shown);
        write!(f, "p50 {p50}, p95 {p95}, p99 {p99}, max {max} ({} measured)", self.count)
    }
}

/// A time as people read it.
#[must_use]
pub fn shown(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 100.0 {
        format!("{ms:.1} ms")
    } else if ms < 10_000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.1} s", ms / 1_000.0)
    }
}
