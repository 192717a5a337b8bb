//! A thread: what a person sent, what Hark answered, what the office wrote, and what colleagues remark, on all channels.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        delivery::Delivery,
        digest::said_by,
        identity::Channel,
        ids::CustomerId,
        letter::{LetterFile, window_ends},
        note::{Answer, Note},
        user::Role,
    },
    ports::table::TableError,
    repositories::{
        conversations::TakenOver,
        notes::NoteError,
        threads::{Entry, Remark},
    },
};

use super::by_phone;
use crate::{
    Deps,
    caller::{Caller, Looks},
    inbox::{sender_of, words_of},
    live,
    note::is_picture,
    page::{Frame, Trouble, once, render, rfc3339},
    texts::{Said, Texts},
};

/// Entries that are shown, the newest.
const SHOWN: usize = 50;
/// Notes that are fetched at the same time.
const AT_ONCE: usize = 16;

#[derive(Template)]
#[template(path = "thread.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    may_write: bool,
    /// Under this, what is written is sent once, however often the form is sent off.
    once: String,
    /// What was typed and not sent, or nothing.
    text: String,
    /// Why it was not sent.
    complaint: Option<Said>,
    live: String,
    tag: String,
    heard: Vec<by_phone::Message>,
}

#[derive(Template)]
#[template(path = "thread_live.html")]
struct View {
    frame: Frame,
    id: String,
    may_write: bool,
    /// How long free words are delivered; `None`: always, or the person never wrote.
    window: Option<Window>,
    /// Who answers instead of Hark, and until when.
    taken: Option<(String, String)>,
    stopped: bool,
    lines: Vec<Line>,
}

/// The window for free words.
pub(super) struct Window {
    pub(super) open: bool,
    ends: String,
    left: String,
}

/// Something that was said.
struct Line {
    at: String,
    who: String,
    /// `theirs`, `ours` or `among` colleagues.
    side: &'static str,
    words: String,
    /// The note's id, where there is more to see.
    note: Option<String>,
    channel: &'static str,
    /// How it came to be, where that is not plain.
    how: Option<&'static str>,
    /// What was sent along, and whether it is a picture.
    file: Option<(String, bool)>,
    state: Option<&'static str>,
    trouble: Option<Said>,
}

/// All that a thread's page is made of.
pub(super) struct Thread {
    /// Newest first.
    entries: Vec<Item>,
}

enum Item {
    Note(Box<Note>, Option<Delivery>),
    Remark(Remark),
}

impl Thread {
    /// The thread of a person of the company; `None`: nobody of this name ever wrote.
    pub(super) async fn of<N>(
        deps: &Deps,
        caller: &Caller<N>,
        person: &CustomerId,
    ) -> Result<Option<Self>, NoteError> {
        let entries = deps.threads.list(&caller.who.scope, person, SHOWN).await?;
        let entries = entries.into_iter().map(|entry| async move {
            let id = match entry {
                Entry::Remark(remark) => return Ok(Some(Item::Remark(remark))),
                Entry::Note(id) => id,
            };
            let Some(note) = deps.inbox.find(&caller.who.scope, &id).await? else { return Ok(None) };
            let delivery = match &note.answer {
                Answer::Sent { id } => deps.deliveries.of(id).await?,
                _ => None,
            };
            Ok::<_, NoteError>(Some(Item::Note(Box::new(note), delivery)))
        });
        let entries: Vec<Option<Item>> = stream::iter(entries).buffered(AT_ONCE).try_collect().await?;
        let entries: Vec<Item> = entries.into_iter().flatten().collect();
        let thread = Self { entries };
        let is_known = thread.notes().next().is_some();
        Ok(is_known.then_some(thread))
    }

    fn notes(&self) -> impl Iterator<Item = &Note> {
        self.entries.iter().filter_map(|entry| match entry {
            Item::Note(note, _) => Some(&**note),
            Item::Remark(_) => None,
        })
    }

    /// The note that the person wrote last, on whatever channel: an answer goes the same way.
    pub(super) fn last_written(&self) -> Option<&Note> {
        self.notes().find(|note| !note.purpose().is_ordered())
    }

    /// Until when free words reach the person on that way.
    pub(super) fn window(&self, now: Timestamp) -> Option<Window> {
        let message = self.last_written()?.message();
        let ends = window_ends(message.from.channel(), message.received_at)?;
        let left = ends.duration_since(now).max(SignedDuration::ZERO);
        let (hours, minutes) = (left.as_hours(), left.as_mins() % 60);
        Some(Window { open: ends > now, ends: rfc3339(ends), left: format!("{hours}:{minutes:02}") })
    }
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    page(&deps, &caller, &id, None).await
}

/// A thread's page; with what was typed and not sent, and why.
pub(super) async fn page<N>(
    deps: &Deps,
    caller: &Caller<N>,
    id: &str,
    refused: Option<(String, Said)>,
) -> Result<Response, Trouble> {
    let (person, name, view) = view(deps, caller, id).await?;
    let heard = by_phone::of(deps, caller, &person).await;
    let heard = heard.map_err(|error| Trouble::away(caller.language, error))?;
    let live = view.render().map_err(|error| Trouble::away(caller.language, error))?;
    let (text, complaint) = refused.unzip();
    let page = Page {
        frame: Frame::inside(deps, &caller.who, caller.language),
        id: view.id.clone(),
        name,
        may_write: view.may_write,
        once: once(deps),
        text: text.unwrap_or_default(),
        complaint,
        heard,
        tag: live::tag_of(&live),
        live,
    };
    render(&page, caller.language)
}

