//! The short name of a note in its files' keys: always ASCII, always safe.

use std::fmt;

use deunicode::deunicode;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

const MAX_BYTES: usize = 48;
const MAX_WORDS: usize = 6;

/// One to six words of `[a-z0-9]`, joined by hyphens, at most 48 bytes. Made from whatever a model or a
/// person called the note; without an underscore, so that a key can be read from both ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

impl Tag {
    /// The tag of a note for which no better one can be made.
    #[must_use]
    pub fn untagged() -> Self {
        Self("untagged".to_owned())
    }

    /// Makes a tag of any text: transliterated (`Küche` to `kueche`, `łazienka` to `lazienka`), lower
    /// case, everything else a separator, cut at whole words where possible. Nothing left: `untagged`.
    #[must_use]
    pub fn from_words(raw: &str) -> Self {
        // Longer input cannot reach the tag: 48 bytes remain. Bounds the work on a hostile answer.
        let ascii = transliterate(&raw.chars().take(512).collect::<String>());
        let mut tag = String::new();
        for word in
            ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).take(MAX_WORDS)
        {
            let word: String = word.chars().take(MAX_BYTES).collect();
            let separator = usize::from(!tag.is_empty());
            if tag.len() + separator + word.len() > MAX_BYTES {
                break;
            }
            if separator == 1 {
                tag.push('-');
            }
            tag.push_str(&word);
        }
        if tag.is_empty() { Self::untagged() } else { Self(tag) }
    }

    /// Reads a tag that must already have its form, as in a key.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let words: Vec<&str> = raw.split('-').collect();
        let well_formed = raw.len() <= MAX_BYTES
            && words.len() <= MAX_WORDS
            && words.iter().all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        well_formed.then(|| Self(raw.to_owned()))
    }

    /// Reads a tag of a file that an older installation wrote, which kept dots and several hyphens in a row. Such
    /// tags are read, never made.
    #[must_use]
    pub(crate) fn parse_older(raw: &str) -> Option<Self> {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let well_formed = raw.len() <= 100
            && !raw.contains("..")
            && raw.bytes().all(|b| is_inner(b) || matches!(b, b'.' | b'-'))
            && raw.bytes().next().is_some_and(is_inner)
            && raw.bytes().next_back().is_some_and(is_inner);
        well_formed.then(|| Self(raw.to_owned()))
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// German writes its umlauts out in ASCII; the rest is left to the transliteration tables.
fn transliterate(text: &str) -> String {
    let mut german = String::with_capacity(text.len());
    for c in text.nfc() {
        match c {
            'ä' | 'Ä' => german.push_str("ae"),
            'ö' | 'Ö' => german.push_str("oe"),
            'ü' | 'Ü' => german.push_str("ue"),
            'ß' | 'ẞ' => german.push_str("ss"),
            other => german.push(other),
        }
    }
    deunicode(&german).to_ascii_lowercase()
}

impl TryFrom<String> for Tag {
    type Error = String;

    fn try_from(raw: String) -> Result<Self, String> {
        Self::parse(&raw).ok_or_else(|| "not a tag".to_owned())
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn d01_tags_of_people_and_models_become_ascii_words() {
        for (raw, tag) in [
            ("Küche Leck", "kueche-leck"),
            ("Ku\u{308}che Leck", "kueche-leck"),
            ("zlew łazienka", "zlew-lazienka"),
            ("ремонт ванной", "remont-vannoi"),
            ("Order_Pipes", "order-pipes"),
            ("..", "untagged"),
            (".", "untagged"),
            ("", "untagged"),
            ("-", "untagged"),
            ("/", "untagged"),
            ("\\", "untagged"),
            ("\0", "untagged"),
            ("a/b", "a-b"),
            ("%2f", "2f"),
            ("\u{202e}gpj.exe", "gpj-exe"),
            ("con", "con"),
            ("smoke", "smoke"),
            ("SM0123", "sm0123"),
            ("one two three four five six seven", "one-two-three-four-five-six"),
        ] {
            let made = Tag::from_words(raw);
            assert_eq!(made.as_str(), tag, "{raw:?}");
            assert_eq!(Tag::parse(made.as_str()), Some(made));
        }
        assert_eq!(Tag::from_words(&"x".repeat(10_240)).as_str().len(), 48);
    }

    #[test]
    fn d01_a_tag_is_cut_between_words_and_only_where_it_must_be() {
        let (short, long, other) = ("a".repeat(23), "a".repeat(24), "b".repeat(24));
        assert_eq!(Tag::from_words(&format!("{short} {other}")).as_str(), format!("{short}-{other}"));
        assert_eq!(Tag::from_words(&format!("{long} {other}")).as_str(), long);
        assert_eq!(Tag::from_words(&format!("{long} {other} c")).as_str(), long);
    }

    #[test]
    fn d01_a_tag_of_a_key_has_its_form_to_the_letter() {
        let longest = "x".repeat(48);
        for good in ["a", "0", "a-b-c-d-e-f", longest.as_str()] {
            let tag = Tag::parse(good).unwrap();
            assert_eq!((tag.as_str(), tag.to_string().as_str()), (good, good));
            let stored = serde_json::to_string(&tag).unwrap();
            assert_eq!(stored, format!("\"{good}\""));
            assert_eq!(serde_json::from_str::<Tag>(&stored).unwrap(), tag);
        }
        for bad in ["", "-", "a-", "-a", "a--b", "A", "a_b", "a.b", "ä", "a-b-c-d-e-f-g", &"x".repeat(49)] {
            assert_eq!(Tag::parse(bad), None, "{bad:?}");
            assert!(serde_json::from_str::<Tag>(&format!("\"{bad}\"")).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn j_an_older_tag_is_read_but_never_a_way_up() {
        let longest = "x".repeat(100);
        for good in ["a", "7", "pump-v2.1--leak", "a--b", "a-.b", "a-b-c-d-e-f-g-h", longest.as_str()] {
            assert_eq!(Tag::parse_older(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "-", ".a", "a.", "-a", "a-", "a..b", "A", "a_b", "a/b", "a b", &"x".repeat(101)]
        {
            assert_eq!(Tag::parse_older(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn d01_whatever_comes_in_the_tag_has_its_form(raw in any::<String>()) {
            let tag = Tag::from_words(&raw);
            prop_assert!(Tag::parse(tag.as_str()).is_some(), "{tag}");
        }
    }
}
