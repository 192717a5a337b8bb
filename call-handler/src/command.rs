//! What a caller wants, in words or by a key. A word counts only as a whole, and only when nothing but words of courtesy
//! stands beside it: *Wochenende* ends no call, and "what is in the calendar" is a question.

mod phrases;

use shared::domain::{language::Language, private::Private};

use phrases::{ADDRESSED, COURTESY, REPLIES, table};

/// What a caller wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// The next message.
    Next,
    /// The same again.
    Repeat,
    /// The message again, also where an answer was said after it.
    ReadAgain,
    /// The message before.
    Previous,
    /// How much there is still to hear.
    HowMany,
    /// The next one, and this one stays unread.
    Skip,
    /// To answer this message, in these words if they were said along.
    Reply(Option<Private<String>>),
    /// To leave a note.
    NewNote,
    /// What was read, as text.
    TextMe,
    /// To hear what can be said.
    Help,
    /// Yes.
    Yes,
    /// No, or never mind.
    No,
    /// To be quiet, or a word of courtesy: nothing is wanted yet.
    Wait,
    /// To end the call.
    Done,
    /// Anything else: a question.
    Question(Private<String>),
}

impl Command {
    /// What a key means: 1 next, 2 repeat, 3 skip, 4 reply, 5 new note, 6 text, 7 previous, 9 done,
    /// 0 help. `None`: nothing.
    pub(crate) fn of_key(digits: &str) -> Option<Self> {
        Some(match digits.trim_end_matches('#') {
            "1" => Self::Next,
            "2" => Self::Repeat,
            "3" => Self::Skip,
            "4" => Self::Reply(None),
            "5" => Self::NewNote,
            "6" => Self::TextMe,
            "7" => Self::Previous,
            "9" => Self::Done,
            "0" | "*" => Self::Help,
            _ => return None,
        })
    }

