//! What is left of the budgets: of each person for the last minute and hour, of each company for the day. And the
//! guard against machines that answer each other.
//!
//! What is counted after it was used (sound, tokens) may go beyond its budget by the notes that are in work at that
//! moment: at most as many as workers take at once. That is accepted; a reservation would hold others back for notes
//! that fail.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    api_keys::day,
    one_item::{Change, TRIES, change, encode, read, too_many},
};
use crate::{
    budgets::Budgets,
    domain::{
        identity::Identity,
        ids::{CompanyId, MessageId},
        sender_window::{Admission, Fingerprint, REMEMBERED, SenderWindow},
        usage::Usage,
    },
    ports::table::{Condition, ItemKey, TableError, TableStore, Write},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A job is tried for about a day; what it used is remembered for longer.
const SPENT_REMEMBERED: SignedDuration = SignedDuration::from_hours(72);

/// What a company used on one day.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Spent {
    audio_seconds: u64,
    tokens: u64,
}

/// What a company used today, and what it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    /// Seconds of sound that were transcribed.
    pub audio_seconds: u64,
    /// Tokens that the analysing model read and wrote.
    pub tokens: u64,
    /// How much there may be.
    pub budgets: Budgets,
}

/// The budgets and what is used of them.
#[derive(Clone)]
pub struct UsedBudgets {
    table: Arc<dyn TableStore>,
    budgets: Budgets,
}

impl UsedBudgets {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>, budgets: Budgets) -> Self {
        Self { table, budgets }
    }

    /// Whether a person's note may be worked on, and counts it if it may. Asked again within the hour, a note that was
    /// let through is let through again and not counted again.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn admit(
        &self,
        person: &Identity,
        id: &MessageId,
        now: Timestamp,
    ) -> Result<Admission, TableError> {
        let Budgets { sender_per_minute, sender_per_hour, .. } = self.budgets;
        if sender_per_minute == 0 && sender_per_hour == 0 {
            return Ok(Admission::Yes);
        }
        self.in_window(person, now, |window| window.admit(id, now, sender_per_minute, sender_per_hour)).await
    }

    /// Whether a message says what two others of this person said within the last ten minutes: then it is to be
    /// stored and not answered, whatever the budgets. Every copy counts, so it passes again after ten minutes without
    /// one. A text without content never is a loop. To be asked for notes in words alone: a number that is tapped or
    /// typed three times, or three photos under one caption, are no loop.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn is_loop(
        &self,
        person: &Identity,
        id: &MessageId,
        text: &str,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let Some(words) = Fingerprint::of(person, text) else { return Ok(false) };
        self.in_window(person, now, |window| window.is_loop(id, &words, now)).await
    }

    /// Whether models may be used for a company today, and if not, when tomorrow begins.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn may_spend(&self, company: &CompanyId, now: Timestamp) -> Result<Admission, TableError> {
        if !self.is_counted() {
            return Ok(Admission::Yes);
        }
        let (spent, _) = read::<Spent>(&*self.table, &day_of(company, now)).await?;
        let spent = spent.unwrap_or_default();
        let seconds = self.budgets.company_audio_minutes_per_day.saturating_mul(60);
        let is_used_up = |used: u64, most: u64| most > 0 && used >= most;
        let over = is_used_up(spent.audio_seconds, seconds)
            || is_used_up(spent.tokens, self.budgets.company_tokens_per_day);
        Ok(if over { Admission::NotBefore(next_midnight(now)) } else { Admission::Yes })
    }

    /// What a company used on the day (UTC) of `now`. Where nothing of a day is bounded nothing is counted, either.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn today(&self, company: &CompanyId, now: Timestamp) -> Result<Today, TableError> {
        let (spent, _) = read::<Spent>(&*self.table, &day_of(company, now)).await?;
        let Spent { audio_seconds, tokens } = spent.unwrap_or_default();
        Ok(Today { audio_seconds, tokens, budgets: self.budgets })
    }

    /// Counts what a step of a note used, once for each `step` of a message, however often it is told within three
    /// days. `step` is a word of ours, such as `hear-2`.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn spend(
        &self,
        company: &CompanyId,
        by: &MessageId,
        step: &str,
        usage: Usage,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let more = Spent {
            audio_seconds: usage.audio_seconds,
            tokens: usage.input_tokens.saturating_add(usage.output_tokens),
        };
        if !self.is_counted() || (more.audio_seconds, more.tokens) == (0, 0) {
            return Ok(());
        }
        let label = ItemKey::new(format!("budget#{company}"), format!("spent#{by}#{step}"));
        for _ in 0..TRIES {
            if self.table.get(&label).await?.is_some() {
                return Ok(());
            }
            match self.add(company, more, &label, now).await {
                Err(TableError::Conflict) => {}
                written => return written,
            }
        }
        Err(too_many())
    }

    /// The day's sum and the label that says what is in it are written together.
    async fn add(
        &self,
        company: &CompanyId,
        more: Spent,
        label: &ItemKey,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let key = day_of(company, now);
        let (spent, condition) = read::<Spent>(&*self.table, &key).await?;
        let spent = spent.unwrap_or_default();
        let sum = Spent {
            audio_seconds: spent.audio_seconds.saturating_add(more.audio_seconds),
            tokens: spent.tokens.saturating_add(more.tokens),
        };
        let put = |key: ItemKey, body: String, condition, expires_at| Write::Put {
            key,
            body,
            condition,
            expires_at: Some(expires_at),
        };
        let writes = [
            put(key, encode(&sum)?, condition, after(next_midnight(now), DAY)),
            put(label.clone(), encode(&more)?, Condition::Absent, after(now, SPENT_REMEMBERED)),
        ];
        self.table.write_together(&writes).await
    }

    /// Whether a person is to be told by this message that notes are stored and wait: yes to the first that asks, and
    /// to that one whenever it asks again; to all others not before 24 hours have passed.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn tell_once_a_day(
        &self,
        person: &Identity,
        by: &MessageId,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let key = ItemKey::new(partition_of(person), "told");
        change(&*self.table, &key, |told: Option<MessageId>| match told {
            Some(told) => Change::Stay(told == *by),
            None => Change::Become(by.clone(), Some(after(now, DAY)), true),
        })
        .await
    }

    async fn in_window<R: Send>(
        &self,
        person: &Identity,
        now: Timestamp,
        ask: impl Fn(&mut SenderWindow) -> R + Send + Sync,
    ) -> Result<R, TableError> {
        let key = ItemKey::new(partition_of(person), "window");
        change(&*self.table, &key, |stored: Option<SenderWindow>| {
            let mut window = stored.unwrap_or_default();
            let was_ahead = window.move_to(now);
            let before = window.clone();
            let answer = ask(&mut window);
            if !was_ahead && window == before {
                return Change::Stay(answer);
            }
            Change::Become(window, Some(after(now, REMEMBERED)), answer)
        })
        .await
    }

    const fn is_counted(&self) -> bool {
        self.budgets.company_audio_minutes_per_day > 0 || self.budgets.company_tokens_per_day > 0
    }
}

fn partition_of(person: &Identity) -> String {
    format!("sender#{}", person.digest())
}

fn day_of(company: &CompanyId, now: Timestamp) -> ItemKey {
    ItemKey::new(format!("budget#{company}"), format!("day#{}", day(now)))
}

fn after(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// In UTC, where each day of the clock has 86,400 s.
fn next_midnight(now: Timestamp) -> Timestamp {
    let day = now.as_second().div_euclid(86_400);
    Timestamp::from_second((day + 1) * 86_400).unwrap_or(Timestamp::MAX)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
