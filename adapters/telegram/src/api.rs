//! The way to Telegram's Bot API: one bot, one base URL, one client (Telegram, "Making requests"). The token stands in the
//! path, so no URL and no client's own error leaves this file.

use std::{fmt, time::Duration};

use adapter_egress::{AddressPolicy, BadBaseUrl, Egress, EgressError, NotOpened, check_base_url};
use http::StatusCode;
use reqwest::{Method, Response};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use url::Url;

use crate::bot::{BotId, BotToken};

/// Most bytes of an answer that are read: far more than the updates that are asked for at once have.
const MAX_ANSWER: usize = 8 * 1_024 * 1_024;

/// The longest wait that is believed: what the queue can delay.
const LONGEST_WAIT: u64 = 900;

/// The wait that is meant where none is told.
const BUSY: Duration = Duration::from_secs(5);

/// The API. Shared by everything that calls it, so that connections are, too.
pub struct TelegramApi {
    pub(crate) egress: Egress,
    base: Url,
    token: BotToken,
}

/// The API cannot be called with these settings.
#[derive(Debug, thiserror::Error)]
pub enum UnusableApi {
    /// The base URL was refused.
    #[error("TELEGRAM_API_BASE_URL {0}")]
    Base(#[from] BadBaseUrl),
    /// The client cannot be built.
    #[error(transparent)]
    Client(#[from] EgressError),
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There was no connection, or what answered is not Telegram: the call was certainly not made.
    #[error("Telegram cannot be reached ({0})")]
    NotReached(&'static str),
    /// The call was made, and its answer was lost or cannot be read.
    #[error("Telegram's answer was lost ({0})")]
    Lost(&'static str),
    /// Telegram answered that it failed.
    #[error("Telegram failed (status {0})")]
    Failed(u16),
    /// Too many calls: not made, and to be made after this long.
    #[error("Telegram wants to be left alone for a while")]
    Busy(Duration),
    /// 401 or 404 in Telegram's own words: there is no bot of this token.
    #[error("Telegram refuses the bot's token")]
    Unauthorised,
    /// Telegram will not do it.
    #[error("Telegram refused (code {code}: {why})")]
    Refused {
        /// Its code.
        code: u16,
        /// What is meant, in words of ours.
        why: Why,
    },
}

/// What a refusal means. Telegram says it in words alone, which it may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// `Conflict`: updates are asked for elsewhere, too, or a webhook is set.
    #[error("somebody else takes the updates, or a webhook is set")]
    Conflict,
    /// `file is too big`: larger than what a bot may fetch.
    #[error("the file is too large")]
    FileTooLarge,
    /// `file is temporarily unavailable`.
    #[error("the file is not there just now")]
    FileNotNow,
    /// `chat not found`, `bot was blocked by the user` and whatever else.
    #[error("it says why in words of its own")]
    Other,
}

/// What every call is answered with.
#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

/// What came back.
pub(crate) struct Answered {
    status: StatusCode,
    body: Vec<u8>,
    whole: bool,
}

impl Answered {
    /// The result that it tells.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) fn result<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        if !self.whole {
            return Err(CallError::Lost("too long"));
        }
        result_of(self.status, &self.body)
    }

    /// What was read of it, whether that makes sense or not.
    pub(crate) fn beginning(&self) -> &[u8] {
        &self.body
    }
}

impl TelegramApi {
    /// Builds the client; connects nowhere.
    ///
    /// # Errors
    /// [`UnusableApi`]; none after `TelegramConfig::read` found no fault.
    pub fn new(token: BotToken, api_base: &str) -> Result<Self, UnusableApi> {
        let base = check_base_url(api_base)?;
        Ok(Self { egress: Egress::new(AddressPolicy::for_base(&base))?, base, token })
    }

    /// The bot.
    #[must_use]
    pub const fn bot(&self) -> BotId {
        self.token.bot()
    }

    /// Opens a connection to the API before it is needed.
    ///
    /// # Errors
    /// [`NotOpened`], which is to be told and otherwise ignored.
    pub async fn warm_up(&self) -> Result<(), NotOpened> {
        self.egress.warm_up(&self.base).await
    }

    /// Calls a method.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &Value,
        within: Duration,
    ) -> Result<T, CallError> {
        self.post(method, parameters, within).await?.result()
    }

    /// Calls a method. What was answered, which may be more than is read.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn post(
        &self,
        method: &str,
        parameters: &Value,
        within: Duration,
    ) -> Result<Answered, CallError> {
        let url = self.url_of(&format!("bot{}/{method}", self.token.expose()));
        let request = self.egress.request(Method::POST, url).map_err(|_| CallError::NotReached("address"))?;
        let response =
            request.timeout(within).json(parameters).send().await.map_err(|error| failed(&error))?;
        read(response).await
    }

    /// The address of a file, by the path that `getFile` answered; `None` for a path that leads elsewhere.
    pub(crate) fn file_url(&self, path: &str) -> Option<Url> {
        let is_segment = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        path.split('/')
            .all(is_segment)
            .then(|| self.url_of(&format!("file/bot{}/{path}", self.token.expose())))
    }

    fn url_of(&self, below: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{below}", self.base.path().trim_end_matches('/')));
        url
    }
}

impl fmt::Debug for TelegramApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramApi").field("bot", &self.bot()).finish_non_exhaustive()
    }
}

/// A word of ours for a client's error, whose own words hold the URL.
pub(crate) fn cause(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "timeout",
        error if error.is_connect() => "connect",
        error if error.is_builder() => "builder",
        error if error.is_body() || error.is_decode() => "body",
        _ => "request",
    }
}

