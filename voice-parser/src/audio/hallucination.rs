//! Transcripts of nothing. Speech models that hear silence or noise write what stood below their training
//! films: thanks for watching, credits of subtitle makers. Such a text must never become a job.
//!
//! The phrases are those that users of Whisper report (openai/whisper discussions 679 and 928, and the threads
//! named in the project's notes on OpenAI); they are compared folded, without case and punctuation.

use shared::domain::{media::AudioFigures, text::folded};

/// Nobody says these in a note; a transcript of nothing else is invented whatever the recording holds. Folded.
const CREDITS: &[&str] = &[
    // English
    "thank you for watching",
    "thank you so much for watching",
    "thank you very much for watching",
    "thanks for watching",
    "thanks for watching and see you next time",
    "thanks for watching and i ll see you next time",
    "thanks for watching and don t forget to like and subscribe",
    "thank you for watching and see you in the next video",
    "thank you for listening",
    "thanks for listening",
    "see you in the next video",
    "i ll see you in the next video",
    "i ll see you in the next one",
    "see you next time",
    "please subscribe",
    "please subscribe to my channel",
    "please like and subscribe",
    "like and subscribe",
    "don t forget to like and subscribe",
    "subscribe to my channel",
    "subtitles by the amara org community",
    "subtitles by amara org",
    "subtitled by amara org",
    "transcription by castingwords",
    "transcribed by https otter ai",
    "captions by getty images",
    "blank audio",
    // German
    "untertitel der amara org community",
    "untertitel von der amara org community",
    "untertitel im auftrag des zdf",
    "untertitel im auftrag des zdf für funk",
    "untertitelung des zdf",
    "untertitelung im auftrag des zdf",
    "untertitelung aufgrund der amara org community",
    "untertitelung br",
    "swr",
    "vielen dank fürs zuschauen",
    "vielen dank für s zuschauen",
    "danke fürs zuschauen",
    "danke für s zuschauen",
    "vielen dank fürs zuhören",
    "vielen dank für ihre aufmerksamkeit",
    "bis zum nächsten mal",
    "bis zum nächsten video",
    "copyright wdr",
    "das war s für heute bis zum nächsten mal",
    // Polish
    "napisy stworzone przez społeczność amara org",
    "napisy wykonane przez społeczność amara org",
    "napisy przez społeczność amara org",
    "dziękuję za oglądanie",
    "dziękujemy za oglądanie",
    "dziękuję za uwagę",
    "dzięki za oglądanie",
    "do zobaczenia w następnym odcinku",
    "zapraszam do subskrypcji",
    "subskrybuj kanał",
    "subskrybujcie zostawiajcie łapki w górę",
    // Further languages that silence is taken for
    "sous titres réalisés para la communauté d amara org",
    "sous titres réalisés par la communauté d amara org",
    "subtítulos realizados por la comunidad de amara org",
    "ondertitels ingediend door de amara org gemeenschap",
    "ご視聴ありがとうございました",
    "字幕by索兰娅",
    "продолжение следует",
];

/// Said by people too: invented only where next to no speech was measured. Folded.
const COURTESIES: &[&str] = &[
    "you",
    "thank you",
    "thank you very much",
    "thank you so much",
    "thanks",
    "bye",
    "bye bye",
    "okay",
    "ok",
    "so",
    "oh",
    "hmm",
    "mm",
    "uh",
    "yeah",
    "the",
    "i m sorry",
    "danke",
    "danke schön",
    "vielen dank",
    "tschüss",
    "ja",
    "dziękuję",
    "dziękuję bardzo",
    "dzięki",
    "tak",
    "no",
    "music",
    "musik",
    "muzyka",
    "applause",
    "applaus",
    "silence",
    "stille",
    "cisza",
];

/// Speech shorter than this holds no courtesy, in seconds.
const COURTESY_S: f64 = 0.4;
/// More words than a fast speaker says in a second.
const WORDS_PER_S: f64 = 8.0;
/// Words that are never too many.
const FREE_WORDS: f64 = 4.0;
/// Above this signal-to-noise ratio the measured speech is what was said, and not a part of it.
const CLEAR_DB: f64 = 15.0;

