//! Everything that Hark tells the sender of a note. All customer-visible text is here and in `reply/words`.
//!
//! One message of at most 1,600 UTF-16 units (Twilio's limit for a body), cut between items and never
//! inside one, which says how many more the record holds.

mod words;

use words::{Words, words};

use super::{
    analysis::{ActionItem, Fallback, Record},
    choice::Choices,
    language::Language,
    note::{Heard, Note, Stage, Unheard},
    text::{truncate_twilio, twilio_len},
};

/// Twilio's limit for one message body, in UTF-16 units.
pub const MAX_REPLY: usize = 1_600;
/// How much of what was heard is repeated to the sender.
const MAX_HEARD: usize = 400;
/// How much of a summary stands in the reply; the record holds all of it.
const MAX_SUMMARY: usize = 500;
const MAX_TITLE: usize = 120;

/// The one final answer to a note: what was heard and filed, or why it was not, in the sender's language.
#[must_use]
pub fn outcome(note: &Note) -> String {
    let words = words(note.language());
    if note.stage() == Stage::Failed {
        return words.failed.to_owned();
    }
    let Some(heard) = note.heard() else { return words.failed.to_owned() };
    let mut reply = Reply::default();
    for reason in distinct(&heard.unheard, &words) {
        reply.block(reason);
    }
    if let Some(understood) = note.understood() {
        repeated(&mut reply, heard, &words);
        // What is said of a recording that is kept says already that it is.
        let is_said =
            heard.unheard.iter().any(|reason| reason.is_worth_filing() && *reason != Unheard::AiOff);
        let fallback = understood.analysis.fallback;
        if !(is_said && fallback == Some(Fallback::NoWords)) {
            filed(&mut reply, &understood.analysis.record, fallback, &words);
        }
    }
    reply.finish()
}

/// What the person can tap below that answer. `None` when nothing was filed that could be changed.
#[must_use]
pub fn choices(note: &Note) -> Option<Choices> {
    let is_filed = note.stage() != Stage::Failed && note.understood().is_some();
    is_filed.then(|| Choices::of_record(note.language()))
}

/// What is said of recordings without words and of missing files, each sentence once. That a recording was only
/// stored, since no model is used, is said where it is filed.
fn distinct(reasons: &[Unheard], words: &Words) -> Vec<&'static str> {
    let mut said = Vec::new();
    for reason in reasons.iter().filter(|reason| **reason != Unheard::AiOff) {
        let sentence = words.unheard(*reason);
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

/// Whether a message is such a notice as [`working_on_it`], in whatever language: the answer is still to come.
#[must_use]
pub fn is_notice(message: &str) -> bool {
    [Language::En, Language::De, Language::Pl].map(working_on_it).contains(&message)
}

/// Tells the sender of a note that takes long that it is in work.
#[must_use]
pub const fn working_on_it(language: Language) -> &'static str {
    words(language).working_on_it
}

fn repeated(reply: &mut Reply, heard: &Heard, words: &Words) {
    if heard.spoken {
        let (open, close) = words.quotes;
        reply.block(&format!("{} {open}{}{close}", words.heard, shortened(heard.words.expose(), MAX_HEARD)));
    }
}

fn filed(reply: &mut Reply, record: &Record, fallback: Option<Fallback>, words: &Words) {
    match record {
        Record::Job { summary, action_items, .. } => {
            reply.block(&format!("{}\n{}", words.filed_job, shortened(summary, MAX_SUMMARY)));
            reply.items(action_items, words);
        }
        Record::Document { title, summary, .. } => {
            let title = shortened(title, MAX_TITLE);
            reply.block(&format!("{}\n*{title}*\n{}", words.filed_document, shortened(summary, MAX_SUMMARY)));
        }
        Record::Other { .. } => reply.block(match fallback {
            None => words.filed_other,
            Some(Fallback::AiOff | Fallback::NoWords) => words.stored,
            Some(Fallback::AnswerUnusable | Fallback::ModelUnavailable) => words.not_understood,
        }),
    }
}

fn shortened(text: &str, max: usize) -> String {
    let text = text.trim();
    if twilio_len(text) <= max {
        text.to_owned()
    } else {
        format!("{}…", truncate_twilio(text, max - 1).trim_end())
    }
}

/// A message that grows block by block and never beyond its limit.
#[derive(Default)]
struct Reply {
    text: String,
}

impl Reply {
    /// The blocks are bounded so that all of them fit; the cut is for what nobody foresaw.
    fn block(&mut self, block: &str) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(block);
    }

    /// As many items as fit, and how many more there are.
    fn items(&mut self, items: &[ActionItem], words: &Words) {
        let mut separator = "\n\n";
        for (shown, item) in items.iter().enumerate() {
            let line = format!("{separator}• {}", item.text);
            let left = items.len() - shown;
            let room_for_rest = if left > 1 { twilio_len(&words.more(left)) + 1 } else { 0 };
            if twilio_len(&self.text) + twilio_len(&line) + room_for_rest > MAX_REPLY {
                self.text.push('\n');
                self.text.push_str(&words.more(left));
                return;
            }
            self.text.push_str(&line);
            separator = "\n";
        }
    }

    fn finish(self) -> String {
        truncate_twilio(&self.text, MAX_REPLY).to_owned()
    }
}

#[cfg(test)]
mod tests;
