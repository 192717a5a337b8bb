//! One try of one entry: its messages are made of the records as they are now, sent one after another, and what became
//! of them is stored.

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::{
    Fault,
    one_webhook::{OneWebhook, later},
};
use crate::{
    domain::{
        record_view::ChangeView,
        webhook::{MAX_HOLD, Outcome, Refusal, SignedRequest},
    },
    ports::{
        table::TableError,
        webhook_sender::{ANSWER_WITHIN, Received, outcome_of},
    },
    repositories::{notes::NoteError, webhooks::Pending},
};

/// After which nothing may be sent (Standard Webhooks).
const GONE: u16 = 410;
/// Statuses with which a receiver may say when to come back.
const SLOW_DOWN: [u16; 2] = [429, 503];

/// What became of a try.
pub(super) struct Attempted {
    pub(super) one: Pending,
    /// So many messages were accepted.
    pub(super) accepted: u32,
    pub(super) end: End,
}

/// How a try ended.
pub(super) enum End {
    /// Nothing is left to send.
    Done,
    /// Some is, and there is no time for it.
    NotNow,
    /// A message was not accepted.
    Refused {
        why: Refusal,
        /// It has failed for as long as it may.
        is_dead: bool,
        /// Until when its receiver asked to be left in peace.
        asked_until: Option<Timestamp>,
        /// Its receiver wants no message any more.
        gone: bool,
    },
}

impl OneWebhook<'_> {
    /// Sends what is left to send of an entry.
    pub(super) async fn attempt(&self, mut one: Pending, begin_until: Timestamp) -> Result<Attempted, Fault> {
        let mut accepted = 0;
        let changes = match self.changes(&one).await {
            Ok(changes) => changes,
            Err(Fault::Note(NoteError::Unreadable)) => {
                return self.refused(one, accepted, Refusal::Unreadable, None).await;
            }
            Err(fault) => return Err(fault),
        };
        for change in changes {
            if one.tries.accepted.contains(&change.id) {
                continue;
            }
            if self.now() >= begin_until {
                self.all.webhooks.tried(self.company, self.id(), &mut one).await?;
                return Ok(Attempted { one, accepted, end: End::NotNow });
            }
            match self.post(&change).await {
                (Outcome::Accepted(_), _) => {
                    accepted += 1;
                    one.tries.accepted.push(change.id);
                }
                (Outcome::Refused(why), answer) => return self.refused(one, accepted, why, answer).await,
            }
        }
        match self.all.webhooks.accepted(self.company, self.id(), &one).await {
            // It is not there any more: this was stored already, or the webhook was deleted.
            Ok(()) | Err(TableError::Conflict) => Ok(Attempted { one, accepted, end: End::Done }),
            Err(error) => Err(error.into()),
        }
    }

    /// Those that the webhook wants to hear of, as they are now.
    async fn changes(&self, one: &Pending) -> Result<Vec<ChangeView>, Fault> {
        let told = self.all.follow.tell(self.company, vec![one.entry.clone()]).await?;
        let changes = told.into_iter().flat_map(|told| told.changes);
        Ok(changes.filter(|change| self.webhook().kinds.want(change.kind)).collect())
    }

    async fn post(&self, change: &ChangeView) -> (Outcome, Option<Received>) {
        let (webhook, secrets) = (self.webhook(), &self.to.secrets);
        match SignedRequest::of_change(&webhook.id, &webhook.endpoint, secrets, change, self.now()) {
            Ok(request) => {
                let answer = self.all.sender.post(&request, ANSWER_WITHIN).await;
                (outcome_of(answer), answer.ok())
            }
            Err(error) => {
                warn!(webhook.id = %webhook.id, ?error, "A message of a webhook could not be made");
                (Outcome::Refused(Refusal::Unreadable), None)
            }
        }
    }

    async fn refused(
        &self,
        mut one: Pending,
        accepted: u32,
        why: Refusal,
        answer: Option<Received>,
    ) -> Result<Attempted, Fault> {
        let (webhooks, now) = (&self.all.webhooks, self.now());
        let asked_until = answer.and_then(|answer| asked_until(answer, now));
        let gone = why == Refusal::Status(GONE);
        let is_dead = !one.fail(self.id(), why, asked_until, now, self.webhook().updated_at);
        if is_dead {
            webhooks.bury(self.company, self.id(), &one, now).await?;
        } else {
            webhooks.tried(self.company, self.id(), &mut one).await?;
        }
        if gone {
            webhooks.gone(self.company, self.webhook()).await?;
        }
        Ok(Attempted { one, accepted, end: End::Refused { why, is_dead, asked_until, gone } })
    }
}

fn asked_until(answer: Received, now: Timestamp) -> Option<Timestamp> {
    let asked = answer.retry_after.filter(|_| SLOW_DOWN.contains(&answer.status))?;
    let asked = SignedDuration::try_from(asked).unwrap_or(MAX_HOLD);
    Some(later(now, asked.min(MAX_HOLD)))
}
