//! What a message carried besides recordings: pictures are shown, everything else is only ever saved, never opened here.
//! What is more than one answer may hold comes from the store itself.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    domain::{media::MediaKind, note::StoredMedia, object_key::ObjectKey},
    ports::objects::Presign,
};

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
    let Some(StoredMedia::Kept { kind, role, size }) = note.media().get(number) else { return Err(missing) };
    let key = ObjectKey::inbox(&note.scope(), &note.message().id, number, *kind);
    let away = |error| Trouble::away(caller.language, error);
    let is_shown = is_picture(*kind, *role);
    if usize::try_from(*size).is_ok_and(|size| size > deps.largest_answer) {
        let address = deps.objects.presign(&key, &presign(&id, number, *kind)).await.map_err(away)?;
        return Ok(Redirect::to(&address).into_response());
    }
    let found = deps.objects.get(&key).await.map_err(away)?;
    let bytes = found.ok_or(missing)?.bytes;
    let (content_type, way) =
        if is_shown { (kind.content_type(), "inline") } else { ("application/octet-stream", "attachment") };
    let name = format!("{way}; filename=\"{id}-{number}.{}\"", kind.extension());
    let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

/// For how long a file can be fetched from the store itself.
const FETCHED_WITHIN: Duration = Duration::from_secs(60);

fn presign(id: &str, number: usize, kind: MediaKind) -> Presign {
    Presign {
        expires_in: FETCHED_WITHIN,
        file_name: format!("{id}-{number}.{}", kind.extension()),
        content_type: "application/octet-stream",
    }
}
