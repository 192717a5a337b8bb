//! Whether a model exists, and when it is switched off: for `hark doctor`. Only ever asks, and pays nothing.

use std::{fmt, time::Duration};

use jiff::civil::{Date, date};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::config::OpenAiConfig;

/// For one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 20;

/// Days on which OpenAI switches models off, as search results quoted its page
/// <https://developers.openai.com/api/docs/deprecations> on 2026-11-20; the page itself was not read. Dated versions of a model (`gpt-5-mini-2025-08-07`) go with it.
/// OpenAI's own answer comes first; this is for when it holds no date.
const SHUTDOWNS: [(&str, Date); 13] = [
    ("gpt-5", date(2026, 12, 11)),
    ("gpt-5-mini", date(2026, 12, 11)),
    ("gpt-5-nano", date(2026, 12, 11)),
    ("gpt-5-pro", date(2026, 12, 11)),
    ("gpt-4o", date(2027, 1, 14)),
    ("gpt-4o-mini", date(2027, 1, 14)),
    ("gpt-4.1", date(2027, 1, 14)),
    ("gpt-4.1-mini", date(2027, 1, 14)),
    ("whisper-1", date(2027, 2, 26)),
    ("gpt-4o-transcribe", date(2027, 2, 26)),
    ("gpt-4o-mini-transcribe", date(2027, 2, 26)),
    ("gpt-4o-transcribe-diarize", date(2027, 2, 26)),
    ("gpt-5.1", date(2027, 4, 1)),
];

/// What the server says of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// It can be used.
    There {
        /// The last day, if one is known: from the answer, or for OpenAI itself from our own table.
        shutdown: Option<Date>,
    },
    /// The server has no such model, or not for this account.
    Missing,
    /// The server does not tell which models it has.
    Untold,
}

/// Why nothing was said of a model. Holds nothing of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelsError {
    /// The key is wrong or not allowed to ask.
    #[error("the key is refused")]
    KeyRefused,
    /// Nothing was heard, or nothing that helps.
    #[error("the server is not to be reached: {0}")]
    Unavailable(&'static str),
}

/// The models of one server.
pub struct OpenAiModels {
    http: Client,
    base: Url,
    key: Option<SecretString>,
}

impl fmt::Debug for OpenAiModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenAiModels")
    }
}

#[derive(Deserialize)]
struct ModelWire {
    #[serde(default)]
    shutdown_date: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBodyWire {
    error: ErrorWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorWire {
    code: Option<String>,
}

impl OpenAiModels {
    /// Asks with this client.
    #[must_use]
    pub fn new(http: Client, config: &OpenAiConfig) -> Self {
        Self { http, base: config.base_url.clone(), key: config.api_key.clone() }
    }

    /// What the server says of a model.
    ///
    /// # Errors
    /// [`ModelsError`].
    pub async fn look_up(&self, model: &str) -> Result<ModelState, ModelsError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| ModelsError::Unavailable("the base URL cannot hold a path"))?
            .pop_if_empty()
            .extend(["models", model]);
        let mut request = self.http.get(url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let answering = async {
            let answer = request.send().await.map_err(|error| unreachable(&error))?;
            let status = answer.status();
            self.judge(model, status, &read(answer).await?)
        };
        tokio::time::timeout(ANSWER_WITHIN, answering)
            .await
            .unwrap_or(Err(ModelsError::Unavailable("no answer in time")))
    }

    fn judge(&self, model: &str, status: StatusCode, body: &[u8]) -> Result<ModelState, ModelsError> {
        let code = || serde_json::from_slice::<ErrorBodyWire>(body).unwrap_or_default().error.code;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ModelsError::KeyRefused),
            // A server without this route answers 404 too; OpenAI names the model's absence.
            StatusCode::NOT_FOUND if code().as_deref() == Some("model_not_found") || self.is_openai() => {
                Ok(ModelState::Missing)
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Ok(ModelState::Untold),
            StatusCode::TOO_MANY_REQUESTS => Err(ModelsError::Unavailable("too many requests")),
            status if status.is_success() => Ok(self.found(model, body)),
            _ => Err(ModelsError::Unavailable("an error at the server")),
        }
    }

    fn found(&self, model: &str, body: &[u8]) -> ModelState {
        let Ok(wire) = serde_json::from_slice::<ModelWire>(body) else { return ModelState::Untold };
        let told = wire.shutdown_date.and_then(|date| date.parse().ok());
        let known = || known_shutdown(model).filter(|_| self.is_openai());
        ModelState::There { shutdown: told.or_else(known) }
    }

    /// Other servers may have models of the same names, which end when their owner wants.
    fn is_openai(&self) -> bool {
        self.base.host_str() == Some("api.openai.com")
    }
}

/// The last day of a model at OpenAI, as far as it was known when this was built.
#[must_use]
pub fn known_shutdown(model: &str) -> Option<Date> {
    let is_version = |version: &str| {
        version.len() == 10 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    SHUTDOWNS
        .iter()
        .find(|(name, _)| {
            model
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_version))
        })
        .map(|(_, date)| *date)
}

async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, ModelsError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(ModelsError::Unavailable("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The error itself is not kept: it knows the URL.
fn unreachable(error: &reqwest::Error) -> ModelsError {
    ModelsError::Unavailable(if error.is_connect() { "no connection" } else { "the connection broke" })
}
