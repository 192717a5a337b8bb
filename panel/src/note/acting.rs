//! What can be done about a note: tried again, done again, withdrawn and brought back. Each is written into the trail
//! before it is done.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::{
        note::{Note, Stage},
        office_change::OfficeEdit,
    },
    repositories::audit::Action,
    use_cases::replay::send_again,
};

use super::find;
use crate::{
    Deps,
    caller::{Acts, Caller, Posted},
    page::Trouble,
};

/// From where a note is to be tried again.
#[derive(Deserialize)]
pub(crate) struct From {
    /// The name of a stage; empty or missing: where it failed.
    #[serde(default)]
    from: String,
}

/// What is to be done with a record.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    what: String,
    /// Whether its sender is told.
    told: Option<String>,
}

/// Has a note tried again that was given up, or that nothing was heard in.
pub(crate) async fn replay(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Acts, From>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let note = find(&deps, &caller.who, language, &id).await?;
    let id = note.message().id.clone();
    let back_to = note.can_go_back_to().into_iter().find(|stage| stage.as_str() == form.from);
    let from = if form.from.is_empty() { None } else { Some(back_to.ok_or(Trouble::Outdated(language))?) };
    if from.is_some() || note.stage() == Stage::Failed {
        // Written down first: what was done must not be missing there.
        let written = deps.wrote_down(&caller.who, Action::Replayed, Some(id.clone())).await;
        written.map_err(|error| Trouble::away(language, error))?;
        let sent = send_again(&deps.notes, &*deps.queue, &id, from).await;
        sent.map_err(|error| Trouble::away(language, error))?;
    }
    Ok(Redirect::to(&format!("/panel/notes/{id}?sent=true")).into_response())
}

/// Has a record withdrawn, brought back, or a step of it done again.
pub(crate) async fn change(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Acts, Wanted>,
) -> Result<Response, Trouble> {
    let note = find(&deps, &caller.who, caller.language, &id).await?;
    // Whoever was slower than another tab, or the phone, has it already.
    let is_so = match form.what.as_str() {
        "withdrawn" => note.revised().withdrawn,
        "restored" => !note.revised().withdrawn,
        _ => false,
    };
    if is_so {
        return Ok(Redirect::to(&format!("/panel/notes/{}", note.message().id)).into_response());
    }
    if note.revised().withdrawn && form.what != "restored" {
        return Err(Trouble::Outdated(caller.language));
    }
    let (edit, action) = match form.what.as_str() {
        "withdrawn" => (OfficeEdit::Withdrawn, Action::Withdrew),
        "restored" => (OfficeEdit::Restored, Action::Restored),
        "heard" => (OfficeEdit::HeardAgain, Action::Replayed),
        "understood" => (OfficeEdit::UnderstoodAgain, Action::Replayed),
        "filed" => (OfficeEdit::FiledAgain, Action::Replayed),
        _ => return Err(Trouble::Unreadable(caller.language)),
    };
    ask(&deps, &caller, &note, (edit, action), form.told.is_some()).await
}

/// Writes down that it is asked for, asks for it, and goes to where it is seen.
pub(super) async fn ask(
    deps: &Deps,
    caller: &Caller<Acts>,
    note: &Note,
    (edit, action): (OfficeEdit, Action),
    told: bool,
) -> Result<Response, Trouble> {
    let (language, id) = (caller.language, &note.message().id);
    if !note.is_changeable() {
        return Err(Trouble::Outdated(language));
    }
    let written = deps.wrote_down(&caller.who, action, Some(id.clone())).await;
    written.map_err(|error| Trouble::away(language, error))?;
    let asked = deps.office.change(note, caller.who.user.name.clone(), edit, told).await;
    let change = asked.map_err(|error| Trouble::away(language, error))?;
    Ok(Redirect::to(&format!("/panel/notes/{id}?change={change}")).into_response())
}
