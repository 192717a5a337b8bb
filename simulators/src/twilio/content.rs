//! The Content API: content is created once and sent with other words each time. Quick replies and plain texts; the
//! buttons of a message that is sent here were never approved, so WhatsApp's rules within 24 hours hold.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::TwilioError;
use crate::{
    clock, random,
    store::{Button, Content, Store},
    world::{SharedWorld, World, locked},
};

const QUICK_REPLY: &str = "twilio/quick-reply";
const TEXT: &str = "twilio/text";
/// Longest text above buttons, and longest title, in characters (Twilio, "twilio/quick-reply").
const LONGEST_ABOVE_BUTTONS: usize = 1_024;
const LONGEST_TITLE: usize = 20;
/// Longest id of a button (Meta).
const LONGEST_ID: usize = 256;
/// Buttons of content, and of content that was not approved.
const MOST_BUTTONS: usize = 5;
const MOST_IN_SESSION: usize = 3;
/// Longest plain text and longest value of a variable.
const LONGEST_TEXT: usize = 1_600;

#[derive(Deserialize)]
struct Creation {
    #[serde(default)]
    friendly_name: Option<String>,
    language: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    types: Map<String, Value>,
}

/// `POST /content/v1/Content`.
pub(super) async fn create(State(world): State<SharedWorld>, body: Bytes) -> Result<Response, TwilioError> {
    let Ok(asked) = serde_json::from_slice::<Creation>(&body) else {
        return Err(invalid("the body must be JSON with language and types"));
    };
    if asked.language.is_empty() || asked.types.is_empty() {
        return Err(invalid("language and types must not be empty"));
    }
    asked.types.iter().try_for_each(|(kind, value)| check(kind, value))?;
    let content = Content {
        sid: random::sid("HX"),
        friendly_name: asked.friendly_name,
        language: asked.language,
        variables: asked.variables,
        types: asked.types,
        created_ms: clock::now_ms(),
    };
    let answer = resource(&world, &content);
    locked(&world.store).add_content(content);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn check(kind: &str, value: &Value) -> Result<(), TwilioError> {
    let body = value.get("body").and_then(Value::as_str).unwrap_or_default();
    let longest = match kind {
        QUICK_REPLY => LONGEST_ABOVE_BUTTONS,
        TEXT => LONGEST_TEXT,
        _ => return Err(invalid("only twilio/quick-reply and twilio/text are simulated")),
    };
    if !(1..=longest).contains(&body.chars().count()) {
        return Err(invalid("body is missing or too long"));
    }
    if kind == TEXT {
        return Ok(());
    }
    let buttons = buttons(value).ok_or_else(|| invalid("actions must have a title and an id each"))?;
    let titles: BTreeSet<&str> = buttons.iter().map(|button| button.title.as_str()).collect();
    let fits = |button: &Button| {
        (1..=LONGEST_TITLE).contains(&button.title.chars().count())
            && (1..=LONGEST_ID).contains(&button.id.chars().count())
    };
    if !(1..=MOST_BUTTONS).contains(&buttons.len())
        || titles.len() < buttons.len()
        || !buttons.iter().all(fits)
    {
        return Err(invalid("actions are too many, too long or alike"));
    }
    Ok(())
}

fn buttons(quick_reply: &Value) -> Option<Vec<Button>> {
    let actions = quick_reply.get("actions")?.as_array()?;
    actions
        .iter()
        .map(|action| {
            let text = |field| action.get(field).and_then(Value::as_str).map(str::to_owned);
            Some(Button { title: text("title")?, id: text("id")? })
        })
        .collect()
}

fn invalid(why: &str) -> TwilioError {
    TwilioError::bad_request(20001, format!("Invalid content: {why}"))
}

#[derive(Deserialize)]
pub(super) struct PageQuery {
    #[serde(rename = "PageSize", default)]
    size: Option<usize>,
    #[serde(rename = "Page", default)]
    page: Option<usize>,
    #[serde(rename = "PageToken", default)]
    token: Option<String>,
}

/// `GET /content/v1/Content`: newest first, in pages. `PageToken` is `PT` and the SID of the last one of the page before.
pub(super) async fn list(State(world): State<SharedWorld>, Query(query): Query<PageQuery>) -> Json<Value> {
    let (size, page) = (query.size.unwrap_or(50).clamp(1, 1_000), query.page.unwrap_or(0));
    let store = locked(&world.store);
    let mut rest = store.contents().iter().rev().peekable();
    if let Some(last) = query.token.as_deref().and_then(|token| token.strip_prefix("PT")) {
        while rest.next().is_some_and(|content| content.sid != last) {}
    }
    let shown: Vec<&Content> = rest.by_ref().take(size).collect();
    let url = |page: usize| format!("{}/content/v1/Content?PageSize={size}&Page={page}", world.base_url);
    let next = shown.last().filter(|_| rest.peek().is_some());
    Json(json!({
        "contents": shown.iter().map(|content| resource(&world, content)).collect::<Vec<_>>(),
        "meta": {
            "page": page,
            "page_size": size,
            "first_page_url": url(0),
            "previous_page_url": (page > 0).then(|| url(page - 1)),
            "next_page_url": next.map(|last| format!("{}&PageToken=PT{}", url(page + 1), last.sid)),
            "url": url(page),
            "key": "contents",
        },
    }))
}

/// `GET /content/v1/Content/{sid}`.
pub(super) async fn fetch(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
) -> Result<Json<Value>, TwilioError> {
    let store = locked(&world.store);
    store.content(&sid).map(|content| Json(resource(&world, content))).ok_or_else(|| missing(&sid))
}

/// `DELETE /content/v1/Content/{sid}`.
pub(super) async fn delete(
    State(world): State<SharedWorld>,
    Path(sid): Path<String>,
) -> Result<StatusCode, TwilioError> {
    if locked(&world.store).delete_content(&sid) { Ok(StatusCode::NO_CONTENT) } else { Err(missing(&sid)) }
}

fn missing(sid: &str) -> TwilioError {
    TwilioError::not_found(&format!("/v1/Content/{sid}"))
}

fn resource(world: &World, content: &Content) -> Value {
    let date = clock::rfc3339(content.created_ms);
    let url = format!("{}/content/v1/Content/{}", world.base_url, content.sid);
    json!({
        "sid": content.sid,
        "account_sid": world.config.account_sid,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "variables": content.variables,
        "types": content.types,
        "date_created": date,
        "date_updated": date,
        "url": url,
        "links": {
            "approval_create": format!("{url}/ApprovalRequests/whatsapp"),
            "approval_fetch": format!("{url}/ApprovalRequests"),
        },
    })
}

/// What content says to this person with these variables, and the buttons below it. Line breaks in variables are taken.
pub(super) fn render(
    store: &Store,
    sid: &str,
    variables: Option<&str>,
    to: &str,
) -> Result<(String, Vec<Button>), TwilioError> {
    let refuse = |code, message: &str| Err(TwilioError::bad_request(code, message));
    let Some(content) = store.content(sid) else { return refuse(21655, "The ContentSid is Invalid") };
    let given: BTreeMap<String, String> = match variables.map(serde_json::from_str).transpose() {
        Ok(given) => given.unwrap_or_default(),
        Err(_) => return refuse(21656, "The ContentVariables Parameter is invalid"),
    };
    if given.values().any(String::is_empty) {
        return refuse(21656, "The ContentVariables Parameter is invalid");
    }
    if given.values().any(|value| value.chars().count() > LONGEST_TEXT) {
        return refuse(21658, "Parameter exceeded character limit");
    }
    let is_whatsapp = to.starts_with("whatsapp:");
    let rich = content.types.get(QUICK_REPLY).filter(|_| is_whatsapp);
    let Some(form) = rich.or_else(|| content.types.get(TEXT)) else {
        return refuse(19023, "Invalid channel type");
    };
    let Some(body) =
        filled(form.get("body").and_then(Value::as_str).unwrap_or_default(), &given, &content.variables)
    else {
        return refuse(21656, "The ContentVariables Parameter is invalid");
    };
    let buttons = rich.and_then(buttons).unwrap_or_default();
    let is_too_much = body.chars().count() > LONGEST_ABOVE_BUTTONS || buttons.len() > MOST_IN_SESSION;
    if rich.is_some() && is_too_much {
        return refuse(63005, "Channel did not accept given content");
    }
    Ok((body, buttons))
}

/// A text with its variables filled in. What a variable brings is not looked through for others.
fn filled(text: &str, given: &BTreeMap<String, String>, usual: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = text.split("{{");
    let mut all = parts.next()?.to_owned();
    for part in parts {
        let (name, after) = part.split_once("}}")?;
        all.push_str(given.get(name).or_else(|| usual.get(name))?);
        all.push_str(after);
    }
    Some(all)
}
