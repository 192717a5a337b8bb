//! Measurements as CloudWatch's metrics: their names, units and dimensions. Whoever reads a dashboard or an alarm
//! knows these words; to change one is to break both.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    domain::{ids::CompanyId, note::FailureReason, usage::Usage},
    ports::metrics::{Budget, Measurement, Outcome, RefusedFor, Step},
};

/// Figures that are told apart by the same dimensions.
pub(super) struct Group {
    /// Beside the function's name, which all have. Each has few values.
    pub(super) dimensions: Vec<(&'static str, String)>,
    pub(super) figures: Vec<Figure>,
}

/// One figure.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) value: Value,
}

/// What a figure is counted in; CloudWatch knows no currency.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Count,
    Milliseconds,
    Seconds,
    None,
}

impl Unit {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

/// What CloudWatch is told of a measurement.
pub(super) fn groups(measurement: &Measurement) -> Vec<Group> {
    match measurement {
        Measurement::WebhookAccepted => plain("WebhooksAccepted"),
        Measurement::WebhookRefused(why) => one([("Reason", refused_for(*why))], count("WebhooksRefused", 1)),
        Measurement::UnknownSender => plain("UnknownSenders"),
        Measurement::LookupFailed => plain("LookupFailures"),
        Measurement::EnqueueFailed => plain("EnqueueFailures"),
        Measurement::StepDone { step: done, took } => {
            one([("Stage", step(*done))], milliseconds("StageDuration", *took))
        }
        Measurement::NoteFinished { outcome, latency } => finished(*outcome, *latency),
        Measurement::NoteFailed { step: left, reason: why } => {
            one([("Stage", step(*left)), ("Reason", reason(*why))], count("NotesFailed", 1))
        }
        Measurement::AnswerSentAgain => plain("DuplicateAnswersPossible"),
        // Without its code, of which providers have hundreds: the log line has it.
        Measurement::AnswerUndelivered { .. } => plain("AnswersUndelivered"),
        Measurement::ModelsUsed { company, usage, cost_micro_usd } => used(company, *usage, *cost_micro_usd),
        Measurement::BudgetWaited(of) => one([("Budget", budget(*of))], count("NotesWaitingForBudget", 1)),
        Measurement::LoopSilenced => plain("LoopsSilenced"),
        Measurement::OptedOut => plain("OptOuts"),
        Measurement::DeadLetter => plain("DeadLetters"),
        Measurement::JobRetried => plain("JobsRetried"),
        Measurement::NoteStuck => plain("NotesStuck"),
        Measurement::WebhookMessageAccepted => plain("WebhookMessagesAccepted"),
        Measurement::WebhookMessageRefused => plain("WebhookMessagesRefused"),
        Measurement::WebhookMessageDead => plain("WebhookMessagesDead"),
    }
}

fn plain(name: &'static str) -> Vec<Group> {
    one([], count(name, 1))
}

fn one<const N: usize>(dimensions: [(&'static str, &'static str); N], figure: Figure) -> Vec<Group> {
    let dimensions = dimensions.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    vec![Group { dimensions, figures: vec![figure] }]
}

fn count(name: &'static str, value: u64) -> Figure {
    Figure { name, unit: Unit::Count, value: json!(value) }
}

fn milliseconds(name: &'static str, took: Duration) -> Figure {
    let value = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    Figure { name, unit: Unit::Milliseconds, value: json!(value) }
}

fn finished(outcome: Outcome, latency: Option<Duration>) -> Vec<Group> {
    let outcome = match outcome {
        Outcome::Filed(intent) => intent.as_str(),
        Outcome::Unheard => "unheard",
        Outcome::Changed => "changed",
        Outcome::Silent => "silent",
        Outcome::Failed => "failed",
    };
    let mut groups = one([("Outcome", outcome)], count("NotesFinished", 1));
    // Without the outcome: percentiles cannot be added up.
    groups.extend(latency.into_iter().flat_map(|latency| one([], milliseconds("NoteLatency", latency))));
    groups
}

/// Figures of nothing are left out: the sums are the same without them.
fn used(company: &CompanyId, usage: Usage, cost_micro_usd: Option<f64>) -> Vec<Group> {
    let seconds = Figure { name: "AudioSeconds", unit: Unit::Seconds, value: json!(usage.audio_seconds) };
    let mut figures =
        vec![seconds, count("InputTokens", usage.input_tokens), count("OutputTokens", usage.output_tokens)];
    figures.extend(cost_micro_usd.map(|cost| Figure {
        name: "EstimatedCostMicroUsd",
        unit: Unit::None,
        value: json!(cost),
    }));
    figures.retain(|figure| figure.value.as_f64().is_some_and(|value| value > 0.0));
    vec![Group { dimensions: vec![("Company", company.to_string())], figures }]
}

const fn refused_for(why: RefusedFor) -> &'static str {
    match why {
        RefusedFor::Signature => "signature",
        RefusedFor::Shape => "shape",
        RefusedFor::Size => "size",
        RefusedFor::Account => "account",
    }
}

const fn budget(of: Budget) -> &'static str {
    match of {
        Budget::Sender => "sender",
        Budget::Company => "company",
    }
}

const fn step(step: Step) -> &'static str {
    match step {
        Step::Media => "media",
        Step::Transcribe => "transcribe",
        Step::Analyse => "analyse",
        Step::File => "file",
        Step::Answer => "answer",
    }
}

const fn reason(why: FailureReason) -> &'static str {
    match why {
        FailureReason::MediaUnavailable => "media-unavailable",
        FailureReason::ModelUnavailable => "model-unavailable",
        FailureReason::ModelAccountRefused => "model-account-refused",
        FailureReason::RecordingRefused => "recording-refused",
        FailureReason::StoreUnavailable => "store-unavailable",
        FailureReason::FileConflict => "file-conflict",
        FailureReason::MessengerUnavailable => "messenger-unavailable",
        FailureReason::RecordChanged => "record-changed",
        FailureReason::NumberChanged => "number-changed",
        FailureReason::Internal => "internal",
    }
}
