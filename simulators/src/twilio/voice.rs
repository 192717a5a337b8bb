//! Twilio Voice: a call that somebody places is told to Hark as Twilio tells it, and what Hark answers is performed
//! until it listens to the caller, who is played over `/_sim`.
//!
//! Reading order: `steps` (what a caller does), `perform` (what Twilio does with a document), `listen` and `record`
//! (input), `webhook` (requests and their errors), `ending`, `call` (what is kept). `document`, `grammar`, `check` and
//! `verbs` are TwiML: read, as a table, checked, and as it is performed. `rest` is the Calls resource.

mod call;
mod check;
mod document;
mod ending;
mod grammar;
mod listen;
mod perform;
mod record;
mod rest;
mod steps;
mod verbs;
mod webhook;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::world::SharedWorld;
pub(crate) use call::Calls;
pub use check::twiml_faults;
pub(super) use webhook::told_at;

/// The largest recording.
const LARGEST_RECORDING: usize = 32 << 20;

/// The REST API of calls and recordings.
pub(super) fn router() -> Router<SharedWorld> {
    let account = "/2010-04-01/Accounts/{account}";
    Router::new()
        .route(&format!("{account}/Calls/{{file}}"), get(rest::fetch).post(rest::update))
        .route(&format!("{account}/Recordings/{{file}}"), get(record::serve).delete(record::delete))
}

/// What plays a caller.
pub(crate) fn control() -> Router<SharedWorld> {
    Router::new()
        .route("/_sim/phone/{identity}/call", post(steps::place))
        .route("/_sim/calls/{sid}", get(steps::protocol))
        .route("/_sim/calls/{sid}/say", post(steps::speak))
        .route("/_sim/calls/{sid}/digits", post(steps::keys))
        .route("/_sim/calls/{sid}/silence", post(steps::wait))
        .route("/_sim/calls/{sid}/record", post(steps::recording))
        .route("/_sim/calls/{sid}/hangup", post(steps::hang_up))
        .route("/_sim/calls/{sid}/replay", post(steps::replay))
        .layer(DefaultBodyLimit::max(LARGEST_RECORDING))
}
