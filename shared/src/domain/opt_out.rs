//! The words with which people end what they are sent, and begin it again. They are read here, without any model.

use serde::{Deserialize, Serialize};

use super::{aside::Command, identity::Channel, message::InboundMessage, text::plain};

/// What a person decides about being written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOut {
    /// Nothing more may be sent.
    Stop,
    /// Messages are welcome again.
    Start,
}

/// Words of every channel, as [`plain`] writes them. Those in English are Twilio's own for SMS, save what is ordinary
/// in a chat (Twilio, "Support for opt-out keywords": STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, OPTOUT, REVOKE;
/// START, YES, UNSTOP).
const EVERYWHERE: [(OptOut, &[&str]); 2] = [
    (
        OptOut::Stop,
        &[
            // English, with the two that are also written as two words
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "optout",
            "opt out",
            // German
            "stopp",
            "abmelden",
            "abbestellen",
            // Polish
            "wypisz",
            "wypisz mnie",
            "rezygnuje",
        ],
    ),
    (OptOut::Start, &["start", "unstop", "anmelden", "wznow", "zapisz mnie"]),
];

/// What Twilio takes for the same on SMS. It stops a number by itself at these words, so Hark must know of it. In a
/// chat they are ordinary answers.
const ON_SMS: [(OptOut, &[&str]); 2] =
    [(OptOut::Stop, &["cancel", "end", "quit", "revoke"]), (OptOut::Start, &["yes"])];

impl OptOut {
    /// What a message says about it, if it says nothing else: it is such a command, or one of the words is all of its
    /// text and it carries nothing. A `Start` of somebody who was not stopped means nothing, since a yes can be an answer; what was so
    /// before, `Contacts` tells.
    #[must_use]
    pub fn of_message(message: &InboundMessage) -> Option<Self> {
        match message.command {
            Some(Command::Start) => return Some(Self::Start),
            Some(Command::Stop) => return Some(Self::Stop),
            Some(Command::Help) => return None,
            // `/unsubscribe` says what it says.
            Some(Command::Unknown) | None => {}
        }
        if !message.media.is_empty() || message.location.is_some() {
            return None;
        }
        Self::of_words(message.text.expose(), message.from.channel())
    }

    fn of_words(text: &str, channel: Channel) -> Option<Self> {
        let said = plain(text);
        let on_sms = ON_SMS.iter().filter(|_| channel == Channel::Sms);
        let mut known = EVERYWHERE.iter().chain(on_sms);
        known.find(|(_, words)| words.contains(&said.as_str())).map(|(meaning, _)| *meaning)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{
        domain::message::Location,
        testing::samples::{address, message, message_with_media},
    };

    fn on(from: &str, text: &str) -> Option<OptOut> {
        OptOut::of_message(&InboundMessage { from: address(from), ..message(1, text) })
    }

    const SMS: &str = "+4915112345678";
    const CHATS: [&str; 3] = ["whatsapp:+4915112345678", "whatsapp:DE.1A2b3C", "telegram:17"];

    #[test]
    fn each_word_stops_or_starts_on_every_channel() {
        let stop = "STOP STOPALL UNSUBSCRIBE OPTOUT STOPP ABMELDEN ABBESTELLEN WYPISZ REZYGNUJE Rezygnuję";
        let start = "START UNSTOP ANMELDEN WZNOW Wznów";
        for (words, meaning) in [(stop, OptOut::Stop), (start, OptOut::Start)] {
            for word in words.split(' ') {
                for from in CHATS.iter().chain(&[SMS]) {
                    for text in
                        [word.to_owned(), word.to_lowercase(), format!("  {word}!\n"), format!("„{word}“.")]
                    {
                        assert_eq!(on(from, &text), Some(meaning), "{from}: {text}");
                    }
                }
            }
        }
        for (text, meaning) in [
            ("Wypisz mnie", OptOut::Stop),
            ("Zapisz  mnie.", OptOut::Start),
            ("Stop all", OptOut::Stop),
            ("Opt-out", OptOut::Stop),
            ("Stop 🛑", OptOut::Stop),
        ] {
            assert_eq!(on(SMS, text), Some(meaning), "{text}");
        }
    }

    #[test]
    fn what_twilio_takes_for_a_stop_on_sms_is_an_ordinary_answer_in_a_chat() {
        for word in ["CANCEL", "END", "QUIT", "REVOKE", "cancel.", "End"] {
            assert_eq!(on(SMS, word), Some(OptOut::Stop), "{word}");
            assert!(CHATS.iter().all(|from| on(from, word).is_none()), "{word}");
        }
        assert_eq!(on(SMS, "Yes"), Some(OptOut::Start));
        assert!(CHATS.iter().all(|from| on(from, "Yes").is_none()));
    }

    #[test]
    fn a_word_among_others_is_a_note() {
        for text in [
            "",
            " ",
            "!",
            "Stop the water at Miller's",
            "Please stop",
            "stop stop",
            "stopped",
            "Start tomorrow at 8",
            "non-stop",
            "Abmelden bei Frau Müller",
            "Nie rezygnuję",
            "the end",
            "s t o p",
        ] {
            assert!(CHATS.iter().chain(&[SMS]).all(|from| on(from, text).is_none()), "{text}");
        }
    }

    #[test]
    fn a_command_stops_and_starts_whatever_stands_behind_it() {
        let said = |command, text| OptOut::of_message(&InboundMessage { command, ..message(1, text) });
        assert_eq!(said(Some(Command::Stop), "/stop@hark_bot please"), Some(OptOut::Stop));
        assert_eq!(said(Some(Command::Start), "/start"), Some(OptOut::Start));
        assert_eq!(said(Some(Command::Unknown), "/unsubscribe"), Some(OptOut::Stop));
        assert_eq!(said(Some(Command::Unknown), "/settings"), None);
        assert_eq!(said(Some(Command::Help), "/help"), None);
    }

    #[test]
    fn a_word_with_a_photo_or_a_place_is_a_note() {
        let photo = message_with_media(1, "STOP", &[("https://api.twilio.com/x", "image/jpeg")]);
        assert_eq!(OptOut::of_message(&photo), None);
        let place = Location { latitude: 52.5, longitude: 13.4, address: None, label: None };
        let place = InboundMessage { location: Some(place.into()), ..message(1, "STOP") };
        assert_eq!(OptOut::of_message(&place), None);
    }
}
