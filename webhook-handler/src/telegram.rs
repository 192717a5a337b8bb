//! An update of Telegram, step by step: does it come with our secret, is its body small, is it a message of a person, who
//! sent it, and into the queue. What is none is acknowledged, since Telegram would bring it again and again; what could
//! not be queued is not, so that it does.

use std::sync::Arc;

use adapter_telegram::{
    secret::{MAX_BODY, UpdateVerifier, VerifiedUpdate},
    updates::{ReadUpdate, read_update},
};
use axum::{
    Json,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;
use shared::domain::private::Private;
use tokio::time::{Instant, timeout_at};

use crate::{
    Deps,
    answer::{Answer, refuse_update},
    health::Health,
    receive::{DEADLINE, Unread, read_body, take_in, without_keys},
};

pub(crate) async fn receive(deps: &Deps, health: &Health, request: Request) -> Response {
    let deadline = Instant::now() + DEADLINE;
    if let Err(refusal) = UpdateVerifier::is_borne(request.headers()) {
        return refuse_update(deps.metrics.as_ref(), refusal).into_response();
    }
    let verifier = match verifier(deps, health, deadline).await {
        Ok(Some(verifier)) => verifier,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(answer) => return answer.into_response(),
    };
    let update = match verify(deps, &verifier, request, deadline).await {
        Ok(update) => update,
        Err(answer) => return answer.into_response(),
    };
    let ReadUpdate { message, tap } = match read_update(&update, deps.clock.now()) {
        Ok(read) => read,
        Err(no_message) => {
            no_message.count(&*deps.metrics);
            return Answer::Passed.into_response();
        }
    };
    match take_in(deps, health, message, deadline).await {
        Ok(()) => acknowledged(tap.as_ref()),
        Err(answer) => answer.into_response(),
    }
}

async fn verifier(
    deps: &Deps,
    health: &Health,
    deadline: Instant,
) -> Result<Option<Arc<UpdateVerifier>>, Answer> {
    let verifier = timeout_at(deadline, deps.keys.updates()).await;
    health.note(&health.keys, matches!(verifier, Ok(Ok(_))));
    match verifier {
        Ok(Ok(verifier)) => Ok(verifier),
        Ok(Err(error)) => Err(without_keys(&error)),
        Err(late) => Err(without_keys(&late)),
    }
}

/// The headers decide before anything of the body is read.
async fn verify(
    deps: &Deps,
    verifier: &UpdateVerifier,
    request: Request,
    deadline: Instant,
) -> Result<VerifiedUpdate, Answer> {
    let (parts, body) = request.into_parts();
    let metrics = deps.metrics.as_ref();
    let admitted = verifier.admit(&parts.headers).map_err(|refusal| refuse_update(metrics, refusal))?;
    match read_body(metrics, body, MAX_BODY, deadline).await {
        Ok(body) => Ok(admitted.with(body)),
        // It would be as large the next time.
        Err(Unread::TooLarge) => Err(Answer::Passed),
        // What did not come whole may come whole.
        Err(Unread::NotWhole) => Err(Answer::Unavailable),
    }
}

/// The button on the phone of who tapped stops to wait: Telegram takes one call as an answer to its webhook (Telegram,
/// "Making requests when getting updates").
fn acknowledged(tap: Option<&Private<String>>) -> Response {
    match tap {
        Some(tap) => Json(json!({ "method": "answerCallbackQuery", "callback_query_id": tap.expose() }))
            .into_response(),
        None => Answer::Passed.into_response(),
    }
}
