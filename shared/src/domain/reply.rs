//! Everything that Hark tells the sender of a note. All customer-visible text is here and in `reply/words`.
//!
//! One message of at most 1,600 UTF-16 units (Twilio's limit for a body), cut between items and never
//! inside one, which says how many more the record holds.

mod changed;
mod words;

use words::{Words, words};

use super::{
    analysis::{ActionItem, Analysis, Fallback, Record},
    choice::Choices,
    language::Language,
    media::MediaKind,
    note::{Heard, Note, Stage, StoredMedia, Understood, Unheard},
    purpose::Purpose,
    text::{truncate_twilio, twilio_len},
};

/// Twilio's limit for one message body, in UTF-16 units.
pub const MAX_REPLY: usize = 1_600;
/// How much of what was heard is repeated to the sender.
const MAX_HEARD: usize = 400;
/// How much of a summary stands in the reply; the record holds all of it.
const MAX_SUMMARY: usize = 500;
const MAX_TITLE: usize = 120;

/// The one final answer to a note: what was heard and filed, what was changed, or why not, in the sender's language.
#[must_use]
pub fn outcome(note: &Note) -> String {
    let words = words(note.language());
    if note.stage() == Stage::Failed {
        return words.failed.to_owned();
    }
    if let Some(letter) = note.purpose().letter() {
        return letter.text.expose().clone();
    }
    let mut reply = Reply::with_room_for(choices(note).as_ref());
    if let Some(heard) = note.heard() {
        for reason in distinct(note, &heard.unheard, &words) {
            reply.block(reason);
        }
        if heard.words.expose().is_empty() && carries_video(note) {
            reply.block(words.unwatched);
        }
    }
    match (note.change(), note.heard(), note.understood()) {
        (Some(change), heard, _) => {
            if note.purpose().office().is_some() {
                reply.block(words.by_office);
            }
            changed::told(&mut reply, change, heard, &words);
        }
        (None, Some(heard), Some(understood)) => {
            repeated(&mut reply, heard, &words);
            // What is said of a recording that is kept says already that it is.
            let is_said =
                heard.unheard.iter().any(|reason| reason.is_worth_filing() && *reason != Unheard::AiOff);
            let fallback = understood.analysis.fallback;
            if !(is_said && fallback == Some(Fallback::NoWords)) {
                filed(&mut reply, understood, fallback, &words);
            }
        }
        _ => match note.purpose() {
            Purpose::Start => reply.block(words.started),
            Purpose::Aside(aside) => reply.block(&words.aside(*aside, note.message().from.channel())),
            _ => {}
        },
    }
    if reply.text.is_empty() { words.failed.to_owned() } else { reply.finish() }
}

/// What the person can tap below that answer. `None` when there is no record that could be changed.
#[must_use]
pub fn choices(note: &Note) -> Option<Choices> {
    if note.stage() == Stage::Failed {
        return None;
    }
    let language = note.language();
    match note.change() {
        Some(change) => changed::choices(change),
        None => note.understood().map(|_| Choices::of_record(language)),
    }
}

/// Whether it carries a video: what is said in one is not heard.
fn carries_video(note: &Note) -> bool {
    let is_video = |kind: MediaKind| matches!(kind, MediaKind::Mp4Video | MediaKind::OggVideo);
    note.media().iter().any(|media| matches!(media, StoredMedia::Kept { kind, .. } if is_video(*kind)))
}

/// What is said of recordings without words and of missing files, each sentence once. That a recording was only
/// stored, since no model is used, is said where it is filed.
fn distinct(note: &Note, reasons: &[Unheard], words: &Words) -> Vec<&'static str> {
    let channel = note.message().from.channel();
    let mut said = Vec::new();
    for reason in reasons.iter().filter(|reason| **reason != Unheard::AiOff) {
        let sentence = words.unheard(*reason, channel);
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

/// Whether a message is such a notice as [`working_on_it`] or [`waits`], in whatever language: the answer is still to come.
#[must_use]
pub fn is_notice(message: &str) -> bool {
    let languages = [Language::En, Language::De, Language::Pl];
    languages.map(working_on_it).contains(&message) || languages.map(waits).contains(&message)
}

/// Tells the sender of a note that it is stored and waits, since a budget is used up.
#[must_use]
pub const fn waits(language: Language) -> &'static str {
    words(language).waits
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

fn filed(reply: &mut Reply, understood: &Understood, fallback: Option<Fallback>, words: &Words) {
    match &understood.analysis.record {
        Record::Job { .. } => jobs(reply, understood, words),
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

/// Each job with its items, numbered where there are several; as much as there is room for.
fn jobs(reply: &mut Reply, understood: &Understood, words: &Words) {
    let jobs: Vec<(&String, &[ActionItem])> = understood.records().filter_map(job).collect();
    let mut left: usize = jobs.iter().map(|(_, items)| items.len()).sum();
    for (n, (summary, items)) in (1..).zip(&jobs) {
        let max = MAX_SUMMARY / jobs.len();
        let number = if jobs.len() > 1 { format!("*{n}/{}* ", jobs.len()) } else { String::new() };
        let block = format!("{number}{}\n{}", words.filed_job, shortened(summary, max));
        if !reply.has_room_for(&block, left, words) {
            return reply.more(left, words);
        }
        reply.block(&block);
        let Some(rest) = reply.items(items.iter().map(|item| item.text.as_str()), left, words) else {
            return;
        };
        left = rest;
    }
}

const fn job(analysis: &Analysis) -> Option<(&String, &[ActionItem])> {
    match &analysis.record {
        Record::Job { summary, action_items, .. } => Some((summary, action_items.as_slice())),
        Record::Document { .. } | Record::Other { .. } => None,
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
struct Reply {
    text: String,
    limit: usize,
}

impl Reply {
    /// Where nothing can be tapped, the choices are said below it.
    fn with_room_for(choices: Option<&Choices>) -> Self {
        let below = choices.map_or(0, |choices| twilio_len(choices.below("").expose()));
        Self { text: String::new(), limit: MAX_REPLY.saturating_sub(below) }
    }

    /// The blocks are bounded so that all of them fit; the cut is for what nobody foresaw.
    fn block(&mut self, block: &str) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(block);
    }

    /// Whether a block fits, and after it how many items the record holds besides.
    fn has_room_for(&self, block: &str, left: usize, words: &Words) -> bool {
        twilio_len(&self.text) + twilio_len(block) + 2 + twilio_len(&words.more(left)) < self.limit
    }

    /// As many items as fit, of `left` that are still to be shown, and how many are not shown. Answers how many are
    /// left behind these, or `None` when not all of these fit.
    fn items<'a>(
        &mut self,
        items: impl Iterator<Item = &'a str>,
        mut left: usize,
        words: &Words,
    ) -> Option<usize> {
        let mut separator = "\n\n";
        for item in items {
            let line = format!("{separator}• {item}");
            let room_for_rest = if left > 1 { twilio_len(&words.more(left)) + 1 } else { 0 };
            if twilio_len(&self.text) + twilio_len(&line) + room_for_rest > self.limit {
                self.more(left, words);
                return None;
            }
            self.text.push_str(&line);
            separator = "\n";
            left -= 1;
        }
        Some(left)
    }

    fn more(&mut self, left: usize, words: &Words) {
        if left > 0 {
            self.text.push('\n');
            self.text.push_str(&words.more(left));
        }
    }

    fn finish(self) -> String {
        truncate_twilio(&self.text, self.limit).to_owned()
    }
}

#[cfg(test)]
mod tests;
