//! From the outbox to the feed: who reads gives what lies there its numbers.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tracing::info;

use super::{Body, Feed, feed_partition, numbered, outbox_partition};
use crate::{
    domain::ids::{CompanyId, MessageId},
    ports::table::{Condition, Item, ItemKey, MAX_WRITES_TOGETHER, Order, SortRange, TableError, Write},
    repositories::one_item::{self, decode, encode},
};

/// How many entries get their numbers together: each costs two writes, and the head one.
const TOGETHER: usize = (MAX_WRITES_TOGETHER - 1) / 2;
/// How much of an outbox is looked at together, to bring it in order.
const LOOKED_AT: usize = 480;
/// How often it is looked at again while others do the same.
const TRIES: usize = 8;

/// The number of the last entry.
#[derive(Default, Serialize, Deserialize)]
struct Head {
    number: u64,
}

impl Feed {
    /// Gives a number to all that lay in the outbox when this was asked. If others do the same at the same time, each
    /// does a part. What none of them could do is left to the next reader.
    pub(super) async fn sequence(&self, company: &CompanyId) -> Result<(), TableError> {
        for _ in 0..TRIES {
            let waiting = self
                .table
                .query(&outbox_partition(company), &SortRange::All, Order::Ascending, LOOKED_AT)
                .await?;
            let is_all = waiting.len() < LOOKED_AT;
            if waiting.is_empty() {
                return Ok(());
            }
            match self.append(company, in_order(waiting)?).await {
                Ok(()) if is_all => return Ok(()),
                // Another reader has moved the head, or is just doing so.
                Ok(()) | Err(TableError::Conflict) => {}
                Err(TableError::Unavailable(error)) => {
                    info!(%error, "The end of a feed could not be moved just now");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The number of the last entry, and on which condition it is still the last.
    pub(super) async fn head(&self, company: &CompanyId) -> Result<(u64, Condition), TableError> {
        let (head, condition) = one_item::read::<Head>(&*self.table, &head_key(company)).await?;
        Ok((head.unwrap_or_default().number, condition))
    }

    async fn append(&self, company: &CompanyId, waiting: Vec<Item>) -> Result<(), TableError> {
        let (mut number, mut condition) = self.head(company).await?;
        for some in waiting.chunks(TOGETHER) {
            let mut writes = Vec::with_capacity(MAX_WRITES_TOGETHER);
            for item in some {
                number = number.saturating_add(1);
                let key = ItemKey::new(feed_partition(company), numbered(number));
                let body = item.body.clone();
                writes.push(Write::Put { key, body, condition: Condition::Absent, expires_at: None });
                writes.push(Write::Delete {
                    key: item.key.clone(),
                    condition: Condition::Version(item.version),
                });
            }
            let (key, body) = (head_key(company), encode(&Head { number })?);
            writes.push(Write::Put { key, body, condition, expires_at: None });
            self.table.write_together(&writes).await?;
            condition = match condition {
                Condition::Version(version) => Condition::Version(version + 1),
                Condition::Absent | Condition::Always => Condition::Version(1),
            };
        }
        Ok(())
    }
}

/// In a partition of its own: beside the entries it would be one of them.
fn head_key(company: &CompanyId) -> ItemKey {
    ItemKey::new(format!("changes-head#{company}"), "head")
}

/// The version that an announcement is about, and whether a client app wrote it.
type Turn = (u32, bool);

/// By time, but of one note by version, and what a client app wrote to a version after that: two clocks may differ.
fn in_order(waiting: Vec<Item>) -> Result<Vec<Item>, TableError> {
    let mut of_note: HashMap<MessageId, Vec<(Turn, Item)>> = HashMap::new();
    let mut turns = Vec::with_capacity(waiting.len());
    for item in waiting {
        let Body { note, version, part, .. } = decode(&item)?;
        turns.push(note.clone());
        of_note.entry(note).or_default().push(((version, part.is_some()), item));
    }
    for items in of_note.values_mut() {
        // Stable, and taken from the end.
        items.sort_by_key(|(turn, _)| *turn);
        items.reverse();
    }
    let next = |note: MessageId| Some(of_note.get_mut(&note)?.pop()?.1);
    Ok(turns.into_iter().filter_map(next).collect())
}
