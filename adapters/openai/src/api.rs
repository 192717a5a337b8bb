//! One call: the request, what is tried again, and when it is given up.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use shared::ports::transcriber::ModelError;
use url::Url;

use crate::{config::OpenAiConfig, refusal};

/// The largest answer that is read. A transcript of 25 minutes has some 30 KB.
const MAX_ANSWER: usize = 4 * 1_024 * 1_024;

/// How long a call may take, and the waits between its tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// The wait before each further try; as many tries more as waits.
    pub waits: Vec<Duration>,
    /// The end of the whole call, tries and waits together.
    pub deadline: Duration,
}

impl Default for Patience {
    /// Two more tries, after 0.3 s and 1 s, and 90 s for everything.
    fn default() -> Self {
        Self {
            waits: vec![Duration::from_millis(300), Duration::from_secs(1)],
            deadline: Duration::from_secs(90),
        }
    }
}

/// A server and an account on it.
#[derive(Clone)]
pub(crate) struct Api {
    http: Client,
    base: Url,
    key: Option<SecretString>,
    pub(crate) patience: Patience,
}

/// A try that failed.
pub(crate) struct Failure {
    /// What it means to the caller.
    pub(crate) error: ModelError,
    /// Whether another try at once may do better.
    pub(crate) again: bool,
}

impl Failure {
    fn unavailable(why: &'static str, again: bool) -> Self {
        Self { error: ModelError::Unavailable(why), again }
    }
}

impl Api {
    pub(crate) fn new(http: Client, config: &OpenAiConfig) -> Self {
        Self {
            http,
            base: config.base_url.clone(),
            key: config.api_key.clone(),
            patience: Patience::default(),
        }
    }

    /// Posts to a path under the base. `fill` puts the body in; it is called once for each try, so that each
    /// sends the whole of it.
    pub(crate) async fn post<F>(&self, path: &[&str], fill: F) -> Result<Bytes, ModelError>
    where
        F: Fn(RequestBuilder) -> reqwest::Result<RequestBuilder> + Send + Sync,
    {
        let url = self.url(path)?;
        let tries = async {
            let mut waits = self.patience.waits.iter();
            loop {
                match self.once(&url, &fill).await {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => match waits.next() {
                        Some(wait) if failure.again => tokio::time::sleep(*wait).await,
                        _ => return Err(failure.error),
                    },
                }
            }
        };
        tokio::time::timeout(self.patience.deadline, tries)
            .await
            .unwrap_or(Err(ModelError::Unavailable("no answer in time")))
    }

    fn url(&self, path: &[&str]) -> Result<Url, ModelError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| ModelError::AccountRefused("the base URL cannot hold a path"))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    async fn once<F>(&self, url: &Url, fill: &F) -> Result<Bytes, Failure>
    where
        F: Fn(RequestBuilder) -> reqwest::Result<RequestBuilder> + Send + Sync,
    {
        let mut request = self.http.post(url.clone());
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let request = fill(request).map_err(|error| failure_of(&error))?;
        let response = request.send().await.map_err(|error| failure_of(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await;
        if status.is_success() {
            return body;
        }
        // What the status says counts even when the rest of the answer is lost.
        Err(refusal::failure(status, &headers, &body.unwrap_or_default()))
    }
}

async fn read(mut response: Response) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure_of(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failure::unavailable("the answer is too long", false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The error itself is not kept: it knows the URL.
fn failure_of(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        Failure { error: ModelError::AccountRefused("the request cannot be made"), again: false }
    } else if error.is_timeout() && !error.is_connect() {
        Failure::unavailable("no answer in time", false)
    } else if error.is_connect() {
        Failure::unavailable("no connection", true)
    } else {
        Failure::unavailable("the connection broke", true)
    }
}
