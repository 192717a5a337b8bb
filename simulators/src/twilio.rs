//! Twilio's REST API: messages, their media, their buttons, calls and what is set up, behind HTTP Basic auth; and the
//! status callbacks, which tell what becomes of messages. `voice` plays calls.

mod content;
pub(crate) mod errors;
mod list;
mod media;
mod messages;
pub(crate) mod resource;
mod setup;
pub(crate) mod signature;
mod status;
pub(crate) mod voice;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::header::AUTHORIZATION;

use crate::world::SharedWorld;
use errors::TwilioError;

/// The routes of the main API, of the content API under `/content`, of the messaging API under `/messaging`.
pub(crate) fn router(world: SharedWorld) -> Router<SharedWorld> {
    let account = "/2010-04-01/Accounts/{account}";
    Router::new()
        .route(account, get(setup::account))
        .route(&format!("{account}/IncomingPhoneNumbers.json"), get(setup::numbers))
        .route("/messaging/v1/Services/{sid}", get(setup::service))
        .route("/messaging/v2/Channels/Senders", get(setup::senders))
        .route(&format!("{account}/Messages.json"), post(messages::create).get(list::messages))
        .route(
            &format!("{account}/Messages/{{sid}}"),
            get(messages::fetch).post(messages::update).delete(messages::delete),
        )
        .route(&format!("{account}/Messages/{{sid}}/Media.json"), get(media::list))
        .route(
            &format!("{account}/Messages/{{sid}}/Media/{{media}}"),
            get(media::fetch).delete(media::delete),
        )
        .merge(voice::router())
        .route("/2010-04-01/{*rest}", any(not_found))
        .route("/content/v1/Content", post(content::create).get(content::list))
        .route("/content/v1/Content/{sid}", get(content::fetch).delete(content::delete))
        .route("/content/{*rest}", any(not_found))
        .route("/messaging/{*rest}", any(not_found))
        .layer(middleware::from_fn_with_state(world, authenticate))
}

async fn not_found(request: Request) -> TwilioError {
    TwilioError::not_found(request.uri().path())
}

/// Lets only the account itself in, and only to its own resources.
async fn authenticate(State(world): State<SharedWorld>, request: Request, next: Next) -> Response {
    let expected = format!("{}:{}", world.config.account_sid, world.config.auth_token);
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))
        .and_then(|(_, credentials)| BASE64_STANDARD.decode(credentials.trim()).ok());
    let own_account = request
        .uri()
        .path()
        .strip_prefix("/2010-04-01/Accounts/")
        .and_then(|path| path.split('/').next())
        .map(|account| account.trim_end_matches(".json"))
        .is_none_or(|account| account == world.config.account_sid);
    if given.as_deref() == Some(expected.as_bytes()) && own_account {
        next.run(request).await
    } else {
        TwilioError::authenticate().into_response()
    }
}
