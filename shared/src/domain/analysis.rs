//! From a model's draft to a record that can be trusted: bounded, cleaned, and with nothing in it that the
//! sender did not say.

use serde::{Deserialize, Serialize};

use super::{
    intent::Intent,
    language::Language,
    tag::Tag,
    text::{clean, folded, truncate_chars},
};

/// Longest title in characters.
pub(super) const MAX_TITLE: usize = 120;
/// Longest of the other texts in characters.
pub(super) const MAX_SUMMARY: usize = 2_000;
/// Most items of a job.
pub(super) const MAX_ITEMS: usize = 50;
/// Longest item and quote in characters.
pub(super) const MAX_ITEM: usize = 300;
/// Records of one note beyond the first; more of them are a model that counts.
const MAX_FURTHER: usize = 8;

/// What a model made of a note, unchecked. Its lengths, words and claims are the model's own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// As the model named it; one outside the set is no draft at all.
    pub intent: Option<Intent>,
    /// The language that the model took the note for.
    pub language: Option<Language>,
    /// A few words to call the note by.
    pub tag: String,
    /// Filled for a job.
    pub job: Option<JobDraft>,
    /// Jobs of the same note that have nothing to do with the first.
    pub further_jobs: Vec<FurtherJobDraft>,
    /// Filled for a document.
    pub document: Option<DocumentDraft>,
    /// Filled for the rest.
    pub other_summary: Option<String>,
}

/// A job as drafted.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JobDraft {
    /// In short.
    pub summary: String,
    /// What it is.
    pub job: String,
    /// Where, for whom, why; if said.
    pub context: Option<String>,
    /// What is to be done.
    pub action_items: Vec<ActionItem>,
}

/// A further job as drafted.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FurtherJobDraft {
    /// A few words to call it by.
    pub tag: String,
    /// The job.
    pub job: JobDraft,
}

/// A document as drafted.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DocumentDraft {
    /// Its title.
    pub title: String,
    /// In short.
    pub summary: String,
    /// Where it applies; if said.
    pub context: Option<String>,
}

/// One thing to do, with the words it is taken from.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionItem {
    /// What to do.
    pub text: String,
    /// The sender's own words; empty where somebody at the office added it.
    pub quote: String,
}

/// The content of a record, checked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// Something is to be done.
    Job {
        /// In short, at most 2,000 characters.
        summary: String,
        /// What it is.
        job: String,
        /// Where, for whom, why; if said.
        context: Option<String>,
        /// At most 50, each of at most 300 characters, with its quote if it is the sender's.
        action_items: Vec<ActionItem>,
    },
    /// Something is to be known.
    Document {
        /// At most 120 characters.
        title: String,
        /// At most 2,000 characters.
        summary: String,
        /// Where it applies; if said.
        context: Option<String>,
    },
    /// Neither.
    Other {
        /// In short, if a model read it.
        summary: Option<String>,
    },
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({}, [private])", self.intent())
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({:?}, [private])", self.intent)
    }
}

impl std::fmt::Debug for ActionItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ActionItem([private])")
    }
}

impl Record {
    const fn has_items(&self) -> bool {
        matches!(self, Self::Job { action_items, .. } if !action_items.is_empty())
    }

    /// What people know it by: a document's title, else the beginning of its summary.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Job { summary, .. } => summary,
            Self::Document { title, .. } => title,
            Self::Other { summary } => summary.as_deref().unwrap_or_default(),
        }
    }

    /// All of its texts, in the order in which people read them.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Job { summary, job, context, action_items } => [Some(summary), Some(job), context.as_ref()]
                .into_iter()
                .flatten()
                .chain(action_items.iter().map(|item| &item.text))
                .map(String::as_str)
                .collect(),
            Self::Document { title, summary, context } => [Some(title), Some(summary), context.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            Self::Other { summary } => summary.iter().map(String::as_str).collect(),
        }
    }

    /// The intent that the record's files are filed under.
    #[must_use]
    pub const fn intent(&self) -> Intent {
        match self {
            Self::Job { .. } => Intent::JobToBeDone,
            Self::Document { .. } => Intent::KnowledgeDocument,
            Self::Other { .. } => Intent::Other,
        }
    }
}

