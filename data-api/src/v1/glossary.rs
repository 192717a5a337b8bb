//! `GET` and `PUT /v1/glossary`: the names and words of the company that models are told. People's corrections add to
//! them, so a change names the version that it was made for.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::{
    domain::glossary::{BadTerms, Entry, MAX_TERMS, Source, Term},
    repositories::glossaries::{ReplaceError, StoredGlossary},
};

use utoipa::ToSchema;

use super::{
    body::Body,
    caller::{Allowed, Reads, Writes},
    openapi::{Common, OfChange},
    preconditions::{check_if_match, etag},
    problem::Problem,
    reply,
};
use crate::{Api, files::rfc3339};

/// The company's words.
#[derive(Serialize, ToSchema)]
#[schema(as = Glossary)]
struct GlossaryDto {
    /// In the order in which models are told them.
    terms: Vec<TermDto>,
    /// How many there can be.
    max: usize,
}

/// A word or a name.
#[derive(Serialize, ToSchema)]
#[schema(as = GlossaryTerm)]
struct TermDto {
    /// As it is written.
    term: String,
    /// `office`: it was put here; `learned`: a correction taught it.
    #[schema(value_type = String)]
    source: Source,
    /// Since when it is there.
    #[schema(format = DateTime)]
    since: String,
}

/// The words that replace what is there.
#[derive(Deserialize, ToSchema)]
#[schema(as = GlossaryTerms)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsDto {
    /// At most forty, each of at most forty characters.
    #[schema(max_items = 40)]
    terms: Vec<String>,
}

impl From<&Entry> for TermDto {
    fn from(entry: &Entry) -> Self {
        Self { term: entry.term.expose().clone(), source: entry.source, since: rfc3339(entry.since) }
    }
}

/// The names and words of the company that models are told.
#[utoipa::path(
    get,
    path = "/v1/glossary",
    tag = "company",
    operation_id = "getGlossary",
    responses(
        (status = 200, description = "The words.", body = GlossaryDto,
         headers(("ETag" = String, description = "For If-Match of a change, and for If-None-Match."))),
        (status = 304, description = "They are what If-None-Match names."),
        Common,
    ),
    security(("key" = ["records:read"])),
)]
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    caller: Allowed<Reads>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let stored = api.deps.glossaries.terms(scope).await?;
    if reply::knows(&headers, &etag(stored.version)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag(stored.version))]).into_response());
    }
    Ok(shown(&stored))
}

/// Replaces all of them.
///
/// Corrections add to them, so the header `If-Match` must hold the ETag that was read.
#[utoipa::path(
    put,
    path = "/v1/glossary",
    tag = "company",
    operation_id = "replaceGlossary",
    params(("If-Match" = String, Header, description = "The ETag that was read.")),
    request_body = TermsDto,
    responses(
        (status = 200, description = "The words as they are now.", body = GlossaryDto,
         headers(("ETag" = String, description = "Of the words as they are now."))),
        OfChange,
    ),
    security(("key" = ["records:write"])),
)]
pub(super) async fn replace(
    State(api): State<Arc<Api>>,
    caller: Allowed<Writes>,
    headers: HeaderMap,
    Body(TermsDto { terms }): Body<TermsDto>,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let terms = terms.iter().enumerate().map(|(at, raw)| term(at, raw)).collect::<Result<Vec<_>, _>>()?;
    let version = api.deps.glossaries.terms(scope).await?.version;
    check_if_match(&headers, version)?;
    let replaced = api.deps.glossaries.replace(scope, terms, version, api.deps.clock.now()).await;
    Ok(shown(&replaced?))
}

fn term(at: usize, raw: &str) -> Result<Term, Problem> {
    Term::parse(raw).map_err(|invalid| unprocessable(format!("/terms/{at}"), &invalid))
}

fn unprocessable(pointer: String, why: &dyn std::error::Error) -> Problem {
    Problem::Unprocessable { pointer, detail: why.to_string() }
}

fn shown(stored: &StoredGlossary) -> Response {
    let terms = stored.glossary.entries().iter().map(TermDto::from).collect();
    ([(header::ETAG, etag(stored.version))], Json(GlossaryDto { terms, max: MAX_TERMS })).into_response()
}

impl From<ReplaceError> for Problem {
    fn from(error: ReplaceError) -> Self {
        match error {
            ReplaceError::Changed => Self::PreconditionFailed,
            ReplaceError::Terms(why @ BadTerms::TooMany) => unprocessable("/terms".to_owned(), &why),
            ReplaceError::Terms(why @ BadTerms::Twice(at)) => unprocessable(format!("/terms/{at}"), &why),
            ReplaceError::Table(error) => error.into(),
        }
    }
}