fn failed(error: &reqwest::Error) -> CallError {
    let cause = cause(error);
    if error.is_connect() || error.is_builder() {
        CallError::NotReached(cause)
    } else {
        CallError::Lost(cause)
    }
}

async fn read(mut response: Response) -> Result<Answered, CallError> {
    let (status, mut body) = (response.status(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| CallError::Lost(cause(&error)))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Ok(Answered { status, body, whole: false });
        }
    }
    Ok(Answered { status, body, whole: true })
}

fn result_of<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, CallError> {
    let Ok(answer) = serde_json::from_slice::<Answer<'_>>(body) else {
        return Err(not_in_its_words(status));
    };
    if answer.ok && status.is_success() {
        let result = answer.result.map(RawValue::get).unwrap_or("null");
        return serde_json::from_str(result).map_err(|_| CallError::Lost("unreadable"));
    }
    if answer.ok {
        return Err(not_in_its_words(status));
    }
    let told = answer.error_code.and_then(|code| StatusCode::from_u16(code).ok());
    let wait = answer.parameters.and_then(|parameters| parameters.retry_after);
    Err(refused(told.unwrap_or(status), answer.description.as_deref(), wait))
}

/// Something on the way to Telegram answered. That it knows no such path or wants to know who we are says nothing of the
/// bot's token, and nothing was passed on.
fn not_in_its_words(status: StatusCode) -> CallError {
    match status {
        status if status.is_success() => CallError::Lost("unreadable"),
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED => CallError::NotReached("something else answered"),
        status => refused(status, None, None),
    }
}

fn refused(status: StatusCode, said: Option<&str>, wait: Option<u64>) -> CallError {
    let said = said.unwrap_or_default().to_ascii_lowercase();
    let code = status.as_u16();
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            CallError::Busy(wait.map_or(BUSY, |wait| Duration::from_secs(wait.clamp(1, LONGEST_WAIT))))
        }
        StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => CallError::Unauthorised,
        StatusCode::CONFLICT => CallError::Refused { code, why: Why::Conflict },
        StatusCode::BAD_REQUEST if said.contains("file is too big") => {
            CallError::Refused { code, why: Why::FileTooLarge }
        }
        StatusCode::BAD_REQUEST if said.contains("temporarily unavailable") => {
            CallError::Refused { code, why: Why::FileNotNow }
        }
        // A server on the way gave up waiting for us; what it had read by then is not known.
        StatusCode::REQUEST_TIMEOUT => CallError::Failed(code),
        status if status.is_client_error() => CallError::Refused { code, why: Why::Other },
        _ => CallError::Failed(code),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stub::{self, Stub, TOKEN, answer};

    #[tokio::test]
    async fn g02_lessons_20_the_token_is_in_the_path_and_in_no_error() {
        let api = stub::api("http://127.0.0.1:1");
        let error = api.call::<Value>("getMe", &json!({}), Duration::from_secs(5)).await.unwrap_err();
        let shown = format!("{error:?} {error} {api:?}");
        assert_eq!(error, CallError::NotReached("connect"));
        assert!(!shown.contains("CANARY") && !shown.contains("127.0.0.1"), "{shown}");

        let stub = Stub::start(|_, _| Some(answer(200, &json!({ "ok": true, "result": 5 })))).await;
        assert_eq!(stub.api().call::<u8>("getMe", &json!({}), Duration::from_secs(5)).await, Ok(5));
        assert_eq!(stub.asked()[0].target, format!("/bot{TOKEN}/getMe"));
    }

    #[test]
    fn an_answer_means_what_the_caller_can_do_about_it() {
        let read = |status: u16, body: &str| {
            result_of::<Value>(StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap_err()
        };
        let other = |code| CallError::Refused { code, why: Why::Other };
        for (status, body, means) in [
            (
                429,
                r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#,
                CallError::Busy(Duration::from_secs(7)),
            ),
            (
                429,
                r#"{"ok":false,"error_code":429,"parameters":{"retry_after":999999}}"#,
                CallError::Busy(Duration::from_secs(900)),
            ),
            (429, "<html>", CallError::Busy(BUSY)),
            (401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, CallError::Unauthorised),
            (404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#, CallError::Unauthorised),
            (
                409,
                r#"{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}"#,
                CallError::Refused { code: 409, why: Why::Conflict },
            ),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}"#,
                CallError::Refused { code: 400, why: Why::FileTooLarge },
            ),
            (400, r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#, other(400)),
            (
                403,
                r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#,
                other(403),
            ),
            (
                500,
                r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#,
                CallError::Failed(500),
            ),
            (404, "<html>nginx</html>", CallError::NotReached("something else answered")),
            (404, r#"{"detail":"Not Found"}"#, CallError::NotReached("something else answered")),
            (404, r#"{"ok":true}"#, CallError::NotReached("something else answered")),
            (401, "", CallError::NotReached("something else answered")),
            (502, "<html>Bad Gateway</html>", CallError::Failed(502)),
            (200, "<html>", CallError::Lost("unreadable")),
            (200, r#"{"ok":false,"error_code":403}"#, other(403)),
        ] {
            assert_eq!(read(status, body), means, "{body}");
        }
    }

    #[test]
    fn a_path_of_a_file_leads_nowhere_else() {
        let api = stub::api("http://127.0.0.1:8090");
        let url = api.file_url("voice/file_7.oga").unwrap();
        assert_eq!(url.as_str(), format!("http://127.0.0.1:8090/file/bot{TOKEN}/voice/file_7.oga"));
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "voice/../../x",
            "voice//x",
            "voice/%2e%2e/x",
            "voice/x?y",
            "voice/x#y",
            "a\\b",
        ] {
            assert!(api.file_url(path).is_none(), "{path}");
        }
    }
}
