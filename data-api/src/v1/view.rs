//! A record as the routes below `/v1` answer with it.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::domain::{
    client_state::Status,
    feed::ChangeKind,
    record_view::{ChangeView, RecordView},
};
use utoipa::ToSchema;

use super::openapi;
use crate::files::rfc3339;

/// A record.
#[derive(Serialize, ToSchema)]
#[schema(as = Record)]
pub(super) struct RecordDto {
    /// Names the record: the id of its message, and for further records of the same message `-2`, `-3` behind it.
    #[schema(example = "SM00000000000000000000000000000001")]
    message_id: String,
    /// How often it was changed since it was filed.
    version: u32,
    /// How far client apps are with it.
    #[schema(schema_with = openapi::status)]
    status: Status,
    /// What the client calls it.
    #[schema(schema_with = openapi::reference, required = true)]
    reference: Option<String>,
    /// Whether its sender took it back, or a correction made it superfluous.
    withdrawn: bool,
    /// What it says; `null`: it was withdrawn, or is none yet.
    #[schema(schema_with = openapi::document, required = true)]
    record: Option<Box<RawValue>>,
}

impl From<RecordView> for RecordDto {
    fn from(view: RecordView) -> Self {
        let RecordView { message_id, version, status, reference, withdrawn, record } = view;
        Self { message_id, version, status, reference, withdrawn, record }
    }
}

/// One change of one record.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeDto {
    /// The same whenever and however it is told: for who must not do a thing twice.
    #[schema(example = "17-1")]
    id: String,
    /// What happened. More kinds may come; whatever it was, the record is what counts.
    #[schema(schema_with = openapi::change_kind)]
    kind: ChangeKind,
    /// When the message came, or the client app's request, that did it.
    #[schema(format = DateTime)]
    at: String,
    /// The record as it is now; it may have been changed again since.
    #[serde(flatten)]
    record: RecordDto,
}

impl From<ChangeView> for ChangeDto {
    fn from(change: ChangeView) -> Self {
        let ChangeView { id, kind, at, view } = change;
        Self { id, kind, at: rfc3339(at), record: view.into() }
    }
}
