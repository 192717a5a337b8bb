//! One item that several change at the same time: read, changed, and written on the condition that nobody else wrote
//! in between.

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::ports::table::{Condition, Item, ItemKey, TableError, TableStore};

/// How often a change is made anew when others write the same item. Of those who write at the same time one succeeds
/// each time, so this is how many may do so; a worker takes at most ten notes at once.
pub(super) const TRIES: usize = 16;

/// What becomes of an item.
pub(super) enum Change<T, R> {
    /// It stays as it is.
    Stay(R),
    /// It is this from now on, until then.
    Become(T, Option<Timestamp>, R),
}

/// Changes an item: `change` gets it, or `None` where there is none, and says what becomes of it and what is answered.
/// It is asked again when somebody else wrote first, so the last one that was answered is the one that holds. A
/// store's client may repeat a write whose answer was lost and then meets its own item, so a change must know that
/// it was made already.
pub(super) async fn change<T, R>(
    table: &dyn TableStore,
    key: &ItemKey,
    change: impl Fn(Option<T>) -> Change<T, R> + Send + Sync,
) -> Result<R, TableError>
where
    T: Serialize + DeserializeOwned + Send,
    R: Send,
{
    for _ in 0..TRIES {
        let (before, condition) = read(table, key).await?;
        let (after, expires_at, answer) = match change(before) {
            Change::Stay(answer) => return Ok(answer),
            Change::Become(after, expires_at, answer) => (after, expires_at, answer),
        };
        match table.put(key, &encode(&after)?, condition, expires_at).await {
            Ok(_) => return Ok(answer),
            Err(TableError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(too_many())
}

/// The item, and the condition on which it is still so.
pub(super) async fn read<T: DeserializeOwned>(
    table: &dyn TableStore,
    key: &ItemKey,
) -> Result<(Option<T>, Condition), TableError> {
    match table.get(key).await? {
        None => Ok((None, Condition::Absent)),
        Some(item) => Ok((Some(decode(&item)?), Condition::Version(item.version))),
    }
}

/// Others were faster each time.
pub(super) fn too_many() -> TableError {
    TableError::Unavailable("too many write the same item at once".into())
}

/// The body of an item.
pub(super) fn encode(body: &impl Serialize) -> Result<String, TableError> {
    serde_json::to_string(body).map_err(|error| TableError::Refused(error.into()))
}

pub(super) fn decode<T: DeserializeOwned>(item: &Item) -> Result<T, TableError> {
    // serde's own message can quote what it met, so only the place is told.
    serde_json::from_str(&item.body).map_err(|error| {
        let place = format!("{:?} error in a stored item at column {}", error.classify(), error.column());
        TableError::Refused(place.into())
    })
}
