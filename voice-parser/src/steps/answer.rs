//! filed or unheard → answered: the one final answer. Its sending is claimed before it is begun; when the
//! outcome is unknown it is looked up, and sent again only when it is certain that it was not sent.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        aside::Aside,
        choice::Choices,
        ids::MessageId,
        note::{Answer, Claim, FailureReason, Note},
        object_key::ObjectKey,
        private::Private,
        reply,
    },
    ports::{
        messenger::{OutboundMessage, SendError, SentMessage, UNCERTAIN},
        metrics::Measurement,
        objects::Presign,
    },
    repositories::notes::StoredNote,
};
use tracing::{info, warn};

use crate::{deps::Deps, notice::Turn, process::StepError};

/// How long after a send was begun its traces at the provider are complete, and how old a found message must
/// be before it can be counted for another note than the one that sent it: a living sender, which waits at most
/// 10 s for the provider's answer, has noted its own by then.
const SETTLED: SignedDuration = SignedDuration::from_secs(15);
/// The same for an answer with a file, which the provider may fetch before it answers: a living sender waits 60 s for it,
/// and 10 s more for words that follow it.
const SETTLED_FILE: SignedDuration = SignedDuration::from_secs(80);
/// The provider's clock is not ours. Messages of other notes in this time are told apart by `Sent`.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(300);
/// How long the provider has to fetch a file: the longest that an address works.
const FETCHED_WITHIN: Duration = Duration::from_secs(300);

/// Brings the answer to where it is sent, or can never be.
pub(crate) async fn settle(deps: &Deps, stored: &mut StoredNote, turn: &Turn) -> Result<Answer, StepError> {
    if stored.note.tells_nobody() {
        return mark(deps, stored, Answer::Withheld).await.map(|()| Answer::Withheld);
    }
    loop {
        match stored.note.answer.clone() {
            settled @ (Answer::Sent { .. } | Answer::Refused { .. } | Answer::Withheld) => {
                return Ok(settled);
            }
            Answer::Pending(Claim::Open) if is_untimely(deps, &stored.note).await? => {
                mark(deps, stored, Answer::Withheld).await?;
            }
            Answer::Pending(claim @ (Claim::Open | Claim::Doubtful)) => {
                send(deps, stored, turn, claim).await?;
            }
            Answer::Pending(Claim::Begun { at, body, choices, again }) => {
                let sent = message(&stored.note, body, choices);
                look_up(deps, stored, turn, Begun { at, again }, &sent).await?;
            }
        }
    }
}

/// The same for a note that was given up.
pub(crate) async fn settle_failed(
    deps: &Deps,
    stored: &mut StoredNote,
    turn: &Turn,
) -> Result<(), StepError> {
    settle(deps, stored, turn).await.map(drop)
}

/// That the office wrote last is known when the next message of the person comes. What never went was never said.
pub(crate) async fn remember(deps: &Deps, note: &Note) -> Result<(), StepError> {
    let by_office = note.purpose().letter().is_some_and(|letter| !letter.is_of(note.sender()));
    if by_office && matches!(note.answer, Answer::Sent { .. }) {
        deps.conversations.written(note.message().from.identity(), deps.clock.now()).await?;
    }
    Ok(())
}

/// Somebody at the office answers this person himself just now. What the office itself has to say is sent all the same.
pub(crate) async fn is_taken_over(deps: &Deps, note: &Note) -> Result<bool, StepError> {
    if note.purpose().is_ordered() || note.purpose().aside().is_some_and(Aside::is_for_hark_alone) {
        return Ok(false);
    }
    let conversation = deps.conversations.with(note.message().from.identity()).await?;
    Ok(conversation.taken_over_at(deps.clock.now()).is_some())
}

/// Somebody at the office answers instead, or who had said STOP came back before that was confirmed.
async fn is_untimely(deps: &Deps, note: &Note) -> Result<bool, StepError> {
    if note.purpose().aside() == Some(Aside::Stopped) {
        return Ok(!deps.contacts.is_stopped(note.message().from.identity()).await?);
    }
    is_taken_over(deps, note).await
}

fn message(note: &Note, body: Private<String>, choices: Option<Choices>) -> OutboundMessage {
    OutboundMessage {
        to: note.message().from.clone(),
        from: note.message().to.clone(),
        body,
        choices,
        about: Some(note.message().id.clone()),
        media: None,
        template: note.purpose().letter().is_some_and(|letter| letter.template),
    }
}

/// A sending whose outcome is not known.
struct Begun {
    at: Timestamp,
    again: bool,
}

async fn send(deps: &Deps, stored: &mut StoredNote, turn: &Turn, claim: Claim) -> Result<(), StepError> {
    let _turn = turn.answer().await;
    let at = deps.clock.now();
    let (body, choices) = (Private::new(reply::outcome(&stored.note)), reply::choices(&stored.note));
    // Before the sending is claimed: what fails here was certainly not sent.
    let media = media(deps, &stored.note).await?;
    stored.note.said = Some(body.clone());
    let begun =
        Claim::Begun { at, body: body.clone(), choices: choices.clone(), again: claim == Claim::Doubtful };
    mark(deps, stored, Answer::Pending(begun)).await?;
    let message = OutboundMessage { media, ..message(&stored.note, body, choices) };
    match deps.messenger.send(&message).await {
        Ok(sent) => sent_as(deps, stored, sent.id).await,
        Err(SendError::Refused { code }) => {
            let id = &stored.note.message().id;
            warn!(counter = "answer_refused", message.id = %id, code, "The provider will not deliver the answer to note `{id}`");
            mark(deps, stored, Answer::Refused { code }).await
        }
        Err(SendError::NotTaken { after }) => {
            mark(deps, stored, Answer::Pending(claim)).await?;
            Err(StepError::Again { after, reason: FailureReason::MessengerUnavailable })
        }
        Err(SendError::Unknown) => Err(not_yet(settled(&stored.note))),
    }
}

