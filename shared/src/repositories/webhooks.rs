//! The webhooks of each company, how far each of them is in the company's feed, and what it was not told yet.
//!
//! - `webhooks#{company}`: all of a company's webhooks in one item, so that it never has more than it may.
//! - `webhook-companies`: the companies that have any, for whoever delivers for all of them.
//! - `webhook-progress#{company}`: of each webhook, up to where the feed was taken in, and who delivers just now.
//! - `webhook-pending#{company}#{webhook}`: the entries that were taken in and not accepted yet, by their numbers.
//! - `webhook-dead#{company}#{webhook}`: those that were given up, for 30 days.
//!
//! An entry moves from one to the next in one transaction, so that a crash loses none and doubles none.

mod dead;
mod pending;
mod progress;
mod removing;
mod stored;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use self::stored::{Stored, StoredWebhook};
pub use self::{
    dead::{DEAD_KEPT_FOR, DeadLetter, DeadPage, MAX_DEAD_LISTED, Replayed},
    progress::Standing,
};
pub(crate) use self::{
    pending::{MOST_PENDING, Pending, TOGETHER},
    progress::{Held, Hold, Progress},
    stored::Addressee,
};
use super::{
    feed::Feed,
    once::Once,
    one_item::{self, Change, change, encode},
};
use crate::{
    domain::{
        api_key::Pepper,
        ids::CompanyId,
        tenant::TenantScope,
        webhook::{Activity, Endpoint, Kinds, Sealed, Sealer, Webhook, WebhookId, WebhookSecret},
    },
    ports::{
        clock::{Clock, Ids},
        table::{Condition, ItemKey, TableError, TableStore, Write},
    },
};

/// Most webhooks of a company.
pub const MOST_OF_A_COMPANY: usize = 10;

/// How long a secret still signs after a new one took its place.
pub const FORMER_SIGNS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many deleted webhooks may wait for what is left of them to be removed.
const MOST_DELETED: usize = 50;
/// How often a write is made anew when others write at the same time.
const TRIES: usize = 5;

/// Of which changes a new webhook is told first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beginning {
    /// Of those that happen from now on.
    #[default]
    Now,
    /// Of all that ever happened.
    First,
}

/// What a new webhook is to be.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where its messages go.
    pub endpoint: Endpoint,
    /// Of what it is told.
    pub kinds: Kinds,
    /// With what it begins.
    pub beginning: Beginning,
}

/// What is to become of a webhook; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// Where its messages go.
    pub endpoint: Option<Endpoint>,
    /// Of what it is told, from the changes on that it was not told of yet.
    pub kinds: Option<Kinds>,
    /// Whether it is sent anything.
    pub active: Option<bool>,
}

/// Why a webhook was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The company has as many as it may.
    #[error("a company has at most 10 webhooks")]
    TooMany,
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Why a webhook was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The company has none of this id.
    #[error("there is no such webhook")]
    NotFound,
    /// It has another version by now.
    #[error("the webhook was changed since it was read")]
    Changed,
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The repository.
#[derive(Clone)]
pub struct Webhooks {
    table: Arc<dyn TableStore>,
    feed: Feed,
    sealer: Sealer,
}

