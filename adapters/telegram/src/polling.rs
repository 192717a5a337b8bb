//! Asking for updates, where no webhook is set (Telegram, "getUpdates"). Updates are dealt with in the order of their
//! numbers, each on its own; Telegram is told that it may forget them after the queue has them, and never before. What
//! cannot be read is counted and passed, so that it stops nothing that comes after it.

mod now;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json, value::RawValue};
use shared::{
    domain::private::Private,
    ports::{clock::Clock, message_sync::SyncError, table::TableError},
    repositories::polled::Polled,
    use_cases::take_in::{Patience, TakeIn, Took},
};
use tokio::sync::{mpsc, oneshot};

pub use now::PollNow;

use crate::{
    api::{CallError, TelegramApi, Why},
    secret::VerifiedUpdate,
    updates::{KINDS, NoMessage, read_update, waited_since},
    wire::Numbered,
};

/// How long Telegram holds a question while there is nothing to tell.
const HELD: Duration = Duration::from_secs(25);

/// How long such a question may take in all.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Updates in one answer: so few that the largest that people can make of them are read. Telegram would give a hundred.
const AT_ONCE: usize = 25;

/// How many answers are taken when somebody asks now; the rest comes by itself.
const ROUNDS_NOW: usize = 40;

/// The lookup and the queue of one message: on one machine both are at hand.
const LOOKUP: Duration = Duration::from_secs(2);
const QUEUE: Duration = Duration::from_secs(10);

/// How long a tap's waiting is ended for.
const TAP: Duration = Duration::from_secs(3);

/// The first wait after a failure, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A number that is as large is none of Telegram's, and would not be taken back by it.
const LARGEST_NUMBER: i64 = 1 << 53;

/// So much of an answer is looked at for the number of its first update.
const MAX_HEAD: usize = 100;

/// Asks, again and again.
pub struct Polling {
    asker: Asker,
    asked_now: mpsc::Receiver<Reply>,
}

/// Asks once.
struct Asker {
    api: Arc<TelegramApi>,
    polled: Polled,
    take: TakeIn,
    clock: Arc<dyn Clock>,
    /// What this bot's list is called.
    list: String,
}

type Reply = oneshot::Sender<Result<usize, SyncError>>;

/// An answer with updates.
enum Updates {
    Read(Vec<Box<RawValue>>),
    /// It is too long, or no JSON.
    Unreadable {
        /// The number of the first one, if it begins as Telegram's answers do.
        first: Option<i64>,
        error: CallError,
    },
}

/// What came of an answer with updates.
struct Dealt {
    /// Messages that the queue has now.
    taken: usize,
    /// Whether there may be more.
    more: bool,
}

/// Why a round was not ended.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Telegram(#[from] CallError),
    #[error("how far updates were read cannot be stored")]
    Table(#[from] TableError),
    #[error("an update could not be queued")]
    NotQueued,
    #[error("updates came without their numbers")]
    NotNumbered,
}

impl Polling {
    /// For this bot, and what asks it out of turn.
    #[must_use]
    pub fn new(
        api: Arc<TelegramApi>,
        polled: Polled,
        take: TakeIn,
        clock: Arc<dyn Clock>,
    ) -> (Self, PollNow) {
        let (ask, asked_now) = mpsc::channel(1);
        let list = api.bot().as_i64().to_string();
        (Self { asker: Asker { api, polled, take, clock, list }, asked_now }, PollNow(ask))
    }

    /// Runs until it is stopped, and ends for nothing else: what Telegram refuses now it may take in a minute, and whatever
    /// runs beside it is not to end with it. An answer whose updates are being dealt with is ended first.
    pub async fn run(self, stopped: impl Future<Output = ()> + Send) {
        let Self { asker, mut asked_now } = self;
        let mut stopped = std::pin::pin!(stopped);
        let (mut wait, mut failures) = (Duration::ZERO, 0_u32);
        loop {
            let polling = async {
                tokio::time::sleep(wait).await;
                asker.ask(HELD, AT_ONCE).await
            };
            let done = tokio::select! {
                biased;
                () = &mut stopped => return,
                // The question that is held is dropped, since Telegram answers one at a time.
                Some(reply) = asked_now.recv() => {
                    asker.answer_now(reply).await;
                    continue;
                }
                updates = polling => match updates {
                    Ok(answer) => asker.deal_with_answer(answer).await.map(drop),
                    Err(error) => Err(error),
                },
            };
            match done {
                Ok(()) => (wait, failures) = (Duration::ZERO, 0),
                Err(failed) => {
                    tell(&failed);
                    wait = back_off(&failed, failures);
                    failures = failures.saturating_add(1);
                }
            }
        }
    }
}

