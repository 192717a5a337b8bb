//! A recording that the caller leaves: kept, told, and served as Twilio serves it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    call::{Call, Ending},
    ending::{self, tell},
    listen::{nobody_listens, silence},
    perform::{Line, Listening, fetch, go_on},
    verbs::Record,
    webhook::Request,
};
use crate::{
    audio, clock,
    phone::Nonsense,
    random,
    store::{MediaItem, MediaSource},
    twilio::errors::TwilioError,
    world::{SharedWorld, World, locked},
};

/// What the caller leaves after the beep.
pub(super) struct Left {
    pub(super) content_type: String,
    pub(super) transcript: Option<String>,
    pub(super) bytes: Bytes,
    /// A key, `hangup`, or `timeout`: nothing but silence.
    pub(super) finish: String,
}

/// The caller leaves a recording.
pub(super) async fn leave(
    world: &SharedWorld,
    call: &Arc<Call>,
    line: &mut Line,
    left: Left,
) -> Result<(), Nonsense> {
    let record = match &line.listens {
        Some(Listening::Record(record)) => record.clone(),
        Some(Listening::Gather(..)) => {
            return Err(Nonsense("it does not record now: say something, or press keys".to_owned()));
        }
        None => return Err(nobody_listens()),
    };
    if left.bytes.is_empty() {
        return silence(world, call, line).await;
    }
    let Some(url) = line.address(record.action.as_deref()) else {
        return Err(Nonsense("the action of <Record> is no address".to_owned()));
    };
    let seconds = length(call, &record, &left.bytes);
    let sid = keep(world, call, &left)?;
    locked(&call.journal).seconds += f64::from(seconds);
    let mut fields = vec![
        ("RecordingSid", sid.clone()),
        ("RecordingUrl", url_of(world, &sid)),
        ("RecordingDuration", seconds.to_string()),
    ];
    match left.finish.as_str() {
        "hangup" => fields.push(("Digits", "hangup".to_owned())),
        "timeout" => {}
        key if record.finish_on_key.contains(key) => fields.push(("Digits", key.to_owned())),
        key => call.warn(format!("{key} does not end this <Record>: silence does")),
    }
    let hung_up = left.finish == "hangup";
    if hung_up {
        fields.push(("CallStatus", "completed".to_owned()));
    }
    let request = Request { why: "record", url, method: record.method, fields };
    line.listens = None;
    if hung_up {
        // It is told of the recording, but there is nobody who could hear the answer.
        drop(fetch(world, call, request).await);
        told_of(world, call, line, &record, Some((&sid, seconds)));
        ending::end(world, call, line, Ending::Caller).await;
    } else {
        let callback = line.address(record.callback.as_deref());
        go_on(world, call, line, Some(request)).await;
        told_at(world, call, callback, &record, Some((&sid, seconds)));
    }
    Ok(())
}

/// Nothing was said: it is told only to who asked for that.
pub(super) fn absent(world: &SharedWorld, call: &Arc<Call>, line: &Line, record: &Record) {
    told_of(world, call, line, record, None);
}

fn told_of(world: &SharedWorld, call: &Arc<Call>, line: &Line, record: &Record, what: Option<(&str, u32)>) {
    told_at(world, call, line.address(record.callback.as_deref()), record, what);
}

/// The recording's own callback, beside everything else.
fn told_at(
    world: &SharedWorld,
    call: &Arc<Call>,
    url: Option<url::Url>,
    record: &Record,
    what: Option<(&str, u32)>,
) {
    let Some(url) = url.filter(|_| record.callback.is_some()) else { return };
    let wants = |event: &str| record.events.iter().any(|wanted| wanted == event);
    let told: Vec<&str> = match what {
        None => vec!["absent"],
        Some(_) => vec!["in-progress", "completed"],
    };
    let requests: Vec<Request> = told
        .into_iter()
        .filter(|event| wants(event))
        .map(|event| {
            let mut fields = vec![
                ("RecordingStatus", event.to_owned()),
                ("RecordingChannels", "1".to_owned()),
                ("RecordingSource", "RecordVerb".to_owned()),
                ("RecordingStartTime", clock::rfc2822(clock::now_ms())),
            ];
            if let Some((sid, seconds)) = what {
                fields.push(("RecordingSid", sid.to_owned()));
                fields.push(("RecordingUrl", url_of(world, sid)));
                if event == "completed" {
                    fields.push(("RecordingDuration", seconds.to_string()));
                }
            }
            Request { why: "recording", url: url.clone(), method: record.callback_method, fields }
        })
        .collect();
    let (world, call) = (Arc::clone(world), Arc::clone(call));
    tokio::spawn(async move {
        for request in requests {
            tell(&world, &call, request).await;
        }
    });
}

