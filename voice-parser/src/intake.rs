//! What a message is to be, decided before anything is done with it: what it quotes comes first, then what was tapped or
//! asked for, then how soon it follows the sender's last note.

use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        choice::Choice,
        customer::Customer,
        ids::MessageId,
        message::InboundMessage,
        note::{Answer, Claim, Note, Stage, Understood},
        opt_out::OptOut,
        purpose::{CORRECTS_WITHIN, JOINS_WITHIN, Purpose, begins_a_correction},
    },
    ports::{metrics::Measurement, table::TableError},
    repositories::{conversations::LastNote, notes::NoteError},
};

use tracing::info;

use crate::{deps::Deps, steps::declares_audio};

/// Changes of changes lead to one note; more steps than this are a fault.
const MOST_STEPS: usize = 4;

/// A message as a note that knows what it is about.
///
/// # Errors
/// When what was said before could not be read.
pub(crate) async fn note_of(
    deps: &Deps,
    message: &InboundMessage,
    sender: Customer,
) -> Result<Note, NoteError> {
    let note = Note::received(message.clone(), sender);
    if let Some(purpose) = without_words(deps, message).await? {
        return Ok(note.about(purpose, None));
    }
    let (purpose, follows) = match quoted(deps, &note).await? {
        Some(quoted) => (of_quoting(message, &quoted), None),
        None => of_following(deps, &note).await?,
    };
    Ok(note.about(purpose, follows))
}

/// What needs no reading: whether its sender wants to hear from Hark, and copies that go round in a loop.
async fn without_words(deps: &Deps, message: &InboundMessage) -> Result<Option<Purpose>, NoteError> {
    let person = message.from.identity();
    if let Some(said) = OptOut::of_message(message) {
        let standing = deps.contacts.note(person, said, message.received_at, &message.id).await?;
        match said {
            OptOut::Stop => {
                deps.metrics.record(&Measurement::OptedOut);
                return Ok(Some(Purpose::Silent));
            }
            OptOut::Start if standing.stopped_before => return Ok(Some(Purpose::Start)),
            // Of somebody who was not stopped it is a word like any other.
            OptOut::Start => {}
        }
    }
    let is_words_alone = message.media.is_empty() && message.location.is_none() && message.button.is_none();
    if is_words_alone
        && Choice::of_message(message).is_none()
        && deps.budgets.is_loop(person, &message.id, message.text.expose(), message.received_at).await?
    {
        info!(counter = "loop_silenced", message.id = %message.id, "A message goes round in a loop; it is kept and not answered");
        deps.metrics.record(&Measurement::LoopSilenced);
        return Ok(Some(Purpose::Silent));
    }
    Ok(None)
}

/// A note that was just taken in is the one that what follows may belong to.
///
/// # Errors
/// As the table says.
pub(crate) async fn remember(deps: &Deps, note: &Note) -> Result<(), NoteError> {
    if *note.purpose() != Purpose::Note || note.stage() != Stage::Received {
        return Ok(());
    }
    remember_late(deps, note).await
}

/// The same for a message that turned out to be a note.
///
/// # Errors
/// As the table says.
pub(crate) async fn remember_late(deps: &Deps, note: &Note) -> Result<(), NoteError> {
    let message = note.message();
    let spoken = is_spoken(message);
    let wordless = !spoken && message.text.expose().trim().is_empty();
    let last = LastNote { note: message.id.clone(), received_at: message.received_at, spoken, wordless };
    match deps.conversations.sent_note(message.from.identity(), &last).await {
        // Others of this person's notes are being taken in at this very moment; one of those is the last.
        Err(TableError::Conflict) => Ok(()),
        other => Ok(other?),
    }
}

/// The note at the end of a chain of changes, if it is there.
///
/// # Errors
/// [`NoteError`].
pub(crate) async fn root(deps: &Deps, id: &MessageId) -> Result<Option<Note>, NoteError> {
    let mut id = id.clone();
    for _ in 0..MOST_STEPS {
        let Some(note) = deps.notes.find(&id).await? else { return Ok(None) };
        match note.purpose().target() {
            None => return Ok(Some(note)),
            Some(target) => id = target.clone(),
        }
    }
    Ok(None)
}

/// All that a note and its record say, for recognising what a correction denies.
pub(crate) fn known_words(note: &Note) -> String {
    let mut known = note.words();
    for analysis in note.understood().into_iter().flat_map(Understood::records) {
        for text in analysis.record.texts() {
            known.push(' ');
            known.push_str(text);
        }
    }
    known
}

