//! Rules for text that came from outside: what is dropped, how it is counted and where it may be cut.

use unicode_segmentation::UnicodeSegmentation;

/// Drops what no document may hold: control characters other than line feed and tab, and the code points
/// that XML 1.0 forbids (section 2.2), which would break TwiML and exports later. `\r\n` becomes `\n`.
#[must_use]
pub fn clean(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|c| is_allowed(*c)).collect()
}

fn is_allowed(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        // Bidirectional overrides can make a text read as its opposite.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => false,
        c => !c.is_control(),
    }
}

/// The length of a text as Twilio bounds message bodies: in UTF-16 code units, which is never less than
/// characters.
#[must_use]
pub fn twilio_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The longest beginning of `text` of at most `max` UTF-16 units that ends between graphemes.
#[must_use]
pub fn truncate_twilio(text: &str, max: usize) -> &str {
    truncate_by(text, max, twilio_len)
}

/// The longest beginning of `text` of at most `max` characters that ends between graphemes.
#[must_use]
pub fn truncate_chars(text: &str, max: usize) -> &str {
    truncate_by(text, max, |grapheme| grapheme.chars().count())
}

fn truncate_by(text: &str, max: usize, measure: impl Fn(&str) -> usize) -> &str {
    let mut used = 0;
    for (start, grapheme) in text.grapheme_indices(true) {
        used += measure(grapheme);
        if used > max {
            return text.get(..start).unwrap_or_default();
        }
    }
    text
}

/// A text reduced to what two spellings of the same words have in common: letters and digits in lower
/// case, one blank between words. For comparing a quote with the text that it should stand in.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(c);
        } else {
            gap = true;
        }
    }
    folded
}

/// The same without accents, in Latin letters: for words that people type as they like.
#[must_use]
pub fn plain(text: &str) -> String {
    folded(&deunicode::deunicode(&folded(text)))
}

/// A text of ours without the marks that make its headings and numbers bold on WhatsApp. Asterisks elsewhere are somebody's
/// own.
#[must_use]
pub fn without_bold(text: &str) -> String {
    let plain = |line: &str| {
        let bold = line.strip_prefix('*').filter(|rest| !rest.starts_with([' ', '*']))?;
        match (bold.strip_suffix('*'), bold.split_once("* ")) {
            (Some(whole), _) => Some(whole.to_owned()),
            (None, Some((number, rest))) => Some(format!("{number} {rest}")),
            (None, None) => None,
        }
    };
    let lines = text.split('\n').map(|line| plain(line).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d07_characters_that_xml_forbids_are_dropped_and_markup_stays_text() {
        let hostile = "a\u{0}b\u{FFFE}c\u{1b}[31m <Say> ]]> &#0; \u{202e}x\r\ny";
        assert_eq!(clean(hostile), "abc[31m <Say> ]]> &#0; x\ny");
    }

    #[test]
    fn d08_a_text_is_never_cut_inside_a_grapheme() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(truncate_twilio(&format!("ab{family}"), 5), "ab");
        assert_eq!(truncate_twilio("ae\u{301}x", 2), "a");
        assert_eq!(truncate_twilio("abc", 3), "abc");
    }

    #[test]
    fn quotes_are_compared_without_case_and_punctuation() {
        assert_eq!(folded(" Call  Mrs. Müller,\nplease! "), "call mrs müller please");
    }
}