pub(crate) async fn news(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let (_, _, view) = view(&deps, &caller, &id).await?;
    let live = view.render().map_err(|error| Trouble::away(caller.language, error))?;
    Ok(live::answer(&headers, live))
}

/// Whose thread it is, the person's name, and what is shown of it.
async fn view<N>(deps: &Deps, caller: &Caller<N>, id: &str) -> Result<(CustomerId, String, View), Trouble> {
    let language = caller.language;
    let person = CustomerId::parse(id).map_err(|_| Trouble::NotThere(language))?;
    let found = Thread::of(deps, caller, &person).await;
    let thread = found.map_err(|error| Trouble::away(language, error))?.ok_or(Trouble::NotThere(language))?;
    let frame = Frame::inside(deps, &caller.who, language);
    let last = thread.last_written().ok_or(Trouble::NotThere(language))?;
    let away = |error: TableError| Trouble::away(language, error);
    let identity = last.message().from.identity();
    let conversation = deps.conversations.with(identity).await.map_err(away)?;
    let taken = conversation.taken_over_at(deps.clock.now()).map(shown_taken);
    let stopped = deps.contacts.is_stopped(identity).await.map_err(away)?;
    let name = sender_of(last);
    let view = View {
        id: person.to_string(),
        may_write: caller.who.may(Role::Staff),
        window: thread.window(deps.clock.now()),
        taken,
        stopped,
        lines: thread.entries.iter().flat_map(|entry| lines(entry, frame.t)).collect(),
        frame,
    };
    Ok((person, name, view))
}

fn shown_taken(taken: &TakenOver) -> (String, String) {
    (taken.by.expose().to_owned(), rfc3339(taken.until))
}

/// What an entry shows, newest first: the answer to a message stands above it.
fn lines(entry: &Item, t: &'static Texts) -> Vec<Line> {
    match entry {
        Item::Remark(remark) => vec![Line {
            at: rfc3339(remark.at),
            who: remark.by.expose().to_owned(),
            side: "among",
            words: remark.text.expose().clone(),
            note: None,
            channel: "",
            how: Some(t.people.among),
            file: None,
            state: None,
            trouble: None,
        }],
        Item::Note(note, delivery) => {
            let theirs = (!note.purpose().is_ordered()).then(|| theirs(note, t));
            ours(note, delivery.as_ref(), t).into_iter().chain(theirs).collect()
        }
    }
}

fn theirs(note: &Note, t: &Texts) -> Line {
    let words = words_of(note);
    Line {
        at: rfc3339(note.message().received_at),
        who: sender_of(note),
        side: "theirs",
        words: if words.is_empty() { t.no_words.to_owned() } else { words },
        note: Some(note.message().id.to_string()),
        channel: channel_of(note),
        how: None,
        file: None,
        state: None,
        trouble: None,
    }
}

/// What was said to the person by it, and what became of that.
fn ours(note: &Note, delivery: Option<&Delivery>, t: &'static Texts) -> Option<Line> {
    let letter = note.purpose().letter();
    let words = match (&note.said, letter) {
        (Some(said), _) => said.expose().clone(),
        (None, Some(letter)) => letter.text.expose().clone(),
        (None, None) => return None,
    };
    let (who, how) = said_in_ours(note, t);
    let refused = match note.answer {
        Answer::Refused { code } => Some(code),
        _ => delivery
            .filter(|delivery| delivery.status.is_failure())
            .map(|failed| failed.error_code.unwrap_or(0)),
    };
    Some(Line {
        at: rfc3339(note.told_at.unwrap_or(note.message().received_at)),
        who,
        side: "ours",
        words,
        note: None,
        channel: channel_of(note),
        how,
        file: letter.and_then(|letter| letter.file).map(|file| along(note, file)),
        state: Some(delivery.map_or_else(|| t.answer_of(&note.answer), |told| t.delivery_of(told.status))),
        trouble: refused.map(|code| t.code_of(code)),
    })
}

/// Who said it to the person, and how. What a person asked for on the phone, or waited for there in vain, is Hark's answer.
fn said_in_ours(note: &Note, t: &'static Texts) -> (String, Option<&'static str>) {
    let is_own = note.purpose().letter().is_some_and(|letter| letter.is_of(note.sender()));
    match said_by(note) {
        Some(_) if is_own => (t.product.to_owned(), Some(t.people.after_call)),
        Some(called) => (called.to_owned(), Some(t.people.by_phone)),
        None if note.purpose().is_ordered() => (sender_of(note), None),
        None => (t.product.to_owned(), None),
    }
}

fn along(note: &Note, file: LetterFile) -> (String, bool) {
    let address = format!("/panel/notes/{}/files/0", note.message().id);
    (address, is_picture(file.kind, file.kind.role()))
}

fn channel_of(note: &Note) -> &'static str {
    match note.message().from.channel() {
        Channel::WhatsApp => "WhatsApp",
        Channel::Sms => "SMS",
        Channel::Telegram => "Telegram",
        Channel::Phone => "Phone",
    }
}