/// Whole seconds, as Twilio tells them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a file below 32 MiB")]
fn length(call: &Call, record: &Record, bytes: &[u8]) -> u32 {
    let seconds = audio::seconds(bytes).ceil().max(1.0) as u32;
    if seconds > record.max_length {
        call.warn(format!(
            "the recording lasts {seconds} s, and <Record> ends after {} s",
            record.max_length
        ));
    }
    seconds.min(record.max_length)
}

fn keep(world: &World, call: &Call, left: &Left) -> Result<String, Nonsense> {
    let item = MediaItem {
        sid: random::sid("RE"),
        message_sid: call.sid.clone(),
        content_type: left.content_type.clone(),
        created_ms: clock::now_ms(),
        transcript: left.transcript.clone(),
        fingerprints: audio::fingerprints(&left.bytes),
    };
    let sid = item.sid.clone();
    locked(&world.store)
        .add_media(item, left.bytes.clone())
        .map_err(|error| Nonsense(format!("the recording cannot be kept: {error}")))?;
    Ok(sid)
}

fn url_of(world: &World, sid: &str) -> String {
    format!("{}/2010-04-01/Accounts/{}/Recordings/{sid}", world.base_url, world.config.account_sid)
}

/// `GET .../Recordings/{RE}`: the bytes, at once; with `.wav` or `.mp3` the same ones; with `.json` the description.
pub(super) async fn serve(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
) -> Result<Response, TwilioError> {
    let missing = || missing(&account, &file);
    let (sid, ending) = file.split_once('.').unwrap_or((&file, "wav"));
    let item = recording(&world, sid).ok_or_else(missing)?;
    match ending {
        "json" => return Ok(Json(described(&world, &item)).into_response()),
        "wav" | "mp3" => {}
        _ => return Err(missing()),
    }
    let source = locked(&world.store).media_source(sid);
    let bytes = match source {
        Some(MediaSource::Memory(bytes)) => bytes,
        Some(MediaSource::File(path)) => tokio::fs::read(path).await.map_err(|_| missing())?.into(),
        None => return Err(missing()),
    };
    Ok(([(CONTENT_TYPE, item.content_type)], bytes).into_response())
}

/// `DELETE .../Recordings/{RE}`.
pub(super) async fn delete(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
) -> Result<StatusCode, TwilioError> {
    let sid = file.trim_end_matches(".json");
    let item = recording(&world, sid).ok_or_else(|| missing(&account, &file))?;
    locked(&world.store).delete_media(&item.sid);
    Ok(StatusCode::NO_CONTENT)
}

fn recording(world: &World, sid: &str) -> Option<MediaItem> {
    locked(&world.store).media(sid).filter(|_| sid.starts_with("RE")).cloned()
}

fn missing(account: &str, file: &str) -> TwilioError {
    TwilioError::not_found(&format!("/2010-04-01/Accounts/{account}/Recordings/{file}"))
}

fn described(world: &World, item: &MediaItem) -> Value {
    let account = &world.config.account_sid;
    let date = clock::rfc2822(item.created_ms);
    json!({
        "sid": item.sid,
        "account_sid": account,
        "call_sid": item.message_sid,
        "status": "completed",
        "source": "RecordVerb",
        "channels": 1,
        "api_version": "2010-04-01",
        "date_created": date,
        "date_updated": date,
        "start_time": date,
        "media_url": url_of(world, &item.sid),
        "uri": format!("/2010-04-01/Accounts/{account}/Recordings/{}.json", item.sid),
    })
}
