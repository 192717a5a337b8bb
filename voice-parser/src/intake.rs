//! What a message is to be, decided before anything is done with it: what it quotes comes first, then what was tapped or
//! asked for, then how soon it follows the sender's last note.

use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        aside::Aside,
        choice::Choice,
        customer::Customer,
        identity::Channel,
        ids::MessageId,
        message::InboundMessage,
        note::{Answer, Claim, Note, Stage, Understood},
        opt_out::OptOut,
        private::Private,
        purpose::{CORRECTS_WITHIN, JOINS_WITHIN, Purpose, begins_a_correction},
    },
    ports::metrics::Measurement,
    repositories::{
        contacts::Standing,
        conversations::{Conversation, Expected, LastNote},
        notes::NoteError,
    },
};

use tracing::info;

use crate::{deps::Deps, steps::declares_audio};

/// Changes of changes lead to one note; more steps than this are a fault.
const MOST_STEPS: usize = 4;
/// How often a message is looked at anew because others of its sender are taken in at the same time.
const MOST_LOOKS: usize = 12;
/// What is sent together may come in the other order, this far apart.
const TOGETHER: SignedDuration = SignedDuration::from_secs(3);

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
    if message.edited {
        let purpose = of_edit(deps, message).await?;
        return Ok(note.about(purpose, None));
    }
    if let Some(quoted) = quoted(deps, &note).await? {
        return Ok(note.about(of_quoting(message, &quoted), None));
    }
    // Photos of an album come at the same moment: the first that is seen begins the note, and the others see it.
    let person = message.from.identity();
    for _ in 1..MOST_LOOKS {
        let seen = deps.conversations.look(person).await?;
        let (purpose, follows) = of_following(deps, &note, &seen.0).await?;
        if purpose != Purpose::Note || deps.conversations.begins_note(person, &last_of(message), seen).await?
        {
            return Ok(note.about(purpose, follows));
        }
    }
    let (purpose, follows) = of_following(deps, &note, &deps.conversations.with(person).await?).await?;
    Ok(note.about(purpose, follows))
}

/// What needs no reading: whether its sender wants to hear from Hark, what else is said to Hark itself, and copies that
/// go round in a loop.
async fn without_words(deps: &Deps, message: &InboundMessage) -> Result<Option<Purpose>, NoteError> {
    let person = message.from.identity();
    if let Some(said) = OptOut::of_message(message) {
        let standing = deps.contacts.note(person, said, message.received_at, &message.id).await?;
        match said {
            OptOut::Stop => {
                deps.metrics.record(&Measurement::OptedOut);
                return Ok(Some(of_stop(message, standing)));
            }
            OptOut::Start if standing.stopped_before => return Ok(Some(Purpose::Start)),
            // Of somebody who was not stopped it is a word like any other.
            OptOut::Start => {}
        }
    }
    let aside = Aside::of_message(message);
    // No program speaks to a bot of Telegram, so nothing goes round there.
    if aside.is_some() && message.from.channel() == Channel::Telegram {
        return Ok(aside.map(Purpose::Aside));
    }
    // Who quotes says it of something else each time.
    let is_words_alone = message.is_words_alone() && message.replied_to.is_none();
    if is_words_alone
        && Choice::of_message(message).is_none()
        && deps.budgets.is_loop(person, &message.id, message.text.expose(), message.received_at).await?
    {
        info!(counter = "loop_silenced", message.id = %message.id, "A message goes round in a loop; it is kept and not answered");
        deps.metrics.record(&Measurement::LoopSilenced);
        return Ok(Some(Purpose::Silent));
    }
    Ok(aside.map(Purpose::Aside))
}

/// Twilio confirms a STOP by itself; on Telegram nobody else does. Who had stopped before has read it, and of one that is
/// not the last word any more it would be untrue.
fn of_stop(message: &InboundMessage, standing: Standing) -> Purpose {
    if standing.stopped_by_it && message.from.channel() == Channel::Telegram {
        Purpose::Aside(Aside::Stopped)
    } else {
        Purpose::Silent
    }
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
    Ok(deps.conversations.sent_note(message.from.identity(), &last_of(message)).await?)
}