/// Whether a transcript says what the recording cannot have said: only phrases that models invent, only a
/// description of a sound, or far more words than fit into the speech that was measured. An empty text says
/// nothing and is not invented.
#[must_use]
pub fn is_invented(text: &str, figures: &AudioFigures) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return false;
    }
    let words = folded(text);
    if words.is_empty() || is_stage_direction(text) || consists_of(&words, CREDITS) {
        return true;
    }
    (figures.speech_s < COURTESY_S && consists_of(&words, COURTESIES)) || too_many_words(&words, figures)
}

/// `[Music]`, `(silence)`, `*Applaus*`, `♪ ... ♪`: nothing but a description.
fn is_stage_direction(text: &str) -> bool {
    [('[', ']'), ('(', ')'), ('*', '*'), ('♪', '♪')].into_iter().any(|(opens, closes)| {
        text.strip_prefix(opens)
            .and_then(|rest| rest.strip_suffix(closes))
            .is_some_and(|inner| !inner.contains([opens, closes]))
    })
}

/// Whether the words are a row of these phrases, each as often as it likes.
fn consists_of(words: &str, phrases: &[&str]) -> bool {
    let mut rest = words;
    while !rest.is_empty() {
        // The longest first: one phrase may begin with another.
        let longest = phrases.iter().filter_map(|phrase| without(rest, phrase)).min_by_key(|rest| rest.len());
        let Some(next) = longest else { return false };
        rest = next;
    }
    true
}

fn without<'a>(words: &'a str, phrase: &str) -> Option<&'a str> {
    let rest = words.strip_prefix(phrase)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
}

/// In noise a part of the speech is not measured as such, so there only the whole length bounds the words.
fn too_many_words(words: &str, figures: &AudioFigures) -> bool {
    let seconds = if figures.snr_db >= CLEAR_DB { figures.speech_s + 1.0 } else { figures.duration_s };
    #[expect(clippy::cast_precision_loss, reason = "a transcript has far fewer than 2^52 words")]
    let count = words.split(' ').count() as f64;
    count > FREE_WORDS + WORDS_PER_S * seconds.min(figures.duration_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(speech_s: f64) -> AudioFigures {
        AudioFigures { duration_s: speech_s + 2.0, speech_s, snr_db: 30.0, ..AudioFigures::default() }
    }

    #[test]
    fn c11_what_models_write_on_silence_is_known() {
        for text in [
            "Thank you for watching!",
            " Thanks for watching! Thanks for watching!  ",
            "Untertitel der Amara.org-Community",
            "Untertitelung des ZDF, 2020".replace(", 2020", "").as_str(),
            "Napisy stworzone przez społeczność Amara.org",
            "Dziękuję za oglądanie.",
            "Vielen Dank fürs Zuschauen! Bis zum nächsten Mal.",
            "Subtitles by the Amara.org community",
            "[Music]",
            "(silence)",
            "♪♪♪",
            "...",
        ] {
            assert!(is_invented(text, &speech(3.0)), "{text}");
        }
    }

    #[test]
    fn courtesies_count_as_invented_only_where_nobody_spoke() {
        for text in ["you", "Thank you.", "Danke schön!", "Dziękuję.", "Bye. Bye."] {
            assert!(is_invented(text, &speech(0.2)), "{text}");
            assert!(!is_invented(text, &speech(0.9)), "{text}");
        }
    }

    #[test]
    fn what_people_say_stays_even_beside_such_a_phrase() {
        for text in [
            "Please order two copper pipes. Thank you for watching the boiler.",
            "Thanks for watching the house, the valve is closed.",
            "You must call Mrs. Miller.",
            "Ja, tschüss.",
            "[Hammering] Order two pipes.",
            "(Müller) bitte anrufen (morgen)",
            "Swr Anschluss prüfen",
            "",
        ] {
            assert!(!is_invented(text, &speech(4.0)), "{text}");
        }
    }

    #[test]
    fn more_words_than_fit_into_the_speech_are_invented() {
        let many = "order two copper pipes ".repeat(10);
        assert!(is_invented(&many, &speech(0.5)));
        assert!(!is_invented(&many, &speech(10.0)));
        let noisy = AudioFigures { snr_db: 3.0, duration_s: 8.0, ..speech(0.5) };
        assert!(!is_invented(&many, &noisy), "in noise the measured speech is only a part");
        assert!(is_invented(&many, &AudioFigures { duration_s: 2.0, ..noisy }));
    }
}
