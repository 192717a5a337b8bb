//! What happened in a run, line by line: printed when the run goes wrong, and compared to see that a seed is one run.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use shared::ports::clock::Clock;
use tokio::time::Instant;

/// When every run begins.
const BEGIN: i64 = 1_795_168_800;

/// The run's own time: it passes only when everybody waits.
#[derive(Clone, Copy)]
pub(super) struct RunClock {
    began: Instant,
    /// How far this clock is ahead of the others, as machines' clocks are.
    ahead_ms: i64,
    /// When it jumps, by the run's own time, and how far.
    jump: Option<(u64, i64)>,
}

impl RunClock {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), ahead_ms: 0, jump: None }
    }

    /// The clock of a machine that is ahead by so much, or behind.
    pub(super) const fn ahead_by(self, ms: i64) -> Self {
        Self { ahead_ms: ms, ..self }
    }

    /// The same clock, which jumps once.
    pub(super) const fn jumping(self, at_ms: u64, by_ms: i64) -> Self {
        Self { jump: Some((at_ms, by_ms)), ..self }
    }

    pub(super) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        let elapsed = self.elapsed_ms();
        let ms = i64::try_from(elapsed).unwrap_or(i64::MAX);
        let jumped = self.jump.filter(|(at, _)| elapsed >= *at).map_or(0, |(_, by)| by);
        Timestamp::from_millisecond(BEGIN * 1_000 + ms + self.ahead_ms + jumped)
            .expect("a time of this century")
    }
}

/// The lines.
#[derive(Clone)]
pub(super) struct Story {
    clock: RunClock,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Story {
    pub(super) fn new(clock: RunClock) -> Self {
        Self { clock, lines: Arc::default() }
    }

    pub(super) fn tell(&self, line: impl AsRef<str>) {
        let at = self.clock.elapsed_ms();
        let line = format!("{:>7}.{:03} s  {}", at / 1_000, at % 1_000, line.as_ref());
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(super) fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}
