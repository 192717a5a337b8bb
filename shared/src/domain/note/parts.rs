//! What the steps of a note make.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Stage;
use crate::domain::{
    analysis::Analysis,
    choice::Choices,
    ids::MessageId,
    language::Language,
    media::{AudioFigures, MediaKind, MediaRole},
    outline::Outline,
    private::Private,
};

/// One file of a message, after the attempt to fetch it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredMedia {
    /// It lies in the inbox.
    Kept {
        /// What it is, by its bytes.
        kind: MediaKind,
        /// What it means to the note.
        role: MediaRole,
        /// Bytes.
        size: u64,
    },
    /// It could not be had and will not be.
    Lost(MediaLoss),
}

/// Why a file of a message could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaLoss {
    /// The provider does not have it any more.
    Gone,
    /// Its address is none that Hark fetches from.
    AddressNotAllowed,
    /// It is larger than the channel allows.
    TooLarge,
    /// It was not to be had within all tries.
    Unavailable,
}

/// Why a recording gave no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unheard {
    /// Nothing but silence.
    Silent,
    /// Shorter than a word.
    TooShort,
    /// Sound, but too little speech in it.
    NoSpeech,
    /// Longer than 60 minutes; the original is kept.
    TooLong,
    /// A format that no transcription takes (AMR, 3GPP); the original is kept.
    Untranscribable,
    /// Declared as a recording, but it cannot be decoded; the original is kept.
    NotAudio,
    /// It could not be fetched.
    Lost(MediaLoss),
    /// `AI=off`: nobody listened.
    AiOff,
}

impl Unheard {
    /// Whether the recording is worth filing although it gave no words: somebody at the office can listen.
    #[must_use]
    pub const fn is_worth_filing(self) -> bool {
        matches!(self, Self::TooLong | Self::Untranscribable | Self::AiOff)
    }
}

/// The words of a note, and how they came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// What was typed and said, in that order; empty when there was nothing.
    pub words: Private<String>,
    /// Whether a part of the words was spoken.
    pub spoken: bool,
    /// The language to answer in: the sender's, else that of the words.
    pub language: Language,
    /// What the audio gate measured of the first recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioFigures>,
    /// How loud the first recording is from moment to moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
    /// Why recordings gave no words and other files are missing, each reason once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unheard: Vec<Unheard>,
    /// The model that wrote the words down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// The result of understanding, with what it was made by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    /// What the note means; of several records the first.
    pub analysis: Analysis,
    /// Further jobs of the same note, each a record of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Analysis>,
    /// The model that drafted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Which prompt files made the instructions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

impl Understood {
    /// All records of the note.
    pub fn records(&self) -> impl Iterator<Item = &Analysis> {
        std::iter::once(&self.analysis).chain(&self.further)
    }
}

/// The outbox of a note's one final answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Nothing was sent.
    #[default]
    Open,
    /// Sending was begun; whether it was done is not known yet.
    Begun {
        /// When.
        at: Timestamp,
        /// The words that were sent: what is looked for if the outcome stays unknown, whatever a later build
        /// would say.
        body: Private<String>,
        /// The choices that were sent with them, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choices: Option<Choices>,
        /// Whether it is the second time, where nothing could be found out about the first.
        #[serde(default, skip_serializing_if = "is_false")]
        again: bool,
    },
    /// It was sent once, nobody can find out whether it arrived, and it may be sent one more time.
    Doubtful,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// How the final answer stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Not settled.
    Pending(Claim),
    /// The provider has it.
    Sent {
        /// The provider's id of it.
        id: MessageId,
    },
    /// The provider will never send it.
    Refused {
        /// The provider's error code.
        code: u32,
    },
    /// Nobody is to be answered.
    Withheld,
}

impl Default for Answer {
    fn default() -> Self {
        Self::Pending(Claim::Open)
    }
}

/// Why a note was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The message's file was not to be had within all tries.
    #[error("the media could not be fetched")]
    MediaUnavailable,
    /// A model was not to be had within all tries.
    #[error("a model was not available")]
    ModelUnavailable,
    /// The account at the model's provider does not allow the call.
    #[error("the account at the model's provider does not allow the call")]
    ModelAccountRefused,
    /// The transcription refused the recording.
    #[error("the transcription refused the recording")]
    RecordingRefused,
    /// Our own stores were not to be had within all tries.
    #[error("a store was not available")]
    StoreUnavailable,
    /// A file with other bytes lies where one of this note belongs.
    #[error("a different file lies under this note's key")]
    FileConflict,
    /// The messenger was not to be had within all tries.
    #[error("the messenger was not available")]
    MessengerUnavailable,
    /// The record was changed by somebody else since the office looked at it.
    #[error("the record was changed meanwhile")]
    RecordChanged,
    /// The number belongs to somebody else by now, or to nobody.
    #[error("the number is not this person's any more")]
    NumberChanged,
    /// A fault of ours.
    #[error("an internal fault")]
    Internal,
}

/// Where and why a note was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The last step that was done.
    pub after: Stage,
    /// Why the next one was not.
    pub reason: FailureReason,
}

/// Who works on a note, and until when nobody else may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The worker's run.
    pub holder: String,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Tells two claims of one run apart.
    #[serde(default)]
    pub claim: u64,
}
