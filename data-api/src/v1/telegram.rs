//! `POST /telegram/sync`: Telegram is asked now for the messages that it would be asked for a moment later.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use serde::Serialize;
use shared::ports::message_sync::SyncError;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::{
    caller::{Administers, Allowed},
    openapi::Common,
    parameters::NoParameters,
    problem::Problem,
};
use crate::Api;

/// Longest wait for Telegram.
const LONGEST: Duration = Duration::from_secs(10);

/// What was done.
#[derive(Serialize, ToSchema)]
#[schema(as = Synced)]
pub(super) struct SyncedDto {
    /// Always. What came is among the company's notes.
    asked: bool,
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
        (status = 200, description = "It was asked.", body = SyncedDto),
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
    // How many came is nobody's business: they are of all companies. Who takes longer goes on without us.
    if let Ok(Err(error)) = timeout(LONGEST, api.deps.sync.sync()).await {
        return Err(error.into());
    }
    Ok(Json(SyncedDto { asked: true }))
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::ComeByThemselves => {
                Self::Conflict("Messages of Telegram come by themselves: its webhook brings them.")
            }
            SyncError::NotAskedHere => Self::Conflict(
                "Messages of Telegram are not asked for here. They come where its webhook is set: `hark telegram webhook show` tells.",
            ),
            SyncError::NotSetUp => Self::Conflict("There is no Telegram bot: TELEGRAM_BOT_TOKEN is not set."),
            SyncError::Unavailable => Self::Unavailable(error.into()),
        }
    }
}
