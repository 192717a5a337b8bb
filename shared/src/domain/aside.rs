//! What people say to Hark itself and not to their office: how it begins, how it ends, what it can do. It is read here,
//! without any model, filed nowhere, and answered with words of Hark's own.

use serde::{Deserialize, Serialize};

use super::{identity::Channel, message::InboundMessage, text::plain};

/// What Telegram sends by itself when somebody opens a bot (Telegram, "Global commands").
pub const START_COMMAND: &str = "/start";

/// A command, where a channel has such (Telegram, "Commands": a `/`, then letters, digits and underscores).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Somebody begins, or comes back.
    Start,
    /// Nothing more may be sent.
    Stop,
    /// What can be done here?
    Help,
    /// One that Hark does not know.
    Unknown,
}

/// What was said to Hark, by what is answered to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aside {
    /// Somebody begins, and learns what to do.
    Welcome,
    /// Somebody said STOP where no provider confirms it.
    Stopped,
    /// Somebody asks what can be done.
    Help,
    /// Somebody tried a command that there is not.
    NoSuchCommand,
    /// Somebody changed the words of a message that was sent already.
    Edited,
    /// Somebody sent what Hark can take nothing from: a sticker, a poll, a die.
    NothingToTake,
}

/// Words that ask for help if they are all that is said, as [`plain`] writes them.
const HELP: [&str; 3] = ["help", "hilfe", "pomoc"];

impl Aside {
    /// What a message is, if it is said to Hark. That somebody stops is not told here, since it depends on what was so
    /// before.
    #[must_use]
    pub fn of_message(message: &InboundMessage) -> Option<Self> {
        match message.command {
            Some(Command::Start) => return Some(Self::Welcome),
            Some(Command::Help) => return Some(Self::Help),
            Some(Command::Stop | Command::Unknown) | None => {}
        }
        let (channel, text) = (message.from.channel(), message.text.expose().trim());
        let asks_for_help = HELP.contains(&plain(text).as_str());
        if message.command == Some(Command::Unknown) {
            return Some(if asks_for_help { Self::Help } else { Self::NoSuchCommand });
        }
        let is_on_telegram = channel == Channel::Telegram;
        if !message.is_words_alone() {
            return None;
        }
        if is_on_telegram && text == START_COMMAND {
            return Some(Self::Welcome);
        }
        if is_on_telegram && text.is_empty() {
            return Some(Self::NothingToTake);
        }
        // Who quotes a record says it of that. On SMS Twilio answers it (Twilio, "Support for opt-out keywords").
        let asks_hark = asks_for_help && message.replied_to.is_none();
        (asks_hark && matches!(channel, Channel::Telegram | Channel::WhatsApp)).then_some(Self::Help)
    }

    /// Whether it was meant for Hark and nobody else, so that Hark answers it even while somebody at the office speaks
    /// with this person.
    #[must_use]
    pub const fn is_for_hark_alone(self) -> bool {
        !matches!(self, Self::NothingToTake | Self::Edited)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::samples::{address, message, message_id, message_with_media};

    const TELEGRAM: &str = "telegram:17";
    const WHATSAPP: &str = "whatsapp:+4915112345678";
    const SMS: &str = "+4915112345678";

    fn on(from: &str, text: &str) -> InboundMessage {
        InboundMessage { from: address(from), ..message(1, text) }
    }

    #[test]
    fn a_command_is_known_by_what_the_channel_says_and_not_by_its_words() {
        let said = |command, text| Aside::of_message(&InboundMessage { command, ..on(TELEGRAM, text) });
        assert_eq!(said(Some(Command::Start), "/start"), Some(Aside::Welcome));
        assert_eq!(said(Some(Command::Help), "/help me"), Some(Aside::Help));
        assert_eq!(said(Some(Command::Unknown), "/settings"), Some(Aside::NoSuchCommand));
        assert_eq!(said(Some(Command::Unknown), "/hilfe"), Some(Aside::Help));
        assert_eq!(said(Some(Command::Stop), "/stop"), None);
        for text in ["/settings", "/ 2 pipes", "/2 pipe"] {
            assert_eq!(said(None, text), None, "{text}");
        }
    }

    #[test]
    fn who_asks_for_help_and_says_nothing_else_is_helped_where_nobody_else_does() {
        for word in ["HELP", "Help!", "Hilfe", "pomoc?"] {
            for from in [TELEGRAM, WHATSAPP] {
                assert_eq!(Aside::of_message(&on(from, word)), Some(Aside::Help), "{from}: {word}");
            }
            assert_eq!(Aside::of_message(&on(SMS, word)), None, "{word}");
            let quoting = InboundMessage { replied_to: Some(message_id(9)), ..on(TELEGRAM, word) };
            assert_eq!(Aside::of_message(&quoting), None, "{word}");
        }
        for text in ["Help Mrs Miller with the tap", "Hilfe für Frau Müller", "no help"] {
            assert_eq!(Aside::of_message(&on(TELEGRAM, text)), None, "{text}");
        }
        let photo = message_with_media(1, "help", &[("https://api.twilio.com/x", "image/jpeg")]);
        assert_eq!(Aside::of_message(&photo), None);
    }

    #[test]
    fn a_message_without_anything_is_a_sticker_on_telegram_alone() {
        assert_eq!(Aside::of_message(&on(TELEGRAM, "")), Some(Aside::NothingToTake));
        assert_eq!(Aside::of_message(&on(WHATSAPP, "")), None);
        let tap = InboundMessage { button: Some("hark-ok".to_owned().into()), ..on(TELEGRAM, "") };
        assert_eq!(Aside::of_message(&tap), None);
    }
}