impl Asker {
    async fn answer_now(&self, reply: Reply) {
        let done = self.poll_now().await;
        if let Err(failed) = &done {
            tell(failed);
        }
        // Who asked may have gone.
        let _ = reply.send(done.map_err(|_| SyncError::Unavailable));
    }

    async fn poll_now(&self) -> Result<usize, Failed> {
        let mut taken = 0;
        for _ in 0..ROUNDS_NOW {
            let dealt = self.deal_with_answer(self.ask(Duration::ZERO, AT_ONCE).await?).await?;
            taken += dealt.taken;
            if !dealt.more {
                break;
            }
        }
        Ok(taken)
    }

    /// Asks once. Asking with a number tells Telegram that everything before it may be forgotten. After that no number is
    /// needed, and none is kept: after a week without updates Telegram may number them from anywhere.
    async fn ask(&self, held: Duration, limit: usize) -> Result<Updates, Failed> {
        let next = self.polled.next(&self.list).await?;
        let mut asked = json!({ "limit": limit, "timeout": held.as_secs(), "allowed_updates": KINDS });
        if let (Some(next), Some(asked)) = (next, asked.as_object_mut()) {
            asked.insert("offset".to_owned(), json!(next));
            // At once, so that what is forgotten is known to be.
            asked.insert("timeout".to_owned(), json!(0));
        }
        let answered = self.api.post("getUpdates", &asked, held + ANSWER_WITHIN).await?;
        let updates = match answered.result() {
            Ok(updates) => Updates::Read(updates),
            Err(error @ CallError::Lost(_)) => {
                return Ok(Updates::Unreadable { first: first_number(answered.beginning()), error });
            }
            Err(error) => return Err(error.into()),
        };
        if next.is_some() {
            self.polled.confirmed(&self.list).await?;
        }
        Ok(updates)
    }

    /// What cannot be read as a whole is read one by one, so that only what is to blame for it is passed.
    async fn deal_with_answer(&self, answer: Updates) -> Result<Dealt, Failed> {
        if let Updates::Read(updates) = &answer {
            return self.deal_with(updates).await;
        }
        match self.ask(Duration::ZERO, 1).await? {
            Updates::Read(updates) => Ok(Dealt { more: true, ..self.deal_with(&updates).await? }),
            Updates::Unreadable { first: Some(number), .. } => {
                NoMessage::Unreadable.count(&*self.take.metrics);
                self.polled.read_before(&self.list, number + 1, self.clock.now()).await?;
                Ok(Dealt { taken: 0, more: true })
            }
            Updates::Unreadable { first: None, error } => Err(error.into()),
        }
    }

    async fn deal_with(&self, updates: &[Box<RawValue>]) -> Result<Dealt, Failed> {
        let mut numbered: Vec<_> = updates.iter().map(|raw| (number_of(raw), raw)).collect();
        numbered.sort_by_key(|(number, _)| *number);
        let times = self.times_of(numbered.iter().map(|(_, raw)| raw.get()));
        let (mut taken, mut next, mut queued) = (0, None, true);
        for ((number, raw), at) in numbered.into_iter().zip(times) {
            match self.deal_with_one(raw, at).await {
                Took::Queued => taken += 1,
                Took::OfStranger => {}
                // Those before it are safe; this one and those after it come again.
                Took::NotQueued => {
                    queued = false;
                    break;
                }
            }
            next = number.map(|number| number + 1).or(next);
        }
        if let Some(next) = next {
            self.polled.read_before(&self.list, next, self.clock.now()).await?;
        }
        match (queued, next) {
            (false, _) => Err(Failed::NotQueued),
            (true, None) if !updates.is_empty() => Err(Failed::NotNumbered),
            (true, _) => Ok(Dealt { taken, more: updates.len() >= AT_ONCE }),
        }
    }

