//! Texts as they are spoken: cut at the ends of sentences into what one answer holds, and without the signs that are
//! meant for eyes.

use adapter_twilio::twiml::{MOST_SAID, encoded_len};
use unicode_segmentation::UnicodeSegmentation;

/// What one part of a message takes at most of an answer; the rest is for what is said around it.
const PART: usize = MOST_SAID / 2;

/// The parts of a text, each short enough for one answer; cut at ends of sentences, and within one only where it alone is
/// too long. At least one, which may be empty.
pub(crate) fn parts(text: &str) -> Vec<String> {
    cut(text, PART)
}

fn cut(text: &str, most: usize) -> Vec<String> {
    let pieces = text.split_sentence_bounds().flat_map(|sentence| {
        if encoded_len(sentence) <= most { vec![sentence] } else { sentence.split_word_bounds().collect() }
    });
    let (mut parts, mut part, mut len) = (Vec::new(), String::new(), 0);
    for piece in pieces.flat_map(|piece| letters_of_long(piece, most)) {
        let more = encoded_len(piece);
        if len + more > most && !part.is_empty() {
            parts.push(std::mem::take(&mut part).trim().to_owned());
            len = 0;
        }
        part.push_str(piece);
        len += more;
    }
    if !part.trim().is_empty() || parts.is_empty() {
        parts.push(part.trim().to_owned());
    }
    parts
}

/// What is said alone may take of an answer.
const ALONE: usize = MOST_SAID - 400;

/// As much of a text as fits one answer in which little else is said, up to the end of a sentence. What models and Hark
/// itself say is written so that it fits.
pub(crate) fn fitting(text: &str) -> String {
    cut(text, ALONE).into_iter().next().unwrap_or_default()
}

/// Something that is no word is cut anywhere between its characters.
fn letters_of_long(piece: &str, most: usize) -> Vec<&str> {
    if encoded_len(piece) <= most { vec![piece] } else { piece.graphemes(true).collect() }
}

/// A written answer as it is spoken: without the marks of bold letters and of lists, in one line.
pub(crate) fn spoken(written: &str) -> String {
    let lines = written.lines().map(|line| line.trim_start_matches(['•', '-', ' ']).replace(['*', '_'], ""));
    let lines = lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    let ended =
        lines.map(|line| if line.ends_with(['.', '!', '?', ':', '…']) { line } else { format!("{line}.") });
    ended.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_is_cut_between_sentences() {
        let sentence = "Der Absperrhahn ist hinter der Tür im Heizungskeller. ";
        let text = sentence.repeat(100);
        let parts = parts(&text);
        assert!(parts.len() > 2);
        assert!(parts.iter().all(|part| part.ends_with("Heizungskeller.") && part.starts_with("Der")));
        assert_eq!(parts.join(" "), text.trim());
    }

    #[test]
    fn what_is_written_for_eyes_is_spoken_plainly() {
        let written = "*Filed as a job:* Order pipes\n• Order two copper pipes\n• Call Mrs Miller.";
        assert_eq!(spoken(written), "Filed as a job: Order pipes. Order two copper pipes. Call Mrs Miller.");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_long(text in "\\PC{0,4000}") {
            let parts = parts(&text);
            prop_assert!(!parts.is_empty());
            for part in &parts {
                prop_assert!(encoded_len(part) <= PART);
            }
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(bare(&parts.concat()), bare(&text));
        }
    }
}
