//! `/v1/webhooks/{webhook_id}`: one webhook, its secret, and whether it can be reached.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        tenant::TenantScope,
        webhook::{Outcome, Webhook},
    },
    repositories::webhooks::{UpdateError, WebhookChange},
};
use utoipa::ToSchema;

use super::{WebhookDto, WithSecretDto, endpoint, found, id, kinds};
use crate::{
    Api,
    files::rfc3339,
    v1::{
        body::{Body, given},
        caller::{Administers, Allowed},
        openapi::{self, OfChange, OfOne},
        parameters::NoParameters,
        preconditions::{check_if_match, etag},
        problem::Problem,
        reply,
    },
};

/// A webhook, and how it stands with its receiver.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDetail)]
struct DetailDto {
    #[serde(flatten)]
    webhook: WebhookDto,
    /// When it last accepted a message; `null`: never.
    #[schema(format = DateTime, required = true)]
    last_accepted_at: Option<String>,
    /// Since when it accepted nothing that it was sent; `null`: it does.
    #[schema(format = DateTime, required = true)]
    failing_since: Option<String>,
    /// Until when it is sent nothing, since it seems to be down or asked for it.
    #[schema(format = DateTime, required = true)]
    held_until: Option<String>,
}

/// What is to become of a webhook. What is not named stays as it is.
#[derive(Deserialize, ToSchema)]
#[schema(as = WebhookPatch)]
#[serde(deny_unknown_fields)]
pub(in crate::v1) struct PatchDto {
    /// Where its messages go.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 2000, nullable = false)]
    url: Option<String>,
    /// Of what it is told, from the changes on that it was not told of yet.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = openapi::message_types, required = false)]
    types: Option<Vec<String>>,
    /// Whether it is sent anything. What happens while it is not is sent when it is again.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// What became of a test message.
#[derive(Serialize, ToSchema)]
#[schema(as = Pinged)]
struct PingedDto {
    /// Whether it was accepted.
    accepted: bool,
    /// Which status the receiver answered with, if it did and accepted it.
    #[schema(required = true)]
    status: Option<u16>,
    /// What happened, in words.
    detail: String,
}

/// One webhook, and how it stands with its receiver.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{webhook_id}",
    tag = "webhooks",
    operation_id = "getWebhook",
    params(("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$")),
    responses(
        (status = 200, description = "The webhook.", body = DetailDto,
         headers(("ETag" = String, description = "For If-Match of a change."))),
        OfOne,
    ),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn read(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let webhook = found(&api, scope, &webhook_id).await?;
    shown(&api, scope, &webhook).await
}

/// Changes a webhook. What waits for it is sent at once.
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{webhook_id}",
    tag = "webhooks",
    operation_id = "changeWebhook",
    params(
        ("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$"),
        ("If-Match" = String, Header, description = "The ETag that was read."),
    ),
    request_body = PatchDto,
    responses(
        (status = 200, description = "The webhook as it is now.", body = DetailDto,
         headers(("ETag" = String, description = "Of the webhook as it is now."))),
        OfChange,
    ),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn change(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    headers: HeaderMap,
    _: NoParameters,
    Body(patch): Body<PatchDto>,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let wanted = WebhookChange {
        endpoint: patch.url.map(|url| endpoint(&api, &url)).transpose()?,
        kinds: patch.types.as_deref().map(kinds).transpose()?,
        active: patch.active,
    };
    let webhook = found(&api, scope, &webhook_id).await?;
    check_if_match(&headers, webhook.version.into())?;
    let now = api.deps.clock.now();
    let webhooks = &api.deps.ping.webhooks;
    let webhook = webhooks.update(scope, &webhook.id, &wanted, webhook.version, now).await?;
    shown(&api, scope, &webhook).await
}

/// Removes a webhook, with all that waits for it.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{webhook_id}",
    tag = "webhooks",
    operation_id = "deleteWebhook",
    params(("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$")),
    responses((status = 204, description = "It is removed."), OfOne),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn delete(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    let scope = &caller.scope;
    let is_deleted = api.deps.ping.webhooks.delete(scope, &id(&webhook_id)?).await?;
    if is_deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::NotFound) }
}

/// Gives a webhook a new secret. For 24 hours messages are signed with the old one, too.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{webhook_id}/rotate-secret",
    tag = "webhooks",
    operation_id = "rotateWebhookSecret",
    params(("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$")),
    responses((status = 200, description = "The webhook, with its new secret.", body = WithSecretDto), OfOne),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn rotate(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    _: NoParameters,
) -> Result<Json<WithSecretDto>, Problem> {
    let scope = &caller.scope;
    let deps = &api.deps;
    let rotated =
        deps.ping.webhooks.rotate_secret(scope, (&id(&webhook_id)?, None), &*deps.clock, &*deps.ids).await?;
    let (webhook, secret) = rotated.ok_or(Problem::NotFound)?;
    Ok(Json(WithSecretDto::of(&webhook, &secret)))
}

/// Sends a test message of the type `ping` at once, and tells what became of it.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{webhook_id}/ping",
    tag = "webhooks",
    operation_id = "pingWebhook",
    params(("webhook_id" = String, Path, description = "The webhook's id.", pattern = "^wh_[a-z]{16}$")),
    responses((status = 200, description = "What became of it.", body = PingedDto), OfOne),
    security(("key" = ["admin"])),
)]
pub(in crate::v1) async fn ping(
    State(api): State<Arc<Api>>,
    caller: Allowed<Administers>,
    Path(webhook_id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let outcome = api.deps.ping.ping(scope, &id(&webhook_id)?).await?.ok_or(Problem::NotFound)?;
    let body = match outcome {
        Outcome::Accepted(status) => {
            PingedDto { accepted: true, status: Some(status), detail: format!("it answered {status}") }
        }
        Outcome::Refused(why) => PingedDto { accepted: false, status: None, detail: why.to_string() },
    };
    Ok(Json(body).into_response())
}

async fn shown(api: &Api, scope: &TenantScope, webhook: &Webhook) -> Result<Response, Problem> {
    let standing = api.deps.ping.webhooks.standing(scope, &webhook.id, api.deps.clock.now()).await?;
    // Removed just now.
    let standing = standing.ok_or(Problem::NotFound)?;
    let body = DetailDto {
        webhook: webhook.into(),
        last_accepted_at: standing.last_accepted_at.map(rfc3339),
        failing_since: standing.failing_since.map(rfc3339),
        held_until: standing.held_until.map(rfc3339),
    };
    let tag = [(header::ETAG, etag(webhook.version.into()))];
    let json = (header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok((tag, [json], reply::encode(&body)?).into_response())
}

impl From<UpdateError> for Problem {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::NotFound => Self::NotFound,
            UpdateError::Changed => Self::PreconditionFailed,
            UpdateError::Table(error) => error.into(),
        }
    }
}
