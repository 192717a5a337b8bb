//! Fetching what a message carries: `getFile` tells where a file lies, and there it is fetched, from the API that is
//! configured and from nowhere else (Telegram, "getFile").

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::StatusCode;
use reqwest::{Method, Response};
use serde_json::json;
use shared::{
    domain::message::MediaRef,
    ports::media_source::{FetchError, MediaSource},
};
use url::Url;

use crate::{
    api::{CallError, TelegramApi, Why, cause},
    wire::FilePath,
};

/// What the addresses of our files begin with: they have none that could be given to anybody.
const SCHEME: &str = "telegram:";

/// Largest file that a bot may fetch (Telegram, "getFile": 20 MB).
pub const LARGEST: u64 = 20 * 1_024 * 1_024;

/// Longest id of a file that is taken, in bytes. Telegram's have about 80.
const MAX_FILE_ID: usize = 512;

/// When to try again what failed on the way.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// How long.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For one request and the beginning of its answer.
    first_byte: Duration,
    /// For all of it.
    whole: Duration,
}

/// Media of messages that came in through Telegram.
pub struct TelegramMedia {
    api: Arc<TelegramApi>,
    limits: Limits,
}

impl TelegramMedia {
    /// Fetches through this API.
    #[must_use]
    pub const fn new(api: Arc<TelegramApi>) -> Self {
        let limits = Limits { first_byte: Duration::from_secs(10), whole: Duration::from_secs(40) };
        Self { api, limits }
    }

    async fn find_and_fetch(&self, id: &str) -> Result<Bytes, FetchError> {
        let asked = json!({ "file_id": id });
        let file: FilePath = self
            .api
            .call("getFile", &asked, self.limits.first_byte)
            .await
            .map_err(|error| not_found(&error))?;
        if file.file_size.is_some_and(|size| size > LARGEST) {
            return Err(too_large());
        }
        let path = file.file_path.ok_or(FetchError::Gone)?;
        let url = self.api.file_url(&path).ok_or(FetchError::Forbidden("a path that leads elsewhere"))?;
        let response = self.get(url).await?;
        match response.status() {
            StatusCode::OK => body(response).await,
            // The address works for an hour, so what is not there now is gone.
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(FetchError::Gone),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(FetchError::Unauthorised),
            status if status.is_redirection() => Err(FetchError::Forbidden("a redirect")),
            status => {
                tracing::warn!(http.status = status.as_u16(), "A media file was not served");
                Err(FetchError::Unavailable { after: TRY_AGAIN })
            }
        }
    }

    async fn get(&self, url: Url) -> Result<Response, FetchError> {
        let request = self.api.egress.request(Method::GET, url);
        let request = request.map_err(|_| FetchError::Forbidden("not an address that may be dialled"))?;
        match tokio::time::timeout(self.limits.first_byte, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failed(cause(&error))),
            Err(_) => Err(failed("first_byte_timeout")),
        }
    }
}

#[async_trait]
impl MediaSource for TelegramMedia {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        let (id, size) =
            read_address(media.url.expose()).ok_or(FetchError::Forbidden("no file of Telegram"))?;
        // Telegram says no to it for ever; who asks again and again is asked to wait.
        if size.is_some_and(|size| size > LARGEST) {
            return Err(too_large());
        }
        let fetched = tokio::time::timeout(self.limits.whole, self.find_and_fetch(id)).await;
        fetched.unwrap_or_else(|_| Err(failed("whole_timeout")))
    }
}

/// The address of a file in a message: its id and, where it was told, its size. `None` for an id that is none.
pub(crate) fn address_of(file_id: &str, size: Option<u64>) -> Option<String> {
    let size = size.map(|size| format!("?size={size}")).unwrap_or_default();
    is_file_id(file_id).then(|| format!("{SCHEME}{file_id}{size}"))
}

fn read_address(address: &str) -> Option<(&str, Option<u64>)> {
    let rest = address.strip_prefix(SCHEME)?;
    let (id, size) = match rest.split_once("?size=") {
        Some((id, size)) => (id, Some(size.parse().ok()?)),
        None => (rest, None),
    };
    is_file_id(id).then_some((id, size))
}

fn is_file_id(raw: &str) -> bool {
    (1..=MAX_FILE_ID).contains(&raw.len())
        && raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
}

const fn too_large() -> FetchError {
    FetchError::TooLarge { limit: LARGEST }
}

/// What it means that `getFile` has no result.
fn not_found(error: &CallError) -> FetchError {
    match error {
        CallError::Refused { why: Why::FileTooLarge, .. } => too_large(),
        CallError::Busy(wait) => FetchError::Unavailable { after: *wait },
        CallError::Unauthorised => FetchError::Unauthorised,
        CallError::Refused { why: Why::Other, .. } => FetchError::Gone,
        CallError::Refused { .. } | CallError::NotReached(_) | CallError::Lost(_) | CallError::Failed(_) => {
            tracing::warn!(%error, "A file of Telegram was not found");
            FetchError::Unavailable { after: TRY_AGAIN }
        }
    }
}

/// All of the body, in one buffer that is made once if the length was told.
async fn body(response: Response) -> Result<Bytes, FetchError> {
    let told = response.content_length().unwrap_or_default();
    if told > LARGEST {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(usize::try_from(told).unwrap_or_default());
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| failed("cut"))?;
        let length = body.len().saturating_add(chunk.len());
        if u64::try_from(length).is_ok_and(|length| length > LARGEST) {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A failure of the way, which may pass. Its cause is a word of ours: an HTTP client's own words hold the URL.
fn failed(cause: &'static str) -> FetchError {
    tracing::warn!(cause, "A media download failed on its way");
    FetchError::Unavailable { after: TRY_AGAIN }
}

#[cfg(test)]
mod tests;
