//! transcribed → analysed, for a message that is about an earlier note: what it changes there. Planned on one version of
//! the record and stored, so that a repeat makes the same change.

use std::time::Duration;

use shared::{
    domain::{
        analysis::Analysis,
        difference,
        note::{Change, Effect, FailureReason, Note, Stage, Understood},
        private::Private,
        purpose::{Purpose, begins_a_correction},
        text::truncate_chars,
        usage::Usage,
    },
    ports::{
        analyst::{Question, Revision, RevisionKind},
        job_handler::Attempt,
    },
};
use tracing::warn;

use super::understand::{Asked, ask};
use crate::{deps::Deps, intake, process::StepError, vocabulary};

/// How soon a message comes back whose note is still in work.
const IN_WORK: Duration = Duration::from_secs(1);
/// What a record without a title is called by: so much of its words.
const MAX_TITLE: usize = 120;

/// What came of planning.
pub(crate) enum Planned {
    /// A change.
    Change(Change, Usage),
    /// There is no record that it could be about: it is a note of its own.
    Note,
}

/// What is said in a recording may show that it corrects the record before it.
pub(crate) async fn reconsider(deps: &Deps, note: &mut Note) -> Result<(), StepError> {
    let (Some(follows), Some(heard)) = (note.follows().cloned(), note.heard()) else { return Ok(()) };
    if !heard.spoken || matches!(note.purpose(), Purpose::Correction { .. }) {
        return Ok(());
    }
    let Some(target) = intake::root(deps, &follows).await? else { return Ok(()) };
    if begins_a_correction(heard.words.expose(), &intake::known_words(&target)) {
        note.becomes(Purpose::Correction { of: target.message().id.clone() });
    }
    Ok(())
}

/// What a message changes.
pub(crate) async fn plan(deps: &Deps, note: &Note, attempt: Attempt) -> Result<Planned, StepError> {
    let Some(target) = note.purpose().target() else { return Ok(Planned::Note) };
    let target = intake::root(deps, target).await?.filter(|target| intake::is_of_same_person(target, note));
    let Some(target) = target else { return Ok(Planned::Note) };
    if !target.is_changeable() {
        let is_over =
            matches!(target.stage(), Stage::Failed | Stage::Unheard | Stage::Answered | Stage::Done);
        return if is_over { Ok(Planned::Note) } else { Err(StepError::NotYet { after: IN_WORK }) };
    }
    // What was just taken back is most likely said again.
    let comes_by_itself =
        matches!(note.purpose(), Purpose::Addition { .. }) && note.message().replied_to.is_none();
    if comes_by_itself && target.revised().withdrawn {
        return Ok(Planned::Note);
    }
    let Some(before) = target.understood() else { return Ok(Planned::Note) };
    let (effect, usage) = match note.purpose() {
        Purpose::Choice { choice, .. } => (choice.effect(target.revised().withdrawn), Usage::default()),
        Purpose::Addition { .. } => {
            let (understood, usage) = revised(deps, note, &target, RevisionKind::Addition, attempt).await?;
            (Effect::Joined(understood), usage)
        }
        _ => {
            let (understood, usage) = revised(deps, note, &target, RevisionKind::Correction, attempt).await?;
            (understood.map_or(Effect::Remarked, Effect::Corrected), usage)
        }
    };
    let lines = match &effect {
        Effect::Corrected(after) | Effect::Joined(Some(after)) => difference::between(before, after),
        _ => Vec::new(),
    };
    let change = Change {
        of: target.message().id.clone(),
        base: target.revised().version,
        language: target.language(),
        effect,
        lines,
        title: title(&target, before),
    };
    Ok(Planned::Change(change, usage))
}

pub(super) fn title(target: &Note, understood: &Understood) -> Private<String> {
    let words = target.words();
    let title = Some(understood.analysis.record.title()).filter(|title| !title.is_empty()).unwrap_or(&words);
    Private::new(truncate_chars(title, MAX_TITLE).to_owned())
}

/// The records as a model makes them anew of what is said. `None` when nothing was said, nobody read it, or it changes
/// nothing: the words are kept as they are.
async fn revised(
    deps: &Deps,
    note: &Note,
    target: &Note,
    kind: RevisionKind,
    attempt: Attempt,
) -> Result<(Option<Box<Understood>>, Usage), StepError> {
    let (Some(heard), Some(before)) = (note.heard(), target.understood()) else {
        return Ok((None, Usage::default()));
    };
    if heard.words.expose().is_empty() || !deps.settings.ai {
        return Ok((None, Usage::default()));
    }
    let sender = vocabulary::sender(deps, note).await?;
    let instructions = deps.prompts.instructions(&sender, target.language()).await?;
    let instructions = instructions.for_revision(target.language());
    let remarks = target.revised().remarks.iter().map(|remark| remark.words.expose().as_str());
    let text = std::iter::once(target.words().as_str()).chain(remarks).collect::<Vec<_>>().join("\n\n");
    let all_words = format!("{text}\n\n{}", heard.words.expose());
    let question = Question {
        text: Private::new(text),
        language: target.language(),
        instructions: instructions.text.clone(),
        revision: Some(Revision {
            records: before.records().map(|analysis| analysis.record.clone()).collect(),
            said: heard.words.clone(),
            kind,
        }),
        complaint: None,
    };
    let asked = match ask(deps, &note.message().id, question, &all_words).await {
        Err(StepError::Again { reason: FailureReason::ModelUnavailable, .. }) if attempt.is_last() => {
            warn!(counter = "kept_unread", message.id = %note.message().id, "No model was to be had; what was said is kept with the record");
            Asked::default()
        }
        other => other?,
    };
    let after = asked.records.map(|(analysis, further)| {
        let mut after =
            Understood { analysis, further, model: asked.model, prompt: Some(instructions.version) };
        keep_names(before, &mut after);
        Box::new(after)
    });
    let after = after.filter(|after| !is_same(before, after));
    Ok((after, asked.usage))
}

/// A record keeps the name of its files, whatever it says.
pub(super) fn keep_names(before: &Understood, after: &mut Understood) {
    after.analysis.tag = before.analysis.tag.clone();
    for (new, old) in after.further.iter_mut().zip(&before.further) {
        new.tag = old.tag.clone();
    }
}

fn is_same(before: &Understood, after: &Understood) -> bool {
    let records = |understood: &Understood| -> Vec<_> {
        understood.records().map(|analysis: &Analysis| analysis.record.clone()).collect()
    };
    records(before) == records(after)
}
