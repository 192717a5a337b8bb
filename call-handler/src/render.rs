//! What is said next, as a document for Twilio.

use adapter_twilio::twiml::{Gather, Listen, Record, Say, Verb, document};
use shared::domain::language::Language;

use crate::{
    Config, FOLLOWUP_ROUTE,
    step::{Line, Step, Then},
    texts::texts,
};

/// How many seconds of silence end a note.
const NOTE_ENDS_AFTER: u8 = 5;
/// How long a caller may think about his PIN, in seconds.
const PIN_PATIENCE: u8 = 10;

/// The document of a step in this turn of a call in this language.
pub(crate) fn render(config: &Config, language: Language, turn: u32, step: &Step) -> std::io::Result<String> {
    let action = config.public_base.address_of(&format!("{FOLLOWUP_ROUTE}?turn={turn}"));
    let said: Vec<Say> = step.say.iter().map(|line| say(config, line)).collect();
    let verbs = match step.then {
        Then::Listen(timeout) => {
            vec![Verb::Gather(gather(config, language, said, action, (Listen::WordsOrKey, timeout)))]
        }
        Then::Digits => {
            vec![Verb::Gather(gather(config, language, said, action, (Listen::Digits, PIN_PATIENCE)))]
        }
        Then::Wait(seconds) => then(said, [Verb::Pause(seconds), Verb::Redirect(action)]),
        Then::Record => {
            let record = Record {
                action: action.clone(),
                longest: config.talk.note_seconds,
                timeout: NOTE_ENDS_AFTER,
            };
            // Without a sound Twilio asks nobody, and goes on behind it.
            then(said, [Verb::Record(record), Verb::Redirect(action)])
        }
        Then::HangUp => then(said, [Verb::Hangup]),
    };
    document(&verbs)
}

/// Something in one language, and then the call ends or goes on elsewhere.
pub(crate) fn notice(
    config: &Config,
    language: Language,
    text: &str,
    and: Option<String>,
) -> std::io::Result<String> {
    let line = Line { language, text: text.to_owned() };
    let last = and.map_or(Verb::Hangup, |to| Verb::Redirect(config.public_base.address_of(&to)));
    document(&then(vec![say(config, &line)], [last]))
}

fn then<const N: usize>(said: Vec<Say>, verbs: [Verb; N]) -> Vec<Verb> {
    said.into_iter().map(Verb::Say).chain(verbs).collect()
}

fn say(config: &Config, line: &Line) -> Say {
    let (voice, language) = config.talk.voices.of(line.language);
    Say { text: line.text.clone(), voice: voice.to_owned(), language: language.to_owned() }
}

fn gather(
    config: &Config,
    language: Language,
    say: Vec<Say>,
    action: String,
    (listen, timeout): (Listen, u8),
) -> Gather {
    let (_, locale) = config.talk.voices.of(language);
    let hints = match listen {
        Listen::WordsOrKey => texts(language).hints,
        Listen::Digits => texts(language).pin_hints,
    };
    Gather { say, listen, action, language: locale.to_owned(), hints, timeout }
}
