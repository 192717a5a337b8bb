//! `/_sim`: playing a caller, step by step.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use http::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    call::{Call, Ending, Exchange, Placed},
    check::is_key,
    document::parse,
    ending,
    listen::{Spoken, press, say, silence},
    perform::{Line, Listening, go_on},
    record::{Left, leave},
    verbs::{Method, Prompt, Verb, verbs},
    webhook::{Request, send, told_at},
};
use crate::{
    phone::{Nonsense, content_type, header_text},
    random,
    world::{SharedWorld, bare, locked},
};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    to: Option<String>,
    stir_verstat: Option<String>,
    forwarded_from: Option<String>,
    call_sid: Option<String>,
    max_steps: Option<usize>,
    pause_factor: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speech {
    speech: String,
    confidence: Option<f64>,
    barge_in_after: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    digits: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    request: Option<usize>,
    callback: Option<usize>,
}

/// What the caller does next.
enum Act {
    Call,
    Say(Spoken),
    Press(String),
    Silence,
    Leave(Left),
}

/// Places a call.
pub(super) async fn place(
    State(world): State<SharedWorld>,
    Path(identity): Path<String>,
    body: String,
) -> Result<Json<Value>, Nonsense> {
    let wanted: Wanted = if body.trim().is_empty() { Wanted::default() } else { read(&body)? };
    let from = bare(&identity).to_owned();
    if from.is_empty() {
        return Err(Nonsense("a caller is +4915112345678 or anonymous".to_owned()));
    }
    let pause_factor = wanted.pause_factor.unwrap_or(1.0);
    if !(0.0..=10.0).contains(&pause_factor) {
        return Err(Nonsense("pause_factor is a number from 0 to 10".to_owned()));
    }
    let placed = Placed {
        from,
        to: wanted.to.unwrap_or_else(|| world.config.voice_number.clone()),
        stir_verstat: wanted.stir_verstat.and_then(|verstat| verstat_of(&verstat)),
        forwarded_from: wanted.forwarded_from,
        pause_factor,
        max_steps: wanted.max_steps.unwrap_or(60),
    };
    let call = Arc::new(Call::new(wanted.call_sid.unwrap_or_else(|| random::sid("CA")), placed));
    if !world.voice.add(&call) {
        return Err(Nonsense(format!("there is a call {} already: replay its webhooks", call.sid)));
    }
    step(world, call, Act::Call).await
}

/// Twilio's words for a level of attestation; `none` is no field at all.
fn verstat_of(asked: &str) -> Option<String> {
    match asked {
        "none" | "" => None,
        "A" | "B" | "C" => Some(format!("TN-Validation-Passed-{asked}")),
        whole => Some(whole.to_owned()),
    }
}

/// The caller says something.
pub(super) async fn speak(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
    body: String,
) -> Result<Json<Value>, Nonsense> {
    let speech: Speech = read(&body)?;
    let confidence = speech.confidence.unwrap_or(0.9);
    if !(0.0..=1.0).contains(&confidence) {
        return Err(Nonsense("confidence is a number from 0 to 1".to_owned()));
    }
    let spoken = Spoken { words: speech.speech, confidence, after: speech.barge_in_after };
    step_of(world, &sid, Act::Say(spoken)).await
}

/// The caller presses keys.
pub(super) async fn keys(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
    body: String,
) -> Result<Json<Value>, Nonsense> {
    let keys: Keys = read(&body)?;
    if keys.digits.is_empty() || !keys.digits.chars().all(is_key) {
        return Err(Nonsense("keys are 0 to 9, * and #".to_owned()));
    }
    step_of(world, &sid, Act::Press(keys.digits)).await
}

/// The caller says nothing.
pub(super) async fn wait(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
) -> Result<Json<Value>, Nonsense> {
    step_of(world, &sid, Act::Silence).await
}

