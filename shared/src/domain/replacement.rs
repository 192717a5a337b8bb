//! What a correction in words replaces by what: "not Miller, Müller", in each of the languages. Read here, by rules,
//! since the pair must be the same for whoever asks.

use std::ops::Range;

use strsim::levenshtein;

use super::{
    private::Private,
    text::{clean, folded, plain},
};

/// Something that was understood wrong, and what is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// What was written, 1 to 6 words.
    pub wrong: Private<String>,
    /// What should have been, 1 to 6 words.
    pub right: Private<String>,
}

/// Longest part of a sentence that is taken as a whole, in words.
const MOST_WORDS: usize = 6;
/// Longest names that are looked for in it, in words.
const MOST_NAME_WORDS: usize = 3;
/// What is longer than this, in words, is no correction; the rest of it is not read.
const MOST_READ: usize = 400;
/// What is longer than this, in characters, is no name.
const MOST_NAME_CHARS: usize = 120;

/// A word that says that what follows is wrong, and those that may stand before what is right.
const NEGATIONS: [(&str, &[&str]); 3] =
    [("not", &["but", "rather"]), ("nicht", &["sondern"]), ("nie", &["tylko", "lecz", "ale", "a"])];
/// A no before the correction itself.
const NOES: [&str; 5] = ["no", "nope", "nein", "nee", "nie"];
/// What may stand before what is right and is no part of it. `plain` writes "it's" so.
const LEAD_INS: [&[&str]; 12] = [
    &["it s"],
    &["it", "is"],
    &["its"],
    &["i", "said"],
    &["i", "meant"],
    &["es", "ist"],
    &["es", "heisst"],
    &["er", "heisst"],
    &["sie", "heisst"],
    &["to", "jest"],
    &["chodzi", "o"],
    &["to"],
];

impl Replacement {
    /// All that a text says of this kind: "not X, Y", "not X but Y", "Y, not X" and "Y instead of X", in German with
    /// "nicht", "sondern" and "statt", in Polish with "nie", "tylko" (or "lecz", "ale", "a") and "zamiast". A no before it
    /// is passed over.
    ///
    /// Where X and Y hold names that are written alike, the names are the pair; else all that stands between the
    /// marks, if it is short.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        let text = clean(text);
        sentences(&text).iter().flat_map(|sentence| Self::all_in_sentence(sentence)).collect()
    }

    fn all_in_sentence(words: &[Word<'_>]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(mark) = (from..words.len()).find_map(|at| Mark::at(words, at)) {
            let (pair, next) = mark.read(words, from);
            from = next.max(mark.behind);
            found.extend(pair);
        }
        found
    }

    /// The pair of two parts of a sentence.
    fn of(wrong: &[Word<'_>], right: &[Word<'_>]) -> Option<Self> {
        let right = without_lead_in(right);
        if let Some((_, wrong, right)) = closest(wrong, right) {
            return Some(Self::new(wrong, right));
        }
        let fits = |part: &[Word<'_>]| (1..=MOST_WORDS).contains(&part.len());
        (fits(wrong) && fits(right) && spelled(wrong) != spelled(right)).then(|| Self::new(wrong, right))
    }

    fn new(wrong: &[Word<'_>], right: &[Word<'_>]) -> Self {
        Self { wrong: spelled(wrong).into(), right: spelled(right).into() }
    }
}

/// How alike two texts are that may be the same name: the share of letters that differ, without accents and case, if
/// it is at most half.
#[must_use]
pub fn likeness(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (plain(one), plain(other));
    let longer = one.chars().count().max(other.chars().count());
    if longer > MOST_NAME_CHARS {
        return None;
    }
    let apart = levenshtein(&one, &other);
    #[expect(clippy::cast_precision_loss, reason = "a few words")]
    let share = apart as f64 / longer as f64;
    (longer > 0 && apart * 2 <= longer).then_some(share)
}

/// A word of a sentence.
struct Word<'a> {
    /// As it stands there, without what surrounds it.
    text: &'a str,
    plain: String,
    /// A comma, a colon or a dash follows.
    pause: bool,
}

