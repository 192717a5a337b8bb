//! A request of Twilio's in a call, and its answer: within three seconds, whatever else is slow, and always in words. What
//! cannot be had in time is tried again by a redirect, a few times; then the caller is told so.

use std::time::Duration;

use adapter_twilio::{
    form::MAX_BODY,
    inbound::Rejection,
    public_url::PublicUrl,
    signature::GivenSignature,
    twiml::CONTENT_TYPE,
    voice::{CallRequest, read_call},
    webhook::{Unverified, verify},
};
use axum::{
    body::to_bytes,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use shared::ports::metrics::{Measurement, RefusedFor};
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::{
    Deps, FOLLOWUP_ROUTE, INCOMING_ROUTES, STATUS_ROUTE,
    render::notice,
    talk::{self, Answered, Trouble},
    texts::texts,
};

/// All of it. Twilio waits 15 s, a caller does not.
const DEADLINE: Duration = Duration::from_millis(2_500);
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

/// Which answer a request follows, and how often it was tried before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    turn: u32,
    again: u32,
}

impl Place {
    fn read(query: Option<&str>) -> Self {
        let mut place = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let number = value.parse().unwrap_or_default();
            match name.as_ref() {
                "turn" => place.turn = number,
                "again" => place.again = number,
                _ => {}
            }
        }
        place
    }
}

pub(crate) async fn receive(deps: &Deps, url: &PublicUrl, route: &'static str, request: Request) -> Response {
    let query = request.uri().query().map(str::to_owned);
    let call = match timeout(DEADLINE, read(deps, url, request)).await {
        Ok(Ok(call)) => call,
        Ok(Err(refused)) => return refused.into_response(),
        Err(_) => return Refused::Unavailable.into_response(),
    };
    let place = Place::read(query.as_deref());
    let answered = match timeout(DEADLINE, answer(deps, route, &call, place)).await {
        Ok(answered) => answered,
        Err(late) => Err(Trouble::outside(late)),
    };
    let document = match answered {
        Ok(Answered::Document(document)) => Ok(document),
        Ok(Answered::Lost) => {
            let (language, text) = talk::lost(deps, &call);
            notice(&deps.config, language, text, None)
        }
        Err(trouble) => troubled(deps, route, &call, place, &trouble),
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
    place: Place,
    trouble: &Trouble,
) -> std::io::Result<String> {
    let cause = std::error::Error::source(trouble);
    warn!(counter = "call_troubled", call.id = %call.id, again = place.again, error = cause, "A call could not go on");
    let language = deps.config.language_of(call.from.as_ref());
    let words = texts(language);
    if place.again + 1 >= TRIES {
        return notice(&deps.config, language, words.trouble, None);
    }
    let again = place.again + 1;
    let to = match route {
        FOLLOWUP_ROUTE => format!("{FOLLOWUP_ROUTE}?again={again}&turn={}", place.turn),
        _ => format!("{route}?again={again}"),
    };
    notice(&deps.config, language, words.moment, Some(to))
}

async fn answer(
    deps: &Deps,
    route: &'static str,
    call: &CallRequest,
    place: Place,
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
    talk::go_on(deps, call, place.turn).await
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
