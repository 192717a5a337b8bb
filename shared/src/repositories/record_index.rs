//! How a note is listed: what the filters of a listing ask for, and nothing that people said.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::{CustomerId, MessageId, RecordId},
        note::Note,
        object_key::Place,
        tenant::TenantScope,
    },
    ports::table::{Condition, Item, ItemKey, TableError, Write},
    repositories::one_item::{decode, encode},
};

/// What the item of a note holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) note: MessageId,
    pub(super) sender: CustomerId,
    pub(super) version: u32,
    #[serde(default)]
    pub(super) confirmed: bool,
    #[serde(default)]
    pub(super) withdrawn: bool,
    /// The places of its records, the first one's first.
    pub(super) places: Vec<Place>,
}

impl Entry {
    pub(super) fn read(item: &Item) -> Result<Self, TableError> {
        decode(item)
    }
}

/// The write by which a note is listed as it is now.
pub(super) fn put(note: &Note) -> Result<Write, TableError> {
    put_on(note, Condition::Always)
}

/// The same on a condition.
pub(super) fn put_on(note: &Note, condition: Condition) -> Result<Write, TableError> {
    let revised = note.revised();
    let entry = Entry {
        note: note.message().id.clone(),
        sender: note.sender().customer_id.clone(),
        version: revised.version,
        confirmed: revised.confirmed,
        withdrawn: revised.withdrawn,
        places: note.places().into_iter().map(|(_, place)| place).collect(),
    };
    Ok(Write::Put { key: key_of(note), body: encode(&entry)?, condition, expires_at: None })
}

pub(super) fn key_of(note: &Note) -> ItemKey {
    let message = note.message();
    let sort = format!("{}#{}", newest_first(message.received_at), message.id);
    ItemKey::new(partition(&note.scope()), sort)
}

pub(super) fn state_key(note: &Note, record: &RecordId) -> ItemKey {
    let sort = format!("{}#{record}", newest_first(note.message().received_at));
    ItemKey::new(state_partition(&note.scope()), sort)
}

pub(super) fn partition(scope: &TenantScope) -> String {
    format!("records#{}", scope.company())
}

pub(super) fn state_partition(scope: &TenantScope) -> String {
    format!("record-states#{}", scope.company())
}

/// Later than all times, in milliseconds, and the largest number of so many digits.
const END: i64 = 999_999_999_999_999;

/// Milliseconds in a form of which the later one sorts before the earlier one.
pub(super) fn newest_first(at: jiff::Timestamp) -> String {
    format!("{:015}", END - at.as_millisecond().clamp(0, END))
}

/// The time that a sort key begins with: the reverse of [`newest_first`].
pub(super) fn time_of(sort: &str) -> Option<jiff::Timestamp> {
    let before_end: i64 = sort.get(..15)?.parse().ok()?;
    jiff::Timestamp::from_millisecond(END.checked_sub(before_end)?).ok()
}
