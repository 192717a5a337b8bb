//! transcribed → analysed: one question to the model, one repair try, and a record either way.

use shared::{
    domain::{
        analysis::{Analysis, DraftFault, Fallback},
        ids::MessageId,
        note::{FailureReason, Heard, Note, Understood},
        private::Private,
        usage::Usage,
    },
    ports::{
        analyst::{Answer, Question, Unusable},
        job_handler::Attempt,
    },
};
use tracing::{info, warn};

use super::hear::unavailable;
use crate::{deps::Deps, process::StepError, prompts::Instructions, vocabulary};

/// What the note means by these words, in the language in which they were heard. A note that no model reads, or whose reading does not serve, is filed as `other`.
///
/// When no model is to be had on the last try, the words are filed all the same: the office can read them.
pub(crate) async fn understand(
    deps: &Deps,
    note: &Note,
    heard: Option<&Heard>,
    words: &Private<String>,
    attempt: Attempt,
) -> Result<(Understood, Usage), StepError> {
    let Some(heard) = heard else { return Ok(without_model(Fallback::NoWords)) };
    if words.expose().is_empty() {
        return Ok(without_model(if deps.settings.ai { Fallback::NoWords } else { Fallback::AiOff }));
    }
    if !deps.settings.ai {
        return Ok(without_model(Fallback::AiOff));
    }
    let sender = vocabulary::sender(deps, note).await?;
    let instructions = deps.prompts.instructions(&sender, heard.language).await?;
    understand_by(deps, note, heard, (words, instructions), attempt).await
}

/// The same by these instructions.
pub(super) async fn understand_by(
    deps: &Deps,
    note: &Note,
    heard: &Heard,
    (words, instructions): (&Private<String>, Instructions),
    attempt: Attempt,
) -> Result<(Understood, Usage), StepError> {
    let question = Question {
        text: words.clone(),
        language: heard.language,
        instructions: instructions.text,
        revision: None,
        complaint: None,
    };
    let asked = match ask(deps, &note.message().id, question, words.expose()).await {
        Err(StepError::Again { reason: FailureReason::ModelUnavailable, .. }) if attempt.is_last() => {
            warn!(counter = "filed_unread", message.id = %note.message().id, "No model was to be had; the note is filed as other");
            return Ok(without_model(Fallback::ModelUnavailable));
        }
        other => other?,
    };
    let prompt = Some(instructions.version);
    let (analysis, further) =
        asked.records.unwrap_or_else(|| (Analysis::filed_as_other(Fallback::AnswerUnusable), Vec::new()));
    Ok((Understood { analysis, further, model: asked.model, prompt }, asked.usage))
}

fn without_model(fallback: Fallback) -> (Understood, Usage) {
    let analysis = Analysis::filed_as_other(fallback);
    (Understood { analysis, further: Vec::new(), model: None, prompt: None }, Usage::default())
}

/// What a model made of words.
#[derive(Default)]
pub(super) struct Asked {
    /// The records, the first and the further ones; `None` when no answer served.
    pub(super) records: Option<(Analysis, Vec<Analysis>)>,
    /// The model that answered.
    pub(super) model: Option<String>,
    /// What it cost.
    pub(super) usage: Usage,
}

/// Asks, and once more if the answer does not serve and saying so may help. `words` are all that an item's quote may
/// stand in.
pub(super) async fn ask(
    deps: &Deps,
    id: &MessageId,
    mut question: Question,
    words: &str,
) -> Result<Asked, StepError> {
    let mut asked = Asked::default();
    for last_try in [false, true] {
        let answer = match deps.analyst.analyse(&question).await {
            Ok(answer) => answer,
            Err(error) => match unavailable(&error) {
                Some(wait) => return Err(wait),
                None => break,
            },
        };
        asked.usage = asked.usage.plus(answer.usage);
        asked.model = Some(answer.model.clone());
        match judge(answer, words) {
            Ok(records) => {
                let dropped: usize =
                    std::iter::once(&records.0).chain(&records.1).map(|each| each.items_dropped).sum();
                if dropped > 0 {
                    info!(counter = "items_dropped", count = dropped, message.id = %id, "Action items without their words in the note were left out");
                }
                asked.records = Some(records);
                break;
            }
            Err(Verdict { complaint: Some(complaint), .. }) if !last_try => {
                question.complaint = Some(complaint);
            }
            Err(Verdict { why, .. }) => {
                warn!(counter = "answer_unusable", message.id = %id, why, "A model's answer did not serve");
                break;
            }
        }
    }
    Ok(asked)
}

/// Why an answer does not serve, and what to tell the model if telling it may help.
struct Verdict {
    why: &'static str,
    complaint: Option<String>,
}

fn judge(answer: Answer, words: &str) -> Result<(Analysis, Vec<Analysis>), Verdict> {
    let draft = answer.draft.map_err(|unusable| match unusable {
        Unusable::Declined => Verdict { why: "declined", complaint: None },
        Unusable::CutOff => {
            Verdict { why: "cut_off", complaint: Some("Your answer was cut off. Answer shorter.".to_owned()) }
        }
        Unusable::Malformed(place) => Verdict { why: "malformed", complaint: Some(place) },
    })?;
    Analysis::all_of_draft(draft, words).map_err(|fault| match fault {
        DraftFault::LeaksInstructions => Verdict { why: "leaks_instructions", complaint: None },
        fault => Verdict { why: "draft_fault", complaint: Some(fault.to_string()) },
    })
}