/// The result of understanding a note. Frozen when first stored: every retry files the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// Names the files.
    pub tag: Tag,
    /// The content.
    pub record: Record,
    /// Action items left out because their quote does not stand in the note.
    #[serde(default)]
    pub items_dropped: usize,
    /// Why the record says less than a model might: set when the note was filed as `other` for want of a
    /// usable answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
}

/// Why a note was filed as `other` without a model's word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// `AI=off`.
    AiOff,
    /// There were no words: a photo or a place alone, or a recording that nothing can transcribe.
    NoWords,
    /// The model's answer did not serve, twice.
    AnswerUnusable,
    /// The model was not to be had within all tries.
    ModelUnavailable,
}

/// What is wrong with a draft as a whole. Told to the model once, then the note is filed as `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftFault {
    /// Its intent is none of the set.
    #[error("intent must be one of job-to-be-done, knowledge-document, other")]
    NoIntent,
    /// The part that belongs to its intent is missing.
    #[error("the object that belongs to the intent is null")]
    NoContent,
    /// A text that must say something is empty.
    #[error("a required text is empty")]
    EmptyText,
    /// It repeats Hark's own instructions.
    #[error("the answer repeats the instructions")]
    LeaksInstructions,
}

/// A word that stands in Hark's instructions and nowhere else: an answer that holds it has been led to
/// repeat them.
pub const INSTRUCTIONS_MARK: &str = "hark-instructions-7c1f";

impl Analysis {
    /// The analysis of a note that no model has read, or whose reading did not serve.
    #[must_use]
    pub fn filed_as_other(fallback: Fallback) -> Self {
        Self {
            tag: Tag::untagged(),
            record: Record::Other { summary: None },
            items_dropped: 0,
            fallback: Some(fallback),
        }
    }

    /// Checks a draft against the words that it was made of: lengths are bounded, forbidden characters
    /// dropped, links that the sender did not say removed, and action items without their quote in the
    /// note left out and counted.
    ///
    /// # Errors
    /// [`DraftFault`] when nothing can be made of it.
    pub fn of_draft(draft: Draft, words: &str) -> Result<Self, DraftFault> {
        Self::all_of_draft(draft, words).map(|(first, _)| first)
    }

    /// The same with all records of the note: the first, and further jobs that have something in them to do.
    ///
    /// # Errors
    /// [`DraftFault`] when nothing can be made of it.
    pub fn all_of_draft(draft: Draft, words: &str) -> Result<(Self, Vec<Self>), DraftFault> {
        if draft.holds(INSTRUCTIONS_MARK) {
            return Err(DraftFault::LeaksInstructions);
        }
        let check = Check { words, folded_words: folded(words) };
        let mut items_dropped = 0;
        let mut further = Vec::new();
        let record = match draft.intent.ok_or(DraftFault::NoIntent)? {
            Intent::JobToBeDone => {
                let (record, dropped) = check.job(&draft.job.ok_or(DraftFault::NoContent)?)?;
                items_dropped = dropped;
                for another in draft.further_jobs.iter().take(MAX_FURTHER) {
                    let (record, dropped) = check.job(&another.job)?;
                    if record.has_items() {
                        let tag = Tag::from_words(&another.tag);
                        further.push(Self { tag, record, items_dropped: dropped, fallback: None });
                    } else {
                        items_dropped += dropped;
                    }
                }
                record
            }
            Intent::KnowledgeDocument => {
                let document = draft.document.ok_or(DraftFault::NoContent)?;
                Record::Document {
                    title: check.required(&document.title, MAX_TITLE)?,
                    summary: check.required(&document.summary, MAX_SUMMARY)?,
                    context: check.optional(document.context.as_deref()),
                }
            }
            Intent::Other => Record::Other { summary: check.optional(draft.other_summary.as_deref()) },
        };
        Ok((Self { tag: Tag::from_words(&draft.tag), record, items_dropped, fallback: None }, further))
    }
}

