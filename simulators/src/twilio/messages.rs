//! Sending a message, in words or as content, and one message of the log.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::{content, errors::TwilioError, resource, status};
use crate::{
    clock, phone, random,
    store::{Direction, Message},
    world::{SharedWorld, World, bare, locked},
};

/// Twilio's limit of a body, in characters.
const LONGEST_BODY: usize = 1600;

/// `POST Messages.json`: the phone receives the message at once, and then the status callback is told so.
pub(super) async fn create(State(world): State<SharedWorld>, form: Bytes) -> Result<Response, TwilioError> {
    let form = Form::parse(&form);
    let callback =
        form.first("StatusCallback").filter(|url| !url.is_empty()).map(status::Callback::read).transpose()?;
    let message = check(&world, &form)?;
    let answer = resource::queued(&world, &message);
    phone::deliver(&world, message.clone());
    if let Some(callback) = callback {
        callback.tell(&world, message);
    }
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `GET Messages/{sid}.json`.
pub(super) async fn fetch(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
) -> Result<Response, TwilioError> {
    let store = locked(&world.store);
    let message = store.message(sid_of(&file)).ok_or_else(|| missing(&account, &file))?;
    Ok(Json(resource::message(&world, &store, message)).into_response())
}

/// `POST Messages/{sid}.json`: an empty `Body` redacts; nothing waits that `Status=canceled` could stop.
pub(super) async fn update(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
    form: Bytes,
) -> Result<Response, TwilioError> {
    let form = Form::parse(&form);
    let mut store = locked(&world.store);
    if store.message(sid_of(&file)).is_none() {
        return Err(missing(&account, &file));
    }
    if form.first("Status").is_some() {
        return Err(TwilioError::bad_request(30409, "Message is not in a cancelable state"));
    }
    match form.first("Body") {
        Some("") => store.redact_message(sid_of(&file)),
        Some(_) => {
            return Err(TwilioError::bad_request(20001, "Body can only be updated to an empty string"));
        }
        None => {}
    }
    let message = store.message(sid_of(&file)).ok_or_else(|| missing(&account, &file))?;
    Ok(Json(resource::message(&world, &store, message)).into_response())
}

/// `DELETE Messages/{sid}.json`.
pub(super) async fn delete(
    State(world): State<SharedWorld>,
    Path((account, file)): Path<(String, String)>,
) -> Result<StatusCode, TwilioError> {
    if locked(&world.store).delete_message(sid_of(&file)) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing(&account, &file))
    }
}

/// A SID without the `.json` that may follow it.
pub(super) fn sid_of(file: &str) -> &str {
    file.strip_suffix(".json").unwrap_or(file)
}

fn missing(account: &str, file: &str) -> TwilioError {
    TwilioError::not_found(&format!("/2010-04-01/Accounts/{account}/Messages/{file}"))
}

fn check(world: &Arc<World>, form: &Form) -> Result<Message, TwilioError> {
    let refuse = |code, message: &str| Err(TwilioError::bad_request(code, message));
    let Some(to) = form.first("To").filter(|to| !to.is_empty()) else {
        return refuse(21604, "A 'To' phone number is required.");
    };
    if !is_address(to) {
        return refuse(21211, &format!("Invalid 'To' Phone Number: {}", bare(to)));
    }
    let service = form.first("MessagingServiceSid").filter(|sid| !sid.is_empty());
    let from = match (form.first("From").filter(|from| !from.is_empty()), service) {
        (Some(from), _) => from.to_owned(),
        (None, Some(_)) => world.own_address(to),
        (None, None) => return refuse(21603, "A 'From' phone number is required."),
    };
    check_sender(world, &from, to)?;
    let media_urls = form.all("MediaUrl");
    let (body, buttons) = match (form.first("ContentSid"), form.first("ContentVariables")) {
        (Some(sid), variables) => content::render(&locked(&world.store), sid, variables, to)?,
        (None, Some(_)) => return refuse(21654, "ContentSid Required"),
        (None, None) => (form.first("Body").unwrap_or_default().to_owned(), Vec::new()),
    };
    if body.is_empty() && media_urls.is_empty() {
        return refuse(21602, "Message body is required.");
    }
    if body.chars().count() > LONGEST_BODY {
        return refuse(21617, "The concatenated message body exceeds the 1600 character limit");
    }
    if media_urls.len() > 10 {
        return refuse(21623, "Number of media files exceeds allowed limit");
    }
    Ok(Message {
        sid: random::sid(if media_urls.is_empty() { "SM" } else { "MM" }),
        direction: Direction::OutboundApi,
        from,
        to: to.to_owned(),
        body,
        media_urls,
        messaging_service_sid: service.map(str::to_owned),
        created_ms: clock::now_ms(),
        buttons,
        deleted: false,
        redacted: false,
    })
}

fn check_sender(world: &World, from: &str, to: &str) -> Result<(), TwilioError> {
    let whatsapp = to.starts_with("whatsapp:");
    if from.starts_with("whatsapp:") != whatsapp {
        let message = "Invalid From and To pair. From and To should be of the same channel";
        return Err(TwilioError::bad_request(21910, message));
    }
    let own = world.own_address(to);
    // Without a number of its own the stand-in cannot know better.
    if bare(&own).is_empty() || own == from {
        return Ok(());
    }
    Err(if whatsapp {
        TwilioError::bad_request(63007, "Twilio could not find a Channel with the specified From address")
    } else {
        let message = "The From phone number is not a Twilio phone number of this account";
        TwilioError::bad_request(21606, message)
    })
}

/// `+E164`, `whatsapp:+E164`, or a business-scoped user id, `whatsapp:DE.abc`.
fn is_address(to: &str) -> bool {
    let is_e164 = |number: &str| {
        number.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    match to.strip_prefix("whatsapp:") {
        None => is_e164(to),
        Some(user) => {
            is_e164(user)
                || user.split_once('.').is_some_and(|(country, id)| {
                    country.len() == 2
                        && country.bytes().all(|byte| byte.is_ascii_uppercase())
                        && !id.is_empty()
                        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
                })
        }
    }
}

struct Form(Vec<(String, String)>);

impl Form {
    fn parse(bytes: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }
}
