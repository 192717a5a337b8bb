//! Everything that Hark tells the sender of a note. All customer-visible text is here and in `reply/words`.
//!
//! One message of at most 1,600 UTF-16 units (Twilio's limit for a body), cut between items and never
//! inside one, which says how many more the record holds.

mod words;

use words::{Words, words};

use super::{
    analysis::{ActionItem, Fallback, Record},
    language::Language,
    note::{Note, Stage, Unheard},
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
    let unheard = note.heard().and_then(|heard| heard.unheard);
    match (note.understood(), unheard) {
        (None, Some(reason)) => words.unheard(reason).to_owned(),
        (None, None) => words.failed.to_owned(),
        (Some(understood), unheard) => {
            let mut reply = Reply::default();
            if let Some(reason) = unheard.filter(|reason| *reason != Unheard::AiOff) {
                reply.block(words.unheard(reason));
            }
            heard(&mut reply, note, &words);
            filed(&mut reply, &understood.analysis.record, understood.analysis.fallback, &words);
            reply.finish()
        }
    }
}

/// Tells the sender of a note that takes long that it is in work.
#[must_use]
pub const fn working_on_it(language: Language) -> &'static str {
    words(language).working_on_it
}

fn heard(reply: &mut Reply, note: &Note, words: &Words) {
    if let Some(heard) = note.heard().filter(|heard| heard.spoken) {
        reply.block(&format!("{} “{}”", words.heard, shortened(heard.words.expose(), MAX_HEARD)));
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
            Some(Fallback::AnswerUnusable) => words.not_understood,
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