/// What a message quotes.
struct Quoted {
    note: MessageId,
    /// Whether it is our answer that is quoted, and not the sender's own message.
    is_answer: bool,
}

async fn quoted(deps: &Deps, note: &Note) -> Result<Option<Quoted>, NoteError> {
    let Some(sid) = &note.message().replied_to else { return Ok(None) };
    let owner = deps.sent.owner(sid).await?;
    let found = root(deps, owner.as_ref().unwrap_or(sid)).await?;
    let own = found.filter(|found| is_of_same_person(found, note));
    Ok(own.map(|found| Quoted { note: found.message().id.clone(), is_answer: owner.is_some() }))
}

fn is_of_same_person(one: &Note, other: &Note) -> bool {
    one.sender().company_id == other.sender().company_id
        && one.message().from.identity() == other.message().from.identity()
}

fn of_quoting(message: &InboundMessage, quoted: &Quoted) -> Purpose {
    let target = quoted.note.clone();
    if let Some(choice) = Choice::of_message(message) {
        return Purpose::Choice { choice, of: target };
    }
    let says_something = is_spoken(message) || (message.media.is_empty() && message.location.is_none());
    if says_something && (quoted.is_answer || message.media.is_empty()) {
        Purpose::Correction { of: target }
    } else {
        Purpose::Addition { to: target }
    }
}

async fn of_following(deps: &Deps, note: &Note) -> Result<(Purpose, Option<MessageId>), NoteError> {
    let message = note.message();
    let conversation = deps.conversations.with(message.from.identity()).await?;
    let expected = conversation.expected.filter(|expected| message.received_at <= expected.until);
    if let Some(expected) = expected.filter(|_| Choice::of_message(message).is_none()) {
        let says_something = is_spoken(message) || (message.media.is_empty() && message.location.is_none());
        let target = expected.of;
        return Ok(if says_something {
            (Purpose::Correction { of: target }, None)
        } else {
            (Purpose::Addition { to: target }, None)
        });
    }
    let Some(last) = conversation.last.filter(|last| last.received_at <= message.received_at) else {
        return Ok((Purpose::Note, None));
    };
    let Some(target) = root(deps, &last.note).await?.filter(|found| can_be_followed(found, note)) else {
        return Ok((Purpose::Note, None));
    };
    Ok(after(message, &last, &target))
}

/// A note that came to nothing has no record that anything could belong to.
fn can_be_followed(found: &Note, note: &Note) -> bool {
    let has_ended = matches!(found.stage(), Stage::Unheard | Stage::Failed)
        || (found.stage() == Stage::Done && found.understood().is_none());
    !has_ended && is_of_same_person(found, note)
}

/// What a message is that comes after a note without quoting it.
fn after(message: &InboundMessage, last: &LastNote, target: &Note) -> (Purpose, Option<MessageId>) {
    let id = target.message().id.clone();
    let is_soon = is_within(last.received_at, message.received_at, JOINS_WITHIN);
    let may_correct =
        is_within(target.told_at.unwrap_or(last.received_at), message.received_at, CORRECTS_WITHIN);
    if let Some(choice) = Choice::of_message(message)
        && (message.button.is_some() || (may_correct && may_have_been_told(target)))
    {
        return (Purpose::Choice { choice, of: id }, None);
    }
    if is_spoken(message) {
        // What is said in it may still show that it corrects.
        let follows = may_correct.then(|| id.clone());
        let joins = is_soon && (last.spoken || last.wordless);
        return (if joins { Purpose::Addition { to: id } } else { Purpose::Note }, follows);
    }
    if !message.media.is_empty() || message.location.is_some() {
        return (if is_soon { Purpose::Addition { to: id } } else { Purpose::Note }, None);
    }
    let text = message.text.expose();
    if may_correct && begins_a_correction(text, &known_words(target)) {
        return (Purpose::Correction { of: id }, None);
    }
    (Purpose::Note, None)
}

/// An answer is on the phone before it is stored that it was sent, and when.
const fn may_have_been_told(target: &Note) -> bool {
    let is_sent = matches!(target.answer, Answer::Pending(Claim::Begun { .. }) | Answer::Sent { .. });
    target.told_at.is_some() || is_sent
}

/// What came before the other is within any time of it.
fn is_within(since: Timestamp, at: Timestamp, limit: SignedDuration) -> bool {
    at.duration_since(since) <= limit
}

fn is_spoken(message: &InboundMessage) -> bool {
    message.media.iter().any(declares_audio)
}