fn last_of(message: &InboundMessage) -> LastNote {
    let spoken = is_spoken(message);
    let wordless = !spoken && message.text.expose().trim().is_empty();
    LastNote { note: message.id.clone(), received_at: message.received_at, spoken, wordless }
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

/// Whether both are of one person in one company.
pub(crate) fn is_of_same_person(one: &Note, other: &Note) -> bool {
    one.sender().company_id == other.sender().company_id
        && one.message().from.identity() == other.message().from.identity()
}

/// Other words for a message change no record: they do not say what of it they replace. Who changed them is told, and what to
/// do instead. Providers also tell of edits that change no word.
async fn of_edit(deps: &Deps, message: &InboundMessage) -> Result<Purpose, NoteError> {
    let Some(first) = &message.replied_to else { return Ok(Purpose::Silent) };
    let said = |text: &Private<String>| text.expose().trim().to_owned();
    let first = deps.notes.find(first).await?;
    let is_as_before = first.is_some_and(|first| said(&first.message().text) == said(&message.text));
    Ok(if is_as_before { Purpose::Silent } else { Purpose::Aside(Aside::Edited) })
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

/// What a message is that quotes nothing: what was asked for, then what it says of the record that its sender heard of
/// last, then what it adds to the last note.
async fn of_following(
    deps: &Deps,
    note: &Note,
    conversation: &Conversation,
) -> Result<(Purpose, Option<MessageId>), NoteError> {
    let message = note.message();
    // Who says "new note" on the phone means a new note.
    if message.from.channel() == Channel::Phone {
        return Ok((Purpose::Note, None));
    }
    if let Some(purpose) = of_expected(deps, note, conversation).await? {
        return Ok((purpose, None));
    }
    let mut follows = None;
    if let Some((id, since)) = last_heard_of(message, conversation)
        && let Some(target) = root(deps, id).await?.filter(|found| can_be_followed(found, note))
    {
        let speaks_with_office = speaks_with_office(message, &target, conversation);
        if let Some(purpose) = said_of(message, &target, since).filter(|_| !speaks_with_office) {
            return Ok((purpose, None));
        }
        // What is said in a recording may still show that it corrects.
        if is_spoken(message) && may_correct(message, &target, since) {
            follows = Some(target.message().id.clone());
        }
    }
    let joined = joined(deps, note, conversation).await?;
    Ok((joined.map_or(Purpose::Note, |to| Purpose::Addition { to }), follows))
}

/// The person tapped that something is to be changed; what comes next says what.
async fn of_expected(
    deps: &Deps,
    note: &Note,
    conversation: &Conversation,
) -> Result<Option<Purpose>, NoteError> {
    let message = note.message();
    let is_meant = |expected: &&Expected| {
        // What was sent before the tap and comes in later is no answer to it.
        let left = expected.until.duration_since(message.received_at);
        !left.is_negative() && left <= CORRECTS_WITHIN && Choice::of_message(message).is_none()
    };
    let Some(expected) = conversation.expected.as_ref().filter(is_meant) else { return Ok(None) };
    let found = root(deps, &expected.of).await?.filter(|found| can_be_followed(found, note));
    Ok(found.map(|found| {
        let target = found.message().id.clone();
        let says_something = is_spoken(message) || (message.media.is_empty() && message.location.is_none());
        if says_something { Purpose::Correction { of: target } } else { Purpose::Addition { to: target } }
    }))
}

/// A note that came to nothing has no record that anything could belong to.
fn can_be_followed(found: &Note, note: &Note) -> bool {
    let has_ended = matches!(found.stage(), Stage::Unheard | Stage::Failed)
        || (found.stage() == Stage::Done && found.understood().is_none());
    !has_ended && is_of_same_person(found, note)
}

/// The note that its sender sent or changed last, and when.
fn last_heard_of<'a>(
    message: &InboundMessage,
    conversation: &'a Conversation,
) -> Option<(&'a MessageId, Timestamp)> {
    let sent = conversation.last.as_ref().map(|last| (&last.note, last.received_at));
    let changed = conversation.changed.as_ref().map(|changed| (&changed.of, changed.at));
    let both = [sent, changed].into_iter().flatten();
    both.filter(|(id, at)| **id != message.id && *at <= message.received_at).max_by_key(|(_, at)| *at)
}

/// What typed words say of the record that was told of last, if they say anything of it.
fn said_of(message: &InboundMessage, target: &Note, since: Timestamp) -> Option<Purpose> {
    let id = target.message().id.clone();
    let may_correct = may_correct(message, target, since);
    if let Some(choice) = Choice::of_message(message)
        && (message.button.is_some() || (may_correct && may_have_been_told(target)))
    {
        return Some(Purpose::Choice { choice, of: id });
    }
    let is_typed = message.media.is_empty() && message.location.is_none();
    let corrects =
        is_typed && may_correct && begins_a_correction(message.text.expose(), &known_words(target));
    corrects.then_some(Purpose::Correction { of: id })
}

/// Whether words that name no record are rather said to somebody at the office, who answers this person himself or wrote
/// last. A tap on a button of ours is not.
fn speaks_with_office(message: &InboundMessage, target: &Note, conversation: &Conversation) -> bool {
    let is_taken_over = conversation.taken_over_at(message.received_at).is_some();
    let wrote_last = conversation
        .written_at
        .is_some_and(|at| at <= message.received_at && target.told_at.is_none_or(|told| told <= at));
    message.button.is_none() && (is_taken_over || wrote_last)
}

fn may_correct(message: &InboundMessage, target: &Note, since: Timestamp) -> bool {
    is_within(target.told_at.unwrap_or(since), message.received_at, CORRECTS_WITHIN)
}

/// The note that a recording, file or place is more of, because it comes with it or soon after. What its sender took back
/// is not added to, but said again.
async fn joined(
    deps: &Deps,
    note: &Note,
    conversation: &Conversation,
) -> Result<Option<MessageId>, NoteError> {
    let message = note.message();
    let is_followed = |last: &&LastNote| {
        let is_more = !is_spoken(message) || last.spoken || last.wordless;
        let after = message.received_at.duration_since(last.received_at);
        last.note != message.id && is_more && after >= -TOGETHER && after <= JOINS_WITHIN
    };
    let carries_something = !message.media.is_empty() || message.location.is_some();
    let last = conversation.last.as_ref().filter(|_| carries_something).filter(is_followed);
    let Some(last) = last else { return Ok(None) };
    Ok(match root(deps, &last.note).await? {
        // It is being taken in at this very moment. Should it never be, this one becomes a note when it is planned.
        None => Some(last.note.clone()),
        Some(found) if can_be_followed(&found, note) && !found.revised().withdrawn => {
            Some(found.message().id.clone())
        }
        Some(_) => None,
    })
}

/// An answer is on the phone before it is stored that it was sent, and when.
const fn may_have_been_told(target: &Note) -> bool {
    let is_sent =
        matches!(target.answer, Answer::Pending(Claim::Begun { .. } | Claim::Doubtful) | Answer::Sent { .. });
    target.told_at.is_some() || is_sent
}

/// What came before the other is within any time of it.
fn is_within(since: Timestamp, at: Timestamp, limit: SignedDuration) -> bool {
    at.duration_since(since) <= limit
}

fn is_spoken(message: &InboundMessage) -> bool {
    message.media.iter().any(declares_audio)
}
