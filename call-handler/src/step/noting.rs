//! A new note by phone: recorded after it was said what for, filed as a voice note is, and told if the caller waits for it.

use adapter_twilio::voice::Input;
use jiff::Timestamp;
use shared::domain::{call::CallStage, ids::MessageId};

use super::{Effect, Then, Turn};
use crate::speech::{fitting, spoken};

impl Turn<'_> {
    pub(super) fn new_note(&mut self) -> Then {
        let words = self.words();
        if self.call.number().is_none() {
            self.say(words.no_number);
            return self.prompt(words.prompt_short);
        }
        self.call.stage = CallStage::Recording;
        self.say(words.record);
        Then::Record
    }

    /// A recording was asked for.
    pub(super) fn recorded(&mut self, input: &Input) -> Then {
        let words = self.words();
        match input.recording.clone().filter(|recording| recording.seconds > 0) {
            Some(recording) => {
                self.understood();
                let note = recording.id.clone();
                self.effects.push(Effect::Note(recording));
                self.call.stage = CallStage::Outcome { note, since: self.facts.now };
                self.say(words.recorded);
                Then::Wait(1)
            }
            None => {
                self.say(words.nothing_recorded);
                self.prompt(words.prompt_short)
            }
        }
    }

    /// The caller waits for what becomes of a note.
    pub(super) fn outcome(&mut self, note: &MessageId, since: Timestamp) -> Then {
        let words = self.words();
        match self.facts.outcome {
            Some(outcome) => {
                self.say(fitting(&spoken(outcome.expose())));
                self.call.outcome_said = Some(note.clone());
            }
            None if self.waited(since) < self.facts.limits.outcome_within => {
                self.effects.push(Effect::Waits(note.clone()));
                return self.wait(since);
            }
            None => {
                self.effects.push(Effect::OutcomeLater(note.clone()));
                self.say(if self.facts.can_text { words.outcome_later } else { words.outcome_in_panel });
            }
        }
        self.prompt(words.prompt_short)
    }
}
