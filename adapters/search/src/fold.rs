//! The form in which words are compared: small ASCII letters and digits, so that `Müller`, `Muller` and `Mueller` are
//! one word, as `łódź` and `lodz` are.

use std::ops::Range;

use deunicode::deunicode_char;
use unicode_normalization::char::is_combining_mark;

/// Longest folded word, in bytes; what is longer is cut. No word that people say comes near it.
pub(crate) const MAX_WORD: usize = 64;

/// A word of a text.
pub(crate) struct Word {
    /// Where it stands: bytes, at character borders.
    pub(crate) range: Range<usize>,
    /// Its folded form; never empty.
    pub(crate) folded: String,
}

/// The words of a text in their order. A word is a run of letters and digits; an accent written by itself and an
/// apostrophe inside belong to it.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, first) = chars.find(|(_, c)| c.is_alphanumeric())?;
            let mut end = start + first.len_utf8();
            while let Some((at, c)) = chars.next_if(|(_, c)| belongs(*c)) {
                if !is_apostrophe(c) {
                    end = at + c.len_utf8();
                }
            }
            let folded = text.get(start..end).map(fold).unwrap_or_default();
            if !folded.is_empty() {
                return Some(Word { range: start..end, folded });
            }
        }
    })
}

fn belongs(c: char) -> bool {
    c.is_alphanumeric() || is_apostrophe(c) || (!c.is_ascii() && is_combining_mark(c))
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

/// Folds one word. Empty if nothing of it has a Latin form.
pub(crate) fn fold(word: &str) -> String {
    let mut letters = String::with_capacity(word.len().min(MAX_WORD));
    for c in word.chars() {
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_lowercase());
        } else {
            let latin = deunicode_char(c).unwrap_or_default();
            letters.extend(latin.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
        }
        if letters.len() >= MAX_WORD {
            letters.truncate(MAX_WORD);
            break;
        }
    }
    without_written_umlauts(letters)
}

/// `ae`, `oe` and `ue` become `a`, `o` and `u`, as the umlauts that they stand for do, wherever German could have
/// written an umlaut: not behind a vowel or q (`neue`, `Quelle`), and before a consonant. `oe` and `ue` stay before the
/// last s or d, `oe` also before the last t, which in English are endings (`issues`, `shoes`, `valued`, `poet`).
fn without_written_umlauts(letters: String) -> String {
    let bytes = letters.as_bytes();
    if !bytes.windows(2).any(|pair| matches!(pair, b"ae" | b"oe" | b"ue")) {
        return letters;
    }
    let at = |index: usize| bytes.get(index).copied();
    let mut folded = String::with_capacity(letters.len());
    let mut index = 0;
    while let Some(letter) = at(index) {
        folded.push(char::from(letter));
        index += 1;
        if !matches!(letter, b'a' | b'o' | b'u') || at(index) != Some(b'e') {
            continue;
        }
        let behind_vowel =
            index >= 2 && at(index - 2).is_some_and(|before| is_vowel(before) || before == b'q');
        let Some(next) = at(index + 1).filter(|next| next.is_ascii_lowercase() && !is_vowel(*next)) else {
            continue;
        };
        let is_ending = at(index + 2).is_none()
            && match letter {
                b'o' => matches!(next, b's' | b'd' | b't'),
                b'u' => matches!(next, b's' | b'd'),
                _ => false,
            };
        if !behind_vowel && !is_ending {
            index += 1;
        }
    }
    folded
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|word| word.folded).collect()
    }

    #[test]
    fn a_name_is_the_same_however_it_is_written() {
        for spellings in [
            &["Müller", "MÜLLER", "Mu\u{308}ller", "Muller", "Mueller"][..],
            &["Łódź", "łódź", "LODZ", "lodz"],
            &["Straße", "STRASSE", "strasse", "Strasse"],
            &["Gerät", "Geraet", "gerat"],
            &["Öl", "Oel", "ol"],
            &["Tür", "Tuer"],
            &["pompę", "pompe"],
            &["Gemüt", "Gemuet"],
            &["süß", "suess"],
        ] {
            let forms: Vec<_> = spellings.iter().map(|spelling| fold(spelling)).collect();
            assert!(forms.windows(2).all(|pair| pair[0] == pair[1]), "{forms:?}");
        }
    }

    #[test]
    fn what_is_no_umlaut_stays() {
        for word in
            ["neue", "steuer", "quelle", "value", "values", "issue", "issues", "shoes", "poet", "blue"]
        {
            assert_eq!(fold(word), word);
        }
    }

    #[test]
    fn words_stand_between_blanks_and_punctuation() {
        assert_eq!(folded(" Wärme-Pumpe, 3/4\" (12V)…"), ["warme", "pumpe", "3", "4", "12v"]);
        assert_eq!(folded("Mrs. Miller's; don\u{2019}t 'quote'"), ["mrs", "millers", "dont", "quote"]);
        assert_eq!(folded("... 🔧 — \u{301}"), [""; 0]);
        let text = "für Mu\u{308}ller!";
        let found: Vec<_> = words(text).filter_map(|word| text.get(word.range)).collect();
        assert_eq!(found, ["für", "Mu\u{308}ller"]);
    }

    #[test]
    fn a_word_without_end_is_cut() {
        assert_eq!(fold(&"ab".repeat(100_000)).len(), MAX_WORD);
    }

    proptest! {
        #[test]
        fn whatever_comes_in_words_are_ascii_and_stand_where_they_say(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(text.get(word.range).is_some());
                prop_assert!(!word.folded.is_empty() && word.folded.len() <= MAX_WORD);
                let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
                prop_assert!(word.folded.bytes().all(is_plain), "{}", word.folded);
            }
        }

        #[test]
        fn an_umlaut_may_be_written_out_before_a_consonant(word in "[bdfgklmnprst]{1,3}[äöü][lnrhkc]{1,2}e?") {
            let written = word.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
            prop_assert_eq!(fold(&word), fold(&written));
        }
    }
}
