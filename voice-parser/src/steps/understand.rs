//! transcribed → analysed: one question to the model, one repair try, and a record either way.

use shared::{
    domain::{
        analysis::{Analysis, DraftFault, Fallback},
        note::{FailureReason, Heard, Note, Understood},
        usage::Usage,
    },
    ports::{
        analyst::{Answer, Question, Unusable},
        job_handler::Attempt,
    },
};
use tracing::{info, warn};

use super::hear::unavailable;
use crate::{deps::Deps, process::StepError, prompts::Instructions};

/// What the note means. A note that no model reads, or whose reading does not serve, is filed as `other`.
///
/// When no model is to be had on the last try, the words are filed all the same: the office can read them.
pub(crate) async fn understand(
    deps: &Deps,
    note: &Note,
    attempt: Attempt,
) -> Result<(Understood, Usage), StepError> {
    let Some(heard) = note.heard() else { return Ok(without_model(Fallback::NoWords)) };
    if heard.words.expose().is_empty() {
        return Ok(without_model(if deps.settings.ai { Fallback::NoWords } else { Fallback::AiOff }));
    }
    if !deps.settings.ai {
        return Ok(without_model(Fallback::AiOff));
    }
    let instructions = deps.prompts.instructions(note.sender(), heard.language).await?;
    match ask(deps, note, heard, &instructions).await {
        Err(StepError::Again { reason: FailureReason::ModelUnavailable, .. }) if attempt.is_last() => {
            warn!(counter = "filed_unread", message.id = %note.message().id, "No model was to be had; the note is filed as other");
            Ok(without_model(Fallback::ModelUnavailable))
        }
        other => other,
    }
}

fn without_model(fallback: Fallback) -> (Understood, Usage) {
    let analysis = Analysis::filed_as_other(fallback);
    (Understood { analysis, model: None, prompt: None }, Usage::default())
}

async fn ask(
    deps: &Deps,
    note: &Note,
    heard: &Heard,
    instructions: &Instructions,
) -> Result<(Understood, Usage), StepError> {
    let mut question = Question {
        text: heard.words.clone(),
        language: heard.language,
        instructions: instructions.text.clone(),
        complaint: None,
    };
    let mut usage = Usage::default();
    let mut model = None;
    for last_try in [false, true] {
        let answer = match deps.analyst.analyse(&question).await {
            Ok(answer) => answer,
            Err(error) => match unavailable(&error) {
                Some(wait) => return Err(wait),
                None => break,
            },
        };
        usage = usage.plus(answer.usage);
        model = Some(answer.model.clone());
        match judge(answer, heard) {
            Ok(analysis) => {
                if analysis.items_dropped > 0 {
                    info!(counter = "items_dropped", count = analysis.items_dropped, message.id = %note.message().id, "Action items without their words in the note were left out");
                }
                return Ok((
                    Understood { analysis, model, prompt: Some(instructions.version.clone()) },
                    usage,
                ));
            }
            Err(Verdict { complaint: Some(complaint), .. }) if !last_try => {
                question.complaint = Some(complaint);
            }
            Err(Verdict { why, .. }) => {
                warn!(counter = "answer_unusable", message.id = %note.message().id, why, "A model's answer did not serve; the note is filed as other");
                break;
            }
        }
    }
    let analysis = Analysis::filed_as_other(Fallback::AnswerUnusable);
    Ok((Understood { analysis, model, prompt: Some(instructions.version.clone()) }, usage))
}

/// Why an answer does not serve, and what to tell the model if telling it may help.
struct Verdict {
    why: &'static str,
    complaint: Option<String>,
}

fn judge(answer: Answer, heard: &Heard) -> Result<Analysis, Verdict> {
    let draft = answer.draft.map_err(|unusable| match unusable {
        Unusable::Declined => Verdict { why: "declined", complaint: None },
        Unusable::CutOff => {
            Verdict { why: "cut_off", complaint: Some("Your answer was cut off. Answer shorter.".to_owned()) }
        }
        Unusable::Malformed(place) => Verdict { why: "malformed", complaint: Some(place) },
    })?;
    Analysis::of_draft(draft, heard.words.expose()).map_err(|fault| match fault {
        DraftFault::LeaksInstructions => Verdict { why: "leaks_instructions", complaint: None },
        fault => Verdict { why: "draft_fault", complaint: Some(fault.to_string()) },
    })
}
