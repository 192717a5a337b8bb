//! What was looked up a moment ago: keys that are there, and keys that are not.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::CACHE_SECONDS;
use crate::domain::api_key::{ApiKeyRecord, KeyId};

/// Entries at most. One is some 500 bytes.
const MOST: usize = 2_000;

struct Entry {
    record: Option<ApiKeyRecord>,
    fetched_at: Timestamp,
}

impl Entry {
    /// A clock that was set back makes an entry old, never young for ever.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.fetched_at);
        !age.is_negative() && age < SignedDuration::from_secs(CACHE_SECONDS)
    }
}

/// The cache.
#[derive(Default)]
pub(super) struct Cache(HashMap<KeyId, Entry>);

impl Cache {
    /// `None`: not known. `Some(None)`: known not to be there.
    pub(super) fn get(&self, id: &KeyId, now: Timestamp) -> Option<Option<ApiKeyRecord>> {
        self.0.get(id).filter(|entry| entry.is_fresh(now)).map(|entry| entry.record.clone())
    }

    /// Remembers the answer of a look-up that began at `now`.
    pub(super) fn put(&mut self, id: KeyId, record: Option<ApiKeyRecord>, now: Timestamp) {
        if self.0.len() >= MOST {
            self.make_room(now);
        }
        self.0.insert(id, Entry { record, fetched_at: now });
    }

    /// Notes the day of use; `false` when it was noted before.
    pub(super) fn mark_used(&mut self, id: &KeyId, today: Date) -> bool {
        let Some(record) = self.0.get_mut(id).and_then(|entry| entry.record.as_mut()) else { return true };
        let first_use = record.last_used_day.is_none_or(|last| last < today);
        record.last_used_day = Some(today);
        first_use
    }

    /// Old entries go first, then those of keys that are not there, then all.
    fn make_room(&mut self, now: Timestamp) {
        self.0.retain(|_, entry| entry.is_fresh(now));
        if self.0.len() >= MOST {
            self.0.retain(|_, entry| entry.record.is_some());
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn e11_the_cache_stays_small() {
        let mut cache = Cache::default();
        for n in 0..10_000 {
            cache.put(KeyId::parse(&format!("custom-{n}")).unwrap(), None, at(1_000));
        }
        assert!(cache.0.len() <= MOST);
    }

    #[test]
    fn e09_an_entry_is_old_after_30_seconds_and_when_the_clock_was_set_back() {
        let id = KeyId::parse("custom-1").unwrap();
        let mut cache = Cache::default();
        cache.put(id.clone(), None, at(1_000));
        assert!(cache.get(&id, at(1_029)).is_some());
        assert!(cache.get(&id, at(1_030)).is_none());
        assert!(cache.get(&id, at(999)).is_none());
    }
}
