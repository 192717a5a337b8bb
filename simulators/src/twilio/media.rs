//! Media that phones sent: the redirect to the CDN, the description, the deletion.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::LOCATION};
use serde_json::{Value, json};

use super::{errors::TwilioError, messages::sid_of};
use crate::{
    cdn,
    clock::rfc2822,
    store::MediaItem,
    world::{SharedWorld, World, locked},
};

/// `GET Messages/{sid}/Media/{media}` redirects to the bytes; with `.json` it describes them.
pub(super) async fn fetch(
    State(world): State<SharedWorld>,
    Path((account, message, file)): Path<(String, String, String)>,
) -> Result<Response, TwilioError> {
    let item = find(&world, &message, sid_of(&file)).ok_or_else(|| missing(&account, &message, &file))?;
    if file.ends_with(".json") {
        return Ok(Json(describe(&world, &item)).into_response());
    }
    let location = cdn::signed_url(&world, &item.sid);
    Ok((StatusCode::FOUND, [(LOCATION, location)]).into_response())
}

/// `GET Messages/{sid}/Media.json`.
pub(super) async fn list(
    State(world): State<SharedWorld>,
    Path((account, message)): Path<(String, String)>,
) -> Json<Value> {
    let items: Vec<MediaItem> = locked(&world.store).media_of(&message).cloned().collect();
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{message}/Media.json?PageSize=50&Page=0");
    Json(json!({
        "first_page_uri": uri,
        "next_page_uri": null,
        "previous_page_uri": null,
        "uri": uri,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": items.len().saturating_sub(1),
        "media_list": items.iter().map(|item| describe(&world, item)).collect::<Vec<_>>(),
    }))
}

/// `DELETE Messages/{sid}/Media/{media}`.
pub(super) async fn delete(
    State(world): State<SharedWorld>,
    Path((account, message, file)): Path<(String, String, String)>,
) -> Result<StatusCode, TwilioError> {
    let item = find(&world, &message, sid_of(&file)).ok_or_else(|| missing(&account, &message, &file))?;
    locked(&world.store).delete_media(&item.sid);
    Ok(StatusCode::NO_CONTENT)
}

fn find(world: &World, message: &str, media: &str) -> Option<MediaItem> {
    locked(&world.store).media(media).filter(|item| item.message_sid == message).cloned()
}

fn missing(account: &str, message: &str, file: &str) -> TwilioError {
    TwilioError::not_found(&format!("/2010-04-01/Accounts/{account}/Messages/{message}/Media/{file}"))
}

fn describe(world: &World, item: &MediaItem) -> Value {
    let account = &world.config.account_sid;
    let date = rfc2822(item.created_ms);
    json!({
        "account_sid": account,
        "content_type": item.content_type,
        "date_created": date,
        "date_updated": date,
        "parent_sid": item.message_sid,
        "sid": item.sid,
        "uri": format!("/2010-04-01/Accounts/{account}/Messages/{}/Media/{}.json", item.message_sid, item.sid),
    })
}
