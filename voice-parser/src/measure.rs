//! What is counted of a note, and when. A step counts when it is done, since its time and money are spent even if
//! its result cannot be stored and it is done again; a note counts when it is stored that nothing is left to do.

use std::time::Duration;

use jiff::Timestamp;
use shared::{
    domain::{
        note::{Answer, FailureReason, Note, Stage},
        purpose::Purpose,
        usage::Usage,
    },
    ports::metrics::{Measurement, Outcome, Step},
};

use crate::deps::Deps;

/// A note as it was when a step began.
pub(crate) struct Begun {
    at: Timestamp,
    stage: Stage,
    usage: Usage,
    was_answered: bool,
}

impl Begun {
    /// The next step of this note begins.
    pub(crate) fn of(deps: &Deps, note: &Note) -> Self {
        Self {
            at: deps.clock.now(),
            stage: note.stage(),
            usage: note.usage(),
            was_answered: !matches!(note.answer, Answer::Pending(_)),
        }
    }

    /// The step is done.
    pub(crate) fn done(&self, deps: &Deps, note: &Note) {
        let step = Step::after(self.stage);
        if self.had_something_to_do(step, note) {
            let took = since(self.at, deps.clock.now());
            deps.metrics.record(&Measurement::StepDone { step, took });
        }
        if let Some(usage) = self.used(step, note) {
            let prices = deps.settings.prices.as_ref();
            deps.metrics.record(&Measurement::ModelsUsed {
                company: note.sender().company_id.clone(),
                usage,
                cost_micro_usd: prices.map(|prices| prices.micro_usd(usage)),
            });
        }
    }

    /// Steps that are passed by would make the others look fast.
    fn had_something_to_do(&self, step: Step, note: &Note) -> bool {
        match step {
            Step::Media => !note.message().media.is_empty(),
            Step::Transcribe => note.heard().is_some_and(|heard| heard.model.is_some()),
            Step::Analyse => note.understood().is_some_and(|understood| understood.model.is_some()),
            Step::File => true,
            Step::Answer => matches!(self.stage, Stage::Filed | Stage::Unheard) && !self.was_answered,
        }
    }

    /// Seconds stand for all that a transcribing model costs: the tokens that some of them report have another
    /// price than those of the model that analyses.
    fn used(&self, step: Step, note: &Note) -> Option<Usage> {
        let used = note.usage().since(self.usage);
        let used = match step {
            Step::Transcribe => Usage { audio_seconds: used.audio_seconds, ..Usage::default() },
            _ => used,
        };
        (used != Usage::default()).then_some(used)
    }
}

/// Nothing is left to do for the note.
pub(crate) fn finished(deps: &Deps, note: &Note) {
    let outcome = match (note.stage(), note.place()) {
        (Stage::Failed, _) => Outcome::Failed,
        _ if *note.purpose() == Purpose::Silent => Outcome::Silent,
        _ if *note.purpose() != Purpose::Note => Outcome::Changed,
        (_, Some(place)) => Outcome::Filed(place.intent),
        (_, None) => Outcome::Unheard,
    };
    let was_told = outcome != Outcome::Failed && matches!(note.answer, Answer::Sent { .. });
    let latency = was_told.then(|| since(note.message().received_at, deps.clock.now()));
    deps.metrics.record(&Measurement::NoteFinished { outcome, latency });
}

/// The note is given up.
pub(crate) fn failed(deps: &Deps, after: Stage, reason: FailureReason) {
    deps.metrics.record(&Measurement::NoteFailed { step: Step::after(after), reason });
}

/// A clock that was set back measures nothing.
fn since(began: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(began)).unwrap_or_default()
}
