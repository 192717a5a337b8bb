//! A request of Twilio's in a call, and its answer: within three seconds, whatever else is slow, and always in words. What
//! cannot be had in time is tried again by a redirect, a few times; then the caller is told so.

use std::time::Duration;

use adapter_twilio::{
    form::MAX_BODY,
    inbound::Rejection,
    public_url::PublicUrl,
    signature::GivenSignature,
    twiml::CONTENT_TYPE,
    voice::{CallRequest, Recording, read_call},
    webhook::{Unverified, verify},
};
use axum::{
    body::to_bytes,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use shared::{
    domain::ids::MessageId,
    ports::metrics::{Measurement, RefusedFor},
};
use tokio::time::{Instant, timeout_at};
use tracing::{error, info, warn};

use crate::{
    Deps, FOLLOWUP_ROUTE, INCOMING_ROUTES, STATUS_ROUTE,
    render::notice,
    talk::{self, Answered, Trouble},
    texts::texts,
};

/// All of it. Twilio waits 15 s, a caller does not.
const DEADLINE: Duration = Duration::from_millis(2_800);
/// How often what is not to be had is tried again in a call before the caller is told.
const TRIES: u32 = 3;

/// What a request is answered without a document.
enum Refused {
    Forbidden,
    BadRequest,
    Unavailable,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
        .into_response()
    }
}

/// Which answer a request follows, and how often it was tried before. A redirect brings nothing of what the caller did, so
/// what was recorded stands in its address, which is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    turn: u32,
    again: u32,
    recording: Option<MessageId>,
    seconds: u32,
    url: Option<String>,
}

impl Place {
    fn read(query: Option<&str>) -> Self {
        let mut place = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let number = value.parse().unwrap_or_default();
            match name.as_ref() {
                "turn" => place.turn = number,
                "again" => place.again = number,
                "recording" => place.recording = MessageId::parse(&value).ok(),
                "seconds" => place.seconds = number,
                "url" => place.url = Some(value.into_owned()),
                _ => {}
            }
        }
        place
    }

    fn recording(&self) -> Option<Recording> {
        let (id, url) = (self.recording.clone()?, self.url.clone()?);
        Some(Recording { id, url: url.into(), seconds: self.seconds })
    }

    /// Where the same request comes again, with its query sorted, as Twilio may send it.
    fn again(&self, route: &str, call: &CallRequest) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("again", &(self.again + 1).to_string());
        if let Some(recording) = &call.input.recording {
            query.append_pair("recording", recording.id.as_str());
            query.append_pair("seconds", &recording.seconds.to_string());
        }
        if route == FOLLOWUP_ROUTE {
            query.append_pair("turn", &self.turn.to_string());
        }
        if let Some(recording) = &call.input.recording {
            query.append_pair("url", recording.url.expose());
        }
        format!("{route}?{}", query.finish())
    }
}

pub(crate) async fn receive(deps: &Deps, url: &PublicUrl, route: &'static str, request: Request) -> Response {
    let deadline = Instant::now() + DEADLINE;
    let query = request.uri().query().map(str::to_owned);
    let mut call = match timeout_at(deadline, read(deps, url, request)).await {
        Ok(Ok(call)) => call,
        Ok(Err(refused)) => return refused.into_response(),
        Err(_) => return Refused::Unavailable.into_response(),
    };
    let place = Place::read(query.as_deref());
    if call.input.recording.is_none() {
        call.input.recording = place.recording();
    }
    let answered = match timeout_at(deadline, answer(deps, route, &call, &place)).await {
        Ok(answered) => answered,
        Err(late) => Err(Trouble::outside(late)),
    };
    let document = match answered {
        Ok(Answered::Document(document)) => Ok(document),
        Ok(Answered::Lost) => {
            let (language, text) = talk::lost(deps, &call);
            notice(&deps.config, language, text, None)
        }
        // Who tells that a call is over follows no redirect.
        Err(trouble) if route == STATUS_ROUTE => {
            warn!(counter = "call_troubled", call.id = %call.id, error = std::error::Error::source(&trouble), "A call could not be ended");
            return Refused::Unavailable.into_response();
        }
        Err(trouble) => troubled(deps, route, &call, &place, &trouble),
    };
    match document {
        Ok(document) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], document).into_response(),
        Err(_) => Refused::Unavailable.into_response(),
    }
}

/// The same request again, and after a few tries an end in words.
fn troubled(
    deps: &Deps,
    route: &str,
    call: &CallRequest,
    place: &Place,
    trouble: &Trouble,
) -> std::io::Result<String> {
    let cause = std::error::Error::source(trouble);
    warn!(counter = "call_troubled", call.id = %call.id, again = place.again, error = cause, "A call could not go on");
    let language = deps.config.language_of(call.from.as_ref());
    let words = texts(language);
    if place.again + 1 >= TRIES {
        return notice(&deps.config, language, words.trouble, None);
    }
    notice(&deps.config, language, words.moment, Some(place.again(route, call)))
}

async fn answer(
    deps: &Deps,
    route: &'static str,
    call: &CallRequest,
    place: &Place,
) -> Result<Answered, Trouble> {
    if INCOMING_ROUTES.contains(&route) && !call.is_over {
        return talk::begin(deps, call).await;
    }
    if route == STATUS_ROUTE || place.turn == 0 {
        if call.is_over {
            talk::end(deps, call).await?;
        }
        return Ok(Answered::Document(adapter_twilio::twiml::EMPTY_RESPONSE.to_owned()));
    }
    talk::go_on(deps, call, place.turn, place.again > 0).await
}

/// The call of a request that Twilio signed.
async fn read(deps: &Deps, url: &PublicUrl, request: Request) -> Result<CallRequest, Refused> {
    let refuse = |why, reason: &str, refused| {
        warn!(counter = "webhook_refused", reason, "Refused a webhook of a call");
        deps.metrics.record(&Measurement::WebhookRefused(why));
        Err(refused)
    };
    let (parts, body) = request.into_parts();
    // Before the body is read: what bears no signature is not waited for.
    if let Err(refusal) = GivenSignature::read(&parts.headers) {
        return refuse(RefusedFor::Signature, refusal.reason(), Refused::Forbidden);
    }
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return refuse(RefusedFor::Size, "body_not_read", Refused::BadRequest);
    };
    let form = match verify(deps.keys.as_ref(), url, &parts, &body, deps.clock.now()).await {
        Ok(form) => form,
        Err(Unverified::Refused(refusal)) => {
            return refuse(RefusedFor::Signature, refusal.reason(), Refused::Forbidden);
        }
        Err(Unverified::NoForm) => return refuse(RefusedFor::Shape, "no_form", Refused::BadRequest),
        Err(Unverified::WithoutKeys(error)) => {
            error!(counter = "webhook_without_keys", %error, "Could not check a webhook of a call");
            return Err(Refused::Unavailable);
        }
    };
    match read_call(&form, &deps.config.account) {
        Ok(call) => Ok(call),
        Err(rejection @ Rejection::Foreign(_)) => {
            error!(
                counter = "webhook_refused",
                reason = rejection.reason(),
                alarm = true,
                "Refused a webhook of a call: {rejection}"
            );
            deps.metrics.record(&Measurement::WebhookRefused(RefusedFor::Account));
            Err(Refused::Forbidden)
        }
        Err(rejection @ Rejection::Shape(_)) => {
            refuse(RefusedFor::Shape, rejection.reason(), Refused::BadRequest)
        }
        Err(rejection) => {
            info!(counter = "webhook_ignored", reason = rejection.reason(), "Ignored a call: {rejection}");
            Err(Refused::Forbidden)
        }
    }
}
