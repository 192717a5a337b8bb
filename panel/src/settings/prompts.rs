//! What the company tells the model beside Hark's own instructions. Only what was tried on a note can be used.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::{
        analysis::Record,
        digest::Digest,
        ids::MessageId,
        note::{Note, Understood},
        trial::{MAX_PROMPT, Trial, prompt_as_used},
    },
    ports::objects::Replaced,
    repositories::{audit::Action, inbox::Sought, notes::NoteError},
};

use crate::{
    Deps,
    caller::{Caller, Posted, Settles},
    inbox::{beginning, words_of},
    note::find,
    page::{Frame, Trouble, render},
    steps::State as Outcome,
    texts::{Said, Texts},
};

/// Notes that can be tried on, the newest with words.
const NOTES: usize = 20;
/// How many notes are looked at for them.
const LOOKED_AT: usize = 100;
/// How often a page asks for what comes of a trial, once a second.
const MOST_ASKED: u32 = 300;
/// Under which the outcome is kept with the trial.
const TRIED: &str = "tried";

#[derive(Template)]
#[template(path = "prompts.html")]
struct Page {
    frame: Frame,
    prompt: String,
    /// Of what the prompt was typed over; empty: of nothing.
    etag: String,
    most: usize,
    notes: Vec<(String, String, bool)>,
    tried: Option<Tried>,
    complaint: Option<&'static str>,
    saved: bool,
    /// How the page asks for what comes of a trial that is not done yet.
    waits: Option<String>,
}

/// A trial, and what came of it.
struct Tried {
    id: String,
    words: String,
    before: Vec<Shown>,
    after: Option<Vec<Shown>>,
    failure: Option<Said>,
}

/// A record in short.
struct Shown {
    intent: &'static str,
    texts: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    trial: Option<String>,
    #[serde(default)]
    saved: bool,
    /// How often the page asked for it already.
    #[serde(default)]
    asked: u32,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    note: String,
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    etag: String,
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    trial: String,
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Settles>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let Some(id) = asked.trial.as_deref() else {
        return page(&deps, &caller, None, (asked.saved, None)).await;
    };
    let id = MessageId::parse(id).map_err(|_| Trouble::NotThere(language))?;
    let found = deps.inbox.find(&caller.who.scope, &id).await;
    let trial = found.map_err(|error| Trouble::away(language, error))?;
    match trial {
        Some(note) if Outcome::of(&note) != Outcome::Working => {
            page(&deps, &caller, Some(&note), (false, None)).await
        }
        // No worker has begun on it, or it is not done.
        _ if asked.asked < MOST_ASKED => waits(&deps, &caller, &id, asked.asked + 1),
        _ => Err(Trouble::Away(language)),
    }
}

fn waits(deps: &Deps, caller: &Caller<Settles>, id: &MessageId, asked: u32) -> Result<Response, Trouble> {
    let page = Page {
        frame: Frame::inside(deps, &caller.who, caller.language),
        prompt: String::new(),
        etag: String::new(),
        most: MAX_PROMPT,
        notes: Vec::new(),
        tried: None,
        complaint: None,
        saved: false,
        waits: Some(format!("/panel/settings/prompts?trial={id}&asked={asked}")),
    };
    render(&page, caller.language)
}