    /// The latest that each can have come: a tap, of which Telegram tells no time, comes before the message behind it.
    fn times_of<'a>(&self, updates: impl DoubleEndedIterator<Item = &'a str>) -> Vec<Timestamp> {
        let now = self.clock.now();
        let mut latest = now;
        let each = updates.rev().map(|raw| {
            let written = waited_since(raw, now).filter(|written| *written <= latest);
            let at = latest;
            latest = written.unwrap_or(latest);
            at
        });
        let mut times: Vec<_> = each.collect();
        times.reverse();
        times
    }

    /// One update. What is no message to work on is as good as one of a stranger: it was seen, and is not wanted again.
    async fn deal_with_one(&self, raw: &RawValue, at: Timestamp) -> Took {
        let body = Bytes::copy_from_slice(raw.get().as_bytes());
        let update = VerifiedUpdate { bot: self.api.bot(), body };
        let read = match read_update(&update, at) {
            Ok(read) => read,
            Err(no_message) => {
                no_message.count(&*self.take.metrics);
                return Took::OfStranger;
            }
        };
        let patience = Patience { lookup: tokio::time::sleep(LOOKUP), queue: tokio::time::sleep(QUEUE) };
        let taken = self.take.take(read.message, patience).await;
        if let (Some(tap), true) = (read.tap, taken.outcome != Took::NotQueued) {
            self.end_waiting(&tap).await;
        }
        taken.outcome
    }

    /// The button on the phone stops to wait. Nothing depends on it.
    async fn end_waiting(&self, tap: &Private<String>) {
        let answer = json!({ "callback_query_id": tap.expose() });
        if let Err(error) = self.api.call::<Value>("answerCallbackQuery", &answer, TAP).await {
            tracing::info!(%error, "A tap was taken, and Telegram was not told so");
        }
    }
}

/// The number of an update, whatever else is in it.
fn number_of(raw: &RawValue) -> Option<i64> {
    let numbered: Numbered = serde_json::from_str(raw.get()).ok()?;
    Some(numbered.update_id).filter(|number| (0..LARGEST_NUMBER).contains(number))
}

/// The number of the first update of an answer that is not whole: Telegram writes it first.
fn first_number(beginning: &[u8]) -> Option<i64> {
    const NAME: &str = "\"update_id\":";
    // Only where nothing of a person stands before it.
    let head = String::from_utf8_lossy(beginning.get(..MAX_HEAD.min(beginning.len()))?).replace(' ', "");
    let digits = head.strip_prefix("{\"ok\":true,\"result\":[{")?.strip_prefix(NAME)?;
    let number = digits.split_once(|digit: char| !digit.is_ascii_digit())?.0.parse().ok()?;
    Some(number).filter(|number| (0..LARGEST_NUMBER).contains(number))
}

fn tell(failed: &Failed) {
    if matches!(failed, Failed::Telegram(CallError::Unauthorised)) {
        tracing::error!(
            counter = "telegram_bot_refused",
            alarm = true,
            "Telegram refuses the bot's token; it is asked again every minute. Start Hark with the right TELEGRAM_BOT_TOKEN"
        );
    } else if matches!(failed, Failed::Telegram(CallError::Refused { why: Why::Conflict, .. })) {
        tracing::error!(
            counter = "telegram_conflict",
            alarm = true,
            "Telegram gives the updates to somebody else: another Hark with this bot's token runs, or a webhook is set. \
             Stop the other one; `hark telegram webhook show` tells of a webhook, `hark telegram webhook remove` removes it"
        );
    } else {
        tracing::warn!(counter = "telegram_not_polled", error = %failed, "Telegram's updates could not be taken; it is tried again");
    }
}

/// How long to wait after so many failures before.
fn back_off(failed: &Failed, before: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX)).min(LONGEST_WAIT);
    match failed {
        Failed::Telegram(CallError::Busy(wait)) => doubled.max(*wait),
        Failed::Telegram(CallError::Unauthorised) => LONGEST_WAIT,
        _ => doubled,
    }
}

#[cfg(test)]
mod tests;
