//! What a webhook's receiver did not take in three days: listed for its owner, and sent again when asked to.

use jiff::{SignedDuration, Timestamp};

use super::{
    Pending, Webhooks, later,
    pending::{self, Body, Tries},
    put,
};
use crate::{
    domain::{
        ids::CompanyId,
        tenant::TenantScope,
        webhook::{Refusal, WebhookId},
    },
    ports::table::{Condition, Item, ItemKey, Order, SortRange, TableError, Write},
    repositories::{feed::Entry, one_item::encode},
};

/// How long a dead letter is kept.
pub const DEAD_KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Most dead letters that are listed at once.
pub const MAX_DEAD_LISTED: usize = 100;

/// How many are sent again by one call.
const MOST_REPLAYED: usize = 500;
/// How many of them together: each costs two writes.
const TOGETHER: usize = crate::ports::table::MAX_WRITES_TOGETHER / 2;

/// An entry of the feed that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The entry; its number names the letter.
    pub entry: Entry,
    /// How often it was sent.
    pub failures: u32,
    /// When it failed first.
    pub first_failure: Option<Timestamp>,
    /// When it was given up.
    pub died_at: Timestamp,
    /// Why it was not accepted the last time.
    pub why: Option<Refusal>,
}

/// Some dead letters, the oldest number first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadPage {
    /// The letters.
    pub letters: Vec<DeadLetter>,
    /// The number behind which it goes on; `None`: these were the last.
    pub next: Option<u64>,
}

/// What was done about a webhook's dead letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// So many wait to be sent again.
    pub letters: u32,
    /// Whether there are more, for another call.
    pub more: bool,
}

impl Webhooks {
    /// A webhook's dead letters behind this number (0: from the first), at most `limit` (1 to [`MAX_DEAD_LISTED`]).
    /// Empty if there is no such webhook.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn dead_letters(
        &self,
        scope: &TenantScope,
        id: &WebhookId,
        after: u64,
        limit: usize,
    ) -> Result<DeadPage, TableError> {
        let limit = limit.clamp(1, MAX_DEAD_LISTED);
        let range = SortRange::After(format!("{after:020}"));
        let partition = partition(scope.company(), id);
        let items = self.table.query(&partition, &range, Order::Ascending, limit).await?;
        let letters = items.iter().map(DeadLetter::read).collect::<Result<Vec<_>, _>>()?;
        let next = letters.last().filter(|_| letters.len() == limit).map(|last| last.entry.number);
        Ok(DeadPage { letters, next })
    }

    /// Has one dead letter sent again, as if it had never been sent. `false`: there is none of this number.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn replay(
        &self,
        scope: &TenantScope,
        id: &WebhookId,
        number: u64,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let (company, key) = (scope.company(), key_of(scope.company(), id, number));
        if self.get(scope, id).await?.is_none() {
            return Ok(false);
        }
        let Some(item) = self.table.get(&key).await? else { return Ok(false) };
        self.revive(company, id, &[item]).await?;
        self.end_hold(company, id, now).await?;
        Ok(true)
    }

    /// The same for all of them, in the order of their numbers; at most 500 with one call.
    ///
    /// # Errors
    /// [`TableError`]; then some may be on their way already.
    pub async fn replay_all(
        &self,
        scope: &TenantScope,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<Replayed, TableError> {
        let company = scope.company();
        if self.get(scope, id).await?.is_none() {
            return Ok(Replayed::default());
        }
        let partition = partition(company, id);
        let mut items =
            self.table.query(&partition, &SortRange::All, Order::Ascending, MOST_REPLAYED + 1).await?;
        let more = items.len() > MOST_REPLAYED;
        items.truncate(MOST_REPLAYED);
        for some in items.chunks(TOGETHER) {
            self.revive(company, id, some).await?;
        }
        self.end_hold(company, id, now).await?;
        Ok(Replayed { letters: u32::try_from(items.len()).unwrap_or(u32::MAX), more })
    }

    async fn revive(&self, company: &CompanyId, id: &WebhookId, items: &[Item]) -> Result<(), TableError> {
        let mut writes = Vec::with_capacity(items.len() * 2);
        for item in items {
            let (entry, tries, _) = Body::read(item)?;
            // What was accepted of it is not sent once more.
            let tries = Tries { accepted: tries.accepted, ..Tries::default() };
            let body = encode(&Body::of(&entry, tries))?;
            writes.push(put(pending::key_of(company, id, entry.number), body, Condition::Always));
            writes.push(Write::Delete { key: item.key.clone(), condition: Condition::Version(item.version) });
        }
        match self.table.write_together(&writes).await {
            // Somebody else did the same, or this very call whose answer was lost.
            Err(TableError::Conflict) => Ok(()),
            other => other,
        }
    }

    /// Gives an entry up.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when somebody else did something with it.
    pub(crate) async fn bury(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        pending: &Pending,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let mut body = Body::of(&pending.entry, pending.tries.clone());
        body.died_at = Some(now);
        let dead = Write::Put {
            key: key_of(company, id, pending.entry.number),
            body: encode(&body)?,
            condition: Condition::Always,
            expires_at: Some(later(now, DEAD_KEPT_FOR)),
        };
        self.replace(company, id, pending, dead).await
    }
}

impl DeadLetter {
    fn read(item: &Item) -> Result<Self, TableError> {
        let (entry, tries, died_at) = Body::read(item)?;
        let died_at = died_at.ok_or_else(|| TableError::Refused("a dead letter without its time".into()))?;
        let Tries { failures, first_failure, why, .. } = tries;
        Ok(Self { entry, failures, first_failure, died_at, why })
    }
}

pub(super) fn partition(company: &CompanyId, id: &WebhookId) -> String {
    format!("webhook-dead#{company}#{id}")
}

fn key_of(company: &CompanyId, id: &WebhookId, number: u64) -> ItemKey {
    ItemKey::new(partition(company, id), format!("{number:020}"))
}
