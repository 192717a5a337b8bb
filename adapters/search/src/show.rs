//! Why a text was found: where the words that matched stand, and the piece of it that shows the most of them.

use std::{collections::BTreeMap, ops::Range};

use shared::ports::search::Fragment;

use crate::{
    fold::{Word, words},
    terms::Term,
};

/// A word of a text that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where it stands: bytes, at character borders.
    pub(crate) range: Range<usize>,
    /// Which terms it matched, a bit for each.
    terms: u32,
}

/// The words of a text that match, in its order.
pub(crate) fn marks(terms: &[Term], text: &str) -> Vec<Mark> {
    let words: Vec<Word> = words(text).collect();
    let mut marked: BTreeMap<usize, u32> = BTreeMap::new();
    for (bit, term) in terms.iter().enumerate() {
        for at in matching(term, &words) {
            *marked.entry(at).or_default() |= 1 << bit;
        }
    }
    let mark =
        |(at, terms): (usize, u32)| words.get(at).map(|word| Mark { range: word.range.clone(), terms });
    marked.into_iter().filter_map(mark).collect()
}

/// Which words match a term. As in the index, a mistake is forgiven where nothing else matches.
fn matching(term: &Term, words: &[Word]) -> Vec<usize> {
    let those = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        words.iter().enumerate().filter(|(_, word)| fits(&word.folded)).map(|(at, _)| at).collect()
    };
    match term {
        Term::Word(pattern) => {
            let fitting = those(&|word| pattern.grade(word).is_some());
            if fitting.is_empty() { those(&|word| pattern.is_mistyped(word)) } else { fitting }
        }
        Term::Phrase(phrase) => {
            let is_phrase =
                |window: &[Word]| window.iter().zip(phrase).all(|(word, asked)| word.folded == *asked);
            let starts =
                words.windows(phrase.len().max(1)).enumerate().filter(|(_, window)| is_phrase(window));
            starts.flat_map(|(start, window)| start..start + window.len()).collect()
        }
    }
}

const ELLIPSIS: char = '…';

/// The piece of a text with the most of the terms, in one line of at most `max_chars` characters.
pub(crate) fn fragment(terms: &[Term], text: &str, max_chars: usize) -> Fragment {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let marks = marks(terms, &line);
    // Where each character begins, and the end: to count in characters and to cut in bytes.
    let borders: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
    let length = borders.len() - 1;
    if length <= max_chars {
        return Fragment {
            highlights: marks.into_iter().map(|mark| mark.range).collect(),
            text: line.into(),
        };
    }
    let char_of = |byte: usize| borders.partition_point(|border| *border < byte);
    let room = max_chars.saturating_sub(2);
    let cluster = best_cluster(&marks, |range| char_of(range.end) - char_of(range.start) <= room);
    let chars = char_of(cluster.start)..char_of(cluster.end);
    // A third of what is left shows what stands before, the rest what comes.
    let spare = room.saturating_sub(chars.len());
    let start = chars.start.saturating_sub(spare / 3).min(length.saturating_sub(room));
    let end = (start + room).min(length);
    let byte_of = |char: usize| borders.get(char).copied().unwrap_or(line.len());
    let window = whole_words(&line, byte_of(start)..byte_of(end), &cluster);
    let mut shown = String::new();
    if window.start > 0 {
        shown.push(ELLIPSIS);
    }
    let before = shown.len();
    shown.push_str(line.get(window.clone()).unwrap_or_default());
    if window.end < line.len() {
        shown.push(ELLIPSIS);
    }
    let inside = |mark: &Mark| mark.range.start >= window.start && mark.range.end <= window.end;
    let moved = |range: Range<usize>| range.start - window.start + before..range.end - window.start + before;
    let highlights = marks.into_iter().filter(inside).map(|mark| moved(mark.range)).collect();
    Fragment { text: if max_chars < 2 { String::new() } else { shown }.into(), highlights }
}

/// From the first to the last of the marks that fit together into a piece: those of the most terms, then the most of
/// them, then the first.
fn best_cluster(marks: &[Mark], fits: impl Fn(Range<usize>) -> bool) -> Range<usize> {
    let mut best = (0, 0, 0..0);
    for (at, first) in marks.iter().enumerate() {
        let (mut terms, mut count, mut end) = (0_u32, 0, first.range.start);
        for mark in marks.iter().skip(at).take_while(|mark| fits(first.range.start..mark.range.end)) {
            terms |= mark.terms;
            count += 1;
            end = mark.range.end;
        }
        if (terms.count_ones(), count) > (best.0, best.1) {
            best = (terms.count_ones(), count, first.range.start..end);
        }
    }
    best.2
}

/// A window narrowed to whole words, as far as that leaves all of `kept` in it.
fn whole_words(line: &str, window: Range<usize>, kept: &Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = window;
    let is_cut_before = !line.get(..start).is_some_and(|before| before.is_empty() || before.ends_with(' '));
    if is_cut_before && let Some(blank) = line.get(start..kept.start).and_then(|before| before.find(' ')) {
        start += blank + 1;
    }
    let is_cut_behind = !line.get(end..).is_some_and(|behind| behind.is_empty() || behind.starts_with(' '));
    if is_cut_behind && let Some(blank) = line.get(kept.end..end).and_then(|behind| behind.rfind(' ')) {
        end = kept.end + blank;
    }
    start..end
}
