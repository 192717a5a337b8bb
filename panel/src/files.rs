//! What a message carried besides recordings: pictures are shown, everything else is only ever saved, never opened here.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use shared::domain::{note::StoredMedia, object_key::ObjectKey};

use crate::{
    Deps,
    caller::{Caller, Looks},
    note::{find, is_picture},
    page::Trouble,
};

pub(crate) async fn serve(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, Trouble> {
    let missing = Trouble::NotThere(caller.language);
    let note = find(&deps, &caller.who, caller.language, &id).await?;
    let Some(StoredMedia::Kept { kind, role, .. }) = note.media().get(number) else { return Err(missing) };
    let key = ObjectKey::inbox(&note.scope(), &note.message().id, number, *kind);
    let found = deps.objects.get(&key).await.map_err(|error| Trouble::away(caller.language, error))?;
    let bytes = found.ok_or(missing)?.bytes;
    let is_shown = is_picture(*kind, *role);
    let (content_type, way) =
        if is_shown { (kind.content_type(), "inline") } else { ("application/octet-stream", "attachment") };
    let name = format!("{way}; filename=\"{id}-{number}.{}\"", kind.extension());
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        // It never changes; whoever saw it once need not fetch it again for every look at the page.
        (header::CACHE_CONTROL, "private, max-age=86400, immutable".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
