//! What a note's page shows of it.

use askama::Template;
use shared::{
    domain::{
        analysis::{Analysis, Record},
        ids::MessageId,
        media::{MediaKind, MediaRole},
        message::Location,
        note::{Note, Stage, StoredMedia, Understood},
        user::Role,
    },
    repositories::notes::NoteError,
};

use super::{
    Just,
    history::{self, Change},
};
use crate::{
    Deps,
    caller::{Caller, Looks},
    inbox::{dollars, sender_of, words_of},
    page::{Frame, Trouble, rfc3339},
    quotes::{self, Part},
    steps::{self, State, Step},
    texts::{Said, Texts},
};

#[derive(Template)]
#[template(path = "note_live.html")]
pub(super) struct View {
    pub(super) frame: Frame,
    id: String,
    title: String,
    at: String,
    sender: String,
    label: Option<&'static str>,
    /// The note whose record it is about.
    about: Option<String>,
    state: &'static str,
    state_name: &'static str,
    withdrawn: bool,
    steps: Vec<Step>,
    failure: Option<Said>,
    /// What somebody has to do although it is done.
    unsorted: Option<Said>,
    may_replay: bool,
    /// What can be done again before that, and how it is called.
    back_to: Vec<(&'static str, &'static str)>,
    sent_again: bool,
    /// A change that was asked for just now, and how far it is.
    asked: Option<Asked>,
    words: Vec<Part>,
    files: Vec<File>,
    places: Vec<Place>,
    records: Vec<Shown>,
    may_change: bool,
    /// What can be done again with a record, and how it is called.
    again: Vec<(&'static str, &'static str)>,
    changes: Vec<Change>,
    answer: &'static str,
    cost: Option<String>,
}

/// A change that was asked for.
struct Asked {
    said: &'static str,
    failure: Option<Said>,
}

/// A record as the page shows it.
struct Shown {
    part: usize,
    intent: &'static str,
    tag: String,
    title: String,
    /// Its paragraphs, those that say something.
    texts: Vec<String>,
    items: Vec<String>,
}

/// A photo or another file.
struct File {
    address: String,
    name: String,
    is_picture: bool,
}

/// A place on earth.
struct Place {
    said: String,
    latitude: f64,
    longitude: f64,
}

/// What a note is called.
pub(super) fn title_of(note: &Note, t: &Texts) -> String {
    let title = note.understood().map(|understood| understood.analysis.record.title());
    title.filter(|title| !title.is_empty()).unwrap_or(t.about).to_owned()
}

impl View {
    pub(super) async fn of(
        deps: &Deps,
        caller: &Caller<Looks>,
        note: &Note,
        just: &Just,
    ) -> Result<Self, Trouble> {
        let frame = Frame::inside(deps, &caller.who, caller.language);
        let t = frame.t;
        let away = |error: NoteError| Trouble::away(caller.language, error);
        let (changes, used) = history::of(deps, &caller.who.scope, note, t).await.map_err(away)?;
        let asked = asked(deps, caller, just, t).await.map_err(away)?;
        let words = words_of(note);
        let analyses: Vec<&Analysis> = note.understood().into_iter().flat_map(Understood::records).collect();
        let quotes: Vec<&str> = analyses.iter().flat_map(|analysis| quotes_of(&analysis.record)).collect();
        let failure = note.failure().filter(|_| note.stage() == Stage::Failed);
        let (outcome, acts) = (State::of(note), caller.who.may(Role::Staff));
        let may_change = acts && note.is_changeable();
        let back_to = if acts { note.can_go_back_to() } else { Vec::new() };
        Ok(Self {
            id: note.message().id.to_string(),
            title: title_of(note, t),
            at: rfc3339(note.message().received_at),
            sender: sender_of(note),
            label: t.purpose_of(note),
            about: note.purpose().target().map(ToString::to_string),
            state: outcome.as_str(),
            state_name: outcome.name(t),
            withdrawn: note.revised().withdrawn,
            steps: steps::of(note, t),
            failure: failure.map(|failure| t.reason_of(failure.reason)),
            unsorted: (outcome == State::Unsorted).then_some(t.unsorted),
            may_replay: failure.is_some() && acts,
            back_to: back_to.into_iter().map(|stage| (stage.as_str(), t.again_from(stage))).collect(),
            sent_again: just.sent && outcome == State::Working,
            asked,
            words: quotes::marked(&words, &quotes),
            files: files(note, deps.largest_answer, t),
            places: places(note),
            records: (1..).zip(&analyses).map(|(part, analysis)| shown(part, analysis, t)).collect(),
            may_change,
            again: if may_change { again(note, t) } else { Vec::new() },
            changes,
            answer: t.answer_of(&note.answer),
            cost: deps.prices.map(|prices| dollars(prices, note.usage().plus(used))),
            frame,
        })
    }
}

