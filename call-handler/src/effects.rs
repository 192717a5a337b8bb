//! What is done besides speaking. Each goes the way that all of its kind goes: what is asked and what is written are jobs,
//! and a recording is a message like any other. Done again it changes nothing, since each has an id of its own.

use adapter_twilio::voice::{CallRequest, Recording};
use shared::{
    domain::{
        call::{Asked, Call, Overview, UnreadMessage},
        customer::Customer,
        identity::Address,
        ids::MessageId,
        letter::{Letter, MAX_TEXT, window_ends},
        message::{InboundMessage, MediaRef},
        note::Note,
        private::Private,
        purpose::Purpose,
        tenant::TenantScope,
        text::{truncate_twilio, twilio_len},
        user::UserName,
    },
    jobs::{CallAskedV1, Job, NoteOrderedV1, NoteReceivedV1},
    repositories::threads::Entry,
    use_cases::office::Office,
};

use crate::{
    Deps,
    step::Effect,
    talk::Trouble,
    texts::{fill, texts},
};

/// How many of a thread's entries are looked at for the last one of its person.
const LOOKED_AT: usize = 20;

/// Does it.
pub(crate) async fn run(
    deps: &Deps,
    call: &Call,
    turn: u32,
    request: &CallRequest,
    effect: Effect,
) -> Result<(), Trouble> {
    let Some(caller) = &call.caller else { return Ok(()) };
    let scope = TenantScope::of_customer(caller);
    match effect {
        Effect::Ask(asked, question) => ask(deps, call, caller, asked, question).await,
        Effect::Heard(at) => {
            let Some(message) = overview(deps, call).await?.messages.into_iter().nth(at) else {
                return Ok(());
            };
            Ok(deps.unread.heard(&scope, &caller.customer_id, &message, deps.clock.now()).await?)
        }
        Effect::Write(at, text) => write(deps, call, caller, (at, turn), text).await,
        Effect::Text(at) => text(deps, call, caller, turn, &at).await,
        Effect::Note(recording) => note(deps, call, caller, request, recording).await,
        Effect::OutcomeHeard(note) => Ok(deps.outcomes.spoken(&note, deps.clock.now()).await?),
        Effect::OutcomeLater(note) => outcome_later(deps, call, caller, &note).await,
    }
}

async fn overview(deps: &Deps, call: &Call) -> Result<Overview, Trouble> {
    Ok(deps.calls.overview(&call.id).await?.unwrap_or_default())
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
    let job = CallAskedV1 {
        call: call.id.clone(),
        caller: caller.clone(),
        language: call.language,
        asked,
        question,
        said: call.exchanges.clone(),
        until: now.saturating_add(deps.config.talk.forget_after).unwrap_or(now),
    };
    let sent = deps.asking.send(&Job::CallAsked(Box::new(job)), std::time::Duration::ZERO).await;
    sent.map_err(Trouble::outside)
}

/// Whether the sender of a message can be written to by the way that the message came: WhatsApp delivers free words for a
/// day after a person's last ones, and a template after that.
pub(crate) async fn is_writable(
    deps: &Deps,
    scope: &TenantScope,
    message: &UnreadMessage,
) -> Result<bool, Trouble> {
    let now = deps.clock.now();
    let is_open = |at| window_ends(message.channel, at).is_none_or(|ends| ends > now);
    if is_open(message.at) || deps.config.talk.has_template {
        return Ok(true);
    }
    let Some(note) = deps.unread.find(scope, &message.id).await? else { return Ok(false) };
    let last = last_written(deps, scope, &note).await?;
    Ok(last.is_some_and(is_open))
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

/// In whose name somebody writes from the phone.
fn author(caller: &Customer) -> Option<UserName> {
    let company = &caller.company_id;
    UserName::parse(&format!("{}@{company}", caller.customer_id))
        .or_else(|| UserName::parse(&format!("phone@{company}")))
}

async fn write(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    (at, turn): (usize, u32),
    text: Private<String>,
) -> Result<(), Trouble> {
    let scope = TenantScope::of_customer(caller);
    let overview = overview(deps, call).await?;
    let note = match overview.messages.get(at) {
        Some(message) => deps.unread.find(&scope, &message.id).await?,
        None => None,
    };
    let (Some(note), Some(by)) = (note, author(caller)) else { return Ok(()) };
    let now = deps.clock.now();
    let last = last_written(deps, &scope, &note).await?.unwrap_or(note.message().received_at);
    let template = window_ends(note.message().from.channel(), last).is_some_and(|ends| ends <= now);
    // Who gets it knows Hark's number only: the name says who writes.
    let text = fill(texts(note.language()).said_of, &[("name", caller.called()), ("text", text.expose())]);
    let text = truncate_twilio(&text, MAX_TEXT).to_owned().into();
    let id = Office::letter_id(&scope, &by, &format!("{}:{turn}", call.id)).map_err(Trouble::outside)?;
    let letter = Letter { by, text, file: None, template };
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
        received_at: deps.clock.now(),
    };
    let purpose = Purpose::Letter(Box::new(letter));
    send(deps, Job::NoteOrdered(Box::new(NoteOrderedV1 { message, sender, purpose }))).await
}

/// What was heard, in one text; as much of it as fits.
async fn text(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    turn: u32,
    which: &[usize],
) -> Result<(), Trouble> {
    let overview = overview(deps, call).await?;
    let mut text = String::new();
    for message in which.iter().filter_map(|at| overview.messages.get(*at)) {
        let said = format!("{}: {}", message.from.expose(), message.words.expose());
        let room = MAX_TEXT.saturating_sub(twilio_len(&text) + 2);
        if room < 40 {
            break;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(truncate_twilio(&said, room));
    }
    text_to_caller(deps, call, caller, &format!("{}:{turn}", call.id), text).await
}

/// Sends the caller a text by SMS. Where no number is known nothing is sent; the caller was told so.
async fn text_to_caller(
    deps: &Deps,
    call: &Call,
    caller: &Customer,
    once: &str,
    text: String,
) -> Result<(), Trouble> {
    let (Some(to), Some(from), Some(by)) = (call.number(), deps.config.texts_from(), author(caller)) else {
        return Ok(());
    };
    let scope = TenantScope::of_customer(caller);
    let id = Office::letter_id(&scope, &by, once).map_err(Trouble::outside)?;
    let letter = Letter { by, text: text.into(), file: None, template: false };
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
    let until = now.saturating_add(deps.config.talk.limits.outcome_within).unwrap_or(now);
    deps.outcomes.expect(&recording.id, until).await?;
    let message = InboundMessage {
        id: recording.id,
        from: Address::phone(number.clone()),
        to: Address::phone(request.to.clone()),
        text: Private::default(),
        media: vec![MediaRef { url: recording.url, content_type: "audio/wav".to_owned() }],
        location: None,
        replied_to: None,
        button: None,
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
