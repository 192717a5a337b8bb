//! `/v1/webhooks`: where the company's own software is told of changes, for who has a key with the scope `admin`.

pub(super) mod dead_letters;
pub(super) mod one;

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        tenant::TenantScope,
        webhook::{Activity, Endpoint, Kinds, Webhook, WebhookId, WebhookSecret, kind_of, type_of},
    },
    repositories::webhooks::{Beginning, CreateError, NewWebhook},
};
use utoipa::ToSchema;

use super::{
    body::{Body, given},
    caller::{Administers, Allowed},
    openapi::{self, Common, OfBody},
    parameters::NoParameters,
    preconditions::etag,
    problem::{Document, Problem},
    reply,
};
use crate::{Api, files::rfc3339};

/// A company's webhooks.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhooks)]
struct WebhooksDto {
    /// At most ten.
    webhooks: Vec<WebhookDto>,
}

/// A webhook, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookDto {
    /// Names it.
    #[schema(example = "wh_abcdefghijklmnop")]
    id: String,
    /// Where its messages go.
    url: String,
    /// Of what it is told.
    #[schema(schema_with = openapi::message_types)]
    types: Vec<&'static str>,
    /// `active`, `paused`, or `gone`: its receiver answered 410, and is sent nothing until it is switched on again.
    activity: &'static str,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was changed last.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A webhook with a secret that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(super) struct WithSecretDto {
    /// What its messages are signed with (Standard Webhooks); shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
    #[serde(flatten)]
    webhook: WebhookDto,
}

/// What a webhook is to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = WebhookWanted)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedDto {
    /// Where its messages go: https, to an address of the public internet.
    #[schema(max_length = 2000, example = "https://office.example/hark")]
    url: String,
    /// Of what it is told; without it, of everything.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = openapi::message_types, required = false)]
    types: Option<Vec<String>>,
    /// `now`: it is told of what happens from now on; `beginning`: of all that ever happened, first.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = openapi::beginning, required = false)]
    from: Option<String>,
}

impl From<&Webhook> for WebhookDto {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.endpoint.url().to_string(),
            types: webhook.kinds.iter().map(type_of).collect(),
            activity: Activity::as_str(webhook.activity),
            created_at: rfc3339(webhook.created_at),
            updated_at: rfc3339(webhook.updated_at),
        }
    }
}

impl WithSecretDto {
    pub(super) fn of(webhook: &Webhook, secret: &WebhookSecret) -> Self {
        Self { secret: secret.text().expose_secret().to_owned(), webhook: webhook.into() }
    }
}

/// Lists the company's webhooks.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks",
    operation_id = "listWebhooks",
    responses((status = 200, description = "The webhooks.", body = WebhooksDto), Common),
    security(("key" = ["admin"])),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    headers: HeaderMap,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let webhooks = api.deps.ping.webhooks.list(scope).await?;
    reply::json(&headers, &WebhooksDto { webhooks: webhooks.iter().map(Into::into).collect() })
}

/// Makes a webhook: from then on each change is posted to its address, signed.
///
/// The body of a message is `{"type", "timestamp", "data"}`, where `data` is a change as `/v1/changes` tells it. Messages
/// are signed as Standard Webhooks says, so that its libraries verify them. What is not accepted with a status from 200 to
/// 299 is sent again for three days, with growing pauses, and then kept among the dead letters. Messages of one note come
/// in order; the same one may come twice, with the same `webhook-id`. Redirects are not followed.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "webhooks",
    operation_id = "createWebhook",
    request_body = WantedDto,
    responses(
        (status = 201, description = "The webhook, with its secret.", body = WithSecretDto),
        (status = 409, description = "The company has ten webhooks.", body = Document,
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
    let new = NewWebhook {
        endpoint: endpoint(&api, &wanted.url)?,
        kinds: wanted.types.as_deref().map(kinds).transpose()?.unwrap_or_else(Kinds::all),
        beginning: beginning(wanted.from.as_deref())?,
    };
    let deps = &api.deps;
    let (webhook, secret) = deps.ping.webhooks.create(scope, new, &*deps.clock, &*deps.ids).await?;
    let tag = [(header::ETAG, etag(webhook.version.into()))];
    Ok((StatusCode::CREATED, tag, Json(WithSecretDto::of(&webhook, &secret))).into_response())
}

/// An address that messages may go to.
pub(super) fn endpoint(api: &Api, raw: &str) -> Result<Endpoint, Problem> {
    Endpoint::parse(raw, api.deps.loopback).map_err(|invalid| wrong("/url", &invalid.to_string()))
}

/// The kinds of message types.
pub(super) fn kinds(raw: &[String]) -> Result<Kinds, Problem> {
    let unknown = |at: usize| wrong(&format!("/types/{at}"), "It must be one of the types of messages.");
    let kinds = raw.iter().enumerate().map(|(at, raw)| kind_of(raw).ok_or_else(|| unknown(at)));
    Kinds::of(&kinds.collect::<Result<Vec<_>, _>>()?)
        .ok_or_else(|| wrong("/types", "There must be one at least."))
}

fn beginning(raw: Option<&str>) -> Result<Beginning, Problem> {
    match raw {
        None | Some("now") => Ok(Beginning::Now),
        Some("beginning") => Ok(Beginning::First),
        Some(_) => Err(wrong("/from", "It must be now or beginning.")),
    }
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::Unprocessable { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

/// The id in a path, if the company has such a webhook.
pub(super) async fn found(api: &Api, scope: &TenantScope, raw: &str) -> Result<Webhook, Problem> {
    api.deps.ping.webhooks.get(scope, &id(raw)?).await?.ok_or(Problem::NotFound)
}

pub(super) fn id(raw: &str) -> Result<WebhookId, Problem> {
    WebhookId::parse(raw).map_err(|_| Problem::NotFound)
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::TooMany => Self::Conflict("The company has ten webhooks; remove one of them first."),
            CreateError::Table(error) => error.into(),
        }
    }
}
