//! `GET /v1/records`: a company's records, newest first.

mod detail;
pub(super) mod one;
pub(super) mod replay;

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use shared::{
    domain::{client_state::Status, ids::CustomerId, intent::Intent, record_view::RecordView, tag::Tag},
    repositories::records::{Filter, MAX_LISTED, Position},
};
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Allowed, Reads},
    openapi::{self, Common},
    parameters::Parameters,
    problem::Problem,
    reply,
    view::RecordDto,
};
use crate::Api;

const DEFAULT_LIMIT: usize = 50;

/// A page of records.
#[derive(Serialize, ToSchema)]
#[schema(as = Records)]
struct RecordsDto {
    /// Newest first, then by id; possibly fewer than asked for, or none, although there are more.
    records: Vec<RecordDto>,
    /// Asks for the next page, with the same filters; `null`: there are no more.
    cursor: Option<String>,
}

/// Which records.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `asked` reads")]
struct RecordsParams {
    /// Those of this intent.
    #[param(schema_with = openapi::intent, required = false)]
    intent: Option<String>,
    /// Those of this status.
    #[param(schema_with = openapi::status, required = false)]
    status: Option<String>,
    /// Those of the person whom customers.json knows under this id.
    #[param(min_length = 1, max_length = 64, nullable = false)]
    sender: Option<String>,
    /// Those of this tag.
    #[param(pattern = "^[a-z0-9]+(-[a-z0-9]+){0,5}$", max_length = 48, nullable = false)]
    tag: Option<String>,
    /// Those received at this time or later.
    #[param(format = DateTime, nullable = false)]
    since: Option<String>,
    /// Those received before this time.
    #[param(format = DateTime, nullable = false)]
    until: Option<String>,
    /// Those that say this, in any spelling of case and spaces.
    #[param(min_length = 1, max_length = 200, nullable = false)]
    text: Option<String>,
    /// `true`: those that were withdrawn too.
    #[param(nullable = false)]
    withdrawn: Option<bool>,
    /// Most records of a page; 50 if not given.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    limit: Option<u32>,
    /// Where the page begins: as the page before answered.
    #[param(max_length = 400, nullable = false)]
    cursor: Option<String>,
}

/// What a request asks for.
struct Asked {
    filter: Filter,
    /// The filters in one form, which a cursor is bound to.
    question: String,
    limit: usize,
    cursor: Option<String>,
}

/// Lists records.
///
/// The order is that of when their messages were received, newest first. A record that comes while pages are being read
/// is in none of them: follow `/v1/changes` to hear of all.
#[utoipa::path(
    get,
    path = "/v1/records",
    tag = "records",
    operation_id = "listRecords",
    params(RecordsParams),
    responses((status = 200, description = "A page of records.", body = RecordsDto), Common),
    security(("key" = ["records:read"])),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Allowed<Reads>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let scope = &caller.scope;
    let Asked { filter, question, limit, cursor } = asked(parameters)?;
    let after = cursor.map(|cursor| api.v1_cursors.open(scope.company(), &question, &cursor)).transpose()?;
    let after = after.as_deref().and_then(Position::parse);
    let page = api.deps.follow.records.list(scope, &filter, after, limit).await?;
    let records =
        page.records.iter().map(|listed| RecordView::of(&listed.note, &listed.record, &listed.state).into());
    let next = page.next.and_then(|next| api.v1_cursors.close(scope.company(), &question, &next.to_text()));
    reply::json(&headers, &RecordsDto { records: records.collect(), cursor: next })
}

fn asked(mut parameters: Parameters) -> Result<Asked, Problem> {
    let filter = Filter {
        intent: parameters.optional("intent", "one of the intents", Intent::parse)?,
        status: parameters.optional("status", "one of the statuses", Status::parse)?,
        sender: parameters.optional("sender", "the id of a person", |raw| CustomerId::parse(raw).ok())?,
        tag: parameters.optional("tag", "a tag as records have it", Tag::parse)?,
        since: parameters.time("since")?,
        until: parameters.time("until")?,
        text: parameters.words("text")?,
        withdrawn: parameters.flag("withdrawn")?,
    };
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LISTED)?;
    let cursor = parameters.optional("cursor", "a text", |raw| Some(raw.to_owned()))?;
    parameters.finish()?;
    let question = format!("records {filter:?}");
    Ok(Asked { filter, question, limit, cursor })
}
