//! Text on its way into TwiML and other documents. The one TwiML that Hark writes today is a constant; what a writer
//! will be given has passed `clean`, which is what is held to XML 1.0 here.

use adapter_twilio::twiml::EMPTY_RESPONSE;
use shared::domain::text::{clean, folded, truncate_chars, truncate_twilio, twilio_len};
use unicode_segmentation::UnicodeSegmentation;

/// Takes any text. Cleaned, it holds only what XML 1.0 allows and all of that but what deceives; cut, it is as long
/// as it may be and ends between graphemes.
pub fn twiml(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let cleaned = clean(&text);
    assert!(cleaned.chars().all(is_xml), "a character that XML forbids");
    assert_eq!(clean(&cleaned), cleaned, "cleaning twice cleans more");
    let kept =
        |c: &char| is_xml(*c) && *c != '\r' && !c.is_control() | matches!(c, '\n' | '\t') && !turns(*c);
    assert!(cleaned.chars().eq(text.chars().filter(kept)), "something harmless is lost");

    let max = data.len() % 64;
    is_cut_well(&text, truncate_twilio(&text, max), max, twilio_len);
    is_cut_well(&text, truncate_chars(&text, max), max, |text| text.chars().count());
    assert_eq!(folded(&folded(&text)), folded(&text), "what is folded folds on");
    assert!(EMPTY_RESPONSE.chars().all(is_xml));
}

/// XML 1.0, section 2.2, production 2.
const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The controls of direction that last (Unicode, annex 9): embeddings, overrides and isolates.
const fn turns(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_cut_well(text: &str, cut: &str, max: usize, length: impl Fn(&str) -> usize) {
    assert!(text.starts_with(cut) && length(cut) <= max, "longer than it may be");
    let ends: Vec<usize> = text.grapheme_indices(true).map(|(start, _)| start).chain([text.len()]).collect();
    let at = ends.iter().position(|end| *end == cut.len()).expect("it is cut within a grapheme");
    if let Some(next) = ends.get(at + 1) {
        assert!(length(&text[..*next]) > max, "more would have fitted");
    }
}
