//! Tells companies' own software of changes: each entry of a company's feed goes to each of its webhooks at least once,
//! of one note in order, with the records as they are when it is sent.
//!
//! A run takes a webhook for itself, takes in what is new of the feed, sends what is due, and lets it go. It can break
//! off anywhere: what was sent and not noted as accepted is sent again under the same id, and after two minutes another
//! run may take the webhook. Who receives messages and must not do a thing twice, or lets two of them overtake each
//! other, looks at their ids: of one record the one with the higher number counts.

mod attempt;
mod one_webhook;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use tracing::{info, warn};

use self::one_webhook::OneWebhook;
use crate::{
    domain::{ids::CompanyId, webhook::Activity},
    ports::{
        clock::{Clock, Ids},
        metrics::Metrics,
        table::TableError,
        webhook_sender::WebhookSender,
    },
    repositories::{
        notes::NoteError,
        webhooks::{Addressee, Webhooks},
    },
    use_cases::follow::Follow,
};

/// How many companies are gone through at the same time.
const COMPANIES_AT_ONCE: usize = 8;
/// How many webhooks of one company.
const WEBHOOKS_AT_ONCE: usize = 5;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// Messages that were accepted.
    pub accepted: u32,
    /// Messages that were not, and are tried again.
    pub refused: u32,
    /// Entries of feeds that were given up.
    pub dead: u32,
    /// Entries that were taken in and wait.
    pub waiting: u32,
    /// Webhooks, or companies, for which the table did not answer: the next run goes on with them.
    pub failed: u32,
}

impl Delivered {
    const fn plus(self, other: Self) -> Self {
        Self {
            accepted: self.accepted.saturating_add(other.accepted),
            refused: self.refused.saturating_add(other.refused),
            dead: self.dead.saturating_add(other.dead),
            waiting: self.waiting.saturating_add(other.waiting),
            failed: self.failed.saturating_add(other.failed),
        }
    }
}

/// Why a run goes on with the next webhook.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// See the module.
#[derive(Clone)]
pub struct DeliverWebhooks {
    /// The webhooks.
    pub webhooks: Webhooks,
    /// What they are told.
    pub follow: Follow,
    /// What sends.
    pub sender: Arc<dyn WebhookSender>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes each run a holder of its own.
    pub ids: Arc<dyn Ids>,
    /// Takes what became of messages.
    pub metrics: Arc<dyn Metrics>,
}

impl DeliverWebhooks {
    /// Sends what is due to all webhooks of all companies, and takes no longer than `within`, but for a call of the table:
    /// no message is begun whose answer might come later. What is left, or fails, is done by the next run. Without any
    /// webhook it costs one query.
    pub async fn run(&self, within: Duration) -> Delivered {
        let deadline = self.clock.now().saturating_add(within).unwrap_or(Timestamp::MAX);
        let mut companies = match self.webhooks.companies().await {
            Ok(companies) => companies,
            Err(error) => {
                warn!(?error, "The companies that have webhooks could not be listed");
                return Delivered { failed: 1, ..Delivered::default() };
            }
        };
        self.begin_elsewhere(&mut companies);
        let holder = hex::encode(self.ids.random().get(..8).unwrap_or_default());
        let each = stream::iter(companies).map(|company| self.company(company, &holder, deadline));
        let delivered = each
            .buffer_unordered(COMPANIES_AT_ONCE)
            .fold(Delivered::default(), async |all, one| all.plus(one))
            .await;
        if delivered != (Delivered { waiting: delivered.waiting, ..Delivered::default() }) {
            info!(counter = "webhooks_delivered", ?delivered, "Webhooks were told of changes");
        }
        delivered
    }

    /// Each minute with another company, so that a run which does not get to the end leaves others out each time.
    fn begin_elsewhere(&self, companies: &mut [CompanyId]) {
        let minute = usize::try_from(self.clock.now().as_second() / 60).unwrap_or_default();
        let begin = minute.checked_rem(companies.len()).unwrap_or_default();
        companies.rotate_left(begin);
    }

    async fn company(&self, company: CompanyId, holder: &str, deadline: Timestamp) -> Delivered {
        let now = self.clock.now();
        if now >= deadline {
            return Delivered::default();
        }
        let (mut addressees, deleted) = match self.webhooks.addressees(&company, now).await {
            Ok(found) => found,
            Err(error) => {
                warn!(company.id = %company, ?error, "A company's webhooks could not be read");
                return Delivered { failed: 1, ..Delivered::default() };
            }
        };
        let mut delivered = Delivered::default();
        for id in &deleted {
            if let Err(error) = self.webhooks.remove_traces(&company, id).await {
                warn!(webhook.id = %id, ?error, "What is left of a webhook could not be removed now");
                delivered.failed = delivered.failed.saturating_add(1);
            }
        }
        addressees.retain(|to| to.webhook.activity == Activity::Active);
        let each = stream::iter(addressees).map(|to| self.webhook(&company, to, holder, deadline));
        each.buffer_unordered(WEBHOOKS_AT_ONCE).fold(delivered, async |all, one| all.plus(one)).await
    }

    async fn webhook(
        &self,
        company: &CompanyId,
        to: Addressee,
        holder: &str,
        deadline: Timestamp,
    ) -> Delivered {
        let mut delivered = Delivered::default();
        let one = OneWebhook { all: self, company, to: &to, holder };
        if let Err(error) = one.deliver(deadline, &mut delivered).await {
            warn!(webhook.id = %to.webhook.id, ?error, "A webhook could not be served to the end now");
            delivered.failed = delivered.failed.saturating_add(1);
        }
        delivered
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
