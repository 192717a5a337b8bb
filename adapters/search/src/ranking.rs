//! Which records hold all that a query asks for, and in which order they are shown.

use std::cmp::Ordering;

use shared::{
    domain::ids::RecordId,
    ports::search::{Found, Hit, MAX_HITS},
};

use crate::{
    documents::Documents,
    index::Index,
    pattern::{Grade, Pattern},
    postings::Place,
    terms::Term,
};

/// How soon more of the same word adds nothing, and how much a long record counts less: BM25's k1 and b.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;

/// What a term found in each record: the best grade at which a word fitted, and what the words of this grade weigh.
/// Whole numbers, so that the order in which words are looked at does not show in the scores.
struct Tally {
    /// By the record's number; a weight of zero is no match. Four bytes each, since they are met in any order; a word
    /// that weighs more than they hold is worth no more anyway.
    cells: Vec<(u8, u16)>,
    /// The records that have a match.
    touched: Vec<u32>,
}

impl Tally {
    fn new(records: usize) -> Self {
        Self { cells: vec![(0, 0); records], touched: Vec::new() }
    }

    #[inline]
    fn add(&mut self, record: u32, grade: Grade, weight: u32) {
        let Some(cell) = self.cells.get_mut(record as usize) else { return };
        let weight = u16::try_from(weight).unwrap_or(u16::MAX);
        if cell.1 == 0 {
            *cell = (grade as u8, weight);
            self.touched.push(record);
        } else if cell.0 == grade as u8 {
            cell.1 = cell.1.saturating_add(weight);
        }
    }

    /// Forgets the records that are gone. Asked once for each record, and not for each place of a word in it.
    fn drop_gone(&mut self, documents: &Documents) {
        let Self { cells, touched } = self;
        touched.retain(|record| {
            let is_there = documents.length(*record).is_some();
            if !is_there && let Some(cell) = cells.get_mut(*record as usize) {
                *cell = (0, 0);
            }
            is_there
        });
    }

    fn clear(&mut self) {
        for record in self.touched.drain(..) {
            if let Some(cell) = self.cells.get_mut(record as usize) {
                *cell = (0, 0);
            }
        }
    }
}

/// A record while it is being scored: how many terms were found in it so far, and what they are worth.
#[derive(Clone, Copy, Default)]
struct Standing {
    terms: u8,
    score: f32,
}

/// A record that holds everything.
struct Candidate {
    number: u32,
    score: f32,
    time: i64,
}

/// One page of the records that hold all terms.
pub(crate) fn search(index: &Index, terms: &[Term], limit: usize, offset: usize) -> Found {
    let mut tally = Tally::new(index.documents.numbered());
    let mut standings = vec![Standing::default(); index.documents.numbered()];
    for (found_before, term) in (0_u8..).zip(terms) {
        tally.clear();
        match term {
            Term::Word(pattern) => tally_word(index, pattern, &mut tally),
            Term::Phrase(words) => tally_phrase(index, words, &mut tally),
        }
        let rarity = rarity(tally.touched.len(), index.documents.present());
        let average = index.documents.average_length().max(1.0);
        let mut is_anywhere = false;
        for record in &tally.touched {
            let Some(standing) = standings.get_mut(*record as usize) else { continue };
            if standing.terms == found_before
                && let Some((grade, weight)) = tally.cells.get(*record as usize)
                && let Some(length) = index.documents.length(*record)
            {
                standing.terms += 1;
                standing.score += rarity
                    * GRADE_WEIGHTS.get(usize::from(*grade)).unwrap_or(&0.0)
                    * presence(*weight, length, average);
                is_anywhere = true;
            }
        }
        if !is_anywhere {
            return Found::default();
        }
    }
    let candidate = |number: &u32| {
        let standing = standings.get(*number as usize)?;
        (usize::from(standing.terms) == terms.len()).then(|| Candidate {
            number: *number,
            score: standing.score,
            time: index.documents.time(*number),
        })
    };
    page(index, tally.touched.iter().filter_map(candidate).collect(), limit.min(MAX_HITS), offset)
}

const GRADE_WEIGHTS: [f32; 5] = [
    Grade::Whole.weight(),
    Grade::Inflected.weight(),
    Grade::Beginning.weight(),
    Grade::Inside.weight(),
    Grade::Mistyped.weight(),
];