/// Where a sentence says that something is to be replaced.
struct Mark {
    /// Its first word.
    at: usize,
    /// The first word behind it.
    behind: usize,
    kind: Kind,
}

enum Kind {
    /// "not", with the words that may stand before what is right.
    Not(&'static [&'static str]),
    /// "instead of".
    Instead,
}

impl Mark {
    fn at(words: &[Word<'_>], at: usize) -> Option<Self> {
        let word = words.get(at)?.plain.as_str();
        let of = |behind, kind| Some(Self { at, behind, kind });
        match word {
            "statt" | "anstatt" | "zamiast" => of(at + 1, Kind::Instead),
            "instead" if words.get(at + 1).is_some_and(|next| next.plain == "of") => {
                of(at + 2, Kind::Instead)
            }
            _ => NEGATIONS
                .iter()
                .find(|(negation, _)| *negation == word)
                .and_then(|(_, buts)| of(at + 1, Kind::Not(buts))),
        }
    }

    /// The pair, and the first word that has no part in it. `from`: where this part of the sentence begins.
    fn read(&self, words: &[Word<'_>], from: usize) -> (Option<Replacement>, usize) {
        let before = before(words, from, self.at);
        let pause = (self.behind..words.len()).find(|at| words.get(*at).is_some_and(|word| word.pause));
        // Behind what is wrong: a pause, or a word such as "but".
        let turn = match self.kind {
            Kind::Not(buts) => (self.behind..words.len())
                .find(|at| words.get(*at).is_some_and(|word| buts.contains(&word.plain.as_str())))
                .map(|at| (at, at + 1)),
            Kind::Instead => None,
        };
        let turn = turn.or(pause.map(|at| (at + 1, at + 1)));
        // "not X, Y"
        let forward = turn.and_then(|(end, next)| {
            let until = end_of_part(words, next);
            Some((Replacement::of(part(words, self.behind..end), part(words, next..until))?, until))
        });
        // "Y, not X"
        let until = end_of_part(words, self.behind);
        let backward = Replacement::of(part(words, self.behind..until), part(words, before));
        let backward = backward.map(|pair| (pair, until));
        let chosen = match (forward, backward) {
            (Some(forward), Some(backward)) if backward.0.is_alike() && !forward.0.is_alike() => backward,
            (Some(forward), Some(backward))
                if matches!(self.kind, Kind::Instead) && !forward.0.is_alike() =>
            {
                backward
            }
            (Some(forward), _) => forward,
            (None, Some(backward)) => backward,
            (None, None) => return (None, self.behind),
        };
        (Some(chosen.0), chosen.1)
    }
}

impl Replacement {
    fn is_alike(&self) -> bool {
        likeness(self.wrong.expose(), self.right.expose()).is_some()
    }
}

/// The part of the sentence that ends before a mark, from the pause before it. "Not" needs a pause right before it.
fn before(words: &[Word<'_>], from: usize, mark: usize) -> Range<usize> {
    let is_pause = |at: usize| words.get(at).is_some_and(|word| word.pause);
    let is_not = words.get(mark).is_some_and(|word| NEGATIONS.iter().any(|(not, _)| *not == word.plain));
    if mark <= from || (is_not && !is_pause(mark - 1)) {
        return mark..mark;
    }
    let start = (from..mark - 1).rev().find(|at| is_pause(*at)).map_or(from, |at| at + 1);
    start..mark
}

/// The first word behind the pause that ends a part of a sentence.
fn end_of_part(words: &[Word<'_>], from: usize) -> usize {
    (from..words.len())
        .find(|at| words.get(*at).is_some_and(|word| word.pause))
        .map_or(words.len(), |at| at + 1)
}

fn part<'w, 'a>(words: &'w [Word<'a>], range: Range<usize>) -> &'w [Word<'a>] {
    words.get(range).unwrap_or_default()
}

fn without_lead_in<'w, 'a>(words: &'w [Word<'a>]) -> &'w [Word<'a>] {
    let begins = |lead: &&&[&str]| {
        words.len() > lead.len() && lead.iter().zip(words).all(|(lead, word)| *lead == word.plain)
    };
    LEAD_INS.iter().find(begins).and_then(|lead| words.get(lead.len()..)).unwrap_or(words)
}

