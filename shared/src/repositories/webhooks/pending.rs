//! What a webhook is to be told: entries of the feed that were taken in, until its receiver has them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Held, Webhooks, later, put};
use crate::{
    domain::{
        feed::ChangeKind,
        ids::{CompanyId, MessageId, RecordId},
        webhook::{GIVEN_UP_AFTER, Kinds, Refusal, WebhookId, next_attempt},
    },
    ports::table::{Condition, Item, ItemKey, MAX_WRITES_TOGETHER, Order, SortRange, TableError, Write},
    repositories::{
        feed::Entry,
        one_item::{decode, encode},
    },
};

/// How many entries of a webhook wait at once; all further ones stay in the feed. As many as are read together.
pub(crate) const MOST_PENDING: usize = 1_000;

/// How many entries are taken in together: each is a write, and the position is one.
pub(crate) const TOGETHER: usize = MAX_WRITES_TOGETHER - 1;

/// An entry that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) entry: Entry,
    pub(crate) tries: Tries,
    version: u64,
}

/// What became of it so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tries {
    /// How often it failed.
    #[serde(default)]
    pub(crate) failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_failure: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_failure: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Refusal>,
    /// The messages of it that were accepted, by the ids of their changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accepted: Vec<String>,
}

/// An entry as it lies in the table, waiting or given up.
#[derive(Serialize, Deserialize)]
pub(super) struct Body {
    note: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<u8>,
    kind: ChangeKind,
    at: Timestamp,
    #[serde(default)]
    pub(super) tries: Tries,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) died_at: Option<Timestamp>,
}

impl Body {
    pub(super) fn of(entry: &Entry, tries: Tries) -> Self {
        let part = entry.record.as_ref().map(RecordId::part);
        Self { note: entry.note.clone(), part, kind: entry.kind, at: entry.at, tries, died_at: None }
    }

    /// The entry, what became of it, and when it died.
    pub(super) fn read(item: &Item) -> Result<(Entry, Tries, Option<Timestamp>), TableError> {
        let Self { note, part, kind, at, tries, died_at } = decode(item)?;
        let number = item.key.sort.parse();
        let number = number.map_err(|_| TableError::Refused("a pending entry's key is no number".into()))?;
        let record = part.and_then(|part| RecordId::of_part(note.clone(), part));
        Ok((Entry { number, note, record, kind, at }, tries, died_at))
    }
}

impl Pending {
    fn read(item: &Item) -> Result<Self, TableError> {
        let (entry, tries, _) = Body::read(item)?;
        Ok(Self { entry, tries, version: item.version })
    }

    /// Whether it is to be tried now. What failed before `fresh_since` is, whatever was planned for it.
    pub(crate) fn is_due(&self, now: Timestamp, fresh_since: Timestamp) -> bool {
        let is_stale = self.tries.last_failure.is_some_and(|last| last < fresh_since);
        is_stale || self.tries.next.is_none_or(|next| next <= now)
    }

    /// Whether it has failed for as long as it may. What failed before `since`, when the webhook's owner changed
    /// something, does not count.
    pub(crate) fn is_over(&self, now: Timestamp, since: Timestamp) -> bool {
        let first = self.tries.first_failure.filter(|first| *first >= since);
        first.is_some_and(|first| now >= later(first, GIVEN_UP_AFTER))
    }

    /// It failed now; `false`: it has for as long as it may. It is tried again at `not_before` at the earliest.
    pub(crate) fn fail(
        &mut self,
        id: &WebhookId,
        why: Refusal,
        not_before: Option<Timestamp>,
        now: Timestamp,
        since: Timestamp,
    ) -> bool {
        let tries = &mut self.tries;
        if tries.first_failure.is_some_and(|first| first < since) {
            (tries.first_failure, tries.failures) = (None, 0);
        }
        tries.failures = tries.failures.saturating_add(1);
        tries.last_failure = Some(now);
        tries.why = Some(why);
        let first = *tries.first_failure.get_or_insert(now);
        let name = format!("{id}_{}", self.entry.number);
        let Some(next) = next_attempt(&name, tries.failures, first, now) else { return false };
        tries.next = Some(not_before.map_or(next, |not_before| not_before.max(next)));
        true
    }
}

impl Webhooks {
    /// What waits, in order; at most [`MOST_PENDING`].
    pub(crate) async fn pending(
        &self,
        company: &CompanyId,
        id: &WebhookId,
    ) -> Result<Vec<Pending>, TableError> {
        let partition = partition(company, id);
        let items = self.table.query(&partition, &SortRange::All, Order::Ascending, MOST_PENDING).await?;
        items.iter().map(Pending::read).collect()
    }

    /// Takes in at most [`TOGETHER`] entries, those that follow the position, together with the new position. Those of
    /// kinds that are not wanted are passed over.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when somebody else has the webhook.
    pub(crate) async fn take_in(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        held: &mut Held,
        entries: &[Entry],
        kinds: &Kinds,
    ) -> Result<Vec<Pending>, TableError> {
        let Some(last) = entries.last() else { return Ok(Vec::new()) };
        let before = std::mem::replace(&mut held.progress.position, last.number);
        let taken: Vec<Pending> = entries
            .iter()
            .filter(|entry| kinds.may_want(entry.kind))
            .map(|entry| Pending { entry: entry.clone(), tries: Tries::default(), version: 1 })
            .collect();
        let written = async {
            let mut writes = Vec::with_capacity(MAX_WRITES_TOGETHER);
            for one in &taken {
                let body = encode(&Body::of(&one.entry, Tries::default()))?;
                writes.push(put(key_of(company, id, one.entry.number), body, Condition::Absent));
            }
            writes.push(held.put(company, id)?);
            self.table.write_together(&writes).await
        };
        match written.await {
            Ok(()) => held.version = held.version.saturating_add(1),
            Err(error) => {
                held.progress.position = before;
                return Err(error);
            }
        }
        Ok(taken)
    }

    /// Its receiver has all of it.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when somebody else did something with it.
    pub(crate) async fn accepted(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        pending: &Pending,
    ) -> Result<(), TableError> {
        let key = key_of(company, id, pending.entry.number);
        self.table.delete(&key, Condition::Version(pending.version)).await
    }

    /// Stores what became of it.
    ///
    /// # Errors
    /// The same.
    pub(crate) async fn tried(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        pending: &mut Pending,
    ) -> Result<(), TableError> {
        let key = key_of(company, id, pending.entry.number);
        let body = encode(&Body::of(&pending.entry, pending.tries.clone()))?;
        pending.version = self.table.put(&key, &body, Condition::Version(pending.version), None).await?;
        Ok(())
    }

    /// Removes it from what waits, in a transaction with what it becomes.
    pub(super) async fn replace(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        pending: &Pending,
        by: Write,
    ) -> Result<(), TableError> {
        let key = key_of(company, id, pending.entry.number);
        let gone = Write::Delete { key, condition: Condition::Version(pending.version) };
        self.table.write_together(&[gone, by]).await
    }
}

pub(super) fn partition(company: &CompanyId, id: &WebhookId) -> String {
    format!("webhook-pending#{company}#{id}")
}

pub(super) fn key_of(company: &CompanyId, id: &WebhookId, number: u64) -> ItemKey {
    ItemKey::new(partition(company, id), format!("{number:020}"))
}
