//! The way of a note as the panel shows it: six steps, and how far it is.

use jiff::Timestamp;
use shared::domain::{
    analysis::Fallback,
    digest::{Digest, Outcome},
    intent::Intent,
    note::{Answer, Note, Stage},
};

use crate::{page::rfc3339, texts::Texts};

/// A step of the way.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// `done`, `now`, `open` or `failed`.
    pub(crate) state: &'static str,
    /// When it was done, or failed, for programs and for people; `None` where nobody kept it.
    pub(crate) at: Option<(String, String)>,
}

impl Step {
    /// When, to the second, with the day where it is another one than that of `day`.
    fn shown(at: &str, day: &str) -> String {
        let (date, time) = at.split_once('T').unwrap_or((at, ""));
        let time = time.trim_end_matches('Z');
        if day.starts_with(date) { time.to_owned() } else { format!("{date} {time}") }
    }
}

/// Whether it stands under `other` for want of a usable answer, and nobody has sorted it since.
fn is_unsorted(note: &Note) -> bool {
    let fallback = note.understood().and_then(|understood| understood.analysis.fallback);
    matches!(fallback, Some(Fallback::AnswerUnusable | Fallback::ModelUnavailable))
        && !note.revised().withdrawn
}

/// What a note's state is in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Working,
    Done,
    /// Nothing could be heard in it.
    Unheard,
    /// No model could sort it: somebody at the office has to read it, as its sender was told.
    Unsorted,
    Failed,
}

impl State {
    pub(crate) const ALL: [Self; 5] =
        [Self::Working, Self::Done, Self::Unheard, Self::Unsorted, Self::Failed];

    pub(crate) fn of(note: &Note) -> Self {
        match Outcome::of(note) {
            Outcome::Done if is_unsorted(note) => Self::Unsorted,
            outcome => Self::of_outcome(outcome),
        }
    }

    /// Of a note of which nothing more is known.
    const fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done | Outcome::Silent => Self::Done,
            Outcome::Unheard => Self::Unheard,
            Outcome::Failed => Self::Failed,
            Outcome::Working => Self::Working,
        }
    }

    /// Whether a note with this digest may be it.
    pub(crate) fn may_be(self, digest: &Digest) -> bool {
        let is_of_other = digest.outcome == Outcome::Done && digest.intents.contains(&Intent::Other);
        self == Self::of_outcome(digest.outcome) || (self == Self::Unsorted && is_of_other)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Done => "done",
            Self::Unheard => "unheard",
            Self::Unsorted => "unsorted",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == raw)
    }

    pub(crate) const fn name(self, t: &Texts) -> &'static str {
        match self {
            Self::Working => t.working,
            Self::Done => t.done,
            Self::Unheard => t.dashboard.unheard,
            Self::Unsorted => t.unsorted.0,
            Self::Failed => t.failed,
        }
    }
}

/// How many of the steps are behind a note of this stage.
const fn behind(stage: Stage) -> usize {
    match stage {
        Stage::Received | Stage::Failed => 1,
        Stage::MediaStored => 2,
        Stage::Transcribed => 3,
        Stage::Analysed => 4,
        Stage::Filed | Stage::Unheard => 5,
        Stage::Answered | Stage::Done => 6,
    }
}

/// The step in which a note is understood, the one in which it is filed, and the one in which it is answered.
const UNDERSTOOD: usize = 3;
const FILED: usize = 4;
const ANSWERED: usize = 5;

/// Whether a note went by a step without taking it: nothing was heard that could be understood, or nobody is answered.
fn is_passed_by(note: &Note, step: usize) -> bool {
    match step {
        UNDERSTOOD | FILED => note.understood().is_none() && note.change().is_none(),
        ANSWERED => note.answer == Answer::Withheld,
        _ => false,
    }
}

/// When a step was done.
fn reached(note: &Note, step: usize) -> Option<Timestamp> {
    let stages: &[Stage] = match step {
        0 => &[Stage::Received],
        1 => &[Stage::MediaStored],
        2 => &[Stage::Transcribed, Stage::Unheard],
        UNDERSTOOD => &[Stage::Analysed],
        FILED => &[Stage::Filed],
        _ => &[Stage::Answered, Stage::Done],
    };
    stages.iter().find_map(|stage| note.reached_at(*stage))
}

/// The steps of a note.
pub(crate) fn of(note: &Note, t: &Texts) -> Vec<Step> {
    let failed = note.failure().filter(|_| note.stage() == Stage::Failed);
    let behind = behind(failed.map_or(note.stage(), |failure| failure.after));
    let day = rfc3339(note.message().received_at);
    let steps = t.steps.iter().enumerate().map(|(n, name)| {
        let state = match (n.cmp(&behind), failed) {
            (std::cmp::Ordering::Less, _) if is_passed_by(note, n) => "open",
            (std::cmp::Ordering::Less, _) => "done",
            (std::cmp::Ordering::Equal, Some(_)) => "failed",
            (std::cmp::Ordering::Equal, None) => "now",
            (std::cmp::Ordering::Greater, _) => "open",
        };
        let at = match state {
            "done" => reached(note, n),
            "failed" => note.failed_at(),
            _ => None,
        };
        let at = at.map(rfc3339).map(|at| (at.clone(), Step::shown(&at, &day)));
        Step { name, state, at }
    });
    steps.collect()
}
