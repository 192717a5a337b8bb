//! A phone call of somebody who wants to hear what is unread: who it is, how far the call is, and what it waits for. It is
//! kept under the id that the provider gave the call, so that a request that comes twice is answered the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    customer::Customer,
    identity::{Channel, E164},
    ids::MessageId,
    language::Language,
    private::Private,
    tenant::TenantScope,
};

/// A call as it is between two requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The provider's id of it.
    pub id: MessageId,
    /// The number that is called from, if it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<E164>,
    /// Who calls, once that is known. Nobody else hears anything that is private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Customer>,
    /// What is spoken.
    pub language: Language,
    /// How many requests were answered: the one that is awaited bears this number.
    pub turn: u32,
    /// What is awaited.
    pub stage: CallStage,
    /// Whether who calls is known by a PIN, and not by the number called from.
    #[serde(default)]
    pub by_pin: bool,
    /// Which of the unread messages it is about now, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// Which part of that message is to be read next, if it is in the middle of it; else 0.
    #[serde(default)]
    pub part: usize,
    /// The message that was read to its end in the last answer. It was heard when the next request comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_out: Option<usize>,
    /// Those that were heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<usize>,
    /// Those that are to stay unread.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<usize>,
    /// The note whose outcome was spoken in the last answer. It was heard when the next request comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_said: Option<MessageId>,
    /// Whether an answer was said last: "again" means that one.
    #[serde(default)]
    pub answered_last: bool,
    /// What was asked and answered, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// How often in a row something was not understood.
    #[serde(default)]
    pub not_understood: u32,
    /// How often in a row nothing was said.
    #[serde(default)]
    pub silences: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// The last answer, as it was sent.
    #[serde(default)]
    pub answer: Private<String>,
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStage {
    /// A PIN; so many were wrong.
    Pin {
        /// How many.
        wrong: u32,
    },
    /// What is unread, and its summary.
    Overview {
        /// Since when.
        since: Timestamp,
        /// Whether the caller was told how many messages there are.
        counted: bool,
    },
    /// A word of the caller: what to do next, or a question.
    Command,
    /// The answer to a question.
    Answer {
        /// Which question: [`Asked::Question`].
        question: u32,
        /// What was asked.
        asked: Private<String>,
        /// Since when.
        since: Timestamp,
    },
    /// The words of a reply.
    Dictation,
    /// Whether a reply is to be sent.
    Confirmation {
        /// In which turn it was read back: sent once for that.
        once: u32,
        /// Its words.
        text: Private<String>,
    },
    /// A recording that is to become a note.
    Recording,
    /// What became of that note.
    Outcome {
        /// Which.
        note: MessageId,
        /// Since when.
        since: Timestamp,
    },
    /// Nothing: it is over.
    Over,
}

/// A question of the caller and what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was asked.
    pub asked: Private<String>,
    /// What was answered.
    pub answered: Private<String>,
}

/// A message that somebody has not heard yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadMessage {
    /// Which.
    pub id: MessageId,
    /// What its sender is called.
    pub from: Private<String>,
    /// How it came.
    pub channel: Channel,
    /// When it was received.
    pub at: Timestamp,
    /// What it says, or nothing if it has no words.
    pub words: Private<String>,
    /// The language of its words.
    pub language: Language,
    /// Whether it carries pictures or documents.
    pub carries_files: bool,
    /// Whether it is a recording of which nobody knows what was said.
    #[serde(default)]
    pub is_unheard: bool,
}

/// A job that nobody has done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenJob {
    /// What is to be done.
    pub summary: Private<String>,
    /// Its steps.
    pub items: Vec<Private<String>>,
}

/// What is unread and to be done when a call begins. It stays as it is while the call lasts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The unread messages, oldest first.
    pub messages: Vec<UnreadMessage>,
    /// Whether there are more than these, newer ones.
    pub more: bool,
    /// Open jobs, newest first.
    pub jobs: Vec<OpenJob>,
    /// Whether there are more than these.
    pub more_jobs: bool,
}

/// What a model made of an overview or a question, or why it made nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Words that can be spoken, and the message that they are about if they are about one, counted from 0.
    Words {
        /// What is said.
        text: Private<String>,
        /// The first message that it was taken from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<usize>,
    },
    /// It stands in none of the messages and jobs.
    Unknown,
    /// No model could be had, or none made anything usable.
    Unavailable,
    /// The company's budget is used up.
    OutOfBudget,
    /// No models are used.
    Off,
}

impl Call {
    /// A call that just came in.
    #[must_use]
    pub fn begun(id: MessageId, from: Option<E164>, language: Language, at: Timestamp) -> Self {
        Self {
            id,
            from,
            caller: None,
            by_pin: false,
            language,
            turn: 0,
            stage: CallStage::Pin { wrong: 0 },
            at: None,
            part: 0,
            read_out: None,
            heard: Vec::new(),
            skipped: Vec::new(),
            outcome_said: None,
            answered_last: false,
            exchanges: Vec::new(),
            not_understood: 0,
            silences: 0,
            began_at: at,
            answer: Private::default(),
        }
    }

    /// The number that the caller is written to: the one called from, unless somebody else may have lent it.
    #[must_use]
    pub fn number(&self) -> Option<&E164> {
        let own = self.caller.as_ref().and_then(|caller| caller.phone.as_ref());
        if self.by_pin { own } else { self.from.as_ref().or(own) }
    }

    /// What the caller may be told of. `None`: it is not known who calls.
    #[must_use]
    pub fn scope(&self) -> Option<TenantScope> {
        self.caller.as_ref().map(TenantScope::of_customer)
    }

    /// Those of the overview's messages that were not heard in this call.
    pub fn unheard<'a>(&'a self, overview: &'a Overview) -> impl Iterator<Item = usize> + 'a {
        (0..overview.messages.len()).filter(|at| !self.heard.contains(at))
    }
}

/// What a model is asked in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// To sum up what is unread.
    Summary,
    /// To answer a question of the caller. The number is made of its words and of when it was asked, so that no question gets
    /// the answer to another one.
    Question(u32),
}
