//! A document's verbs as the stand-in performs them, with Twilio's defaults.

use super::{
    check::voice_language,
    document::{Element, Node},
};

/// What Twilio speaks where nothing is said.
const DEFAULT_LANGUAGE: &str = "en-US";
/// Any key ends a recording unless the document says which.
const ALL_KEYS: &str = "1234567890*#";

/// One thing that the caller hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    Say { text: String, language: String, voice: String, times: u32 },
    Play { address: String, times: u32 },
    Pause { seconds: u32 },
}

/// One verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Prompt(Prompt),
    Gather(Gather),
    Record(Record),
    Redirect { address: String, method: Method },
    Hangup,
    Reject { busy: bool },
}

/// How an address is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
}

/// `<Gather>`: listens for keys, words or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gather {
    pub(super) prompts: Vec<Prompt>,
    pub(super) dtmf: bool,
    pub(super) speech: bool,
    pub(super) action: Option<String>,
    pub(super) method: Method,
    pub(super) timeout: u32,
    pub(super) num_digits: Option<usize>,
    /// Empty: no key ends it.
    pub(super) finish_on_key: String,
    pub(super) language: String,
    pub(super) hints: String,
    pub(super) barge_in: bool,
    pub(super) on_empty: bool,
}

/// `<Record>`: records what the caller says after the beep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) action: Option<String>,
    pub(super) method: Method,
    pub(super) timeout: u32,
    pub(super) finish_on_key: String,
    pub(super) max_length: u32,
    pub(super) beep: bool,
    pub(super) callback: Option<String>,
    pub(super) callback_method: Method,
    pub(super) events: Vec<String>,
}

/// The verbs of a document in their order. What the stand-in does not know is left out; `check.rs` told of it.
pub(super) fn verbs(root: &Element) -> Vec<Verb> {
    root.elements().filter_map(verb).collect()
}

fn verb(element: &Element) -> Option<Verb> {
    Some(match element.name.as_str() {
        "Gather" => Verb::Gather(gather(element)),
        "Record" => Verb::Record(record(element)),
        "Redirect" => Verb::Redirect { address: address(element), method: method(element, "method") },
        "Hangup" => Verb::Hangup,
        "Reject" => Verb::Reject { busy: element.attribute("reason") == Some("busy") },
        _ => Verb::Prompt(prompt(element)?),
    })
}

fn prompt(element: &Element) -> Option<Prompt> {
    Some(match element.name.as_str() {
        "Say" => {
            let voice = element.attribute("voice").unwrap_or("man");
            let language = element.attribute("language").map(str::to_owned);
            let language = language.or_else(|| voice_language(voice));
            Prompt::Say {
                text: spoken(element),
                language: language.unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
                voice: voice.to_owned(),
                times: whole(element, "loop", 1),
            }
        }
        "Play" => Prompt::Play { address: address(element), times: whole(element, "loop", 1) },
        "Pause" => Prompt::Pause { seconds: whole(element, "length", 1) },
        _ => return None,
    })
}

/// The words of a `<Say>` as they are heard: `<sub alias="...">` is its alias.
fn spoken(element: &Element) -> String {
    fn collect(element: &Element, all: &mut String) {
        for node in &element.inside {
            match node {
                Node::Words(words) => all.push_str(words),
                Node::Element(mark) => match mark.attribute("alias").filter(|_| mark.name == "sub") {
                    Some(alias) => all.push_str(alias),
                    None if matches!(mark.name.as_str(), "break" | "p" | "s") => {
                        all.push(' ');
                        collect(mark, all);
                        all.push(' ');
                    }
                    None => collect(mark, all),
                },
            }
        }
    }
    let mut all = String::new();
    collect(element, &mut all);
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn gather(element: &Element) -> Gather {
    let input = element.attribute("input").unwrap_or("dtmf");
    Gather {
        prompts: element.elements().filter_map(prompt).collect(),
        dtmf: input.split(' ').any(|kind| kind == "dtmf"),
        speech: input.split(' ').any(|kind| kind == "speech"),
        action: element.attribute("action").map(str::to_owned),
        method: method(element, "method"),
        timeout: whole(element, "timeout", 5),
        num_digits: element.attribute("numDigits").and_then(|number| number.parse().ok()),
        finish_on_key: element.attribute("finishOnKey").unwrap_or("#").to_owned(),
        language: element.attribute("language").unwrap_or(DEFAULT_LANGUAGE).to_owned(),
        hints: element.attribute("hints").unwrap_or_default().to_owned(),
        barge_in: element.attribute("bargeIn") != Some("false"),
        on_empty: element.attribute("actionOnEmptyResult") == Some("true"),
    }
}

fn record(element: &Element) -> Record {
    let events = element.attribute("recordingStatusCallbackEvent").unwrap_or("completed");
    Record {
        action: element.attribute("action").map(str::to_owned),
        method: method(element, "method"),
        timeout: whole(element, "timeout", 5),
        finish_on_key: element.attribute("finishOnKey").unwrap_or(ALL_KEYS).to_owned(),
        max_length: whole(element, "maxLength", 3_600),
        beep: element.attribute("playBeep") != Some("false"),
        callback: element.attribute("recordingStatusCallback").map(str::to_owned),
        callback_method: method(element, "recordingStatusCallbackMethod"),
        events: events.split(' ').map(str::to_owned).collect(),
    }
}

fn address(element: &Element) -> String {
    element.own_words().trim().to_owned()
}

fn method(element: &Element, name: &str) -> Method {
    if element.attribute(name) == Some("GET") { Method::Get } else { Method::Post }
}

fn whole(element: &Element, name: &str, usual: u32) -> u32 {
    element.attribute(name).and_then(|number| number.parse().ok()).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::voice::document::parse;

    fn first(xml: &str) -> Verb {
        verbs(&parse(&format!("<Response>{xml}</Response>")).unwrap()).into_iter().next().unwrap()
    }

    #[test]
    fn what_is_not_said_is_as_at_twilio() {
        let Verb::Gather(gather) = first("<Gather/>") else { panic!("no gather") };
        assert_eq!((gather.dtmf, gather.speech, gather.timeout), (true, false, 5));
        assert_eq!((gather.finish_on_key.as_str(), gather.barge_in, gather.on_empty), ("#", true, false));
        let Verb::Record(record) = first("<Record/>") else { panic!("no record") };
        assert_eq!((record.max_length, record.beep, record.finish_on_key.as_str()), (3_600, true, ALL_KEYS));
        assert_eq!(record.events, ["completed"]);
    }

    #[test]
    fn a_say_is_heard_in_the_language_of_its_voice_and_without_its_marks() {
        let verb =
            first("<Say voice=\"Polly.Vicki\">z.B. <sub alias=\"zum Beispiel\">z.B.</sub><break/>ja</Say>");
        let Verb::Prompt(Prompt::Say { text, language, .. }) = verb else { panic!("no say") };
        assert_eq!((text.as_str(), language.as_str()), ("z.B. zum Beispiel ja", "de-DE"));
    }
}
