//! `GET` and `PATCH /v1/records/{message_id}`: one record, and what client apps write back to it.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;
use shared::{
    domain::{
        client_state::{Reference, Status},
        ids::RecordId,
        tenant::TenantScope,
    },
    ports::table::TableError,
    repositories::records::Found,
};
use utoipa::{IntoParams, ToSchema};

use super::detail::{CoreDto, DetailDto, whole};
use crate::{
    Api,
    v1::{
        body::{Body, given, named},
        caller::{Allowed, Reads, Writes},
        openapi::{self, OfChange, OfOne},
        parameters::{NoParameters, Parameters},
        preconditions::check_if_match_tag,
        problem::Problem,
        reply::{self, Tag},
    },
};

/// How a record is told.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` takes")]
struct RecordParams {
    /// `true`: with an address for each file, from which it can be downloaded for 300 seconds.
    #[param(nullable = false)]
    urls: Option<bool>,
}

/// What is written back. What is not named stays as it is.
#[derive(Deserialize, ToSchema)]
#[schema(as = RecordPatch)]
#[serde(deny_unknown_fields)]
pub(in crate::v1) struct PatchDto {
    /// How far the client is with the record.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = openapi::status, required = false)]
    status: Option<String>,
    /// What the client calls it; `null` removes it.
    #[serde(default, deserialize_with = "named")]
    #[schema(schema_with = openapi::reference, required = false)]
    reference: Option<Option<String>>,
}

/// One record with its past, its files and how it came to be.
///
/// Also of a note that is still in work, or was given up: then `record` is `null`, and `processing` says why.
#[utoipa::path(
    get,
    path = "/v1/records/{message_id}",
    tag = "records",
    operation_id = "getRecord",
    params(("message_id" = String, Path, description = "The record's id.", pattern = "^[A-Za-z0-9][A-Za-z0-9_]{5,63}(-[1-9][0-9]?)?$"), RecordParams),
    responses(
        (status = 200, description = "The record.", body = DetailDto,
         headers(("ETag" = String, description = "For If-Match of a change, and for If-None-Match."))),
        (status = 304, description = "It is what If-None-Match names."),
        OfOne,
    ),
    security(("key" = ["records:read"])),
)]
pub(in crate::v1) async fn read(
    State(api): State<Arc<Api>>,
    caller: Allowed<Reads>,
    Path(message_id): Path<String>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let urls = parameters.flag("urls")?;
    parameters.finish()?;
    let found = find(&api, scope, &message_id).await?;
    shown(&api, scope, &headers, &found, urls).await
}

/// Writes back how far the client is with a record, and what it calls it.
///
/// The header `If-Match` must hold the ETag that was read: nobody writes over what he has not seen.
#[utoipa::path(
    patch,
    path = "/v1/records/{message_id}",
    tag = "records",
    operation_id = "changeRecord",
    params(
        ("message_id" = String, Path, description = "The record's id.", pattern = "^[A-Za-z0-9][A-Za-z0-9_]{5,63}(-[1-9][0-9]?)?$"),
        ("If-Match" = String, Header, description = "The ETag that was read."),
    ),
    request_body = PatchDto,
    responses(
        (status = 200, description = "The record as it is now.", body = DetailDto,
         headers(("ETag" = String, description = "Of the record as it is now."))),
        OfChange,
    ),
    security(("key" = ["records:write"])),
)]
pub(in crate::v1) async fn change(
    State(api): State<Arc<Api>>,
    caller: Allowed<Writes>,
    Path(message_id): Path<String>,
    headers: HeaderMap,
    _: NoParameters,
    Body(patch): Body<PatchDto>,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let Wanted { status, reference } = Wanted::read(patch)?;
    let found = find(&api, scope, &message_id).await?;
    check_if_match_tag(&headers, tag_of(&CoreDto::of(&api, &found))?.as_str())?;
    if !found.note.is_changeable() {
        return Err(Problem::Conflict("It is no record yet."));
    }
    let now = api.deps.clock.now();
    let mut state = found.state.clone();
    let version = found.note.revised().version;
    // The same status is news if it is of a record that was changed since: it was exported again, for instance.
    if let Some(status) = status.filter(|status| (state.status, state.of_version) != (Some(*status), version))
    {
        state.set_status(status, version, now, caller.key_id.clone());
    }
    if let Some(reference) = reference {
        state.reference = reference;
    }
    if state != found.state {
        api.deps.follow.records.set_state(&found, &state, now).await.map_err(|error| match error {
            TableError::Conflict => Problem::PreconditionFailed,
            other => other.into(),
        })?;
    }
    let found = find(&api, scope, &message_id).await?;
    shown(&api, scope, &HeaderMap::new(), &found, false).await
}

/// What is to be written, read before anything is looked up.
struct Wanted {
    status: Option<Status>,
    /// `Some(None)`: it is to be removed.
    reference: Option<Option<Reference>>,
}

impl Wanted {
    fn read(patch: PatchDto) -> Result<Self, Problem> {
        let status = patch.status.map(|raw| {
            Status::parse(&raw).ok_or_else(|| unprocessable("/status", "It must be one of the statuses."))
        });
        let reference = patch.reference.map(|raw| {
            let parsed = raw.map(|raw| Reference::parse(&raw)).transpose();
            parsed.map_err(|invalid| unprocessable("/reference", &invalid.to_string()))
        });
        Ok(Self { status: status.transpose()?, reference: reference.transpose()? })
    }
}

fn unprocessable(pointer: &str, detail: &str) -> Problem {
    Problem::Unprocessable { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

/// A record of the caller's own company.
pub(super) async fn find(api: &Api, scope: &TenantScope, message_id: &str) -> Result<Found, Problem> {
    let record = RecordId::parse(message_id).map_err(|_| Problem::NotFound)?;
    api.deps.follow.records.find(scope, &record).await?.ok_or(Problem::NotFound)
}

fn tag_of(core: &CoreDto) -> Result<Tag, Problem> {
    Ok(Tag::of(&reply::encode(core)?))
}

/// Addresses differ each time, so an answer with them is none that the client has.
async fn shown(
    api: &Api,
    scope: &TenantScope,
    headers: &HeaderMap,
    found: &Found,
    urls: bool,
) -> Result<Response, Problem> {
    let core = CoreDto::of(api, found);
    let tag = tag_of(&core)?;
    let none = HeaderMap::new();
    let headers = if urls { &none } else { headers };
    if reply::has_it(headers, &tag) {
        return Ok(reply::with_tag(headers, &tag, Vec::new()));
    }
    let detail = whole(api, scope, found, core, urls).await?;
    Ok(reply::with_tag(headers, &tag, reply::encode(&detail)?))
}
