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
    body::{Body, HttpBody},
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use jiff::Timestamp;
use shared::{
    domain::message::InboundMessage,
    jobs::Job,
    ports::metrics::{Metrics, RefusedFor},
    use_cases::take_in::{Patience, Took},
};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::{
    Deps,
    answer::{Answer, refuse, refuse_other_body, refuse_unread, reject},
    health::Health,
};

/// All of it: Twilio waits 15 s, and needs the rest of them for the fallback URL.
pub(crate) const DEADLINE: Duration = Duration::from_secs(3);

/// The lookup alone: what is not known by then is found out behind the queue.
const LOOKUP_DEADLINE: Duration = Duration::from_secs(2);

pub(crate) async fn receive(deps: &Deps, health: &Health, url: &PublicUrl, request: Request) -> Response {
    let deadline = Instant::now() + DEADLINE;
    let verified = verify(deps, health, url, request, deadline).await;
    let message = match verified.and_then(|verified| read(deps, &verified)) {
        Ok(message) => message,
        Err(answer) => return answer.into_response(),
    };
    take_in(deps, health, message, deadline).await.err().unwrap_or(Answer::Acknowledged).into_response()
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
    let body = read_body(metrics, body, MAX_BODY, deadline).await?;
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

pub(crate) fn without_keys(error: &(dyn Error + 'static)) -> Answer {
    tracing::error!(counter = "webhook_without_keys", error, "Could not check a webhook");
    Answer::Unavailable
}

/// A body that was not read. It is counted.
pub(crate) enum Unread {
    TooLarge,
    NotWhole,
}

impl From<Unread> for Answer {
    fn from(_: Unread) -> Self {
        Self::BadRequest
    }
}

/// A body of at most so many bytes, if it is there in time.
pub(crate) async fn read_body(
    metrics: &dyn Metrics,
    body: Body,
    most: usize,
    deadline: Instant,
) -> Result<Bytes, Unread> {
    let too_large = || {
        refuse_unread(metrics, RefusedFor::Size, "body_too_large");
        Unread::TooLarge
    };
    let not_whole = |reason| {
        refuse_unread(metrics, RefusedFor::Shape, reason);
        Unread::NotWhole
    };
    if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let (mut chunks, mut read) = (body.into_data_stream(), BytesMut::new());
    loop {
        match timeout_at(deadline, chunks.next()).await {
            Ok(Some(Ok(chunk))) if read.len() + chunk.len() > most => return Err(too_large()),
            Ok(Some(Ok(chunk))) => read.extend_from_slice(&chunk),
            Ok(Some(Err(_))) => return Err(not_whole("body_not_whole")),
            Ok(None) => return Ok(read.freeze()),
            Err(_) => return Err(not_whole("body_too_slow")),
        }
    }
}

/// Who sent it, and into the queue.
pub(crate) async fn take_in(
    deps: &Deps,
    health: &Health,
    message: InboundMessage,
    deadline: Instant,
) -> Result<(), Answer> {
    let patience = Patience { lookup: sleep(LOOKUP_DEADLINE), queue: sleep_until(deadline) };
    let taken = deps.take_in().take(message, patience).await;
    health.note(&health.lookup, taken.looked_up);
    match taken.outcome {
        // The same answer as to anybody else: it must not tell who is known.
        Took::OfStranger => Ok(()),
        Took::Queued => {
            health.note(&health.queue, true);
            Ok(())
        }
        Took::NotQueued => {
            health.note(&health.queue, false);
            Err(Answer::Unavailable)
        }
    }
}

/// Puts a job into the queue. Whether the queue has it now; if not, that is counted.
pub(crate) async fn queue(deps: &Deps, health: &Health, job: &Job, deadline: Instant) -> bool {
    let queued = deps.take_in().send(job, sleep_until(deadline)).await;
    health.note(&health.queue, queued);
    queued
}
