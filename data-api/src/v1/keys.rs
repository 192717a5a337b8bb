//! `/v1/keys`: a company's keys, for who has one with the scope `admin`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shared::{
    domain::api_key::{ApiKeyRecord, KeyId, KeyState, Scope, Scopes},
    repositories::api_keys::{KeysError, NewKey},
};
use utoipa::ToSchema;

use super::{
    body::Body,
    caller::{Administers, Allowed},
    openapi::{self, Common, OfBody, OfOne},
    parameters::NoParameters,
    problem::Problem,
    reply,
};
use crate::{Api, files::rfc3339};

/// A company's keys.
#[derive(Serialize, ToSchema)]
#[schema(as = Keys)]
struct KeysDto {
    /// Those that ended too.
    keys: Vec<KeyDto>,
}

/// A key, without its text.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
struct KeyDto {
    /// Names it.
    id: String,
    /// What it allows.
    #[schema(schema_with = openapi::scopes)]
    scopes: Vec<Scope>,
    /// `active`, `expired` or `revoked`.
    state: &'static str,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// From when on it is refused; `null`: until it is revoked.
    #[schema(format = DateTime, required = true)]
    expires_at: Option<String>,
    /// Since when it is refused.
    #[schema(format = DateTime, required = true)]
    revoked_at: Option<String>,
    /// The last day (UTC) on which it was used.
    #[schema(format = Date, required = true)]
    last_used: Option<String>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = NewKey)]
struct IssuedDto {
    /// Its text, which is shown this once.
    key: String,
    #[serde(flatten)]
    record: KeyDto,
}

/// What a key is to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = KeyWanted)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedDto {
    /// What it allows.
    #[schema(schema_with = openapi::scopes)]
    scopes: Vec<String>,
    /// From when on it is refused; without it, until it is revoked.
    #[serde(default)]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl KeyDto {
    fn of(record: &ApiKeyRecord, api: &Api) -> Self {
        let state = match record.state(api.deps.clock.now()) {
            KeyState::Active => "active",
            KeyState::Expired => "expired",
            KeyState::Revoked => "revoked",
        };
        Self {
            id: record.id.to_string(),
            scopes: record.scopes.iter().collect(),
            state,
            created_at: rfc3339(record.created_at),
            expires_at: record.expires_at.map(rfc3339),
            revoked_at: record.revoked_at.map(rfc3339),
            last_used: record.last_used_day.map(|day| day.to_string()),
        }
    }
}

/// Lists the company's keys.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "company",
    operation_id = "listKeys",
    responses((status = 200, description = "The keys.", body = KeysDto), Common),
    security(("key" = ["admin"])),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    headers: HeaderMap,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let keys = api.deps.authoriser.keys().list(scope.company()).await?;
    let keys = keys.iter().map(|record| KeyDto::of(record, &api)).collect();
    reply::json(&headers, &KeysDto { keys })
}

/// Makes a key for the company.
///
/// A company has two active keys at most: the one in use, and the one that replaces it.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "company",
    operation_id = "createKey",
    request_body = WantedDto,
    responses(
        (status = 201, description = "The key, with its text.", body = IssuedDto),
        (status = 409, description = "The company has two active keys.", body = super::problem::Document,
         content_type = "application/problem+json"),
        OfBody,
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn create(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    _: NoParameters,
    Body(wanted): Body<WantedDto>,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let new = NewKey {
        company_id: scope.company().clone(),
        scopes: scopes(&wanted.scopes)?,
        expires_at: wanted.expires_at.map(|raw| end(&api, &raw)).transpose()?,
    };
    let deps = &api.deps;
    let issued = deps.authoriser.keys().create(new, &deps.env, &*deps.clock, &*deps.ids).await?;
    let body =
        IssuedDto { key: issued.key.expose_secret().to_owned(), record: KeyDto::of(&issued.record, &api) };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn scopes(raw: &[String]) -> Result<Scopes, Problem> {
    let unknown = |at: usize| Problem::Unprocessable {
        pointer: format!("/scopes/{at}"),
        detail: "It must be one of the scopes.".to_owned(),
    };
    raw.iter().enumerate().map(|(at, raw)| Scope::parse(raw).ok_or_else(|| unknown(at))).collect()
}

fn end(api: &Api, raw: &str) -> Result<jiff::Timestamp, Problem> {
    let wrong = || Problem::Unprocessable {
        pointer: "/expires_at".to_owned(),
        detail: "It must be a time to come, in the form of RFC 3339.".to_owned(),
    };
    raw.parse().ok().filter(|end| *end > api.deps.clock.now()).ok_or_else(wrong)
}

/// Revokes a key, this one too. It is refused everywhere within a minute.
#[utoipa::path(
    delete,
    path = "/v1/keys/{key_id}",
    tag = "company",
    operation_id = "revokeKey",
    params(("key_id" = String, Path, description = "The key's id.", pattern = "^[A-Za-z0-9-]{1,40}$")),
    responses((status = 204, description = "It is revoked, or was already."), OfOne),
    security(("key" = ["admin"])),
)]
pub(super) async fn revoke(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(key_id): Path<String>,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    let scope = &caller.scope;
    let id = KeyId::parse(&key_id).ok_or(Problem::NotFound)?;
    let keys = api.deps.authoriser.keys();
    let found = keys.find(&id).await?.filter(|record| record.company_id == *scope.company());
    if found.is_none() {
        return Err(Problem::NotFound);
    }
    keys.revoke(&id, api.deps.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<KeysError> for Problem {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::TooManyActive(_) => {
                Self::Conflict("The company has two active keys; revoke one of them first.")
            }
            KeysError::NoScope => {
                Self::Unprocessable { pointer: "/scopes".to_owned(), detail: error.to_string() }
            }
            KeysError::Table(error) => error.into(),
            KeysError::NotACustomKey => Self::Internal(error.into()),
        }
    }
}