    /// What was said, in the language that is spoken or else in another one. `None`: nothing at all.
    pub(crate) fn of_speech(said: &str, language: Language) -> Option<Self> {
        let words = words_of(said);
        if words.is_empty() {
            return None;
        }
        let languages = || {
            let others =
                [Language::En, Language::De, Language::Pl].into_iter().filter(move |l| *l != language);
            std::iter::once(language).chain(others)
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // "Reply: thanks" is a reply before it is courtesy.
        let wanted = languages().find_map(|of| phrase(&words.join(" "), of));
        let wanted = wanted.or_else(|| languages().find_map(|of| reply(said, of)));
        let wanted = wanted.or_else(|| languages().find_map(|of| together(&words, of)));
        Some(wanted.unwrap_or_else(|| Self::Question(said.to_owned().into())))
    }

    /// What is decided by what begins with a yes or a no, where nothing else was asked. `None`: neither.
    pub(crate) fn decides(said: &str, language: Language) -> Option<bool> {
        let words = words_of(said);
        match phrase(words.first()?, language)? {
            Self::Yes => Some(true),
            Self::No => Some(false),
            _ => None,
        }
    }

    /// Whether it calls off what was begun, where any other word is what is to be written.
    pub(crate) fn calls_off(said: &str) -> bool {
        const WORDS: [&str; 8] = [
            "cancel",
            "never mind",
            "abbrechen",
            "abbruch",
            "doch nicht",
            "anuluj",
            "rezygnuję",
            "lieber nicht",
        ];
        WORDS.contains(&words_of(said).join(" ").as_str())
    }
}

/// Words in small letters, without signs; `'` stays, as in "that's".
fn words_of(said: &str) -> Vec<String> {
    let lower = said.to_lowercase().replace('’', "'");
    let words = lower.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn phrase(said: &str, language: Language) -> Option<Command> {
    let mut phrases = table(language).iter();
    phrases.find(|(_, phrases)| phrases.contains(&said)).map(|(command, _)| command())
}

/// "Okay, thank you, bye", "yes, send it": all of it is phrases and courtesy. What ends the call counts before a yes or a no,
/// and those count if they are all the same; of other phrases there may be one.
fn together(words: &[&str], language: Language) -> Option<Command> {
    let (mut wanted, mut rest): (Vec<Command>, &[&str]) = (Vec::new(), words);
    while !rest.is_empty() {
        // The longest phrase that it begins with, or a word of courtesy.
        let longest = (1..=rest.len().min(LONGEST_PHRASE)).rev().find_map(|len| {
            let (begin, behind) = rest.split_at_checked(len)?;
            Some((phrase(&begin.join(" "), language)?, behind))
        });
        rest = match (longest, rest.split_first()) {
            (Some((command, behind)), _) => {
                if !wanted.contains(&command) {
                    wanted.push(command);
                }
                behind
            }
            (None, Some((word, behind))) if COURTESY.contains(word) => behind,
            _ => return None,
        };
    }
    if wanted.contains(&Command::Done) {
        let is_end =
            |command: &Command| matches!(command, Command::Done | Command::Yes | Command::No | Command::Wait);
        return wanted.iter().all(is_end).then_some(Command::Done);
    }
    match wanted.as_slice() {
        [] => Some(Command::Wait),
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// How many words a phrase has at most.
const LONGEST_PHRASE: usize = 7;

/// "Reply: I come at ten", "tell her that I come at ten", with the words as they were said.
fn reply(said: &str, language: Language) -> Option<Command> {
    let beginnings = REPLIES.iter().find(|(of, _)| *of == language).map(|(_, words)| *words)?;
    let mut text = beginnings.iter().find_map(|beginning| behind(said, beginning))?;
    while let Some(rest) = ADDRESSED.iter().find_map(|word| behind(text, word)) {
        text = rest;
    }
    let is_bare = text.is_empty() || matches!(text.to_lowercase().as_str(), "please" | "bitte" | "proszę");
    Some(Command::Reply((!is_bare).then(|| text.to_owned().into())))
}

/// What is behind these words at the beginning, without the signs between; `None`: it does not begin so.
fn behind<'a>(said: &'a str, words: &str) -> Option<&'a str> {
    let is_sign = |c: char| !c.is_alphanumeric();
    let mut rest = said.trim_start_matches(is_sign);
    for word in words.split(' ') {
        let end = rest.find(is_sign).unwrap_or(rest.len());
        let (first, behind) = rest.split_at_checked(end)?;
        if first.to_lowercase() != word {
            return None;
        }
        rest = behind.trim_start_matches(is_sign);
    }
    // Signs at the end belong to the words, but not alone.
    Some(if rest.chars().all(is_sign) { "" } else { rest.trim_end() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: &str, language: Language) -> Command {
        Command::of_speech(said, language).unwrap()
    }

    #[test]
    fn only_whole_words_are_commands() {
        for (said, language, command) in [
            ("Next.", Language::En, Command::Next),
            ("Next please!", Language::En, Command::Next),
            ("Weiter, bitte.", Language::De, Command::Next),
            ("Noch einmal", Language::De, Command::Repeat),
            ("Pomiń", Language::Pl, Command::Skip),
            ("Tschüss!", Language::De, Command::Done),
            ("Auf Wiederhören.", Language::De, Command::Done),
            ("Okay danke tschüss", Language::De, Command::Done),
            ("Okay, thank you, bye.", Language::En, Command::Done),
            ("Thanks, that's all.", Language::En, Command::Done),
            ("Do widzenia", Language::Pl, Command::Done),
            ("Dziękuję bardzo, do widzenia", Language::Pl, Command::Done),
            ("Okay, auf Wiederhören.", Language::De, Command::Done),
            ("Nein, das war's, danke.", Language::De, Command::Done),
            ("No, that's all, thank you.", Language::En, Command::Done),
            ("Dobrze, do widzenia.", Language::Pl, Command::Done),
            ("Yes, send it.", Language::En, Command::Yes),
            ("Ja, abschicken bitte.", Language::De, Command::Yes),
            ("Tak, wyślij.", Language::Pl, Command::Yes),
            ("No tak.", Language::Pl, Command::Yes),
            ("Nein, danke.", Language::De, Command::No),
            ("Danke.", Language::De, Command::Wait),
            ("Stop!", Language::En, Command::Wait),
            ("überspring das", Language::De, Command::Skip),
            ("diese überspringen", Language::De, Command::Skip),
            ("skip this one", Language::En, Command::Skip),
            ("pomiń tę wiadomość", Language::Pl, Command::Skip),
            ("Go back, please.", Language::En, Command::Previous),
            ("die vorige Nachricht bitte", Language::De, Command::Previous),
            ("Zurück bitte", Language::De, Command::Previous),
            ("How many unread messages do I have, please?", Language::En, Command::HowMany),
            // The phone lay beside him for a moment.
            ("Okay, ich bin zurück.", Language::De, Command::Wait),
            ("I'm back.", Language::En, Command::Wait),
            ("poprzednia wiadomość", Language::Pl, Command::Previous),
            ("Repeat the message.", Language::En, Command::ReadAgain),
            ("Lies die Nachricht nochmal vor", Language::De, Command::ReadAgain),
            ("How many messages do I have?", Language::En, Command::HowMany),
            ("Wie viele Nachrichten habe ich noch?", Language::De, Command::HowMany),
            ("Ile mam wiadomości?", Language::Pl, Command::HowMany),
            ("I'm done.", Language::En, Command::Done),
            ("ich bin fertig", Language::De, Command::Done),
            ("read the next message", Language::En, Command::Next),
            ("Lies mir bitte die nächste Nachricht vor", Language::De, Command::Next),
            ("I want to leave a note", Language::En, Command::NewNote),
            ("wyślij mi to esemesem", Language::Pl, Command::TextMe),
            ("Hallo?", Language::De, Command::Wait),
            // Who speaks another language than was thought is understood too.
            ("weiter", Language::En, Command::Next),
            ("goodbye", Language::Pl, Command::Done),
        ] {
            assert_eq!(of(said, language), command, "{said}");
        }
    }

    #[test]
    fn a_question_that_holds_such_a_word_is_a_question() {
        for (said, language) in [
            ("Was war am Wochenende?", Language::De),
            ("Was steht im Kalender?", Language::De),
            ("Wann ist die Baustelle zu Ende?", Language::De),
            ("Wie soll ich das anwenden?", Language::De),
            ("When is the next appointment?", Language::En),
            ("What did Ben say about the end of the week?", Language::En),
            ("Kiedy jest następna wizyta?", Language::Pl),
            ("How many pipes are left?", Language::En),
            ("Wie viele?", Language::De),
            ("When is she back?", Language::En),
            ("Yes or no?", Language::En),
            ("Nächste Nachricht oder Ende?", Language::De),
        ] {
            assert_eq!(of(said, language), Command::Question(said.to_owned().into()), "{said}");
        }
    }

    #[test]
    fn a_reply_may_be_said_along_and_keeps_its_words() {
        for (said, language, text) in [
            ("Reply: I come at ten", Language::En, "I come at ten"),
            ("reply I come at ten.", Language::En, "I come at ten."),
            ("Antworte, ich komme um zehn", Language::De, "ich komme um zehn"),
            ("Odpowiedz będę o dziesiątej", Language::Pl, "będę o dziesiątej"),
        ] {
            assert_eq!(of(said, language), Command::Reply(Some(text.to_owned().into())), "{said}");
        }
        for (said, language, text) in [
            ("reply: thanks", Language::En, "thanks"),
            ("antworten: danke", Language::De, "danke"),
            ("Antworte ihr, dass ich um zehn komme", Language::De, "ich um zehn komme"),
            ("reply to him that I come", Language::En, "I come"),
            ("Tell her the key is with me", Language::En, "the key is with me"),
            ("Schreib ihr, ich komme!", Language::De, "ich komme!"),
            ("odpowiedz mu że będę jutro", Language::Pl, "będę jutro"),
        ] {
            assert_eq!(of(said, language), Command::Reply(Some(text.to_owned().into())), "{said}");
        }
        assert_eq!(of("antworte ihr", Language::De), Command::Reply(None));
        assert_eq!(of("reply please", Language::En), Command::Reply(None));
        assert_eq!(of("Reply.", Language::En), Command::Reply(None));
        assert_eq!(of("Antworten bitte", Language::De), Command::Reply(None));
    }

    #[test]
    fn yes_and_no_are_those_of_the_language() {
        assert_eq!(of("nie", Language::Pl), Command::No);
        assert_eq!(of("ja", Language::De), Command::Yes);
        assert_eq!(of("no", Language::En), Command::No);
        assert_eq!(Command::of_speech(" .,! ", Language::En), None);
    }

    #[test]
    fn what_begins_with_a_yes_is_one() {
        for (said, language, decided) in [
            ("Ja, schick das ab", Language::De, Some(true)),
            ("jo passt", Language::De, Some(true)),
            ("Yes, do that now", Language::En, Some(true)),
            ("Nein, lieber erst morgen", Language::De, Some(false)),
            ("perhaps", Language::En, None),
        ] {
            assert_eq!(Command::decides(said, language), decided, "{said}");
        }
    }

    #[test]
    fn a_reply_is_called_off_by_words_that_nobody_replies_with() {
        for said in ["Cancel.", "Never mind", "Abbrechen!", "Anuluj"] {
            assert!(Command::calls_off(said), "{said}");
        }
        for said in ["Done.", "Fertig", "No.", "Nein", "Gotowe", "Cancel the order"] {
            assert!(!Command::calls_off(said), "{said}");
        }
    }

    #[test]
    fn keys_are_commands_and_others_are_nothing() {
        assert_eq!(Command::of_key("1"), Some(Command::Next));
        assert_eq!(Command::of_key("9#"), Some(Command::Done));
        for nothing in ["8", "12", "", "#"] {
            assert_eq!(Command::of_key(nothing), None, "{nothing}");
        }
    }
}
