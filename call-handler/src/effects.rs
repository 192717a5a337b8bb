//! What is done besides speaking. Each goes the way that all of its kind goes: what is asked and what is written are jobs,
//! and a recording is a message like any other. Done again it changes nothing, since each has an id of its own.

use adapter_twilio::voice::{CallRequest, Recording};
use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::{
        call::{Asked, Call, Overview, UnreadMessage},
        customer::Customer,
        identity::{Address, Identity},
        ids::MessageId,
        letter::{Letter, MAX_TEXT, Origin, window_ends},
        message::{InboundMessage, MediaRef},
        note::Note,
        private::Private,
        purpose::Purpose,
        tenant::TenantScope,
        text::{truncate_twilio, twilio_len},
    },
    jobs::{CallAskedV1, Job, NoteOrderedV1, NoteReceivedV1},
    repositories::threads::Entry,
    use_cases::office::Office,
};

use crate::{
    Deps,
    step::{Effect, LONGEST_CALL, Writable},
    talk::Trouble,
};

/// How many of a thread's entries are looked at for the last one of its person.
const LOOKED_AT: usize = 20;

/// Does it. What a call does not hold any more has no effect left.
pub(crate) async fn run(
    deps: &Deps,
    call: &Call,
    request: &CallRequest,
    overview: Option<&Overview>,
    effect: Effect,
) -> Result<(), Trouble> {
    let (Some(caller), Some(scope)) = (&call.caller, call.scope()) else { return Ok(()) };
    let now = deps.clock.now();
    let message = |at: usize| overview.and_then(|overview| overview.messages.get(at));
    match effect {
        Effect::Ask(asked, question) => ask(deps, call, caller, asked, question).await,
        Effect::Heard(at) => match message(at) {
            Some(message) => Ok(deps.unread.heard(&scope, &caller.customer_id, message, now).await?),
            None => Ok(()),
        },
        Effect::StaysUnread(at) => match message(at) {
            Some(message) => Ok(deps.unread.stays_unread(&scope, &caller.customer_id, message).await?),
            None => Ok(()),
        },
        Effect::Write { at, once, text } => {
            let message = message(at).ok_or_else(|| Trouble::outside("the message is not at hand"))?;
            write(deps, call, (caller, &scope), (message, once), text).await
        }
        Effect::Text(which) => {
            let messages: Vec<&UnreadMessage> = which.into_iter().filter_map(message).collect();
            texts_of(deps, call, caller, &messages).await
        }
        Effect::Note(recording) => note(deps, call, caller, request, recording).await,
        Effect::Waits(note) => Ok(deps.outcomes.expect(&note, alive_until(now)).await?),
        Effect::OutcomeHeard(note) => Ok(deps.outcomes.spoken(&note, now).await?),
        Effect::OutcomeLater(note) => outcome_later(deps, call, caller, &note).await,
    }
}

/// Until when a caller who asked just now is taken to be on the line: some polls.
fn alive_until(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(8)).unwrap_or(now)
}

async fn send(deps: &Deps, job: Job) -> Result<(), Trouble> {
    deps.queue.send(&job, std::time::Duration::ZERO).await.map_err(Trouble::outside)
}

async fn ask(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    asked: Asked,
    question: Private<String>,
) -> Result<(), Trouble> {
    let now = deps.clock.now();
    let after = |wait: SignedDuration| now.saturating_add(wait).unwrap_or(now);
    let job = CallAskedV1 {
        call: call.id.clone(),
        caller: caller.clone(),
        language: call.language,
        asked,
        question,
        said: call.exchanges.clone(),
        wanted_until: after(deps.config.talk.limits.model_within.saturating_mul(2)),
        until: after(deps.config.talk.forget_after.saturating_add(LONGEST_CALL)),
    };
    let sent = deps.asking.send(&Job::CallAsked(Box::new(job)), std::time::Duration::ZERO).await;
    sent.map_err(Trouble::outside)
}

/// Whether the sender of a message can be written to by the way that the message came: nobody who said STOP; and WhatsApp
/// delivers free words for a day after a person's last ones, and a template after that.
pub(crate) async fn writable(
    deps: &Deps,
    scope: &TenantScope,
    message: &UnreadMessage,
) -> Result<Writable, Trouble> {
    let Some(note) = deps.unread.find(scope, &message.id).await? else { return Ok(Writable::TooLate) };
    if deps.contacts.is_stopped(note.message().from.identity()).await? {
        return Ok(Writable::Stopped);
    }
    let now = deps.clock.now();
    let is_open = |at| window_ends(message.channel, at).is_none_or(|ends| ends > now);
    if is_open(message.at) || deps.config.talk.has_template {
        return Ok(Writable::Yes);
    }
    let last = last_written(deps, scope, &note).await?;
    Ok(if last.is_some_and(is_open) { Writable::Yes } else { Writable::TooLate })
}

/// Whether the caller can be sent a text: a number of his is known, one of ours is there, and he did not say STOP.
pub(crate) async fn can_text(deps: &Deps, call: &Call) -> Result<bool, Trouble> {
    let Some(number) = call.number().filter(|_| deps.config.texts_from().is_some()) else {
        return Ok(false);
    };
    Ok(!deps.contacts.is_stopped(&Identity::Phone(number.clone())).await?)
}