impl Webhooks {
    /// Kept in this table, their secrets encrypted under a key that is made of the installation's pepper.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>, pepper: &Pepper) -> Self {
        Self { feed: Feed::new(table.clone()), table, sealer: Sealer::of(pepper) }
    }

    /// Makes a webhook, active. The secret cannot be read again.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create(
        &self,
        scope: &TenantScope,
        new: NewWebhook,
        clock: &dyn Clock,
        ids: &dyn Ids,
    ) -> Result<(Webhook, WebhookSecret), CreateError> {
        let (fresh, secret, position) = self.fresh(scope, new, clock, ids).await?;
        let webhook = fresh.webhook.clone();
        self.add(scope.company(), fresh, position, None).await?;
        Ok((webhook, secret))
    }

    /// The same, once for a form, however often that is sent off. `None`: it made one already, whose secret is not to be
    /// had any more.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create_once(
        &self,
        scope: &TenantScope,
        new: NewWebhook,
        once: &Once,
        (clock, ids): (&dyn Clock, &dyn Ids),
    ) -> Result<Option<(Webhook, WebhookSecret)>, CreateError> {
        let (fresh, secret, position) = self.fresh(scope, new, clock, ids).await?;
        let webhook = fresh.webhook.clone();
        let is_new = self.add(scope.company(), fresh, position, Some(once)).await?;
        Ok(is_new.then_some((webhook, secret)))
    }

    /// Whether a form has made a webhook.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn is_made(&self, once: &Once) -> Result<bool, TableError> {
        Ok(once.made(&*self.table).await?.is_some())
    }

    /// A new webhook, its secret, and behind which change it begins.
    async fn fresh(
        &self,
        scope: &TenantScope,
        new: NewWebhook,
        clock: &dyn Clock,
        ids: &dyn Ids,
    ) -> Result<(StoredWebhook, WebhookSecret, u64), TableError> {
        let company = scope.company();
        let position = match new.beginning {
            Beginning::Now => self.feed.last(scope).await?,
            Beginning::First => 0,
        };
        let (now, id) = (clock.now(), WebhookId::of_random(&ids.random()));
        let (secret, sealed) = self.new_secret(company, &id, ids)?;
        let webhook = Webhook {
            id,
            endpoint: new.endpoint,
            kinds: new.kinds,
            activity: Activity::Active,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        Ok((StoredWebhook { webhook, secret: sealed, former: Vec::new() }, secret, position))
    }

    /// `false`: the form made another one before.
    async fn add(
        &self,
        company: &CompanyId,
        fresh: StoredWebhook,
        position: u64,
        once: Option<&Once>,
    ) -> Result<bool, CreateError> {
        let id = fresh.webhook.id.clone();
        for _ in 0..TRIES {
            if let Some(once) = once
                && let Some(made) = once.made(&*self.table).await?
            {
                return Ok(made == id.as_str());
            }
            let (stored, condition) = self.stored(company).await?;
            let mut stored = stored.unwrap_or_default();
            // A store's client may repeat a write whose answer was lost, and then meets its own item.
            if stored.find(&id).is_some() {
                return Ok(true);
            }
            if stored.webhooks.len() >= MOST_OF_A_COMPANY || stored.deleted.len() >= MOST_DELETED {
                return Err(CreateError::TooMany);
            }
            stored.webhooks.push(fresh.clone());
            let mut writes = vec![
                put(key_of(company), encode(&stored)?, condition),
                put(company_key(company), "{}".to_owned(), Condition::Always),
                Progress::begin(company, &id, position)?,
            ];
            if let Some(once) = once {
                writes.push(once.put(id.as_str(), fresh.webhook.created_at)?);
            }
            match self.table.write_together(&writes).await {
                Err(TableError::Conflict) => {}
                other => return Ok(other.map(|()| true)?),
            }
        }
        Err(one_item::too_many().into())
    }

    /// A company's webhooks, the oldest first.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn list(&self, scope: &TenantScope) -> Result<Vec<Webhook>, TableError> {
        let (stored, _) = self.stored(scope.company()).await?;
        Ok(stored.unwrap_or_default().webhooks.into_iter().map(|stored| stored.webhook).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn get(&self, scope: &TenantScope, id: &WebhookId) -> Result<Option<Webhook>, TableError> {
        let (stored, _) = self.stored(scope.company()).await?;
        Ok(stored.and_then(|stored| Some(stored.find(id)?.webhook.clone())))
    }

    /// Changes a webhook, if it still has the version that was read. What waits for it is sent at once, without regard
    /// to earlier failures.
    ///
    /// # Errors
    /// [`UpdateError`].
    pub async fn update(
        &self,
        scope: &TenantScope,
        id: &WebhookId,
        wanted: &WebhookChange,
        if_version: u32,
        now: Timestamp,
    ) -> Result<Webhook, UpdateError> {
        change(&*self.table, &key_of(scope.company()), |stored: Option<Stored>| {
            let mut stored = stored.unwrap_or_default();
            let Some(found) = stored.find_mut(id) else { return Change::Stay(Err(UpdateError::NotFound)) };
            let mut after = found.webhook.clone();
            wanted.apply_to(&mut after);
            (after.version, after.updated_at) = (if_version.saturating_add(1), now);
            if found.webhook == after {
                return Change::Stay(Ok(after));
            }
            if found.webhook.version != if_version {
                return Change::Stay(Err(UpdateError::Changed));
            }
            found.webhook = after.clone();
            Change::Become(stored, None, Ok(after))
        })
        .await?
    }

    /// Gives a webhook a new secret, which cannot be read again; the one before signs beside it for
    /// [`FORMER_SIGNS_FOR`]. With `seen`, only while this is the webhook's version, so that what is asked twice is done once.
    /// `None`: there is no such webhook, or it is of another version.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn rotate_secret(
        &self,
        scope: &TenantScope,
        (id, seen): (&WebhookId, Option<u32>),
        clock: &dyn Clock,
        ids: &dyn Ids,
    ) -> Result<Option<(Webhook, WebhookSecret)>, TableError> {
        let now = clock.now();
        let (secret, sealed) = self.new_secret(scope.company(), id, ids)?;
        let rotated = change(&*self.table, &key_of(scope.company()), |stored: Option<Stored>| {
            let mut stored = stored.unwrap_or_default();
            let Some(found) = stored.find_mut(id) else { return Change::Stay(None) };
            if found.secret == sealed {
                return Change::Stay(Some(found.webhook.clone()));
            }
            if seen.is_some_and(|seen| seen != found.webhook.version) {
                return Change::Stay(None);
            }
            found.rotate(sealed.clone(), now);
            let webhook = found.webhook.clone();
            Change::Become(stored, None, Some(webhook))
        })
        .await?;
        Ok(rotated.map(|webhook| (webhook, secret)))
    }

    /// Removes a webhook with all that waits for it and all its dead letters. `false`: there is none.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn delete(&self, scope: &TenantScope, id: &WebhookId) -> Result<bool, TableError> {
        change(&*self.table, &key_of(scope.company()), |stored: Option<Stored>| {
            let mut stored = stored.unwrap_or_default();
            if stored.find(id).is_none() {
                return Change::Stay(stored.deleted.contains(id));
            }
            stored.webhooks.retain(|stored| stored.webhook.id != *id);
            stored.deleted.push(id.clone());
            Change::Become(stored, None, true)
        })
        .await
    }

    fn new_secret(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        ids: &dyn Ids,
    ) -> Result<(WebhookSecret, Sealed), TableError> {
        let secret = WebhookSecret::of_random(&ids.random());
        let sealed = self.sealer.seal(company, id, &secret, &ids.random());
        let sealed = sealed.ok_or_else(|| TableError::Refused("a secret cannot be encrypted".into()))?;
        Ok((secret, sealed))
    }

    async fn stored(&self, company: &CompanyId) -> Result<(Option<Stored>, Condition), TableError> {
        one_item::read(&*self.table, &key_of(company)).await
    }
}

impl WebhookChange {
    fn apply_to(&self, webhook: &mut Webhook) {
        if let Some(endpoint) = &self.endpoint {
            webhook.endpoint = endpoint.clone();
        }
        if let Some(kinds) = &self.kinds {
            webhook.kinds = kinds.clone();
        }
        match self.active {
            Some(true) => webhook.activity = Activity::Active,
            // One that is gone says so until it is switched on.
            Some(false) if webhook.activity == Activity::Active => webhook.activity = Activity::Paused,
            _ => {}
        }
    }
}

const COMPANIES: &str = "webhook-companies";

fn key_of(company: &CompanyId) -> ItemKey {
    ItemKey::new(format!("webhooks#{company}"), "all")
}

fn company_key(company: &CompanyId) -> ItemKey {
    ItemKey::new(COMPANIES, company.as_str())
}

fn put(key: ItemKey, body: String, condition: Condition) -> Write {
    Write::Put { key, body, condition, expires_at: None }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
