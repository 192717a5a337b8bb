//! What the office does in a thread: writes to the person, remarks among colleagues, takes the answering over and hands
//! it back.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use shared::{
    domain::{
        ids::{CustomerId, MessageId},
        letter::{Letter, LetterFile, Origin},
    },
    repositories::{audit::Action, conversations::TakenOver, threads::Remark},
    use_cases::office::Office,
};

use super::thread::Thread;
use crate::{
    Deps,
    caller::{Acts, Caller, Posted, Uploaded},
    page::Trouble,
};

/// For how long somebody who took over answers instead of Hark.
const TAKEN: SignedDuration = SignedDuration::from_hours(24);

/// Words.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    text: String,
}

/// Whether to take over or to hand back.
#[derive(Deserialize)]
pub(crate) struct Taking {
    take: String,
}

/// The thread of the person that a path names.
async fn find(deps: &Deps, caller: &Caller<Acts>, id: &str) -> Result<(CustomerId, Thread), Trouble> {
    let person = CustomerId::parse(id).map_err(|_| Trouble::NotThere(caller.language))?;
    let found = Thread::of(deps, caller, &person).await;
    let thread = found.map_err(|error| Trouble::away(caller.language, error))?;
    Ok((person, thread.ok_or(Trouble::NotThere(caller.language))?))
}

fn back_to(person: &CustomerId) -> Response {
    Redirect::to(&format!("/panel/people/{person}")).into_response()
}

/// Writes to the person, on the way by which they wrote last: in free words, or as the template once they have not written
/// for a day.
pub(crate) async fn write(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Uploaded { caller, text, once, file }: Uploaded<Acts>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let (person, thread) = find(&deps, &caller, &id).await?;
    let text = Letter::read_text(&text).ok_or(Trouble::Unreadable(language))?;
    let along = LetterFile::of(&file);
    if along.is_none() && !file.is_empty() {
        return Err(Trouble::NotSendable(language));
    }
    let last = thread.last_written().ok_or(Trouble::NotThere(language))?;
    let template = thread.window(deps.clock.now()).is_some_and(|window| !window.open);
    if template && (!deps.has_template || along.is_some()) {
        return Err(if along.is_some() && deps.has_template {
            Trouble::NoFileInTemplate(language)
        } else {
            Trouble::OutsideWindow(language)
        });
    }
    if once.is_empty() {
        return Err(Trouble::Unreadable(language));
    }
    let by = caller.who.user.name.clone();
    let id = Office::letter_id(&caller.who.scope, &by, &once);
    let id = id.map_err(|error| Trouble::away(language, error))?;
    written(&deps, &caller, Action::Wrote, &id).await?;
    let letter = Letter { by, origin: Some(Origin::Panel), text, file: along, template };
    deps.office.write(last, letter, file, id).await.map_err(|error| Trouble::away(language, error))?;
    Ok(back_to(&person))
}

/// Says something among colleagues.
pub(crate) async fn remark(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Acts, Typed>,
) -> Result<Response, Trouble> {
    let (person, thread) = find(&deps, &caller, &id).await?;
    let last = thread.last_written().ok_or(Trouble::NotThere(caller.language))?;
    let text = Letter::read_text(&form.text).ok_or(Trouble::Unreadable(caller.language))?;
    let remark = Remark { by: caller.who.user.name.clone(), at: deps.clock.now(), text };
    written(&deps, &caller, Action::Remarked, &last.message().id).await?;
    let said = deps.threads.remark(&caller.who.scope, &person, remark, &deps.ids.random()).await;
    said.map_err(|error| Trouble::away(caller.language, error))?;
    Ok(back_to(&person))
}

/// Takes the answering over, or hands it back.
pub(crate) async fn take(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Acts, Taking>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let (person, thread) = find(&deps, &caller, &id).await?;
    let last = thread.last_written().ok_or(Trouble::NotThere(language))?;
    let (taken, action) = match form.take.as_str() {
        "over" => (Some(taken_by(&caller, deps.clock.now())), Action::TookOver),
        "back" => (None, Action::HandedBack),
        _ => return Err(Trouble::Unreadable(language)),
    };
    written(&deps, &caller, action, &last.message().id).await?;
    let identity = last.message().from.identity();
    let done = deps.conversations.take_over(identity, taken.as_ref()).await;
    done.map_err(|error| Trouble::away(language, error))?;
    Ok(back_to(&person))
}

fn taken_by(caller: &Caller<Acts>, now: Timestamp) -> TakenOver {
    let until = now.saturating_add(TAKEN).unwrap_or(Timestamp::MAX);
    TakenOver { by: caller.who.user.name.clone(), until }
}

/// `about`: a message of the person's thread, by which it is seen whom it was about.
async fn written(
    deps: &Deps,
    caller: &Caller<Acts>,
    action: Action,
    about: &MessageId,
) -> Result<(), Trouble> {
    let written = deps.wrote_down(&caller.who, action, Some(about.clone())).await;
    written.map_err(|error| Trouble::away(caller.language, error))
}
