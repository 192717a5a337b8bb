//! `POST /telegram/sync`: Telegram is asked now for the messages that it would be asked for a moment later.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use shared::ports::message_sync::SyncError;
use utoipa::ToSchema;

use super::{
    caller::{Administers, Allowed},
    openapi::Common,
    parameters::NoParameters,
    problem::Problem,
};
use crate::Api;

/// What was taken.
#[derive(Serialize, ToSchema)]
#[schema(as = Synced)]
pub(super) struct SyncedDto {
    /// How many messages of known people were taken. They are worked on from now on.
    messages: usize,
}

/// Asks Telegram for new messages now.
///
/// They are asked for all the time anyway, so this is for who does not want to wait. With a webhook they come by
/// themselves.
#[utoipa::path(
    post,
    path = "/telegram/sync",
    tag = "company",
    operation_id = "syncTelegram",
    responses(
        (status = 200, description = "How many were taken.", body = SyncedDto),
        (status = 409, description = "Messages come by themselves, or there is no bot.",
         body = super::problem::Document, content_type = "application/problem+json"),
        Common,
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn sync(
    State(api): State<Arc<Api>>,
    _: Allowed<Administers>,
    _: NoParameters,
) -> Result<Json<SyncedDto>, Problem> {
    let messages = api.deps.sync.sync().await?;
    Ok(Json(SyncedDto { messages }))
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::ComeByThemselves => {
                Self::Conflict("Messages of Telegram come by themselves: its webhook brings them.")
            }
            SyncError::NotSetUp => Self::Conflict("There is no Telegram bot: TELEGRAM_BOT_TOKEN is not set."),
            SyncError::Unavailable => Self::Unavailable(error.into()),
        }
    }
}