impl Draft {
    fn holds(&self, mark: &str) -> bool {
        let jobs = self.job.iter().chain(self.further_jobs.iter().map(|another| &another.job));
        let job = jobs.flat_map(|job| {
            [Some(&job.summary), Some(&job.job), job.context.as_ref()]
                .into_iter()
                .flatten()
                .chain(job.action_items.iter().flat_map(|item| [&item.text, &item.quote]))
        });
        let document = self.document.iter().flat_map(|document| {
            [Some(&document.title), Some(&document.summary), document.context.as_ref()].into_iter().flatten()
        });
        job.chain(document).chain(&self.other_summary).any(|text| text.contains(mark))
            || self.tag.contains(mark)
            || self.further_jobs.iter().any(|another| another.tag.contains(mark))
    }
}

/// Checks texts against the note's words.
struct Check<'a> {
    words: &'a str,
    folded_words: String,
}

impl Check<'_> {
    /// A job, and how many of its items have no words in the note.
    fn job(&self, job: &JobDraft) -> Result<(Record, usize), DraftFault> {
        let action_items: Vec<_> =
            job.action_items.iter().filter_map(|item| self.item(item)).take(MAX_ITEMS).collect();
        let dropped = job.action_items.len() - action_items.len();
        let record = Record::Job {
            summary: self.required(&job.summary, MAX_SUMMARY)?,
            job: self.required(&job.job, MAX_SUMMARY)?,
            context: self.optional(job.context.as_deref()),
            action_items,
        };
        Ok((record, dropped))
    }

    fn required(&self, text: &str, max: usize) -> Result<String, DraftFault> {
        let text = self.bounded(text, max);
        if text.is_empty() { Err(DraftFault::EmptyText) } else { Ok(text) }
    }

    fn optional(&self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.bounded(text, MAX_SUMMARY)).filter(|text| !text.is_empty())
    }

    fn item(&self, item: &ActionItem) -> Option<ActionItem> {
        let text = self.bounded(&item.text, MAX_ITEM);
        let quote = self.bounded(&item.quote, MAX_ITEM);
        (!text.is_empty() && self.stands_in_note(&item.quote)).then_some(ActionItem { text, quote })
    }

    /// Whole words of the note, in their order. A quote without a letter proves nothing.
    fn stands_in_note(&self, quote: &str) -> bool {
        let quote = folded(&clean(quote));
        !quote.is_empty() && format!(" {} ", self.folded_words).contains(&format!(" {quote} "))
    }

    fn bounded(&self, text: &str, max: usize) -> String {
        let cleaned = clean(text);
        let said = |link: &str| self.words.split_whitespace().any(|word| bare(word) == bare(link));
        // Any blank ends a word, not the plain one alone: phones make links at the beginning of a line, too.
        let words = cleaned.split_inclusive(char::is_whitespace);
        let kept: String =
            words.map(|word| if !is_link(word) || said(word) { word } else { line_end(word) }).collect();
        truncate_chars(kept.trim(), max).trim_end().to_owned()
    }
}

/// What stays of a word that is left out: the end of its line, if it ended one.
fn line_end(word: &str) -> &'static str {
    if word.ends_with('\n') { "\n" } else { "" }
}

/// Whether a phone would make a link of a part of it: of an address with a scheme, or of a bare `name.tld`, whatever
/// stands around it.
fn is_link(word: &str) -> bool {
    let may_be_of_a_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    word.contains("://") || word.split(|c| !may_be_of_a_host(c)).any(is_host)
}

