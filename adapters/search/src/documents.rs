//! The records of an index, each under a number. A record that changes gets a new number; what is known of the old
//! one stays behind, marked as gone, until the index is tidied.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use shared::domain::ids::RecordId;

use crate::vocabulary::Texts;

/// The length of a record that is gone.
const GONE: u32 = u32::MAX;

/// Records under their numbers, and the numbers of records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents {
    ids: Texts,
    /// When each came, in milliseconds since 1970.
    times: Vec<i64>,
    /// How many words each has, or [`GONE`].
    lengths: Vec<u32>,
    /// The records that are there, by their ids.
    numbers: HashTable<u32>,
    hasher: RandomState,
    /// How many words all that are there have together.
    total_length: u64,
}

impl Documents {
    /// How many numbers were given out.
    pub(crate) fn numbered(&self) -> usize {
        self.lengths.len()
    }

    /// How many records are there.
    pub(crate) fn present(&self) -> usize {
        self.numbers.len()
    }

    /// How many words a record has on average.
    #[expect(clippy::cast_precision_loss, reason = "an average that only scores are made of")]
    pub(crate) fn average_length(&self) -> f32 {
        self.total_length as f32 / self.present().max(1) as f32
    }

    /// How many words a record has; `None` if it is gone.
    #[inline]
    pub(crate) fn length(&self, number: u32) -> Option<u32> {
        self.lengths.get(number as usize).copied().filter(|length| *length != GONE)
    }

    /// When a record came, in milliseconds since 1970.
    pub(crate) fn time(&self, number: u32) -> i64 {
        self.times.get(number as usize).copied().unwrap_or_default()
    }

    /// A record's id as text.
    pub(crate) fn id(&self, number: u32) -> &str {
        self.ids.get(number)
    }

    /// Adds a record that is not there. `None`: the index is full.
    pub(crate) fn add(&mut self, id: &RecordId, time: i64, length: u32) -> Option<u32> {
        self.add_stored(&id.to_string(), time, length)
    }

    /// The same for an id that was read from a snapshot. `None` also if the record is there already.
    pub(crate) fn add_stored(&mut self, id: &str, time: i64, length: u32) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        if self.numbers.find(hash, |number| self.ids.get(*number) == id).is_some() {
            return None;
        }
        let number = self.ids.push(id)?;
        let length = length.min(GONE - 1);
        self.times.push(time);
        self.lengths.push(length);
        self.total_length += u64::from(length);
        let Self { ids, numbers, hasher, .. } = self;
        numbers.insert_unique(hash, number, |number| hasher.hash_one(ids.get(*number)));
        Some(number)
    }

    /// Marks a record as gone, if it is there.
    pub(crate) fn remove(&mut self, id: &RecordId) {
        let id = id.to_string();
        let hash = self.hasher.hash_one(id.as_str());
        let Ok(entry) = self.numbers.find_entry(hash, |number| self.ids.get(*number) == id) else { return };
        let (number, _) = entry.remove();
        if let Some(length) = self.lengths.get_mut(number as usize) {
            self.total_length = self.total_length.saturating_sub(u64::from(*length));
            *length = GONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_comes_again_gets_a_new_number() {
        let id = RecordId::parse("SM123456-2").unwrap();
        let mut documents = Documents::default();
        assert_eq!(documents.add(&id, 5, 10), Some(0));
        assert_eq!(documents.add(&id, 6, 20), None);
        documents.remove(&id);
        documents.remove(&id);
        assert_eq!((documents.length(0), documents.present(), documents.numbered()), (None, 0, 1));
        assert_eq!(documents.add(&id, 7, 30), Some(1));
        assert_eq!((documents.length(1), documents.time(1), documents.id(1)), (Some(30), 7, "SM123456-2"));
        assert!((documents.average_length() - 30.0).abs() < 1e-6);
    }
}
