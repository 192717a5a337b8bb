//! Files that phones sent (Telegram, "getFile"): where one lies, and its bytes.

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::call::{Parameters, Refusal, check};
use crate::{
    store::MediaSource,
    world::{SharedWorld, World, locked},
};

/// Largest file that a bot may fetch, in bytes.
const LARGEST: u64 = 20 << 20;

/// `getFile`.
pub(super) fn find(world: &World, parameters: &Parameters) -> Result<Value, Refusal> {
    let id = parameters.text("file_id").ok_or_else(|| Refusal::bad("invalid file_id"))?;
    let found = {
        let store = locked(&world.store);
        store.media(id).map(|item| item.content_type.clone()).zip(store.media_source(id))
    };
    let (content_type, source) = found.ok_or_else(|| Refusal::bad("invalid file_id"))?;
    let size = match source {
        MediaSource::Memory(bytes) => bytes.len() as u64,
        MediaSource::File(path) => std::fs::metadata(path).map(|file| file.len()).unwrap_or_default(),
    };
    if size > LARGEST {
        return Err(Refusal::bad("file is too big"));
    }
    let (folder, ending) = place(&content_type);
    Ok(json!({
        "file_id": id, "file_unique_id": id.get(2..12).unwrap_or(id), "file_size": size,
        "file_path": format!("{folder}/{id}.{ending}"),
    }))
}

/// In which folder Telegram keeps a kind of file, and under which ending: a voice message is an `.oga`.
fn place(content_type: &str) -> (&'static str, &'static str) {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "audio/ogg" => ("voice", "oga"),
        "audio/mpeg" => ("music", "mp3"),
        kind if kind.starts_with("audio/") => ("music", "m4a"),
        kind if kind.starts_with("image/") => ("photos", "jpg"),
        kind if kind.starts_with("video/") => ("videos", "mp4"),
        _ => ("documents", "bin"),
    }
}

/// `GET /file/bot{token}/{path}`.
pub(super) async fn serve(
    State(world): State<SharedWorld>,
    Path((bot, _, name)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    check(&world, &bot)?;
    let id = name.split('.').next().unwrap_or_default();
    let source = locked(&world.store).media_source(id).ok_or_else(Refusal::not_found)?;
    let bytes = match source {
        MediaSource::Memory(bytes) => bytes,
        MediaSource::File(path) => tokio::fs::read(path).await.map_err(|_| Refusal::not_found())?.into(),
    };
    Ok(Body::from(bytes).into_response())
}
