//! What is unread is told in numbers as soon as it is known, and summed up when a model has done so. A model that takes too
//! long is not waited for: messages can be read without it.

use jiff::Timestamp;
use shared::domain::call::{CallStage, Overview, Told};

use super::{Then, Turn};
use crate::{
    speech::fitting,
    texts::{counted, fill},
};

/// How many people are named at most.
const NAMED: usize = 4;

impl Turn<'_> {
    /// The caller waits for what is unread, or for its summary.
    pub(super) fn overview(&mut self, since: Timestamp, was_counted: bool) -> Then {
        let is_late = self.waited(since) >= self.facts.limits.model_within;
        let Some(overview) = self.facts.overview else {
            if is_late {
                // A note can be left all the same.
                self.say(self.words().no_overview);
                return self.prompt(self.words().prompt_empty);
            }
            return self.wait(since);
        };
        if overview.messages.is_empty() && overview.jobs.is_empty() {
            self.say(self.words().nothing_new);
            return self.prompt(self.words().prompt_empty);
        }
        if !was_counted {
            let counts = self.counts(overview);
            self.say(counts);
            self.call.stage = CallStage::Overview { since, counted: true };
        }
        match self.facts.summary {
            None if is_late => self.summed_up(&Told::Unavailable),
            None if was_counted => self.wait(since),
            None => Then::Wait(1),
            Some(told) => self.summed_up(told),
        }
    }

    fn summed_up(&mut self, told: &Told) -> Then {
        self.summary(told);
        let has_messages = self.facts.overview.is_some_and(|overview| !overview.messages.is_empty());
        self.prompt(if has_messages { self.words().prompt_first } else { self.words().prompt_end })
    }

    /// Says the summary, or why there is none.
    pub(super) fn summary(&mut self, told: &Told) {
        let words = self.words();
        match told {
            Told::Words { text, .. } => self.say(fitting(text.expose())),
            Told::Off => self.say(words.ai_off),
            Told::OutOfBudget => self.say(words.out_of_budget),
            Told::Unavailable | Told::Unknown => self.say(words.no_summary),
        }
    }

    /// What is there still, counted here: a model is asked for none of it.
    pub(super) fn how_many(&mut self) -> Then {
        let words = self.words();
        let Some(overview) = self.facts.overview else {
            self.say(words.no_overview);
            return self.prompt(words.prompt_empty);
        };
        let is_nothing = self.call.unheard(overview).next().is_none() && overview.jobs.is_empty();
        let counts =
            if is_nothing && !overview.more { words.nothing_new.to_owned() } else { self.counts(overview) };
        self.say(counts);
        self.prompt(words.prompt_short)
    }

    /// "You have 3 unread messages from Ben and Celina, and one open job": of what is not heard yet.
    fn counts(&self, overview: &Overview) -> String {
        let (words, language) = (self.words(), self.call.language);
        let number = self.call.unheard(overview).count();
        let mut messages = match number {
            0 => words.no_messages.to_owned(),
            _ => counted(language, words.messages, number),
        };
        if overview.more {
            messages = fill(words.more_messages, &[("what", &messages)]);
        }
        let people = self.people(overview);
        if !people.is_empty() {
            messages = fill(words.from_people, &[("what", &messages), ("people", &people)]);
        }
        let mut all = messages;
        if !overview.jobs.is_empty() {
            let mut jobs = counted(language, words.jobs, overview.jobs.len());
            if overview.more_jobs {
                jobs = fill(words.more_jobs, &[("what", &jobs)]);
            }
            all = format!("{all}{}{jobs}", words.and_jobs);
        }
        fill(words.you_have, &[("what", &all)])
    }

    /// Their senders, each once, if they are few.
    fn people(&self, overview: &Overview) -> String {
        let mut names: Vec<&str> = Vec::new();
        let unheard = self.call.unheard(overview).filter_map(|at| overview.messages.get(at));
        for message in unheard {
            let name = message.from.expose().as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.split_last() {
            _ if names.len() > NAMED => String::new(),
            None => String::new(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{}{}{last}", others.join(", "), self.words().and),
        }
    }
}
