//! A reply: its words, said along or after; read back; sent after a yes.

use adapter_twilio::voice::Input;
use shared::domain::{call::CallStage, identity::Channel, letter::Letter, private::Private};

use super::{Did, Effect, PATIENCE, Then, Turn, Writable, reading::filled};
use crate::{
    command::Command,
    texts::{by_channel, fill},
};

impl Turn<'_> {
    pub(super) fn reply(&mut self, text: Option<Private<String>>) -> Then {
        let words = self.words();
        let Some((_, message)) = self.sender() else {
            self.say(words.nobody_to_answer);
            return self.prompt(words.prompt_short);
        };
        let name = message.from.expose().clone();
        let trouble = match self.facts.writable {
            Writable::Yes => None,
            Writable::Stopped => Some(words.stopped),
            Writable::TooLate => Some(words.window_closed),
        };
        if let Some(trouble) = trouble {
            self.say(fill(trouble, &[("name", &name)]));
            return self.prompt(words.prompt_short);
        }
        // "Answer Ben" says whom, and not what.
        let text = text.filter(|text| !text.expose().trim_end_matches('.').eq_ignore_ascii_case(&name));
        match text {
            Some(text) => self.read_back(&text),
            None => {
                self.call.stage = CallStage::Dictation;
                self.say(fill(words.dictate, &[("name", &name)]));
                Then::Listen(PATIENCE)
            }
        }
    }

    /// The words of a reply were asked for.
    pub(super) fn dictated(&mut self, input: &Input) -> Then {
        let words = self.words();
        match self.did(input) {
            Did::Nothing => {
                self.call.stage = CallStage::Command;
                self.silent(words.prompt_short)
            }
            Did::Unclear => {
                self.call.not_understood += 1;
                if self.call.not_understood >= 3 {
                    return self.not_sent();
                }
                self.say(words.not_understood);
                Then::Listen(PATIENCE)
            }
            Did::Pressed(_) => self.not_sent(),
            Did::Said(said) if Command::calls_off(&said) => self.not_sent(),
            Did::Said(said) => {
                self.understood();
                self.read_back(&said.into())
            }
        }
    }

    fn read_back(&mut self, text: &Private<String>) -> Then {
        let words = self.words();
        let Some((_, message)) = self.sender() else { return self.not_sent() };
        // Who left a note by phone is written to by SMS.
        let channel = if message.channel == Channel::Phone { Channel::Sms } else { message.channel };
        let channel = by_channel(self.call.language, channel);
        let said = filled(words.read_back, message.from.expose(), &[("channel", &channel)], text);
        // What cannot be sent is not asked about.
        let Some(text) = Letter::read_text(text.expose()) else { return self.not_sent() };
        self.say(said);
        self.call.stage = CallStage::Confirmation { once: self.call.turn, text };
        Then::Listen(PATIENCE)
    }

    /// Whether to send it was asked.
    pub(super) fn confirmed(&mut self, once: u32, text: &Private<String>, input: &Input) -> Then {
        let words = self.words();
        let decided = match self.did(input) {
            Did::Nothing => {
                self.call.silences += 1;
                None
            }
            Did::Unclear => None,
            Did::Pressed(digits) => match digits.as_str() {
                "1" => Some(true),
                "2" => Some(false),
                _ => None,
            },
            Did::Said(said) => match Command::of_speech(&said, self.call.language) {
                // "Schicken" alone means a text to oneself elsewhere.
                Some(Command::Yes | Command::TextMe) => Some(true),
                Some(Command::No) => Some(false),
                Some(Command::Done) => {
                    self.say(words.not_sent);
                    return self.goodbye();
                }
                _ => Command::decides(&said, self.call.language),
            },
        };
        match (decided, self.sender()) {
            (Some(true), Some((at, _))) => {
                self.understood();
                self.effects.push(Effect::Write { at, once, text: text.clone() });
                self.say(words.sent);
                self.prompt(words.prompt_short)
            }
            (Some(_), _) => self.not_sent(),
            (None, _) if self.call.silences >= 2 => {
                self.say(words.not_sent);
                self.goodbye()
            }
            (None, _) => {
                self.call.not_understood += 1;
                if self.call.not_understood >= 3 {
                    return self.not_sent();
                }
                self.say(words.yes_or_no);
                Then::Listen(PATIENCE)
            }
        }
    }

    fn not_sent(&mut self) -> Then {
        self.understood();
        self.say(self.words().not_sent);
        self.prompt(self.words().prompt_short)
    }
}
