//! What became of a message that we sent: Twilio tells it here, in any order and more than once. It is checked as every
//! webhook is, and queued; what it means together with what was told before is worked out behind the queue.

use adapter_twilio::{inbound::status::read_status, public_url::PublicUrl};
use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use shared::jobs::{Job, MessageStatusV1};
use tokio::time::Instant;

use crate::{
    Deps,
    answer::{Answer, reject},
    health::Health,
    receive::{DEADLINE, Verified, queue, verify},
};

pub(crate) async fn receive(deps: &Deps, health: &Health, url: &PublicUrl, request: Request) -> Response {
    let deadline = Instant::now() + DEADLINE;
    let verified = verify(deps, health, url, request, deadline).await;
    match verified.and_then(|verified| read(deps, &verified)) {
        Ok(status) => enqueue(deps, health, status, deadline).await.into_response(),
        Err(answer) => answer.into_response(),
    }
}

fn read(deps: &Deps, verified: &Verified) -> Result<MessageStatusV1, Answer> {
    let query = verified.query.as_deref();
    read_status(&verified.form, query, &deps.config.account, verified.at)
        .map_err(|rejection| reject(deps.metrics.as_ref(), rejection))
}

async fn enqueue(deps: &Deps, health: &Health, status: MessageStatusV1, deadline: Instant) -> Answer {
    let (id, word) = (status.id.clone(), status.status.as_str());
    if !queue(deps, health, &Job::MessageStatus(Box::new(status)), deadline).await {
        return Answer::Unavailable;
    }
    tracing::info!(counter = "status_queued", message.id = %id, status = word, "Queued the state of a message");
    Answer::Acknowledged
}