/// When the sender of a note last wrote on its channel.
async fn last_written(
    deps: &Deps,
    scope: &TenantScope,
    of: &Note,
) -> Result<Option<jiff::Timestamp>, Trouble> {
    let channel = of.message().from.channel();
    for entry in deps.threads.list(scope, &of.sender().customer_id, LOOKED_AT).await? {
        let Entry::Note(id) = entry else { continue };
        let note = deps.unread.find(scope, &id).await?;
        let is_own = |note: &Note| !note.purpose().is_ordered() && note.message().from.channel() == channel;
        if let Some(note) = note.filter(is_own) {
            return Ok(Some(note.message().received_at));
        }
    }
    Ok(None)
}

async fn write(
    deps: &Deps,
    call: &Call,
    (caller, scope): (&Customer, &TenantScope),
    (message, once): (&UnreadMessage, u32),
    text: Private<String>,
) -> Result<(), Trouble> {
    let note = deps.unread.find(scope, &message.id).await?;
    let (Some(note), Some(by)) = (note, Letter::author(caller)) else {
        return Err(Trouble::outside("who is to be answered is not known any more"));
    };
    let now = deps.clock.now();
    let last = last_written(deps, scope, &note).await?.unwrap_or(note.message().received_at);
    let template = window_ends(note.message().from.channel(), last).is_some_and(|ends| ends <= now);
    // Who gets it knows Hark's number only: the name says who writes.
    let text = format!("{}: {}", caller.called(), text.expose());
    let text = truncate_twilio(&text, MAX_TEXT).to_owned().into();
    let id = Office::letter_id(scope, &by, &format!("{}:{once}", call.id)).map_err(Trouble::outside)?;
    let origin = Some(Origin::of_call(caller));
    let letter = Letter { by, origin, text, file: None, template };
    // By the way that the message came, and back.
    let way = (note.message().from.clone(), note.message().to.clone());
    order(deps, id, way, note.sender().clone(), letter).await
}

/// Has a letter written to a person, as the office does: it is sent where answers are, once for its id.
async fn order(
    deps: &Deps,
    id: MessageId,
    (from, to): (Address, Address),
    sender: Customer,
    letter: Letter,
) -> Result<(), Trouble> {
    let message = InboundMessage {
        id,
        from,
        to,
        text: Private::default(),
        media: Vec::new(),
        location: None,
        replied_to: None,
        button: None,
        command: None,
        edited: false,
        language: None,
        received_at: deps.clock.now(),
    };
    let purpose = Purpose::Letter(Box::new(letter));
    send(deps, Job::NoteOrdered(Box::new(NoteOrderedV1 { message, sender, purpose }))).await
}

/// What was heard, in as many texts as it takes, each message whole if one text holds it.
async fn texts_of(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    messages: &[&UnreadMessage],
) -> Result<(), Trouble> {
    let mut texts: Vec<String> = Vec::new();
    for message in messages {
        let said = format!("{}: {}", message.from.expose(), message.words.expose());
        match texts.last_mut().filter(|text| twilio_len(text) + 2 + twilio_len(&said) <= MAX_TEXT) {
            Some(text) => *text = format!("{text}\n\n{said}"),
            None => texts.extend(pieces(&said)),
        }
    }
    for (n, text) in texts.into_iter().enumerate() {
        text_to_caller(deps, call, caller, &format!("{}:text:{}:{n}", call.id, call.turn), text).await?;
    }
    Ok(())
}

fn pieces(mut said: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    while !said.is_empty() {
        let piece = truncate_twilio(said, MAX_TEXT);
        // Not even one character fits: that cannot be.
        let Some(rest) = said.strip_prefix(piece).filter(|_| !piece.is_empty()) else { break };
        pieces.push(piece.to_owned());
        said = rest;
    }
    pieces
}

/// Sends the caller a text by SMS. Where no number is known nothing is sent; the caller was told so.
async fn text_to_caller(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    once: &str,
    text: String,
) -> Result<(), Trouble> {
    let (Some(to), Some(from), Some(by)) = (call.number(), deps.config.texts_from(), Letter::author(caller))
    else {
        return Ok(());
    };
    let Some(scope) = call.scope() else { return Ok(()) };
    let id = Office::letter_id(&scope, &by, once).map_err(Trouble::outside)?;
    let origin = Some(Origin::of_call(caller));
    let letter = Letter { by, origin, text: text.into(), file: None, template: false };
    order(deps, id, (Address::sms(to.clone()), from), caller.clone(), letter).await
}

/// A recording goes the way of a voice note.
async fn note(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    request: &CallRequest,
    recording: Recording,
) -> Result<(), Trouble> {
    let Some(number) = call.number() else { return Ok(()) };
    let now = deps.clock.now();
    deps.outcomes.expect(&recording.id, alive_until(now)).await?;
    let message = InboundMessage {
        id: recording.id,
        from: Address::phone(number.clone()),
        to: Address::phone(request.to.clone()),
        text: Private::default(),
        media: vec![MediaRef { url: recording.url, content_type: "audio/wav".to_owned() }],
        location: None,
        replied_to: None,
        button: None,
        command: None,
        edited: false,
        language: None,
        received_at: now,
    };
    let job = NoteReceivedV1 { message, sender: Some(caller.clone()) };
    send(deps, Job::NoteReceived(Box::new(job))).await
}

/// Nobody waits on the line any more: what is known already goes as text now, and what is not will.
async fn outcome_later(deps: &Deps, call: &Call, caller: &Customer, note: &MessageId) -> Result<(), Trouble> {
    match deps.outcomes.give_up(note, deps.clock.now()).await? {
        Some(text) => text_to_caller(deps, call, caller, note.as_str(), text.into_inner()).await,
        None => Ok(()),
    }
}
