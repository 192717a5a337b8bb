//! From a presented API key to the right to act for one company.
//!
//! A decision is remembered for at most [`CACHE_SECONDS`], so that a revoked key is refused everywhere
//! within a minute. Whatever is wrong, the same work is done and the same is said. Wrong keys never reach
//! the table (their ids cannot be made up, see `domain::api_key`), never push a right one out of the cache
//! and are braked only among themselves, so nobody can lock the owner of a key out.

mod brake;
mod cache;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tracing::{info, warn};

use self::{brake::Brake, cache::Cache};
use crate::{
    domain::{
        api_key::{ApiKeyRecord, KeyHash, KeyId, KeyState, PresentedKey, Scope, Scopes},
        tenant::TenantScope,
    },
    ports::{clock::Clock, table::TableError},
    repositories::api_keys::{ApiKeys, day},
};

/// How long a decision is remembered, in seconds. Half of the minute within which a revocation works.
pub const CACHE_SECONDS: i64 = 30;

/// The bearer of a verified key.
#[derive(Debug, Clone)]
pub struct Authorised {
    /// The company that it may act for.
    pub scope: TenantScope,
    /// What it may do there.
    pub scopes: Scopes,
    /// Which key it was.
    pub key_id: KeyId,
}

impl Authorised {
    /// Whether the key allows this.
    #[must_use]
    pub fn may(&self, wanted: Scope) -> bool {
        self.scopes.allow(wanted)
    }
}

/// Why a key was not accepted. Wrong, revoked and expired are one, to whoever asks.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No such key, or not any more.
    #[error("the key is not accepted")]
    Refused,
    /// The same, and there have been too many such just now.
    #[error("too many wrong keys just now")]
    Braked,
    /// It could not be looked up.
    #[error("the keys cannot be looked up now")]
    Unavailable(#[source] TableError),
}

/// Whether keys of any text are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomKeys {
    /// Only keys that Hark made: everywhere but on a developer's machine.
    Refused,
    /// Also `HARK_DEMO_API_KEY`.
    Accepted,
}

/// Verifies keys.
pub struct Authoriser {
    keys: ApiKeys,
    clock: Arc<dyn Clock>,
    custom: CustomKeys,
    cache: Mutex<Cache>,
    brake: Mutex<Brake>,
}

impl Authoriser {
    /// Over the stored keys.
    #[must_use]
    pub fn new(keys: ApiKeys, clock: Arc<dyn Clock>, custom: CustomKeys) -> Self {
        Self { keys, clock, custom, cache: Mutex::default(), brake: Mutex::default() }
    }

    /// The stored keys.
    #[must_use]
    pub const fn keys(&self) -> &ApiKeys {
        &self.keys
    }

    /// Verifies the text that a client app presented as its key.
    ///
    /// # Errors
    /// [`Denied`]. The reason stands in the log, with the key's id.
    pub async fn authorise(&self, presented: &str) -> Result<Authorised, Denied> {
        let now = self.clock.now();
        let Some(key) = PresentedKey::parse(presented) else { return Err(self.refuse(now)) };
        if key.is_custom() && self.custom == CustomKeys::Refused {
            return Err(self.refuse(now));
        }
        let pepper = self.keys.pepper();
        let hash = pepper.hash(&key);
        let record = match pepper.id_of(&key) {
            Some(id) => self.record(&id, now).await.map_err(Denied::Unavailable)?,
            None => None,
        };
        let Some(record) = verified(record, hash, now) else { return Err(self.refuse(now)) };
        self.note_use(&record, now).await;
        Ok(Authorised {
            scope: TenantScope::of_verified_key(record.company_id),
            scopes: record.scopes,
            key_id: record.id,
        })
    }

    /// What is stored of a key, as it was at most [`CACHE_SECONDS`] ago. Keys that are not there are
    /// remembered too.
    async fn record(&self, id: &KeyId, now: Timestamp) -> Result<Option<ApiKeyRecord>, TableError> {
        if let Some(known) = self.cache().get(id, now) {
            return Ok(known);
        }
        let record = self.keys.find(id).await?;
        self.cache().put(id.clone(), record.clone(), now);
        Ok(record)
    }

    /// Notes the day of use, once a day. A failure costs the request nothing.
    async fn note_use(&self, record: &ApiKeyRecord, now: Timestamp) {
        let today = day(now);
        if record.last_used_day.is_some_and(|last| last >= today) {
            return;
        }
        // First in the cache: of many requests at once one writes, and a failing table is not asked again
        // before the entry is fetched anew.
        if !self.cache().mark_used(&record.id, today) {
            return;
        }
        if let Err(error) = self.keys.touch_last_used(&record.id, now).await {
            warn!(key.id = %record.id, error = %error, "The day of use of key `{}` was not noted", record.id);
        }
    }

    fn refuse(&self, now: Timestamp) -> Denied {
        let allowed = self.brake.lock().unwrap_or_else(PoisonError::into_inner).take(now);
        if allowed { Denied::Refused } else { Denied::Braked }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The record, if it is that of the presented key and may be used. Compares a hash in every case.
fn verified(record: Option<ApiKeyRecord>, hash: KeyHash, now: Timestamp) -> Option<ApiKeyRecord> {
    let stored = record.as_ref().map_or_else(KeyHash::of_nothing, |record| record.hash);
    let same = stored == hash;
    let record = record.filter(|_| same)?;
    match record.state(now) {
        KeyState::Active => Some(record),
        state => {
            info!(key.id = %record.id, "Key `{}` was refused: {state:?}", record.id);
            None
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
