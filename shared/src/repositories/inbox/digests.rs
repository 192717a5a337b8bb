//! What is counted of a company's messages in a span of time.

use std::ops::Range;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::{AT_ONCE, Entry, Inbox, MANY, partition};
use crate::{
    domain::{digest::Digest, ids::MessageId, tenant::TenantScope},
    ports::table::{Item, Order, SortRange},
    repositories::{
        notes::NoteError,
        record_index::{newest_first, time_of},
    },
};

/// A message of the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: MessageId,
    /// When it was received, to the millisecond.
    pub received_at: Timestamp,
    /// What is counted of it.
    pub digest: Digest,
}

/// What was gone through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many messages.
    pub notes: usize,
    /// Whether there are more, older ones.
    pub cut: bool,
}

impl Inbox {
    /// Goes through the company's messages that were received in `when` (the end excluded), newest first, at most
    /// `most`. Only what is not finished, or was before there were digests, is fetched.
    ///
    /// # Errors
    /// [`NoteError`].
    pub async fn digests(
        &self,
        scope: &TenantScope,
        when: Range<Timestamp>,
        most: usize,
        mut each: impl FnMut(Listed) + Send,
    ) -> Result<Counted, NoteError> {
        let mut counted = Counted::default();
        let last = when.end.saturating_sub(SignedDuration::from_millis(1)).unwrap_or(when.end);
        // No id stands behind it, so it is before all messages of that millisecond.
        let mut behind = newest_first(last);
        loop {
            let range = SortRange::After(behind.clone());
            let mut items = self.table.query(&partition(scope), &range, Order::Ascending, MANY).await?;
            items.retain(|item| time_of(&item.key.sort).is_some_and(|at| at >= when.start));
            let is_end = items.len() < MANY;
            if let Some(item) = items.last() {
                behind.clone_from(&item.key.sort);
            }
            let listed = items.into_iter().map(|item| self.listed(scope, item));
            let mut listed = stream::iter(listed).buffered(AT_ONCE);
            while let Some(listed) = listed.try_next().await? {
                let Some(listed) = listed else { continue };
                if counted.notes == most {
                    return Ok(Counted { cut: true, ..counted });
                }
                counted.notes += 1;
                each(listed);
            }
            if is_end {
                return Ok(counted);
            }
        }
    }

    /// `None`: its message was taken, and there is no note of it yet.
    async fn listed(&self, scope: &TenantScope, item: Item) -> Result<Option<Listed>, NoteError> {
        let Entry { note: id, digest } = Entry::read(&item)?;
        let digest = match digest {
            Some(digest) => Some(digest),
            None => self.find(scope, &id).await?.map(|note| Digest::of(&note)),
        };
        let received_at = time_of(&item.key.sort);
        Ok(digest.zip(received_at).map(|(digest, received_at)| Listed { id, received_at, digest }))
    }
}
