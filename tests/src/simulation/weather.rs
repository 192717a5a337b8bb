//! What goes wrong at a call to the outside. Each call asks once; the answer follows from the seed. A process that dies
//! has no effect any more, whatever of it was under way.

use std::{
    future::{Future, pending},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use super::{chance::Chance, story::Story};

/// How often what goes wrong, in a thousand calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Odds {
    /// Refused or not reached: no effect.
    pub(super) fails: u32,
    /// Done, and the answer lost.
    pub(super) loses_answer: u32,
    /// The process dies before it.
    pub(super) dies_before: u32,
    /// The process dies after it.
    pub(super) dies_after: u32,
    /// Takes long.
    pub(super) slow: u32,
    /// Whether clocks are set by more than a lease bears.
    pub(super) leaps: bool,
}

impl Odds {
    /// Whether nothing goes wrong.
    fn is_calm(self) -> bool {
        self == Self::default()
    }

    /// One of the kinds of days that are run, from calm to a storm.
    pub(super) fn of_day(chance: &Chance) -> Self {
        let up_to = |most: u32| chance.below(most + 1);
        let leaps = chance.below(8) == 0;
        match chance.below(4) {
            0 => Self::default(),
            1 => {
                Self { slow: up_to(50), fails: up_to(30), loses_answer: up_to(30), leaps, ..Self::default() }
            }
            2 => Self {
                slow: up_to(20),
                dies_before: up_to(10),
                dies_after: up_to(10),
                leaps,
                ..Self::default()
            },
            _ => Self {
                fails: up_to(60),
                loses_answer: up_to(60),
                dies_before: up_to(8),
                dies_after: up_to(8),
                slow: up_to(60),
                leaps,
            },
        }
    }
}

/// In so many of a thousand receives of a message of a known note the queue loses it altogether. SQS keeps what it has
/// taken; a person who purges a queue, or a redrive to nowhere, does not.
const LOST_MESSAGES: u32 = 8;
/// In so many of a thousand receives the queue throttles.
const THROTTLED: u32 = 30;
/// In so many of a thousand environments the clock is set while it runs.
const JUMPING_CLOCKS: u32 = 40;
/// How far at most, on some days.
const LONGEST_JUMP_MS: u32 = 5 * 60 * 1_000;
/// What a lease bears: it outlasts the longest run of its holder by 30 s, which is less what clocks differ by, and two of
/// them may jump apart. Beyond that, a worker may be taken for dead in the middle of sending an answer, which is then sent
/// twice.
const BEARABLE_JUMP_MS: u32 = 12 * 1_000;
/// How long after its start at most.
const JUMPS_WITHIN_MS: u32 = 60 * 1_000;

/// How long a call takes at least.
const AT_LEAST: Duration = Duration::from_millis(1);

/// What went wrong so far, for the verdict.
#[derive(Debug, Default)]
pub(super) struct Damage {
    pub(super) deaths: AtomicU32,
    pub(super) failures: AtomicU32,
    pub(super) lost_answers: AtomicU32,
    /// Clocks that were set by more than a lease bears.
    pub(super) leaps: AtomicU32,
    /// Messages that the queue lost.
    pub(super) lost_messages: AtomicU32,
}

/// The weather over one process.
#[derive(Clone)]
pub(super) struct Weather {
    chance: Chance,
    odds: Odds,
    story: Story,
    process: String,
    dead: Arc<AtomicBool>,
    died: Arc<Notify>,
    damage: Arc<Damage>,
    over: Arc<AtomicBool>,
}

enum Fate {
    Works,
    Fails,
    LosesAnswer,
    DiesBefore,
    DiesAfter,
}

impl Weather {
    pub(super) fn new(
        chance: Chance,
        odds: Odds,
        story: Story,
        damage: Arc<Damage>,
        over: Arc<AtomicBool>,
    ) -> Self {
        let (dead, died) = (Arc::default(), Arc::default());
        Self { chance, odds, story, process: "outside".to_owned(), dead, died, damage, over }
    }

    /// The same weather over another process.
    pub(super) fn over(&self, process: &str) -> Self {
        Self { process: process.to_owned(), dead: Arc::default(), died: Arc::default(), ..self.clone() }
    }

