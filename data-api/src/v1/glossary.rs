//! `GET` and `PUT /v1/glossary`: the names and words of the company that models are told. People's corrections add to
//! them, so a change names the version that it was made for.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        api_key::Scope,
        glossary::{BadTerms, Entry, MAX_TERMS, Source, Term},
    },
    repositories::glossaries::{ReplaceError, StoredGlossary},
    use_cases::authorise::Authorised,
};

use super::{
    MOST_BYTES,
    caller::scope_for,
    preconditions::{check_if_match, etag},
    problem::Problem,
};
use crate::{Api, files::rfc3339};

/// The methods of the route.
pub(crate) fn methods() -> MethodRouter<Arc<Api>> {
    get(read)
        .put(replace)
        .fallback(|| async { Problem::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

#[derive(Serialize)]
struct GlossaryDto {
    terms: Vec<TermDto>,
    max: usize,
}

#[derive(Serialize)]
struct TermDto {
    term: String,
    source: Source,
    since: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsDto {
    terms: Vec<String>,
}

impl From<&Entry> for TermDto {
    fn from(entry: &Entry) -> Self {
        Self { term: entry.term.expose().clone(), source: entry.source, since: rfc3339(entry.since) }
    }
}

async fn read(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Authorised>,
) -> Result<Response, Problem> {
    let scope = scope_for(&caller, Scope::RecordsRead)?;
    Ok(shown(&api.deps.glossaries.terms(scope).await?))
}

async fn replace(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Authorised>,
    headers: HeaderMap,
    body: Result<Json<TermsDto>, JsonRejection>,
) -> Result<Response, Problem> {
    let scope = scope_for(&caller, Scope::RecordsWrite)?;
    let version = api.deps.glossaries.terms(scope).await?.version;
    check_if_match(&headers, version)?;
    let Json(TermsDto { terms }) = body?;
    let terms = terms.iter().enumerate().map(|(at, raw)| term(at, raw)).collect::<Result<Vec<_>, _>>()?;
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
