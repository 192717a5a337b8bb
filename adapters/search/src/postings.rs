//! Where a word stands: for each record its places, packed into bytes that are only ever added to.

/// The places of one word, in records of ascending number.
///
/// For each record: twice the distance to the record before it, plus one if it has several places there; then, if
/// so, their count; then the places, each after the first as the distance to the one before. All as varints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Postings {
    bytes: Vec<u8>,
    /// The number of the last record; the next one is larger. Unused while there is none.
    last: u32,
}

/// A place of a word in a record. Places of one field follow each other by [`Place::NEXT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(pub(crate) u32);

impl Place {
    /// From a place to the one behind it.
    pub(crate) const NEXT: u32 = 2;
    const IN_TITLE: u32 = 3;

    /// The place of the n-th word of a record.
    pub(crate) fn new(index: u32, in_title: bool) -> Self {
        Self(index.saturating_mul(Self::NEXT) | u32::from(in_title))
    }

    /// What the word weighs here: in a title or tag three times as much as in the text.
    pub(crate) const fn weight(self) -> u32 {
        if self.0 & 1 == 1 { Self::IN_TITLE } else { 1 }
    }
}

impl Postings {
    /// Reads stored postings. `last` is the number of their last record.
    pub(crate) fn from_stored(bytes: &[u8], last: u32) -> Self {
        Self { bytes: bytes.to_vec(), last }
    }

    /// As they are stored: the bytes and the number of the last record.
    pub(crate) fn stored(&self) -> (&[u8], u32) {
        (&self.bytes, self.last)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds the places, ascending and at least one, of a record with a larger number than the last.
    pub(crate) fn push(&mut self, record: u32, places: &[Place]) {
        let gap = if self.bytes.is_empty() { record } else { record.saturating_sub(self.last) };
        // Grown by an eighth: there are many lists, and those of an index at rest shall have no air in them.
        let room = 15 + 5 * places.len();
        if self.bytes.capacity() - self.bytes.len() < room {
            self.bytes.reserve_exact(room.max(self.bytes.len() / 8));
        }
        let several = u64::from(places.len() > 1);
        write_varint(&mut self.bytes, u64::from(gap) << 1 | several);
        if several == 1 {
            write_varint(&mut self.bytes, places.len() as u64);
        }
        let mut before = 0;
        for place in places {
            write_varint(&mut self.bytes, u64::from(place.0.saturating_sub(before)));
            before = place.0;
        }
        self.last = record;
    }

    /// The records in their order, each with its places by way of a reader that must be asked for all of them.
    pub(crate) fn read(&self) -> Reader<'_> {
        Reader { rest: &self.bytes, record: 0, count: 0, place: 0 }
    }

    /// Gives back memory that growing took.
    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

/// Reads postings from their first record on. Bytes that are none end it early.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'p> {
    rest: &'p [u8],
    record: u32,
    /// Places of this record that were not read yet.
    count: u64,
    place: u32,
}

impl Reader<'_> {
    /// The number of the next record. The places of the one before must have been read.
    #[inline]
    pub(crate) fn next_record(&mut self) -> Option<u32> {
        let head = read_varint(&mut self.rest)?;
        self.count = if head & 1 == 1 { read_varint(&mut self.rest)? } else { 1 };
        self.record = self.record.checked_add(u32::try_from(head >> 1).ok()?)?;
        self.place = 0;
        Some(self.record)
    }

    /// The next place in this record.
    #[inline]
    pub(crate) fn next_place(&mut self) -> Option<Place> {
        self.count = self.count.checked_sub(1)?;
        let gap = u32::try_from(read_varint(&mut self.rest)?).ok()?;
        self.place = self.place.checked_add(gap)?;
        Some(Place(self.place))
    }

    /// What all the places of this record weigh together. Reads them.
    #[inline]
    pub(crate) fn weight(&mut self) -> u32 {
        let mut weight = 0_u32;
        while let Some(place) = self.next_place() {
            weight = weight.saturating_add(place.weight());
        }
        weight
    }
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

#[inline]
fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    if *first < 0x80 {
        return Some(u64::from(*first));
    }
    let mut value = u64::from(first & 0x7f);
    for shift in [7, 14, 21, 28, 35] {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn read_all(postings: &Postings) -> BTreeMap<u32, BTreeSet<u32>> {
        let mut reader = postings.read();
        let mut all = BTreeMap::new();
        while let Some(record) = reader.next_record() {
            all.insert(record, std::iter::from_fn(|| reader.next_place()).map(|place| place.0).collect());
        }
        all
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            all in prop::collection::btree_map(any::<u32>(), prop::collection::btree_set(any::<u32>(), 1..5), 0..20)
        ) {
            let mut postings = Postings::default();
            for (record, places) in &all {
                postings.push(*record, &places.iter().map(|place| Place(*place)).collect::<Vec<_>>());
            }
            prop_assert_eq!(&read_all(&postings), &all);
            let (bytes, last) = postings.stored();
            prop_assert_eq!(&read_all(&Postings::from_stored(bytes, last)), &all);
        }

        #[test]
        fn whatever_the_bytes_are_reading_ends(bytes: Vec<u8>) {
            let records = read_all(&Postings::from_stored(&bytes, 0)).len();
            prop_assert!(records <= bytes.len());
        }
    }
}