    /// The same, with what goes wrong there left out of the count.
    pub(super) fn over_apart(&self, process: &str) -> Self {
        Self { damage: Arc::default(), ..self.over(process) }
    }

    /// Whether the queue loses a message now.
    pub(super) fn loses_message(&self) -> bool {
        let loses = !self.is_over() && self.chance.permille(LOST_MESSAGES);
        self.damage.lost_messages.fetch_add(u32::from(loses), Ordering::Relaxed);
        loses
    }

    /// Whether the queue gives nothing now, whatever there is.
    pub(super) fn throttles(&self) -> bool {
        !self.is_over() && self.chance.permille(THROTTLED)
    }

    /// When from now on the clock of a process that just starts jumps, and how far, in milliseconds.
    pub(super) fn jump(&self) -> Option<(u64, i64)> {
        if self.is_over() || self.odds.is_calm() || !self.chance.permille(JUMPING_CLOCKS) {
            return None;
        }
        let most = if self.odds.leaps { LONGEST_JUMP_MS } else { BEARABLE_JUMP_MS };
        let by = i64::from(self.chance.below(2 * most)) - i64::from(most);
        let is_leap = by.unsigned_abs() > u64::from(BEARABLE_JUMP_MS);
        self.damage.leaps.fetch_add(u32::from(is_leap), Ordering::Relaxed);
        Some((u64::from(self.chance.below(JUMPS_WITHIN_MS)), by))
    }

    /// Ends the process: nothing that it has under way has an effect any more.
    pub(super) fn kill(&self, why: &str) {
        if !self.dead.swap(true, Ordering::Relaxed) {
            self.damage.deaths.fetch_add(1, Ordering::Relaxed);
            self.story.tell(format!("{} dies: {why}", self.process));
            self.died.notify_waiters();
        }
    }

    /// Until the process has died.
    pub(super) async fn death(&self) {
        let died = self.died.notified();
        if !self.dead.load(Ordering::Relaxed) {
            died.await;
        }
    }

    /// One call to the outside, with what befalls it. `failed` is the error of a call that had no effect, `lost` that of
    /// one whose outcome is unknown.
    pub(super) async fn around<T, E>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, E>>,
        failed: impl FnOnce() -> E,
        lost: impl FnOnce() -> E,
    ) -> Result<T, E> {
        self.live().await;
        self.pass_time().await;
        match self.fate() {
            Fate::Works => {
                let done = call.await;
                self.live().await;
                done
            }
            Fate::Fails => {
                self.damage.failures.fetch_add(1, Ordering::Relaxed);
                self.story.tell(format!("{}: {what} fails", self.process));
                Err(failed())
            }
            Fate::LosesAnswer => {
                drop(call.await);
                self.damage.lost_answers.fetch_add(1, Ordering::Relaxed);
                self.story.tell(format!("{}: {what} is done, its answer is lost", self.process));
                Err(lost())
            }
            Fate::DiesBefore => {
                self.kill(&format!("before {what}"));
                pending().await
            }
            Fate::DiesAfter => {
                drop(call.await);
                self.kill(&format!("after {what}"));
                pending().await
            }
        }
    }

    /// A dead process goes no further.
    async fn live(&self) {
        if self.dead.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    }

    async fn pass_time(&self) {
        let slow = !self.is_over() && self.chance.permille(self.odds.slow);
        let most = if slow { Duration::from_secs(30) } else { Duration::from_millis(40) };
        // Never none: threads that decode end before time goes on, and so before what comes after a call.
        tokio::time::sleep(AT_LEAST + self.chance.up_to(most)).await;
        self.live().await;
    }

    /// After the storm everything works, so that a run comes to its end.
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn fate(&self) -> Fate {
        if self.is_over() {
            return Fate::Works;
        }
        let mut roll = self.chance.below(1_000);
        for (odds, fate) in [
            (self.odds.fails, Fate::Fails),
            (self.odds.loses_answer, Fate::LosesAnswer),
            (self.odds.dies_before, Fate::DiesBefore),
            (self.odds.dies_after, Fate::DiesAfter),
        ] {
            if roll < odds {
                return fate;
            }
            roll -= odds;
        }
        Fate::Works
    }
}