async fn page(
    deps: &Deps,
    caller: &Caller<Settles>,
    trial: Option<&Note>,
    (saved, complaint): (bool, Option<&'static str>),
) -> Result<Response, Trouble> {
    let language = caller.language;
    let frame = Frame::inside(deps, &caller.who, language);
    let away = |error: NoteError| Trouble::away(language, error);
    let tried = match trial {
        Some(note) => tried(deps, caller, note, frame.t).await.map_err(away)?,
        None => None,
    };
    let (prompt, etag) = match trial.and_then(|note| note.purpose().trial()) {
        Some(trial) => (trial.prompt.expose().clone(), trial.replaces.clone()),
        None => stored(deps, caller).await?,
    };
    let chosen = trial.and_then(|note| note.purpose().trial()).map(|trial| trial.of.clone());
    let found = deps.inbox.list(&caller.who.scope, None, NOTES, LOOKED_AT, &Tryable).await;
    let notes = found.map_err(away)?.notes;
    let notes = notes.iter().map(|note| {
        let id = &note.message().id;
        (id.to_string(), beginning(&words_of(note)), chosen.as_ref() == Some(id))
    });
    let page = Page {
        prompt,
        etag: etag.unwrap_or_default(),
        most: MAX_PROMPT,
        notes: notes.collect(),
        tried,
        complaint,
        saved,
        frame,
        waits: None,
    };
    render(&page, language)
}

/// Notes that a prompt can be tried on.
struct Tryable;

impl Sought for Tryable {
    fn may_be(&self, digest: &Digest) -> bool {
        !digest.intents.is_empty()
    }

    fn is(&self, note: &Note) -> bool {
        can_be_tried_on(note)
    }
}

fn can_be_tried_on(note: &Note) -> bool {
    note.understood().is_some() && !note.words().is_empty()
}

/// The company's prompt, and its `ETag`.
async fn stored(deps: &Deps, caller: &Caller<Settles>) -> Result<(String, Option<String>), Trouble> {
    let stored = deps.prompts.get(&caller.who.scope).await;
    let stored = stored.map_err(|error| Trouble::away(caller.language, error))?;
    Ok((stored.text, stored.etag))
}

async fn tried(
    deps: &Deps,
    caller: &Caller<Settles>,
    note: &Note,
    t: &Texts,
) -> Result<Option<Tried>, NoteError> {
    let Some(trial) = note.purpose().trial() else { return Ok(None) };
    let Some(of) = deps.inbox.find(&caller.who.scope, &trial.of).await? else { return Ok(None) };
    let kept = deps.notes.part(&note.message().id, TRIED).await?;
    let after = kept.and_then(|kept| serde_json::from_str::<Understood>(&kept).ok());
    let failure = note.failure().filter(|_| Outcome::of(note) == Outcome::Failed);
    Ok(Some(Tried {
        id: note.message().id.to_string(),
        words: words_of(&of),
        before: of.understood().map(|before| shown(before, t)).unwrap_or_default(),
        after: after.map(|after| shown(&after, t)),
        failure: failure.map(|failure| t.reason_of(failure.reason)),
    }))
}

fn shown(understood: &Understood, t: &Texts) -> Vec<Shown> {
    let record = |record: &Record| Shown {
        intent: t.intent_of(record.intent()),
        texts: record.texts().into_iter().map(str::to_owned).collect(),
    };
    understood.records().map(|analysis| record(&analysis.record)).collect()
}

/// Has a prompt tried on a note.
pub(crate) async fn trial(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Settles, Typed>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let note = find(&deps, &caller.who, language, &form.note).await?;
    if !can_be_tried_on(&note) {
        return Err(Trouble::Unreadable(language));
    }
    let trial = Trial {
        of: note.message().id.clone(),
        by: caller.who.user.name.clone(),
        prompt: prompt_as_used(&form.prompt).into(),
        replaces: Some(form.etag).filter(|etag| !etag.is_empty()),
    };
    let written = deps.wrote_down(&caller.who, Action::TriedPrompt, Some(note.message().id.clone())).await;
    written.map_err(|error| Trouble::away(language, error))?;
    let asked = deps.office.try_prompt(&note, trial).await;
    let id = asked.map_err(|error| Trouble::away(language, error))?;
    Ok(Redirect::to(&format!("/panel/settings/prompts?trial={id}")).into_response())
}

/// Uses from now on what was tried.
pub(crate) async fn save(
    State(deps): State<Arc<Deps>>,
    Posted { caller, form }: Posted<Settles, Chosen>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let note = find(&deps, &caller.who, language, &form.trial).await?;
    let trial = note.purpose().trial().ok_or(Trouble::NotThere(language))?;
    let kept = deps.notes.part(&note.message().id, TRIED).await;
    // What was not tried to its end is not used.
    if kept.map_err(|error| Trouble::away(language, error))?.is_none() {
        return Err(Trouble::Outdated(language));
    }
    let written = deps.wrote_down(&caller.who, Action::ChangedPrompt, None).await;
    written.map_err(|error| Trouble::away(language, error))?;
    let put = deps.prompts.put(&caller.who.scope, trial).await;
    match put.map_err(|error| Trouble::away(language, error))? {
        Replaced::Yes => Ok(Redirect::to("/panel/settings/prompts?saved=true").into_response()),
        Replaced::Changed => {
            let complaint = crate::texts::of(language).prompts.changed_meanwhile;
            page(&deps, &caller, Some(&note), (false, Some(complaint))).await
        }
    }
}
