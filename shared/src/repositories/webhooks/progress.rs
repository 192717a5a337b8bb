//! How far a webhook is in its company's feed, who delivers to it just now, and how its receiver has been lately.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Webhooks;
use crate::{
    domain::{ids::CompanyId, tenant::TenantScope, webhook::WebhookId},
    ports::table::{Condition, ItemKey, TableError, Write},
    repositories::one_item::{self, Change, change, decode, encode},
};

/// What is stored of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The last entry of the feed that was taken in.
    pub(crate) position: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease: Option<Lease>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Hold>,
    /// Since when nothing was accepted although something was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failing_since: Option<Timestamp>,
    /// When its receiver was last back after a while: what failed before is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recovered_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_accepted_at: Option<Timestamp>,
}

/// Who delivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    pub(crate) holder: String,
    pub(crate) until: Timestamp,
}

/// The receiver is left in peace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    /// How many runs in a row ended so.
    pub(crate) runs: u32,
}

/// The progress of a webhook that this holder may deliver to until its lease ends.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) progress: Progress,
    pub(super) version: u64,
    holder: String,
}

/// How a webhook's receiver has been lately, for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// When it last accepted a message.
    pub last_accepted_at: Option<Timestamp>,
    /// Since when it accepted nothing that it was sent; `None`: it does.
    pub failing_since: Option<Timestamp>,
    /// Until when it is sent nothing, since it seems to be down or asked for it.
    pub held_until: Option<Timestamp>,
}

impl Progress {
    /// The write that makes it, for a new webhook.
    pub(super) fn begin(company: &CompanyId, id: &WebhookId, position: u64) -> Result<Write, TableError> {
        let body = encode(&Self { position, ..Self::default() })?;
        Ok(super::put(key_of(company, id), body, Condition::Always))
    }
}

impl Progress {
    /// Until when the webhook is sent nothing. A hold from before its owner changed something does not count.
    pub(crate) fn held_until(&self, now: Timestamp, updated_at: Timestamp) -> Option<Timestamp> {
        let hold = self.hold.as_ref().filter(|hold| hold.since >= updated_at && hold.until > now);
        hold.map(|hold| hold.until)
    }

    /// Whether somebody other than this holder delivers.
    pub(crate) fn is_leased(&self, now: Timestamp, holder: &str) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until > now && lease.holder != holder)
    }
}

impl Held {
    /// The write that stores it, on the condition that nobody else has it.
    pub(super) fn put(&self, company: &CompanyId, id: &WebhookId) -> Result<Write, TableError> {
        let body = encode(&self.progress)?;
        Ok(super::put(key_of(company, id), body, Condition::Version(self.version)))
    }
}

impl Webhooks {
    /// How a webhook's receiver has been. `None`: there is no such webhook.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn standing(
        &self,
        scope: &TenantScope,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<Option<Standing>, TableError> {
        if self.get(scope, id).await?.is_none() {
            return Ok(None);
        }
        Ok(self.progress(scope.company(), id).await?.map(|(progress, _)| Standing {
            last_accepted_at: progress.last_accepted_at,
            failing_since: progress.failing_since,
            held_until: progress.hold.map(|hold| hold.until).filter(|until| *until > now),
        }))
    }

    /// Its progress, and which version of it. `None`: it was deleted.
    pub(crate) async fn progress(
        &self,
        company: &CompanyId,
        id: &WebhookId,
    ) -> Result<Option<(Progress, u64)>, TableError> {
        let item = self.table.get(&key_of(company, id)).await?;
        item.map(|item| Ok((decode(&item)?, item.version))).transpose()
    }

    /// Takes the webhook, whose progress was read in this version, for this holder. `None`: somebody wrote it since.
    pub(crate) async fn hold(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        (mut progress, version): (Progress, u64),
        holder: &str,
        until: Timestamp,
    ) -> Result<Option<Held>, TableError> {
        progress.lease = Some(Lease { holder: holder.to_owned(), until });
        let mut held = Held { progress, version, holder: holder.to_owned() };
        match self.save(company, id, &mut held).await {
            Ok(()) => Ok(Some(held)),
            Err(TableError::Conflict) => self.held_after_all(company, id, held).await,
            Err(error) => Err(error),
        }
    }

    /// A store's client may repeat a write whose answer was lost, and then meets its own item.
    async fn held_after_all(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        wanted: Held,
    ) -> Result<Option<Held>, TableError> {
        let (found, condition) = one_item::read::<Progress>(&*self.table, &key_of(company, id)).await?;
        let Condition::Version(version) = condition else { return Ok(None) };
        Ok((found.as_ref() == Some(&wanted.progress)).then_some(Held { version, ..wanted }))
    }

    /// Stores it.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when somebody else wrote it.
    pub(crate) async fn save(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        held: &mut Held,
    ) -> Result<(), TableError> {
        let condition = Condition::Version(held.version);
        held.version =
            self.table.put(&key_of(company, id), &encode(&held.progress)?, condition, None).await?;
        Ok(())
    }

    /// Stores what is known of the receiver, and lets others deliver. Whoever has the webhook meanwhile is left alone.
    pub(crate) async fn let_go(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        held: Held,
    ) -> Result<(), TableError> {
        let Held { progress: mine, holder, .. } = held;
        change(&*self.table, &key_of(company, id), |found: Option<Progress>| match found {
            Some(found) if found.lease.as_ref().is_some_and(|lease| lease.holder == holder) => {
                // The position is what was stored with the entries.
                let after = Progress { position: found.position, lease: None, ..mine.clone() };
                Change::Become(after, None, ())
            }
            _ => Change::Stay(()),
        })
        .await
    }

    /// Sends again at once to a receiver that was left in peace.
    pub(super) async fn end_hold(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<(), TableError> {
        change(&*self.table, &key_of(company, id), |found: Option<Progress>| match found {
            Some(found) if found.hold.as_ref().is_some_and(|hold| hold.until > now) => {
                Change::Become(Progress { hold: None, ..found }, None, ())
            }
            _ => Change::Stay(()),
        })
        .await
    }
}

pub(super) fn key_of(company: &CompanyId, id: &WebhookId) -> ItemKey {
    ItemKey::new(format!("webhook-progress#{company}"), id.as_str())
}
