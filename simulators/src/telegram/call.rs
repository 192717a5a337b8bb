//! A call of a method: whose token it has, its parameters, and its answer (Telegram, "Making requests").

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};

use crate::world::{SharedWorld, World};

/// The parameters, from wherever they came.
pub(super) struct Parameters(Map<String, Value>);

impl Parameters {
    pub(super) const fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    fn read(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let form = |text: &[u8]| {
            let pairs = url::form_urlencoded::parse(text).into_owned();
            pairs.map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>()
        };
        let mut all = form(query.unwrap_or_default().as_bytes());
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/json") {
            let read: Value =
                serde_json::from_slice(body).map_err(|_| Refusal::bad("can't parse JSON object"))?;
            all.extend(read.as_object().cloned().unwrap_or_default());
        } else {
            all.extend(form(body));
        }
        Ok(Self(all))
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A number, also one in digits.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A value that is an object or a list, or JSON of one.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match self.0.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            value => Some(value.clone()),
        }
    }

    /// A yes.
    pub(super) fn is(&self, name: &str) -> bool {
        self.value(name) == Some(Value::Bool(true))
    }
}

/// A call that is not answered with a result.
pub(super) struct Refusal {
    status: StatusCode,
    description: String,
    retry_after: Option<u64>,
}

impl Refusal {
    fn of(status: StatusCode, description: impl Into<String>) -> Self {
        Self { status, description: description.into(), retry_after: None }
    }

    /// 400.
    pub(super) fn bad(description: &str) -> Self {
        Self::of(StatusCode::BAD_REQUEST, format!("Bad Request: {description}"))
    }

    /// 404: no such method, or a token that is none.
    pub(super) fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 409: the updates go elsewhere.
    pub(super) fn conflict(description: &str) -> Self {
        Self::of(StatusCode::CONFLICT, format!("Conflict: {description}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.status.as_u16();
        let mut body = json!({ "ok": false, "error_code": code, "description": self.description });
        if let (Some(wait), Some(fields)) = (self.retry_after, body.as_object_mut()) {
            fields.insert("parameters".to_owned(), json!({ "retry_after": wait }));
        }
        (self.status, Json(body)).into_response()
    }
}

/// The error of a planned fault; `code` is what it says.
pub(crate) fn planned(status: StatusCode, code: Option<&str>) -> Response {
    let usual = match status.as_u16() {
        401 => "Unauthorized",
        403 => "Forbidden: bot was blocked by the user",
        404 => "Not Found",
        409 => {
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        }
        429 => "Too Many Requests: retry after 1",
        500..=599 => "Internal Server Error",
        _ => "Bad Request: planned (simulated)",
    };
    let retry_after = (status == StatusCode::TOO_MANY_REQUESTS).then_some(1);
    Refusal { retry_after, ..Refusal::of(status, code.unwrap_or(usual)) }.into_response()
}

/// Whether `bot{token}` of a path is ours.
pub(super) fn check(world: &World, bot: &str) -> Result<(), Refusal> {
    let token = bot.strip_prefix("bot").ok_or_else(Refusal::not_found)?;
    let (id, secret) = token.split_once(':').ok_or_else(Refusal::not_found)?;
    if id.is_empty() || secret.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::not_found());
    }
    let known = &world.config.telegram_token;
    if known.is_empty() || known == token {
        Ok(())
    } else {
        Err(Refusal::of(StatusCode::UNAUTHORIZED, "Unauthorized"))
    }
}

/// Any method.
pub(super) async fn handle(
    State(world): State<SharedWorld>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    check(&world, &bot)?;
    let parameters = Parameters::read(query.as_deref(), &headers, &body)?;
    let result = super::answer(&world, &method, &parameters).await?;
    Ok(Json(json!({ "ok": true, "result": result })).into_response())
}