async fn asked(
    deps: &Deps,
    caller: &Caller<Looks>,
    just: &Just,
    t: &'static Texts,
) -> Result<Option<Asked>, NoteError> {
    let Some(id) = just.change.as_deref().and_then(|id| MessageId::parse(id).ok()) else { return Ok(None) };
    let change = deps.inbox.find(&caller.who.scope, &id).await?;
    let state = change.as_ref().map_or(State::Working, State::of);
    let said = match state {
        State::Working => t.change_waits,
        State::Done | State::Unheard | State::Unsorted => t.change_done,
        State::Failed => t.failed,
    };
    let failure = change.as_ref().and_then(Note::failure).filter(|_| state == State::Failed);
    Ok(Some(Asked { said, failure: failure.map(|failure| t.reason_of(failure.reason)) }))
}

/// What can be done again with what is filed: hearing only where there is something to hear.
fn again(note: &Note, t: &Texts) -> Vec<(&'static str, &'static str)> {
    if note.revised().withdrawn {
        return Vec::new();
    }
    let steps = [
        ("heard", Stage::MediaStored, crate::recording::of(note).is_some()),
        ("understood", Stage::Transcribed, !note.words().is_empty()),
        ("filed", Stage::Analysed, true),
    ];
    steps.into_iter().filter(|(_, _, can)| *can).map(|(name, step, _)| (name, t.again_from(step))).collect()
}

fn quotes_of(record: &Record) -> Vec<&str> {
    match record {
        Record::Job { action_items, .. } => action_items.iter().map(|item| item.quote.as_str()).collect(),
        Record::Document { .. } | Record::Other { .. } => Vec::new(),
    }
}

fn shown(part: usize, analysis: &Analysis, t: &Texts) -> Shown {
    let record = &analysis.record;
    let (texts, items): ([Option<&String>; 2], Vec<String>) = match record {
        Record::Job { job, context, action_items, .. } => {
            let items = action_items.iter().map(|item| item.text.clone()).collect();
            ([Some(job), context.as_ref()], items)
        }
        Record::Document { summary, context, .. } => ([Some(summary), context.as_ref()], Vec::new()),
        Record::Other { .. } => ([None, None], Vec::new()),
    };
    let says_more = |text: &&String| !text.is_empty() && text.as_str() != record.title();
    let said = texts.into_iter().flatten().filter(says_more).cloned().collect();
    Shown {
        part,
        intent: t.intent_of(record.intent()),
        tag: analysis.tag.as_str().to_owned(),
        title: record.title().to_owned(),
        texts: said,
        items,
    }
}

/// The note's own files, and those of messages that joined it; recordings that are played are none.
fn files(note: &Note, largest: usize, t: &Texts) -> Vec<File> {
    let own = std::iter::once((&note.message().id, note.media()));
    let joined = note.revised().joined.iter().map(|joined| (&joined.by, joined.media.as_slice()));
    own.chain(joined).flat_map(|(id, media)| files_of(id, media, largest, t)).collect()
}

fn files_of(id: &MessageId, media: &[StoredMedia], largest: usize, t: &Texts) -> Vec<File> {
    let file = |(index, media): (usize, &StoredMedia)| match media {
        StoredMedia::Kept { kind, role: role @ (MediaRole::Image | MediaRole::Document), size } => {
            // What comes from the store itself is not shown within a page of ours.
            let fits = usize::try_from(*size).is_ok_and(|size| size <= largest);
            let is_picture = fits && is_picture(*kind, *role);
            let word = if is_picture { t.picture } else { t.file };
            let name = format!("{word} {} ({})", index + 1, kind.extension());
            Some(File { address: format!("/panel/notes/{id}/files/{index}"), name, is_picture })
        }
        StoredMedia::Kept { .. } | StoredMedia::Lost(_) => None,
    };
    media.iter().enumerate().filter_map(file).collect()
}

/// Browsers show all kinds of pictures that there are.
pub(crate) fn is_picture(kind: MediaKind, role: MediaRole) -> bool {
    role == MediaRole::Image && kind.role() == MediaRole::Image
}

fn places(note: &Note) -> Vec<Place> {
    let own = note.message().location.iter();
    let joined = note.revised().joined.iter().filter_map(|joined| joined.location.as_ref());
    own.chain(joined).map(|location| place(location.expose())).collect()
}

fn place(location: &Location) -> Place {
    let said = [location.label.as_deref(), location.address.as_deref()];
    Place {
        said: said.into_iter().flatten().collect::<Vec<_>>().join(", "),
        latitude: location.latitude,
        longitude: location.longitude,
    }
}