/// `name.tld`, the last part in lower case: `Mrs.Miller` is none.
fn is_host(part: &str) -> bool {
    part.trim_matches(['-', '.']).rsplit_once('.').is_some_and(|(names, top)| {
        names.split('.').all(|name| !name.is_empty())
            && top.len() >= 2
            && top.bytes().all(|b| b.is_ascii_lowercase())
    })
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "Please order two pipes. Call Mrs. Müller, see https://shop.example/pipes today.";

    fn item(text: &str, quote: &str) -> ActionItem {
        ActionItem { text: text.to_owned(), quote: quote.to_owned() }
    }

    fn job(items: Vec<ActionItem>) -> Draft {
        Draft {
            intent: Some(Intent::JobToBeDone),
            tag: "Küche Leck".to_owned(),
            job: Some(JobDraft {
                summary: "Pipes".to_owned(),
                job: "Order pipes".to_owned(),
                context: Some(String::new()),
                action_items: items,
            }),
            ..Draft::default()
        }
    }

    fn items(analysis: &Analysis) -> Vec<&str> {
        match &analysis.record {
            Record::Job { action_items, .. } => action_items.iter().map(|item| item.text.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn an_item_without_its_quote_in_the_note_is_dropped_and_counted() {
        let draft = job(vec![
            item("Order two pipes", "order two pipes"),
            item("Call Mrs Müller", "call Mrs Müller"),
            item("Buy a new van", "buy a new van"),
            item("Order pip", "order two pip"),
            item("Nothing said", ""),
            item("Nothing said", "..."),
        ]);
        let analysis = Analysis::of_draft(draft, WORDS).unwrap();
        assert_eq!(items(&analysis), ["Order two pipes", "Call Mrs Müller"]);
        assert_eq!(analysis.items_dropped, 4);
        assert_eq!(analysis.tag.as_str(), "kueche-leck");
        assert!(matches!(&analysis.record, Record::Job { context: None, .. }));
    }

    #[test]
    fn a_link_that_nobody_said_is_removed_and_one_that_was_said_stays() {
        for (text, kept) in [
            ("See https://shop.example/pipes or http://evil.example/x", "See https://shop.example/pipes or"),
            ("Pay at evil.example/pay now", "Pay at now"),
            ("Ask (evil.example).", "Ask"),
            ("See https://shop.example/p", "See"),
            ("Pay //evil.example/x", "Pay"),
            ("Ask (see:evil.example)", "Ask"),
            ("Mail pay@evil.example", "Mail"),
            ("Pay\nevil.example\nnow", "Pay\n\nnow"),
            ("Pay\tevil.example/pay\u{a0}now", "Pay\tnow"),
            ("Use 2.5 mm, z.B. for Mrs.Miller", "Use 2.5 mm, z.B. for Mrs.Miller"),
        ] {
            let draft = job(vec![item(text, "order two pipes")]);
            assert_eq!(items(&Analysis::of_draft(draft, WORDS).unwrap()), [kept]);
        }
    }

    #[test]
    fn lengths_are_ours_to_check() {
        let long = "order two pipes ".repeat(200);
        let mut draft = job(vec![item(&long, "order two pipes"); 60]);
        draft.job.as_mut().unwrap().summary = "x".repeat(5_000);
        let analysis = Analysis::of_draft(draft, WORDS).unwrap();
        let Record::Job { summary, action_items, .. } = &analysis.record else { panic!("a job") };
        assert_eq!(summary.len(), 2_000);
        assert_eq!(action_items.len(), 50);
        assert!(action_items.iter().all(|item| item.text.chars().count() <= 300));
    }

    #[test]
    fn d02_a_draft_without_intent_or_content_is_a_fault() {
        let none = Draft { intent: None, ..job(vec![]) };
        assert_eq!(Analysis::of_draft(none, WORDS), Err(DraftFault::NoIntent));
        let empty = Draft { job: None, ..job(vec![]) };
        assert_eq!(Analysis::of_draft(empty, WORDS), Err(DraftFault::NoContent));
    }

    #[test]
    fn an_answer_that_repeats_the_instructions_is_refused() {
        let draft = job(vec![item(INSTRUCTIONS_MARK, "order two pipes")]);
        assert_eq!(Analysis::of_draft(draft, WORDS), Err(DraftFault::LeaksInstructions));
    }
}
