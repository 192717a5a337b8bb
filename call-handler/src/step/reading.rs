//! Messages are read one by one, long ones in parts. One counts as heard when it was read to its end and the caller's next
//! request came.

use shared::domain::{
    call::{CallStage, UnreadMessage},
    private::Private,
};

use super::{BREATH, Effect, Line, PATIENCE, Then, Turn};
use crate::{
    speech::parts,
    texts::{by_channel, counted, fill},
};

impl Turn<'_> {
    /// What was read to its end was heard, unless the caller wants it to stay unread.
    pub(super) fn mark_heard(&mut self, keeps_unread: bool) {
        let Some(at) = self.call.read_out.take() else { return };
        if !keeps_unread && !self.call.heard.contains(&at) {
            self.call.heard.push(at);
            self.effects.push(Effect::Heard(at));
        }
    }

    /// The next message that was neither heard nor passed by.
    pub(super) fn next(&mut self) -> Then {
        let Some(overview) = self.facts.overview else {
            self.say(self.words().no_overview);
            return self.prompt(self.words().prompt_empty);
        };
        let next = self.call.unheard(overview).find(|at| !self.call.skipped.contains(at));
        match next {
            Some(at) => {
                self.call.at = Some(at);
                self.call.part = 0;
                self.read()
            }
            None => {
                let (words, language) = (self.words(), self.call.language);
                let left = self.call.unheard(overview).count();
                self.say(words.that_was_all);
                if overview.more {
                    self.say(words.call_again);
                }
                if left > 0 {
                    let what = counted(language, words.messages, left);
                    self.say(fill(words.left, &[("what", &what)]));
                }
                self.prompt(words.prompt_end)
            }
        }
    }

    /// Reads the next part of the message that the call is about.
    pub(super) fn read(&mut self) -> Then {
        self.call.answered_last = false;
        let message = self.call.at.and_then(|at| self.facts.overview?.messages.get(at));
        let (Some(at), Some(message)) = (self.call.at, message) else {
            return self.prompt(self.words().prompt_end);
        };
        let parts = parts(message.words.expose());
        let part = self.call.part;
        if part == 0 {
            let of = self.facts.overview.map_or(0, |overview| overview.messages.len());
            let introduction = self.introduction(message, at + 1, of);
            self.say(introduction);
        }
        match parts.get(part) {
            Some(text) if !text.is_empty() => {
                self.say.push(Line { language: message.language, text: text.clone() });
            }
            _ if message.is_unheard => self.say(self.words().not_heard_by_us),
            _ => self.say(self.words().wordless),
        }
        if part + 1 < parts.len() {
            self.call.part = part + 1;
            self.call.stage = CallStage::Command;
            return Then::Listen(BREATH);
        }
        if message.carries_files {
            self.say(self.words().with_files);
        }
        self.call.part = 0;
        if message.is_unheard {
            // Nobody has heard it: it stays unread, and is told when it was understood.
            self.call.skipped.push(at);
        } else {
            self.call.read_out = Some(at);
        }
        let is_first = self.call.heard.is_empty();
        let words = self.words();
        self.call.stage = CallStage::Command;
        self.say(if is_first { words.prompt_read } else { words.prompt_short });
        Then::Listen(PATIENCE)
    }

    fn introduction(&self, message: &UnreadMessage, at: usize, of: usize) -> String {
        let language = self.call.language;
        fill(
            self.words().message,
            &[
                ("at", &at.to_string()),
                ("of", &of.to_string()),
                ("channel", &by_channel(language, message.channel)),
                ("age", &self.age(message)),
                // What a person is called comes last, since it could hold a mark.
                ("name", message.from.expose()),
            ],
        )
    }

    /// How old it is: people hear that better than a time, and it is the same in all time zones.
    fn age(&self, message: &UnreadMessage) -> String {
        let (words, language) = (self.words(), self.call.language);
        let minutes = usize::try_from(self.waited(message.at).as_mins()).unwrap_or_default();
        match minutes {
            0 => words.just_now.to_owned(),
            1..60 => counted(language, words.ago_minutes, minutes),
            60..2_880 => counted(language, words.ago_hours, minutes / 60),
            _ => counted(language, words.ago_days, minutes / 1_440),
        }
    }

    /// The same again: the answer, the message, or else the summary.
    pub(super) fn repeat(&mut self) -> Then {
        if let Some(last) = self.call.exchanges.last().filter(|_| self.call.answered_last) {
            let answered = last.answered.expose().clone();
            self.say(answered);
            return self.prompt(self.words().prompt_short);
        }
        if self.call.at.is_some() {
            return self.read_again();
        }
        match self.facts.summary {
            Some(told) => {
                self.summary(told);
                self.prompt(self.words().prompt_first)
            }
            None => {
                self.say(self.words().nothing_to_repeat);
                self.prompt(self.words().prompt_end)
            }
        }
    }

    /// The message that the call is about, from its beginning. Where there is none yet: whatever was said.
    pub(super) fn read_again(&mut self) -> Then {
        if self.call.at.is_none() {
            return self.repeat();
        }
        self.call.part = 0;
        self.read()
    }

    /// The message before the one that the call is about, heard or not.
    pub(super) fn previous(&mut self) -> Then {
        let words = self.words();
        match self.call.at.map(|at| at.checked_sub(1)) {
            None => {
                self.say(words.nothing_read);
                self.prompt(words.prompt_short)
            }
            Some(None) => {
                self.say(words.is_first);
                self.prompt(words.prompt_short)
            }
            Some(Some(before)) => {
                self.call.at = Some(before);
                self.call.part = 0;
                self.read()
            }
        }
    }

    /// What was heard, as text.
    pub(super) fn text_me(&mut self) -> Then {
        let words = self.words();
        if self.call.heard.is_empty() {
            self.say(words.nothing_read);
        } else if self.facts.can_text {
            self.effects.push(Effect::Text(self.call.heard.clone()));
            self.say(words.text_comes);
        } else {
            self.say(words.no_number);
        }
        self.prompt(words.prompt_short)
    }

    /// What a person is called who sent the message that the call is about.
    pub(super) fn sender(&self) -> Option<(usize, &UnreadMessage)> {
        let at = self.call.at?;
        Some((at, self.facts.overview?.messages.get(at)?))
    }
}

/// Texts of people are never taken for places to fill in.
pub(super) fn filled(text: &str, name: &str, more: &[(&str, &str)], said: &Private<String>) -> String {
    let with_rest = fill(text, more);
    let (before, after) = with_rest.split_once("{text}").unwrap_or((with_rest.as_str(), ""));
    format!("{}{}{}", fill(before, &[("name", name)]), said.expose(), fill(after, &[("name", name)]))
}
