//! What holds of whatever is indexed and asked: the answer depends on the records alone, and is what a look at each of
//! them by itself would give.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    fold::words,
    terms::{Term, terms_of},
};

/// Few letters and words, so that much of it meets.
fn some_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[ab]{1,3}",
        "(pump|rohr|warme){1,2}(e|en|s)?",
        "(rur|pomp)(a|y|ę|ami)",
        "pip(e|es)|Müll(er)?|Mueller",
        "[1-3]{1,3}",
    ];
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

fn some_change() -> impl Strategy<Value = Change> {
    let put = (0..12_u8, some_text(), some_text(), prop::collection::vec(some_text(), 0..2), 0..3_i64)
        .prop_map(|(name, title, text, tags, second)| {
            Change::Put(Document {
                id: id(&format!("note_{name}")),
                title: title.into(),
                text: text.into(),
                tags: tags.into_iter().map(Into::into).collect(),
                received_at: Timestamp::from_second(second).unwrap(),
            })
        });
    prop_oneof![4 => put, 1 => (0..12_u8).prop_map(|name| Change::Remove(id(&format!("note_{name}"))))]
}

fn some_query() -> impl Strategy<Value = String> {
    prop_oneof![3 => some_text(), 1 => some_text().prop_map(|text| format!("\"{text}\"")), 1 => ".{0,20}"]
}

/// The records that are left of changes.
fn left_of(changes: &[Change]) -> BTreeMap<RecordId, Document> {
    let mut left = BTreeMap::new();
    for change in changes {
        match change {
            Change::Put(document) => left.insert(document.id.clone(), document.clone()),
            Change::Remove(id) => left.remove(id),
        };
    }
    left
}

/// The records that hold all of a query, by looking at every word of each.
fn model(records: &BTreeMap<RecordId, Document>, query: &Query) -> BTreeSet<RecordId> {
    let fields = |document: &Document| -> Vec<Vec<String>> {
        let texts = std::iter::once(&document.title).chain(&document.tags).chain([&document.text]);
        texts.map(|text| words(text.expose()).map(|word| word.folded).collect()).collect()
    };
    let holding = |term: &Term| -> BTreeSet<RecordId> {
        let those = |fits: &dyn Fn(&[String]) -> bool| -> BTreeSet<RecordId> {
            let holds = |document: &&Document| fields(document).iter().any(|field| fits(field));
            records.values().filter(holds).map(|document| document.id.clone()).collect()
        };
        match term {
            Term::Phrase(phrase) => {
                those(&|field| field.windows(phrase.len()).any(|window| window == phrase))
            }
            Term::Word(pattern) => {
                let fitting = those(&|field| field.iter().any(|word| pattern.grade(word).is_some()));
                if fitting.is_empty() {
                    those(&|field| field.iter().any(|word| pattern.is_mistyped(word)))
                } else {
                    fitting
                }
            }
        }
    };
    let all = terms_of(query).iter().map(holding).reduce(|a, b| a.intersection(&b).cloned().collect());
    all.unwrap_or_default()
}

proptest! {
    #[test]
    fn the_answer_depends_on_the_records_alone(
        changes in prop::collection::vec(some_change(), 0..40),
        queries in prop::collection::vec(some_query(), 1..6),
        cut in 0..40_usize,
    ) {
        let mut whole = MemorySearch.empty();
        whole.apply(changes.clone());
        let records = left_of(&changes);
        prop_assert_eq!(whole.documents(), records.len());

        let mut stepwise = MemorySearch.empty();
        stepwise.apply(changes[..cut.min(changes.len())].to_vec());
        let mut stepwise = MemorySearch.load(&stepwise.snapshot()).unwrap();
        for change in &changes[cut.min(changes.len())..] {
            stepwise.apply(vec![change.clone()]);
        }
        let stored = MemorySearch.load(&whole.snapshot()).unwrap();
        let backwards = index(records.values().rev().cloned().map(Change::Put).collect());

        for query in queries.iter().filter_map(|query| Query::parse(query).ok()) {
            let found = whole.search(&query, 100, 0);
            let ids: BTreeSet<_> = found.hits.iter().map(|hit| hit.id.clone()).collect();
            prop_assert_eq!(&ids, &model(&records, &query), "{}", query.expose());
            for other in [&stepwise, &stored, &backwards] {
                prop_assert_eq!(&other.search(&query, 100, 0), &found, "{}", query.expose());
            }
        }
    }

    #[test]
    fn whatever_is_indexed_and_asked_nothing_breaks(
        title: String, text: String, tag: String, query: String, max_chars in 0..80_usize,
    ) {
        let index = index(vec![note("note_any", &title, &text, &[&tag])]);
        let index = MemorySearch.load(&index.snapshot()).unwrap();
        if let Ok(query) = Query::parse(&query) {
            index.search(&query, 10, 0);
        }
        // A word of the text itself is found, and shown where it stands.
        let Some(word) = words(&text).next().and_then(|word| text.get(word.range)) else { return Ok(()) };
        let Ok(query) = Query::parse(word) else { return Ok(()) };
        prop_assert_eq!(index.search(&query, 10, 0).total, 1);
        prop_assert!(MemorySearch.highlights(&query, &text).iter().all(|range| text.get(range.clone()).is_some()));
        let fragment = MemorySearch.fragment(&query, &text, max_chars);
        let shown = fragment.text.expose();
        prop_assert!(shown.chars().count() <= max_chars);
        prop_assert!(fragment.highlights.iter().all(|range| shown.get(range.clone()).is_some()));
        prop_assert!(fragment.highlights.windows(2).all(|pair| pair[0].end < pair[1].start));
    }

    #[test]
    fn bytes_that_pass_the_checksum_break_nothing(
        at in any::<prop::sample::Index>(), byte: u8, query in some_query(),
    ) {
        let mut bytes = super::company().snapshot();
        let at = 24 + at.index(bytes.len() - 24);
        bytes[at] = byte;
        let checksum = crc32fast::hash(&bytes[24..]).to_le_bytes();
        bytes[12..16].copy_from_slice(&checksum);
        if let Ok(mut index) = MemorySearch.load(&bytes) {
            index.apply(vec![text("note_later", "pumpe")]);
            if let Ok(query) = Query::parse(&query) {
                index.search(&query, 100, 0);
            }
            index.apply(vec![Change::Remove(id("note_later"))]);
            index.snapshot();
        }
    }

    #[test]
    fn bytes_of_any_kind_are_refused(bytes: Vec<u8>) {
        prop_assert!(MemorySearch.load(&bytes).is_err());
        prop_assert!(MemorySearch.load(&[b"HarkWord\x01\0\0\0".as_slice(), &bytes].concat()).is_err());
    }
}
