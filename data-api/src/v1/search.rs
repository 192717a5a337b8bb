//! `GET /v1/search`: a company's records by their words.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use shared::{
    ports::search::{Fragment, Query},
    use_cases::search::{FoundRecord, SearchError},
};
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Allowed, Reads},
    openapi::Common,
    parameters::{Parameters, number},
    problem::Problem,
    reply,
    view::RecordDto,
};
use crate::Api;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 50;
const MAX_OFFSET: usize = 1_000;

/// What was found.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchResults)]
struct ResultsDto {
    /// The best first; of equal ones the newest.
    results: Vec<ResultDto>,
    /// How many there are on all pages.
    total: usize,
}

/// A record that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchResult)]
struct ResultDto {
    /// How well it fits; comparable within one answer only.
    score: f32,
    /// Its title, cut where words that match begin and end.
    title: Vec<PieceDto>,
    /// The piece of its words that matched best, likewise.
    text: Vec<PieceDto>,
    #[serde(flatten)]
    record: RecordDto,
}

/// A piece of a text.
#[derive(Serialize, ToSchema)]
#[schema(as = Piece)]
struct PieceDto {
    /// The piece. Text, not HTML.
    text: String,
    /// Whether it matched.
    matched: bool,
}

/// What is looked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `find` takes")]
struct SearchParams {
    /// Words, all of which must be there; `"in quotes"`: one behind the other. At most 12.
    #[param(min_length = 1, max_length = 200)]
    q: String,
    /// Most results of a page; 20 if not given.
    #[param(minimum = 1, maximum = 50, nullable = false)]
    limit: Option<u32>,
    /// How many results are passed over.
    #[param(minimum = 0, maximum = 1000, nullable = false)]
    offset: Option<u32>,
}

/// Finds records by their words, in English, German and Polish.
///
/// Case and accents do not matter, nor do most endings. Words of four letters and more are found within others, so
/// `Pumpe` finds `Wärmepumpe`. The last word may be a beginning. What was filed before the question is found.
#[utoipa::path(
    get,
    path = "/v1/search",
    tag = "records",
    operation_id = "searchRecords",
    params(SearchParams),
    responses((status = 200, description = "What was found.", body = ResultsDto), Common),
    security(("key" = ["records:read"])),
)]
pub(super) async fn find(
    State(api): State<Arc<Api>>,
    caller: Allowed<Reads>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    const EXPECTED: &str = "1 to 200 characters with at most 12 words";
    let scope = &caller.scope;
    let query = parameters
        .optional("q", EXPECTED, |raw| Query::parse(raw).ok().filter(|_| !raw.is_empty()))?
        .ok_or(Problem::Parameter { name: "q", expected: EXPECTED })?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let offset = parameters.optional("offset", "a whole number from 0 to 1000", |raw| {
        number(raw).filter(|offset| *offset <= MAX_OFFSET)
    })?;
    parameters.finish()?;
    let answer = api.deps.search.search(scope, &query, limit, offset.unwrap_or_default()).await?;
    let results = answer.records.into_iter().map(ResultDto::from).collect();
    reply::json(&headers, &ResultsDto { results, total: answer.total })
}

impl From<FoundRecord> for ResultDto {
    fn from(found: FoundRecord) -> Self {
        let FoundRecord { view, score, title, text } = found;
        Self { score, title: pieces(&title), text: pieces(&text), record: view.into() }
    }
}

fn pieces(fragment: &Fragment) -> Vec<PieceDto> {
    let text = fragment.text.expose();
    let piece = |from: usize, to: usize, matched| {
        let text = text.get(from..to).unwrap_or_default().to_owned();
        Some(PieceDto { text, matched }).filter(|piece| !piece.text.is_empty())
    };
    let mut pieces = Vec::new();
    let mut done = 0;
    for mark in &fragment.highlights {
        pieces.extend(piece(done, mark.start, false));
        pieces.extend(piece(mark.start, mark.end, true));
        done = mark.end;
    }
    pieces.extend(piece(done, text.len(), false));
    pieces
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Records(error) => error.into(),
            SearchError::Objects(error) => error.into(),
            SearchError::NotReady => Self::Unavailable(error.into()),
        }
    }
}