/// The word in all records, at the best grade that each has. Mistakes are forgiven where nothing else is found.
fn tally_word(index: &Index, pattern: &Pattern, tally: &mut Tally) {
    let (beginning, inside) = pattern.places();
    let words = index.vocabulary.words();
    let graded = |number: u32| pattern.grade(words.get(number)).map(|grade| (grade, number));
    let mut fitting: Vec<(Grade, u32)> =
        index.vocabulary.candidates(beginning, inside).into_iter().filter_map(graded).collect();
    fitting.sort_unstable();
    for (grade, word) in fitting {
        tally_places(index, word, grade, tally);
    }
    tally.drop_gone(&index.documents);
    if tally.touched.is_empty() {
        for (word, number) in words.iter().zip(0..).filter(|(word, _)| pattern.is_mistyped(word)) {
            debug_assert_eq!(words.get(number), word);
            tally_places(index, number, Grade::Mistyped, tally);
        }
        tally.drop_gone(&index.documents);
    }
}

fn tally_places(index: &Index, word: u32, grade: Grade, tally: &mut Tally) {
    let Some(postings) = index.postings.get(word as usize) else { return };
    let mut reader = postings.read();
    while let Some(record) = reader.next_record() {
        let weight = reader.weight();
        tally.add(record, grade, weight);
    }
}

/// The phrase in all records: of the places of its first word those that the second follows, and so on.
fn tally_phrase(index: &Index, words: &[String], tally: &mut Tally) {
    let mut ends: Vec<(u32, Place)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let places = places_of(index, word);
        if at == 0 {
            ends = places.collect();
            continue;
        }
        let mut starts =
            ends.iter().map(|(record, place)| (*record, Place(place.0.saturating_add(Place::NEXT))));
        let mut start = starts.next();
        let mut kept = Vec::new();
        for place in places {
            while start.is_some_and(|start| start < place) {
                start = starts.next();
            }
            if start == Some(place) {
                kept.push(place);
            }
        }
        ends = kept;
    }
    for (record, place) in ends {
        tally.add(record, Grade::Whole, place.weight());
    }
}

/// Where a word stands in records that are there, in the order of records and places.
fn places_of<'i>(index: &'i Index, word: &str) -> impl Iterator<Item = (u32, Place)> + 'i {
    let postings = index.vocabulary.find(word).and_then(|number| index.postings.get(number as usize));
    postings.into_iter().flat_map(move |postings| {
        let mut reader = postings.read();
        let mut record = None;
        std::iter::from_fn(move || {
            loop {
                if let Some(record) = record
                    && let Some(place) = reader.next_place()
                {
                    return Some((record, place));
                }
                record = Some(reader.next_record()?);
            }
        })
        .filter(|(record, _)| index.documents.length(*record).is_some())
    })
}

/// BM25's inverse document frequency: the fewer records hold it, the more it says.
#[expect(clippy::cast_precision_loss, reason = "counts of records, for a score")]
fn rarity(holding: usize, all: usize) -> f32 {
    let (holding, all) = (holding as f32, all as f32);
    ((all - holding + 0.5) / (holding + 0.5)).ln_1p()
}

/// One half for a word that is hardly there, towards one the more it stands there and the shorter the record is.
#[expect(clippy::cast_precision_loss, reason = "counts of words, for a score")]
fn presence(weight: u16, length: u32, average: f32) -> f32 {
    let (weight, length) = (f32::from(weight), length as f32);
    let saturation = SATURATION * (1.0 - LENGTH + LENGTH * length / average);
    f32::midpoint(1.0, weight / (weight + saturation))
}

/// Sorts as far as is shown.
fn page(index: &Index, mut all: Vec<Candidate>, limit: usize, offset: usize) -> Found {
    let total = all.len();
    let end = offset.saturating_add(limit);
    let order = |a: &Candidate, b: &Candidate| -> Ordering {
        b.score
            .total_cmp(&a.score)
            .then_with(|| b.time.cmp(&a.time))
            .then_with(|| index.documents.id(a.number).cmp(index.documents.id(b.number)))
    };
    if end < total {
        all.select_nth_unstable_by(end, order);
        all.truncate(end);
    }
    all.sort_unstable_by(order);
    let hit = |candidate: &Candidate| {
        let id = RecordId::parse(index.documents.id(candidate.number)).ok()?;
        Some(Hit { id, score: candidate.score })
    };
    Found { hits: all.iter().skip(offset).filter_map(hit).collect(), total }
}
