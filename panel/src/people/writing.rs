//! What the office does in a thread: writes to the person, remarks among colleagues, takes the answering over and hands
//! it back.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use shared::{
    domain::{
        ids::{CustomerId, MessageId},
        language::Language,
        letter::{Letter, LetterFile, Origin},
    },
    repositories::{audit::Action, conversations::TakenOver, threads::Remark},
    use_cases::office::Office,
};

use super::thread::{Thread, page};
use crate::{
    Deps,
    caller::{Acts, Caller, Posted, Uploaded},
    page::Trouble,
    texts::{self, Said},
};

/// For how long somebody who took over answers instead of Hark.
const TAKEN: SignedDuration = SignedDuration::from_hours(24);

/// Words.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    text: String,
    /// The name of a file that was chosen beside them, which does not come along.
    #[serde(default)]
    file: String,
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

/// Says why nothing was sent, with what was typed.
async fn refuse(
    deps: &Deps,
    caller: &Caller<Acts>,
    id: &str,
    text: String,
    (status, why): (StatusCode, Said),
) -> Result<Response, Trouble> {
    let mut answer = page(deps, caller, id, Some((text, why))).await?;
    *answer.status_mut() = status;
    Ok(answer)
}

/// Why a letter cannot go now, or not with this file.
fn why_not(
    deps: &Deps,
    thread: &Thread,
    along: Option<LetterFile>,
    language: Language,
) -> Option<(StatusCode, Said)> {
    let words = &texts::of(language).people;
    let is_open = thread.window(deps.clock.now()).is_none_or(|window| window.open);
    match along {
        _ if is_open => None,
        _ if !deps.has_template => Some((StatusCode::CONFLICT, words.outside_window)),
        Some(_) => Some((StatusCode::CONFLICT, words.no_file_in_template)),
        None => None,
    }
}

/// Writes to the person, on the way by which they wrote last: in free words, or as the template once they have not written
/// for a day. What cannot be sent is shown again.
pub(crate) async fn write(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Uploaded { caller, text: typed, once, file }: Uploaded<Acts>,
) -> Result<Response, Trouble> {
    let language = caller.language;
    let words = &texts::of(language).people;
    let (person, thread) = find(&deps, &caller, &id).await?;
    if once.is_empty() {
        return Err(Trouble::Unreadable(language));
    }
    let Some(text) = Letter::read_text(&typed) else {
        return refuse(&deps, &caller, &id, typed, (StatusCode::BAD_REQUEST, words.not_a_text)).await;
    };
    let along = LetterFile::of(&file);
    if along.is_none() && !file.is_empty() {
        return refuse(&deps, &caller, &id, typed, (StatusCode::BAD_REQUEST, words.not_sendable)).await;
    }
    if let Some(why) = why_not(&deps, &thread, along, language) {
        return refuse(&deps, &caller, &id, typed, why).await;
    }
    let last = thread.last_written().ok_or(Trouble::NotThere(language))?;
    let template = thread.window(deps.clock.now()).is_some_and(|window| !window.open);
    let by = caller.who.user.name.clone();
    let letter_id = Office::letter_id(&caller.who.scope, &by, &once);
    let letter_id = letter_id.map_err(|error| Trouble::away(language, error))?;
    written(&deps, &caller, Action::Wrote, &letter_id).await?;
    let letter = Letter { by, origin: Some(Origin::Panel), text, file: along, template };
    let ordered = deps.office.write(last, letter, file, letter_id).await;
    ordered.map_err(|error| Trouble::away(language, error))?;
    Ok(back_to(&person))
}

/// Says something among colleagues. A file does not come along there, so nothing is said with one beside it.
pub(crate) async fn remark(
    State(deps): State<Arc<Deps>>,
    Path(id): Path<String>,
    Posted { caller, form }: Posted<Acts, Typed>,
) -> Result<Response, Trouble> {
    let (person, thread) = find(&deps, &caller, &id).await?;
    let last = thread.last_written().ok_or(Trouble::NotThere(caller.language))?;
    let words = &texts::of(caller.language).people;
    let why = if form.file.is_empty() { words.not_a_text } else { words.no_file_among };
    let Some(text) = Letter::read_text(&form.text).filter(|_| form.file.is_empty()) else {
        return refuse(&deps, &caller, &id, form.text, (StatusCode::BAD_REQUEST, why)).await;
    };
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
