//! transcribed → analysed, for what the office changes of a record: what it does there. Mostly it is said in the change
//! itself; where a record is to be heard or understood anew, a model is asked.

use std::time::Duration;

use shared::{
    domain::{
        difference,
        note::{Change, Effect, FailureReason, Heard, Note, Stage, Understood},
        office_change::{OfficeChange, OfficeEdit},
        private::Private,
        trial::{Trial, prompt_as_used},
        usage::Usage,
    },
    ports::job_handler::Attempt,
};

use super::{
    collect::Originals,
    hear,
    plan::{keep_names, title},
    understand,
};
use crate::{deps::Deps, limits, process::StepError, vocabulary};

/// How soon a change comes back whose note is still in work.
const IN_WORK: Duration = Duration::from_secs(1);

/// What the office's change does. A record that is not there to be changed is a fault of whoever asked.
pub(crate) async fn plan(
    deps: &Deps,
    note: &Note,
    asked: &OfficeChange,
    attempt: Attempt,
) -> Result<(Change, Usage), StepError> {
    let missing = StepError::Never(FailureReason::Internal);
    let target = deps.notes.find(&asked.of).await?.filter(|target| target.scope() == note.scope());
    let target = target.ok_or(missing.clone())?;
    if !target.is_changeable() {
        let is_over = matches!(target.stage(), Stage::Failed | Stage::Unheard | Stage::Done);
        return Err(if is_over { missing } else { StepError::NotYet { after: IN_WORK } });
    }
    let before = target.understood().ok_or(missing)?;
    let is_of_any_version = matches!(asked.edit, OfficeEdit::Withdrawn | OfficeEdit::Restored);
    if !is_of_any_version && target.revised().version != asked.base {
        return Err(StepError::Never(FailureReason::RecordChanged));
    }
    if asked.told {
        is_still_theirs(deps, note).await?;
    }
    let (effect, usage) = match asked.edit.effect(before) {
        Some(effect) => (effect, Usage::default()),
        None => anew(deps, note, &target, before, &asked.edit, attempt).await?,
    };
    let lines = match &effect {
        Effect::Corrected(after) | Effect::HeardAgain { understood: after, .. } => {
            difference::whole(before, after)
        }
        _ => Vec::new(),
    };
    let change = Change {
        of: asked.of.clone(),
        base: target.revised().version,
        language: target.language(),
        effect,
        lines,
        title: title(&target, before),
    };
    Ok((change, usage))
}

/// Under which the outcome of a trial is kept with it.
const TRIED: &str = "tried";

/// What would be made of a note if the model were told something else. It is kept with the trial, and nowhere else.
pub(crate) async fn try_prompt(
    deps: &Deps,
    note: &Note,
    trial: &Trial,
    attempt: Attempt,
) -> Result<Usage, StepError> {
    let missing = StepError::Never(FailureReason::Internal);
    let target = deps.notes.find(&trial.of).await?.filter(|target| target.scope() == note.scope());
    let target = target.ok_or(missing.clone())?;
    let heard = target.heard().ok_or(missing.clone())?;
    if !deps.settings.ai {
        return Err(StepError::Never(FailureReason::ModelUnavailable));
    }
    let sender = vocabulary::sender(deps, &target).await?;
    let prompt = Some(prompt_as_used(trial.prompt.expose()));
    let instructions = deps.prompts.with_company(&sender, heard.language, prompt).await?;
    limits::may_spend(deps, note).await?;
    let asked = (&words(&target, None), instructions);
    let (understood, usage) = understand::understand_by(deps, note, heard, asked, attempt).await?;
    is_understood(&understood)?;
    let body = serde_json::to_string(&understood).map_err(|_| missing)?;
    deps.notes.keep_part(&note.message().id, TRIED, &body).await?;
    Ok(usage)
}

/// Heard or understood anew. What a model said before is not asked for again within this change, and never answers for
/// another one.
async fn anew(
    deps: &Deps,
    note: &Note,
    target: &Note,
    before: &Understood,
    edit: &OfficeEdit,
    attempt: Attempt,
) -> Result<(Effect, Usage), StepError> {
    limits::may_spend(deps, note).await?;
    let (heard, heard_usage) = match edit {
        OfficeEdit::HeardAgain => {
            let mut originals = Originals::default();
            let id = &note.message().id;
            let (heard, usage) = hear::hear(deps, target, &mut originals, id).await?;
            // What was heard is not given up for nothing.
            if heard.words.expose().is_empty() && !target.words().is_empty() {
                return Err(StepError::Never(FailureReason::RecordingRefused));
            }
            (Some(heard), usage)
        }
        _ => (None, Usage::default()),
    };
    let words = words(target, heard.as_ref());
    let (mut understood, usage) =
        understand::understand(deps, target, heard.as_ref().or(target.heard()), &words, attempt).await?;
    is_understood(&understood)?;
    keep_names(before, &mut understood);
    let understood = Box::new(understood);
    let effect = match heard {
        Some(heard) => Effect::HeardAgain { heard: Box::new(heard), understood },
        None => Effect::Corrected(understood),
    };
    Ok((effect, heard_usage.plus(usage)))
}

/// A record is not given up for what no model has read.
const fn is_understood(understood: &Understood) -> Result<(), StepError> {
    match understood.analysis.fallback {
        None => Ok(()),
        Some(_) => Err(StepError::Never(FailureReason::ModelUnavailable)),
    }
}

/// Whoever is written to is still the person whom the office means: numbers pass from one to another.
pub(crate) async fn is_still_theirs(deps: &Deps, note: &Note) -> Result<(), StepError> {
    let found = deps.directory.find(note.message().from.identity()).await;
    let again = |_| StepError::Again { after: IN_WORK, reason: FailureReason::StoreUnavailable };
    let is_same = found.map_err(again)?.is_some_and(|known| {
        known.company_id == note.sender().company_id && known.customer_id == note.sender().customer_id
    });
    if is_same { Ok(()) } else { Err(StepError::Never(FailureReason::NumberChanged)) }
}

/// All that was said about the record: its own words, those that joined it, and what was said to be wrong.
fn words(target: &Note, heard: Option<&Heard>) -> Private<String> {
    let own = heard.or(target.heard()).map(|heard| heard.words.expose());
    let revised = target.revised();
    let joined = revised.joined.iter().map(|joined| joined.words.expose());
    let remarks = revised.remarks.iter().map(|remark| remark.words.expose());
    let all = own.into_iter().chain(joined).chain(remarks).map(String::as_str);
    Private::new(all.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n\n"))
}
