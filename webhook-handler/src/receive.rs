//! A webhook, step by step: is there a signature, is the body small, is it Twilio's, is it a message for us,
//! who sent it, and into the queue. Each step is cheaper than what comes after it, and nobody is looked up,
//! and nothing is written, for a request that Twilio did not sign.

use std::{error::Error, time::Duration};

use adapter_twilio::{
    form::MAX_BODY,
    inbound::read_message,
    public_url::PublicUrl,
    signature::{GivenSignature, VerifiedForm},
    webhook::{self, Unverified},
};
use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use jiff::Timestamp;
use shared::{
    domain::{customer::Customer, message::InboundMessage},
    jobs::{Job, NoteReceivedV1},
    ports::metrics::{Measurement, Metrics, RefusedFor},
};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    Deps,
    answer::{Answer, refuse, refuse_other_body, refuse_unread, reject},
    health::Health,
};

/// All of it: Twilio waits 15 s, and needs the rest of them for the fallback URL.
pub(crate) const DEADLINE: Duration = Duration::from_secs(3);

/// The lookup alone: what is not known by then is found out behind the queue.
const LOOKUP_DEADLINE: Duration = Duration::from_secs(2);

/// Who sent a message, as far as is known.
enum Sender {
    Known(Box<Customer>),
    Unknown,
    /// The lookup does not say now.
    Unverified,
}

pub(crate) async fn receive(deps: &Deps, health: &Health, url: &PublicUrl, request: Request) -> Response {
    let deadline = Instant::now() + DEADLINE;
    let verified = verify(deps, health, url, request, deadline).await;
    let message = match verified.and_then(|verified| read(deps, &verified)) {
        Ok(message) => message,
        Err(answer) => return answer.into_response(),
    };
    let sender = match look_up(deps, health, &message).await {
        Sender::Known(customer) => Some(*customer),
        Sender::Unverified => None,
        // The same answer as to anybody else: it must not tell who is known.
        Sender::Unknown => {
            tracing::info!(counter = "webhook_unknown_sender", message.id = %message.id, "Ignored a message of a stranger");
            deps.metrics.record(&Measurement::UnknownSender);
            return Answer::Acknowledged.into_response();
        }
    };
    enqueue(deps, health, message, sender, deadline).await.into_response()
}

/// A form that Twilio signed.
pub(crate) struct Verified {
    pub(crate) form: VerifiedForm,
    /// As it was signed, without its question mark.
    pub(crate) query: Option<String>,
    /// When it was checked.
    pub(crate) at: Timestamp,
}

/// The form of a request, if it has one and Twilio signed it.
pub(crate) async fn verify(
    deps: &Deps,
    health: &Health,
    url: &PublicUrl,
    request: Request,
    deadline: Instant,
) -> Result<Verified, Answer> {
    let (parts, body) = request.into_parts();
    let metrics = deps.metrics.as_ref();
    let refuse = |refusal| refuse(metrics, refusal);
    // Before the body is read: what bears no signature is not waited for.
    GivenSignature::read(&parts.headers).map_err(refuse)?;
    let body = read_body(metrics, body, deadline).await?;
    let at = deps.clock.now();
    let checked = webhook::verify(deps.keys.as_ref(), url, &parts, &body, at);
    let verified = timeout_at(deadline, checked).await;
    health.note(&health.keys, !matches!(verified, Err(_) | Ok(Err(Unverified::WithoutKeys(_)))));
    let query = parts.uri.query().map(str::to_owned);
    match verified {
        Ok(Ok(form)) => Ok(Verified { form, query, at }),
        Ok(Err(Unverified::Refused(refusal))) => Err(refuse(refusal)),
        Ok(Err(Unverified::NoForm)) => Err(refuse_other_body(metrics)),
        Ok(Err(Unverified::WithoutKeys(error))) => Err(without_keys(&error)),
        Err(late) => Err(without_keys(&late)),
    }
}

/// The message of a form, if it is one and for us.
fn read(deps: &Deps, verified: &Verified) -> Result<InboundMessage, Answer> {
    read_message(&verified.form, &deps.config.account, verified.at)
        .map_err(|rejection| reject(deps.metrics.as_ref(), rejection))
}

fn without_keys(error: &(dyn Error + 'static)) -> Answer {
    tracing::error!(counter = "webhook_without_keys", error, "Could not check a webhook");
    Answer::Unavailable
}

async fn read_body(metrics: &dyn Metrics, body: Body, deadline: Instant) -> Result<Bytes, Answer> {
    if body.size_hint().lower() > u64::try_from(MAX_BODY).unwrap_or(u64::MAX) {
        return Err(refuse_unread(metrics, RefusedFor::Size, "body_too_large"));
    }
    match timeout_at(deadline, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(refuse_unread(metrics, RefusedFor::Shape, "body_not_whole")),
        Err(_) => Err(refuse_unread(metrics, RefusedFor::Shape, "body_too_slow")),
    }
}

async fn look_up(deps: &Deps, health: &Health, message: &InboundMessage) -> Sender {
    let found = timeout(LOOKUP_DEADLINE, deps.directory.find(message.from.identity())).await;
    health.note(&health.lookup, matches!(found, Ok(Ok(_))));
    let cause: &(dyn Error + 'static) = match &found {
        Ok(Ok(Some(customer))) => return Sender::Known(Box::new(customer.clone())),
        Ok(Ok(None)) => return Sender::Unknown,
        Ok(Err(error)) => error,
        Err(late) => late,
    };
    tracing::warn!(
        counter = "webhook_sender_unverified",
        message.id = %message.id,
        error = cause,
        "Queued a message without knowing its sender"
    );
    deps.metrics.record(&Measurement::LookupFailed);
    Sender::Unverified
}

async fn enqueue(
    deps: &Deps,
    health: &Health,
    message: InboundMessage,
    sender: Option<Customer>,
    deadline: Instant,
) -> Answer {
    let id = message.id.clone();
    let verified = sender.is_some();
    let job = Job::NoteReceived(Box::new(NoteReceivedV1 { message, sender }));
    if !queue(deps, health, &job, deadline).await {
        return Answer::Unavailable;
    }
    tracing::info!(counter = "webhook_queued", message.id = %id, sender.verified = verified, "Queued a message");
    deps.metrics.record(&Measurement::WebhookAccepted);
    Answer::Acknowledged
}

/// Puts a job into the queue. Whether the queue has it now; if not, that is counted.
pub(crate) async fn queue(deps: &Deps, health: &Health, job: &Job, deadline: Instant) -> bool {
    let queued = timeout_at(deadline, deps.queue.send(job, Duration::ZERO)).await;
    health.note(&health.queue, matches!(queued, Ok(Ok(()))));
    let cause: &(dyn Error + 'static) = match &queued {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error,
        Err(late) => late,
    };
    tracing::error!(counter = "webhook_not_queued", message.id = %job.message_id(), error = cause, "Could not queue a message");
    deps.metrics.record(&Measurement::EnqueueFailed);
    false
}