/// From where the provider fetches what the office sends along.
async fn media(deps: &Deps, note: &Note) -> Result<Option<Private<String>>, StepError> {
    let Some(file) = note.purpose().letter().and_then(|letter| letter.file) else { return Ok(None) };
    let key = ObjectKey::inbox(&note.scope(), &note.message().id, 0, file.kind);
    let what = Presign {
        expires_in: FETCHED_WITHIN,
        file_name: format!("file.{}", file.kind.extension()),
        content_type: file.kind.content_type(),
    };
    Ok(Some(Private::new(deps.objects.presign(&key, &what).await?)))
}

async fn look_up(
    deps: &Deps,
    stored: &mut StoredNote,
    turn: &Turn,
    begun: Begun,
    sent: &OutboundMessage,
) -> Result<(), StepError> {
    let _turn = turn.answer().await;
    if let Some(sent) = reported(deps, &stored.note).await? {
        return mark(deps, stored, Answer::Sent { id: sent }).await;
    }
    let now = deps.clock.now();
    let age = now.duration_since(begun.at);
    let settled = settled(&stored.note);
    if age < settled {
        return Err(not_yet(settled - age));
    }
    if !deps.messenger.can_look_up(sent.to.channel()) {
        // Who said STOP is rather told nothing than told twice.
        let once = begun.again || stored.note.purpose().aside() == Some(Aside::Stopped);
        return in_doubt(deps, stored, once).await;
    }
    let since = begun.at.checked_sub(CLOCK_SLACK).unwrap_or(begun.at);
    let found = deps.messenger.find_sent(sent, since).await.map_err(|_| StepError::Again {
        after: Duration::from_secs(10),
        reason: FailureReason::MessengerUnavailable,
    })?;
    let id = stored.note.message().id.clone();
    match mine(deps, &id, found, now).await? {
        Some(sent) => {
            info!(counter = "answer_found", message.id = %id, "The answer to note `{id}` had been sent");
            mark(deps, stored, Answer::Sent { id: sent }).await
        }
        None => {
            info!(counter = "answer_sent_again", message.id = %id, "The answer to note `{id}` had not been sent");
            mark(deps, stored, Answer::Pending(Claim::Open)).await?;
            deps.metrics.record(&Measurement::AnswerSentAgain);
            Ok(())
        }
    }
}

/// Where nothing can be found out, rather twice than not at all, and never more often.
async fn in_doubt(deps: &Deps, stored: &mut StoredNote, enough: bool) -> Result<(), StepError> {
    let id = stored.note.message().id.clone();
    if enough {
        warn!(counter = "answer_uncertain", message.id = %id, "Whether the answer to note `{id}` arrived is not known; it is not sent any more");
        return mark(deps, stored, Answer::Refused { code: UNCERTAIN }).await;
    }
    info!(counter = "answer_sent_again", message.id = %id, "Whether the answer to note `{id}` arrived is not known; it is sent a second time");
    mark(deps, stored, Answer::Pending(Claim::Doubtful)).await?;
    deps.metrics.record(&Measurement::AnswerSentAgain);
    Ok(())
}

/// How long after its begin the outcome of a sending stays as it is.
fn settled(note: &Note) -> SignedDuration {
    let has_file = note.purpose().letter().is_some_and(|letter| letter.file.is_some());
    if has_file { SETTLED_FILE } else { SETTLED }
}

/// The message that the provider reported about for this note: it was sent, whatever the log says yet. That of an
/// earlier apology is another.
async fn reported(deps: &Deps, note: &Note) -> Result<Option<MessageId>, StepError> {
    let counted = deps.sent.of_note(&note.message().id).await?;
    Ok(counted.into_iter().find(|sent| Some(sent) != note.apology_sent()))
}

/// The found message that this note has counted as its own before it was stopped, else the first that no note has.
async fn mine(
    deps: &Deps,
    note: &MessageId,
    found: Vec<SentMessage>,
    now: Timestamp,
) -> Result<Option<MessageId>, StepError> {
    let mut free = Vec::new();
    for sent in found {
        match deps.sent.owner(&sent.id).await? {
            Some(owner) if owner == *note => return Ok(Some(sent.id)),
            Some(_) => {}
            None => free.push(sent),
        }
    }
    for sent in free {
        let age = now.duration_since(sent.created_at);
        if age < SETTLED {
            return Err(not_yet(SETTLED - age));
        }
        if deps.sent.belongs_to(&sent.id, note).await? {
            return Ok(Some(sent.id));
        }
    }
    Ok(None)
}

async fn sent_as(deps: &Deps, stored: &mut StoredNote, id: MessageId) -> Result<(), StepError> {
    let note = stored.note.message().id.clone();
    if !deps.sent.belongs_to(&id, &note).await? {
        warn!(counter = "answer_counted_twice", message.id = %note, "The answer to note `{note}` was counted for another note");
    }
    mark(deps, stored, Answer::Sent { id }).await
}

async fn mark(deps: &Deps, stored: &mut StoredNote, answer: Answer) -> Result<(), StepError> {
    stored.note.answer = answer;
    Ok(deps.notes.save(stored).await?)
}

fn not_yet(after: SignedDuration) -> StepError {
    let after = Duration::try_from(after).unwrap_or_default();
    StepError::NotYet { after: after.max(Duration::from_millis(200)) }
}