/// The caller leaves a recording.
pub(super) async fn recording(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Nonsense> {
    let left = Left {
        content_type: content_type(&headers),
        transcript: header_text(&headers, "x-sim-transcript"),
        bytes,
        finish: header_text(&headers, "x-sim-finish").unwrap_or_else(|| "#".to_owned()),
    };
    step_of(world, &sid, Act::Leave(left)).await
}

/// The caller hangs up, also while a step is going on.
pub(super) async fn hang_up(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
) -> Result<Json<Value>, Nonsense> {
    let call = find(&world, &sid)?;
    let marks = Marks::of(&call);
    if let Ok(mut line) = call.line.try_lock() {
        ending::end(&world, &call, &mut line, Ending::Caller).await;
    } else {
        ending::cut(&world, &call, Ending::Caller);
    }
    Ok(Json(told(&call, None, &marks)))
}

/// The whole protocol.
pub(super) async fn protocol(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
) -> Result<Json<Value>, Nonsense> {
    Ok(Json(find(&world, &sid)?.protocol()))
}

/// Sends a webhook of the call again, byte for byte. The call does not move.
pub(super) async fn replay(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
    body: String,
) -> Result<Json<Value>, Nonsense> {
    let call = find(&world, &sid)?;
    let again: Again = read(&body)?;
    let sent = {
        let journal = locked(&call.journal);
        let numbered =
            |list: &[Exchange], number: usize| number.checked_sub(1).and_then(|at| list.get(at).cloned());
        match (again.request, again.callback) {
            (Some(number), None) => numbered(&journal.requests, number),
            (None, Some(number)) => numbered(&journal.callbacks, number),
            _ => return Err(Nonsense("name a request or a callback by its number, from 1".to_owned())),
        }
    };
    let mut sent = sent.ok_or_else(|| Nonsense("the call has no webhook of this number".to_owned()))?;
    (sent.status, sent.twiml) = (None, String::new());
    let sent = send(&world, sent).await;
    Ok(Json(json!({
        "status": sent.status,
        "twiml": sent.twiml,
        "says": says(&sent.twiml),
        "took_ms": sent.took_ms,
        "error": sent.error,
        "simulated": true,
    })))
}

/// What a document says, from its first verb to its last.
fn says(twiml: &str) -> Vec<String> {
    let all = parse(twiml).map(|root| verbs(&root)).unwrap_or_default();
    let prompts = all.into_iter().flat_map(|verb| match verb {
        Verb::Prompt(prompt) => vec![prompt],
        Verb::Gather(gather) => gather.prompts,
        _ => Vec::new(),
    });
    prompts
        .filter_map(|prompt| match prompt {
            Prompt::Say { text, .. } => Some(text),
            _ => None,
        })
        .collect()
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Nonsense> {
    serde_json::from_str(body).map_err(|error| Nonsense(error.to_string()))
}

fn find(world: &SharedWorld, sid: &str) -> Result<Arc<Call>, Nonsense> {
    world.voice.get(sid).ok_or_else(|| Nonsense(format!("there is no call {sid}")))
}

async fn step_of(world: SharedWorld, sid: &str, act: Act) -> Result<Json<Value>, Nonsense> {
    let call = find(&world, sid)?;
    step(world, call, act).await
}

/// One step. It is taken to its end even if who asked for it goes away.
async fn step(world: SharedWorld, call: Arc<Call>, act: Act) -> Result<Json<Value>, Nonsense> {
    let taken = tokio::spawn(async move {
        let mut line = call.line.lock().await;
        let marks = Marks::of(&call);
        if !call.has_ended() {
            play(&world, &call, &mut line, act).await?;
        }
        Ok(Json(told(&call, Some(&line), &marks)))
    });
    taken.await.unwrap_or_else(|_| Err(Nonsense("the step broke off".to_owned())))
}

async fn play(world: &SharedWorld, call: &Arc<Call>, line: &mut Line, act: Act) -> Result<(), Nonsense> {
    match act {
        Act::Call => {
            let url = told_at(world, "/twilio/voice/incoming")
                .ok_or_else(|| Nonsense("no webhook is set yet".to_owned()))?;
            let request = Request { why: "incoming", url, method: Method::Post, fields: Vec::new() };
            go_on(world, call, line, Some(request)).await;
            Ok(())
        }
        Act::Say(spoken) => say(world, call, line, spoken).await,
        Act::Press(keys) => press(world, call, line, &keys).await,
        Act::Silence => silence(world, call, line).await,
        Act::Leave(left) => leave(world, call, line, left).await,
    }
}

/// How far the journal was before a step.
struct Marks {
    heard: usize,
    requests: usize,
    warnings: usize,
}

impl Marks {
    fn of(call: &Call) -> Self {
        let journal = locked(&call.journal);
        Self {
            heard: journal.heard.len(),
            requests: journal.requests.len(),
            warnings: journal.warnings.len(),
        }
    }
}

/// What a step brought.
fn told(call: &Call, line: Option<&Line>, marks: &Marks) -> Value {
    let journal = locked(&call.journal);
    let requests: Vec<Value> = journal
        .requests
        .iter()
        .enumerate()
        .skip(marks.requests)
        .map(|(at, sent)| {
            json!({ "number": at + 1, "url": sent.url, "status": sent.status, "took_ms": sent.took_ms, "error": sent.error })
        })
        .collect();
    let has_ended = journal.ended_by.is_some();
    let listens = line.and_then(|line| line.listens.as_ref()).filter(|_| !has_ended);
    json!({
        "call_sid": call.sid,
        "status": if has_ended { "completed" } else { "in-progress" },
        "heard": journal.heard.get(marks.heard..).unwrap_or_default(),
        "listens": listens.map(listening),
        "requests": requests,
        "warnings": journal.warnings.get(marks.warnings..).unwrap_or_default(),
        "seconds": journal.seconds,
        "ended_by": journal.ended_by,
        "error": journal.error,
        "simulated": true,
    })
}

fn listening(listens: &Listening) -> Value {
    match listens {
        Listening::Gather(gather, _) => {
            let input = [(gather.speech, "speech"), (gather.dtmf, "dtmf")];
            json!({
                "kind": "gather",
                "input": input.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect::<Vec<_>>(),
                "num_digits": gather.num_digits,
                "finish_on_key": gather.finish_on_key,
                "timeout": gather.timeout,
                "language": gather.language,
                "hints": gather.hints,
                "barge_in": gather.barge_in,
                "action_on_empty_result": gather.on_empty,
            })
        }
        Listening::Record(record) => json!({
            "kind": "record",
            "input": ["sound"],
            "finish_on_key": record.finish_on_key,
            "timeout": record.timeout,
            "max_length": record.max_length,
            "beep": record.beep,
        }),
    }
}
