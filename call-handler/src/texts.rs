//! Everything that is said on the phone, in the languages of those who call. `{name}` and its like stand for what is filled
//! in.

mod de;
mod en;
mod pl;

use shared::domain::{identity::Channel, language::Language};

/// One, some and many: languages count differently.
pub(crate) type Counted = [&'static str; 3];

/// The texts of one language.
pub(crate) struct Texts {
    pub(crate) greeting: &'static str,
    pub(crate) who_are_you: &'static str,
    pub(crate) pin_again: &'static str,
    pub(crate) pin_wrong: &'static str,
    pub(crate) too_many_pins: &'static str,
    pub(crate) moment: &'static str,
    pub(crate) still_looking: &'static str,
    pub(crate) you_have: &'static str,
    pub(crate) messages: Counted,
    pub(crate) more_messages: &'static str,
    pub(crate) from_people: &'static str,
    pub(crate) jobs: Counted,
    pub(crate) more_jobs: &'static str,
    pub(crate) and: &'static str,
    pub(crate) and_jobs: &'static str,
    pub(crate) nothing_new: &'static str,
    pub(crate) no_messages: &'static str,
    pub(crate) no_summary: &'static str,
    pub(crate) ai_off: &'static str,
    pub(crate) out_of_budget: &'static str,
    pub(crate) prompt_first: &'static str,
    pub(crate) prompt_read: &'static str,
    pub(crate) prompt_short: &'static str,
    pub(crate) prompt_end: &'static str,
    pub(crate) help: &'static str,
    pub(crate) message: &'static str,
    pub(crate) wordless: &'static str,
    pub(crate) with_files: &'static str,
    pub(crate) ago_minutes: Counted,
    pub(crate) ago_hours: Counted,
    pub(crate) ago_days: Counted,
    pub(crate) just_now: &'static str,
    pub(crate) by_sms: &'static str,
    pub(crate) by_phone: &'static str,
    pub(crate) by: &'static str,
    pub(crate) that_was_all: &'static str,
    pub(crate) nothing_to_repeat: &'static str,
    pub(crate) nobody_to_answer: &'static str,
    pub(crate) dictate: &'static str,
    pub(crate) read_back: &'static str,
    pub(crate) yes_or_no: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) not_sent: &'static str,
    pub(crate) window_closed: &'static str,
    pub(crate) not_in_messages: &'static str,
    pub(crate) no_answer: &'static str,
    pub(crate) no_more_questions: &'static str,
    pub(crate) record: &'static str,
    pub(crate) nothing_recorded: &'static str,
    pub(crate) recorded: &'static str,
    pub(crate) outcome_later: &'static str,
    pub(crate) text_comes: &'static str,
    pub(crate) nothing_read: &'static str,
    pub(crate) is_first: &'static str,
    pub(crate) no_number: &'static str,
    pub(crate) not_heard: &'static str,
    pub(crate) not_understood: &'static str,
    pub(crate) no_overview: &'static str,
    pub(crate) prompt_empty: &'static str,
    pub(crate) not_heard_by_us: &'static str,
    pub(crate) call_again: &'static str,
    pub(crate) outcome_in_panel: &'static str,
    pub(crate) once_more: &'static str,
    pub(crate) stopped: &'static str,
    pub(crate) goodbye: &'static str,
    pub(crate) left: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) trouble: &'static str,
    pub(crate) hints: &'static str,
    pub(crate) pin_hints: &'static str,
}

/// Those of a language.
pub(crate) const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::En => &en::TEXTS,
        Language::De => &de::TEXTS,
        Language::Pl => &pl::TEXTS,
    }
}

/// Fills in names.
pub(crate) fn fill(text: &str, with: &[(&str, &str)]) -> String {
    with.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// A number of things, in the form that the language has for it.
pub(crate) fn counted(language: Language, forms: Counted, number: usize) -> String {
    let [one, few, many] = forms;
    let form = match (language, number) {
        (_, 1) => one,
        // Unicode CLDR, plural rules of Polish: 2 to 4, but not 12 to 14.
        (Language::Pl, n) if (2..=4).contains(&(n % 10)) && !(12..=14).contains(&(n % 100)) => few,
        _ => many,
    };
    fill(form, &[("n", &number.to_string())])
}

/// How a message came, as it is said.
pub(crate) fn by_channel(language: Language, channel: Channel) -> String {
    let texts = texts(language);
    match channel {
        Channel::WhatsApp => fill(texts.by, &[("channel", "WhatsApp")]),
        Channel::Telegram => fill(texts.by, &[("channel", "Telegram")]),
        Channel::Sms => texts.by_sms.to_owned(),
        Channel::Phone => texts.by_phone.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_counts_in_its_own_way() {
        let pl = |n| counted(Language::Pl, texts(Language::Pl).messages, n);
        assert!(pl(1).contains("wiadomość") && pl(3).contains("wiadomości"));
        assert_ne!(pl(3).replace('3', ""), pl(13).replace("13", ""));
        assert_eq!(pl(22).replace("22", ""), pl(2).replace('2', ""));
        assert_eq!(counted(Language::En, texts(Language::En).messages, 2), "2 unread messages");
        assert_eq!(counted(Language::De, texts(Language::De).messages, 1), "eine ungelesene Nachricht");
    }

    #[test]
    fn nothing_that_is_said_is_left_unfilled_or_written_for_eyes() {
        for language in [Language::En, Language::De, Language::Pl] {
            let texts = texts(language);
            for text in [texts.prompt_first, texts.prompt_read, texts.help, texts.goodbye, texts.lost] {
                assert!(!text.contains('{') && !text.contains('*') && !text.is_empty(), "{text}");
            }
        }
    }
}
