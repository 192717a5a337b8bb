//! One download: hop by hop, counted while it streams, held once.

use std::{sync::Arc, time::Duration};

use adapter_egress::{Egress, was_forbidden};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{StatusCode, header::LOCATION};
use reqwest::{Method, Response};
use shared::ports::media_source::FetchError;
use url::Url;

use crate::{api::TwilioApi, retry_after::retry_after};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// When to try again what failed on the way.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From a request to the first byte of its answer. Connecting has a limit of its own, in `adapter-egress`.
    pub first_byte: Duration,
    /// The whole of one download, redirects included.
    pub whole: Duration,
    /// Bytes of the body.
    pub bytes: u64,
}

impl Default for Limits {
    /// 5 s, 20 s, and the 16 MiB that WhatsApp allows.
    fn default() -> Self {
        Self { first_byte: Duration::from_secs(5), whole: Duration::from_secs(20), bytes: 16 * 1024 * 1024 }
    }
}

/// What came of a download that did not fail.
pub(super) enum Outcome {
    Whole(Bytes),
    /// 404: perhaps not yet there.
    NotThere,
}

pub(super) struct Download {
    pub(super) api: Arc<TwilioApi>,
    /// The client for hops without credentials.
    pub(super) cdn: Egress,
    pub(super) limits: Limits,
}

impl Download {
    /// Downloads from a checked address.
    pub(super) async fn run(&self, first: Url) -> Result<Outcome, FetchError> {
        match tokio::time::timeout(self.limits.whole, self.follow(first)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(failed("whole_timeout")),
        }
    }

    async fn follow(&self, first: Url) -> Result<Outcome, FetchError> {
        let forbidden = |_| FetchError::Forbidden("not a public address");
        let request = self.api.authorised(Method::GET, first).map_err(forbidden)?;
        let mut response = self.send(request).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(FetchError::Unauthorised),
            _ => {}
        }
        for _ in 0..MAX_REDIRECTS {
            if !response.status().is_redirection() {
                break;
            }
            let next = self.next_hop(&response)?;
            // A request of its own: nothing of the one before it, least of all its credentials, comes along.
            let request = self.cdn.request(Method::GET, next).map_err(forbidden)?;
            response = self.send(request).await?;
        }
        self.finish(response).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, FetchError> {
        match tokio::time::timeout(self.limits.first_byte, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if was_forbidden(&error) => Err(FetchError::Forbidden("not a public address")),
            Ok(Err(error)) => Err(failed(if error.is_connect() { "connect" } else { "request" })),
            Err(_) => Err(failed("first_byte_timeout")),
        }
    }

    fn next_hop(&self, response: &Response) -> Result<Url, FetchError> {
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.filter(|location| !location.contains('\\'));
        let next = location.and_then(|location| response.url().join(location).ok());
        let next = next.ok_or(FetchError::Forbidden("redirect to no URL"))?;
        self.api.media_rules.check_redirect(&next).map_err(FetchError::Forbidden)?;
        Ok(next)
    }

    async fn finish(&self, response: Response) -> Result<Outcome, FetchError> {
        match response.status() {
            StatusCode::OK => self.body(response).await.map(Outcome::Whole),
            StatusCode::NOT_FOUND => Ok(Outcome::NotThere),
            StatusCode::GONE => Err(FetchError::Gone),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(FetchError::Unavailable { after: retry_after(response.headers()).unwrap_or(TRY_AGAIN) })
            }
            status if status.is_redirection() => Err(FetchError::Forbidden("too many redirects")),
            // 403 of the CDN is an address that has run out: the next try gets a new one.
            status => {
                tracing::warn!(http.status = status.as_u16(), "A media file was not served");
                Err(FetchError::Unavailable { after: TRY_AGAIN })
            }
        }
    }

    /// All of the body, in one buffer that is made once if the length was told.
    async fn body(&self, response: Response) -> Result<Bytes, FetchError> {
        let limit = self.limits.bytes;
        let too_large = FetchError::TooLarge { limit };
        let told = response.content_length().unwrap_or_default();
        if told > limit {
            return Err(too_large);
        }
        let mut body = BytesMut::with_capacity(usize::try_from(told).unwrap_or_default());
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| failed("cut"))?;
            let length = body.len().saturating_add(chunk.len());
            if u64::try_from(length).is_ok_and(|length| length > limit) {
                return Err(too_large);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// A failure of the way, which may pass. Its cause is a word of ours: an HTTP client's own words hold the URL.
fn failed(cause: &'static str) -> FetchError {
    tracing::warn!(cause, "A media download failed on its way");
    FetchError::Unavailable { after: TRY_AGAIN }
}
