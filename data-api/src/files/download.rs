//! `GET /files/get-download-url?key`: an address from which one file can be downloaded for 300 s. The
//! address carries its own right, so it is given to the caller alone and stands in no log.

use std::{sync::Arc, time::Duration};

use axum::{Extension, Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    domain::{
        media::MediaKind,
        object_key::{MAX_KEY_BYTES, ObjectKey},
    },
    ports::objects::Presign,
    use_cases::authorise::Authorised,
};
use tracing::info;

use crate::{
    Api,
    caller::own_scope,
    error::ApiError,
    params::{Params, required},
};

const EXPIRES_IN: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
pub(crate) struct DownloadParams {
    key: Option<String>,
    company_id: Option<String>,
}

pub(crate) async fn handle(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Authorised>,
    Params(params): Params<DownloadParams>,
) -> Result<Json<Value>, ApiError> {
    let raw = required(params.key, "key is required")?;
    if raw.len() > MAX_KEY_BYTES || raw.contains('\0') {
        return Err(ApiError::BadRequest("Invalid key"));
    }
    if let Some(company_id) = params.company_id {
        own_scope(&caller, &company_id)?;
    }
    // The query has been decoded once; a key that is still encoded is no key.
    let (key, artifact) = ObjectKey::artifact_in(&caller.scope, &raw).ok_or(ApiError::NotFound)?;
    let objects = &api.deps.objects;
    objects.head(&key).await?.ok_or(ApiError::NotFound)?;
    let what = Presign {
        expires_in: EXPIRES_IN,
        file_name: file_name(&raw),
        content_type: content_type(&artifact.extension),
    };
    let url = objects.presign(&key, &what).await?;
    let object = hash(&raw);
    let (key, company) = (&caller.key_id, caller.scope.company());
    info!(key.id = %key, company.id = %company, object.hash = %object, "Key `{key}` was given a download address for `{object}`");
    Ok(Json(json!({ "url": url })))
}

/// The last segment, with nothing that a header would have to quote.
pub(crate) fn file_name(key: &str) -> String {
    let last = key.rsplit('/').next().unwrap_or_default();
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
    last.chars().map(safe).collect()
}

/// By the extension, never by what is stored: none of them is run by a browser.
fn content_type(extension: &str) -> &'static str {
    match extension {
        "json" => "application/json",
        other => MediaKind::of_extension(other).unwrap_or(MediaKind::Unknown).content_type(),
    }
}

/// Tells files apart in the log: tags can hold people's words, so the key itself stands nowhere.
fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key)).chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e12_what_is_downloaded_has_a_harmless_name_and_type() {
        assert_eq!(file_name("acme/other/a_SM123456_audio.ogg"), "a_SM123456_audio.ogg");
        assert_eq!(file_name("x/\"><script>.html"), "___script_.html");
        for (extension, expected) in [
            ("ogg", "audio/ogg"),
            ("txt", "text/plain; charset=utf-8"),
            ("json", "application/json"),
            ("jpg", "image/jpeg"),
            ("html", "application/octet-stream"),
            ("svg", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(content_type(extension), expected, "{extension}");
        }
    }
}
