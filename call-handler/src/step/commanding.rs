//! A word of the caller, or a key, or a question.

use adapter_twilio::voice::Input;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared::domain::{
    call::{Asked, CallStage, Exchange, Told},
    private::Private,
};

use super::{Did, Effect, Then, Turn};
use crate::{command::Command, speech::fitting};

impl Turn<'_> {
    pub(super) fn command(&mut self, input: &Input) -> Then {
        let did = self.did(input);
        if matches!(did, Did::Nothing) && self.call.part > 0 {
            // In the middle of a long message silence means that it goes on.
            return self.read();
        }
        let command = match did {
            Did::Nothing => {
                self.mark_heard(false);
                return self.silent(self.words().prompt_end);
            }
            Did::Unclear => None,
            Did::Pressed(digits) => Command::of_key(&digits),
            Did::Said(said) => Command::of_speech(&said, self.call.language),
        };
        // A noise is no request: whether the message was heard is told by the next one.
        let Some(command) = command else { return self.unclear(self.words().prompt_read) };
        self.mark_heard(command == Command::Skip);
        self.understood();
        let was_in_the_middle = std::mem::take(&mut self.call.part) > 0;
        if was_in_the_middle && matches!(command, Command::Next | Command::Yes) {
            // It was not read to its end; it stays unread, and is not begun again now.
            self.call.skipped.extend(self.call.at);
        }
        self.follow(command)
    }

    fn follow(&mut self, command: Command) -> Then {
        match command {
            Command::Next => self.next(),
            Command::Repeat => self.repeat(),
            Command::ReadAgain => self.read_again(),
            Command::Previous => self.previous(),
            Command::HowMany => self.how_many(),
            Command::Skip => {
                if let Some(at) = self.call.at {
                    // It was heard before, by a question or by hearing it again: it is to stay unread all the same.
                    if self.call.heard.contains(&at) {
                        self.call.heard.retain(|heard| *heard != at);
                        self.effects.push(Effect::StaysUnread(at));
                    }
                    self.call.skipped.push(at);
                }
                self.next()
            }
            Command::Reply(text) => self.reply(text),
            Command::NewNote => self.new_note(),
            Command::TextMe => self.text_me(),
            Command::Help => self.prompt(self.words().help),
            // "Do you want to hear them?" was not asked, but it is what people hear.
            Command::Yes => self.next(),
            Command::Wait => self.prompt(self.words().prompt_short),
            // "What else?" "No, thanks."
            Command::No | Command::Done => self.goodbye(),
            Command::Question(asked) => self.ask(asked),
        }
    }

    fn ask(&mut self, asked: Private<String>) -> Then {
        let words = self.words();
        if self.call.exchanges.len() >= self.facts.limits.questions {
            self.say(words.no_more_questions);
            return self.prompt(words.prompt_short);
        }
        let is_empty = |overview: &shared::domain::call::Overview| {
            overview.messages.is_empty() && overview.jobs.is_empty()
        };
        if self.facts.overview.is_none_or(is_empty) {
            self.say(words.not_in_messages);
            return self.prompt(words.prompt_short);
        }
        let question = number_of(self.call.turn, &asked);
        self.effects.push(Effect::Ask(Asked::Question(question), asked.clone()));
        self.call.stage = CallStage::Answer { question, asked, since: self.facts.now };
        self.say(words.moment);
        Then::Wait(1)
    }

    /// The caller waits for an answer.
    pub(super) fn answered(&mut self, asked: &Private<String>, since: Timestamp) -> Then {
        let words = self.words();
        let is_late = self.waited(since) >= self.facts.limits.model_within;
        let answered = match self.facts.answer {
            None if !is_late => return self.wait(since),
            Some(Told::Words { text, from }) => {
                // Who says "reply" now answers the sender of that message.
                if from.is_some() {
                    self.call.at = *from;
                }
                fitting(text.expose())
            }
            Some(Told::Unknown) => words.not_in_messages.to_owned(),
            Some(Told::OutOfBudget) => words.out_of_budget.to_owned(),
            Some(Told::Off) => words.ai_off.to_owned(),
            Some(Told::Unavailable) | None => words.no_answer.to_owned(),
        };
        self.call.answered_last = true;
        self.call.exchanges.push(Exchange { asked: asked.clone(), answered: answered.clone().into() });
        self.say(answered);
        self.prompt(words.prompt_short)
    }
}

/// A question's number. After a request that died another question may come in the same turn; it must not get the answer
/// to the one before.
fn number_of(turn: u32, asked: &Private<String>) -> u32 {
    let mut hash = Sha256::new();
    hash.update(turn.to_be_bytes());
    hash.update(asked.expose());
    hash.finalize().iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}