type Closest<'w, 'a> = (f64, &'w [Word<'a>], &'w [Word<'a>]);

/// The names in two parts of a sentence that are most alike without being the same; of equals the first.
fn closest<'w, 'a>(wrong: &'w [Word<'a>], right: &'w [Word<'a>]) -> Option<Closest<'w, 'a>> {
    // What is longer than any name with what surrounds it is a sentence of its own.
    let [wrong, right] = [wrong, right].map(|part| part.get(..12).unwrap_or(part));
    let mut best: Option<Closest<'w, 'a>> = None;
    for one in names(wrong) {
        for other in names(right) {
            let (spelled_one, spelled_other) = (spelled(one), spelled(other));
            if folded(&spelled_one) == folded(&spelled_other) {
                continue;
            }
            let Some(share) = likeness(&spelled_one, &spelled_other) else { continue };
            if best.as_ref().is_none_or(|(least, _, _)| share < *least) {
                best = Some((share, one, other));
            }
        }
    }
    best
}

/// Every one to three words that stand together.
fn names<'w, 'a>(words: &'w [Word<'a>]) -> impl Iterator<Item = &'w [Word<'a>]> {
    (1..=MOST_NAME_WORDS).flat_map(|length| words.windows(length))
}

fn spelled(words: &[Word<'_>]) -> String {
    words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}

/// The sentences of a text, each without a no that stands before it.
fn sentences(text: &str) -> Vec<Vec<Word<'_>>> {
    let mut sentences: Vec<Vec<Word<'_>>> = vec![Vec::new()];
    let mut words = text.split_inclusive(char::is_whitespace).take(MOST_READ).peekable();
    while let Some(raw) = words.next() {
        let text = raw.trim_matches(|c: char| !c.is_alphanumeric());
        let tail = raw.trim_end_matches(['"', '”', '“', '\'', '’', ' ', '\t', '\n']);
        let Some(sentence) = sentences.last_mut() else { continue };
        let pause = tail.ends_with([',', ':', '–', '—']) || tail == "-";
        if text.is_empty() {
            // A dash between blanks.
            if let Some(last) = sentence.last_mut() {
                last.pause |= pause;
            }
        } else {
            sentence.push(Word { text, plain: plain(text), pause });
        }
        // A full stop behind three letters can be that of "Dr." or "ul.", one before a number that of a street.
        let is_short = text.chars().count() <= 3;
        let goes_on =
            words.peek().is_some_and(|next| next.starts_with(|c: char| c.is_lowercase() || c.is_numeric()));
        let is_stop = tail.ends_with('.') && !is_short && !goes_on;
        if is_stop || tail.ends_with(['!', '?', ';']) || raw.ends_with('\n') {
            sentences.push(Vec::new());
        }
    }
    for sentence in &mut sentences {
        let is_no = |word: &Word<'_>| word.pause && NOES.contains(&word.plain.as_str());
        let noes = sentence.iter().take_while(|word| is_no(word)).count();
        sentence.drain(..noes);
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let pair = |found: Replacement| (found.wrong.into_inner(), found.right.into_inner());
        Replacement::all_in(text).into_iter().map(pair).collect()
    }

    #[test]
    fn a_name_is_replaced_however_it_is_said() {
        for text in [
            "not Miller, Müller",
            "Not Miller but Müller.",
            "not Miller, but Müller",
            "No, not Miller, Müller!",
            "No. Not Miller, Müller.",
            "Müller, not Miller",
            "Müller instead of Miller",
            "Please write Müller instead of Miller for the bathroom.",
            "The customer is Müller, not Miller.",
            "It's not Miller, it's Müller",
            "It is not Miller – Müller",
            "I did not say Miller, I said Müller",
            "not “Miller”, “Müller”",
            "That is wrong, not Miller, Müller",
            "instead of Miller, Müller",
            "Order the pipes. Not Miller, Müller. Thanks!",
            "nicht Miller, sondern Müller",
            "Nein, nicht Miller sondern Müller.",
            "Nicht Miller, Müller",
            "Müller statt Miller",
            "Müller, nicht Miller",
            "Bitte Müller statt Miller schreiben",
            "Er heißt nicht Miller, er heißt Müller.",
            "nie Miller, tylko Müller",
            "Nie, nie Miller tylko Müller.",
            "Nie Miller, lecz Müller",
            "nie Miller ale Müller",
            "nie Miller, a Müller",
            "nie Miller, Müller",
            "Müller zamiast Miller",
            "Müller, nie Miller",
            "To nie Miller, to Müller",
        ] {
            assert_eq!(pairs(text), [("Miller".to_owned(), "Müller".to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_replaced_as_a_whole() {
        for (text, wrong, right) in [
            ("not two pipes, three pipes", "two pipes", "three pipes"),
            ("not copper but stainless steel", "copper", "stainless steel"),
            ("nicht Kupfer, sondern Edelstahl", "Kupfer", "Edelstahl"),
            ("nie miedź, tylko stal", "miedź", "stal"),
            ("not Tuesday, Wednesday", "Tuesday", "Wednesday"),
            ("nicht am Montag, sondern am Freitag", "am Montag", "am Freitag"),
            ("not 2, 3", "2", "3"),
            ("Three instead of two", "two", "Three"),
            ("not muller, Muller", "muller", "Muller"),
            ("nicht in der Hauptstr. 5, sondern in der Hauptstr. 7", "der Hauptstr 5", "der Hauptstr 7"),
        ] {
            assert_eq!(pairs(text), [(wrong.to_owned(), right.to_owned())], "{text}");
        }
    }

    #[test]
    fn names_of_several_words_and_several_names_are_found() {
        assert_eq!(pairs("not Anna Miler, Anna Müller"), [("Anna Miler".into(), "Anna Müller".into())]);
        let two = pairs("Not Miller, Müller. And not Kovalski but Kowalski.");
        assert_eq!(two, [("Miller".into(), "Müller".into()), ("Kovalski".into(), "Kowalski".into())]);
        let in_one = pairs("Müller, not Miller, and Kowalski instead of Kovalski");
        assert_eq!(in_one, [("Miller".into(), "Müller".into()), ("Kovalski".into(), "Kowalski".into())]);
        assert_eq!(pairs("not Müler-Ost, Müller-Ost"), [("Müler-Ost".into(), "Müller-Ost".into())]);
    }

    #[test]
    fn what_says_nothing_of_the_kind_replaces_nothing() {
        for text in [
            "",
            "not",
            "not,",
            "not,,,, ,",
            "Nein, nein, nein",
            "nie",
            "instead of",
            "The boiler is not working",
            "Order two copper pipes, please",
            "statt",
            "Das ist nicht gut.",
            "Nie ma ciśnienia",
            "same, not same",
        ] {
            assert_eq!(pairs(text), [], "{text}");
        }
    }

    #[test]
    fn nothing_that_is_long_or_strange_takes_long_or_fails() {
        let long = "not a, b ".repeat(5_000);
        assert!(pairs(&long).len() <= MOST_READ);
        drop(pairs(&"nicht ".repeat(10_000)));
        drop(pairs(&format!("not {}, {}", "x".repeat(200_000), "y".repeat(200_000))));
        drop(pairs("not \u{202e}a\u{0}, \u{1F468}\u{200D}\u{1F469} b"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(not|nicht|nie|statt|instead of|,|\\.| |[a-zäß]{0,4}|\\PC){0,40}") {
            for (wrong, right) in pairs(&text) {
                assert!(!wrong.is_empty() && !right.is_empty());
            }
        }
    }
}
