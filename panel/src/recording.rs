//! A note's recording, to be listened to: whole, or a part of it, so that a player can jump (RFC 9110, 14.2). What is
//! more than one answer may hold is given in parts: whoever gets one is told how many bytes there are and asks on.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use shared::domain::{
    media::{MediaKind, MediaRole},
    note::{Note, StoredMedia},
    object_key::ObjectKey,
};

use crate::{
    Deps,
    caller::{Caller, Looks},
    note::find,
    page::Trouble,
};

/// Where a note's first recording lies, and what it is.
pub(crate) fn of(note: &Note) -> Option<(ObjectKey, MediaKind)> {
    note.media().iter().enumerate().find_map(|(index, media)| match media {
        StoredMedia::Kept { kind, role: MediaRole::Audio, .. } => {
            Some((ObjectKey::inbox(&note.scope(), &note.message().id, index, *kind), *kind))
        }
        StoredMedia::Kept { .. } | StoredMedia::Lost(_) => None,
    })
}

pub(crate) async fn play(
    State(deps): State<Arc<Deps>>,
    caller: Caller<Looks>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let note = find(&deps, &caller.who, caller.language, &id).await?;
    let (key, kind) = of(&note).ok_or(Trouble::NotThere(caller.language))?;
    let found = deps.objects.get(&key).await.map_err(|error| Trouble::away(caller.language, error))?;
    let bytes = found.ok_or(Trouble::NotThere(caller.language))?.bytes;
    Ok(answer(&headers, &bytes, kind.content_type(), deps.largest_answer))
}

fn answer(headers: &HeaderMap, bytes: &Bytes, content_type: &'static str, most: usize) -> Response {
    let named = [(header::CONTENT_TYPE, content_type), (header::ACCEPT_RANGES, "bytes")];
    let Some(wanted) = wanted(headers, bytes.len(), most) else {
        return (named, bytes.clone()).into_response();
    };
    let Some((from, to)) = wanted else {
        return (
            StatusCode::RANGE_NOT_SATISFIABLE,
            [(header::CONTENT_RANGE, format!("bytes */{}", bytes.len()))],
        )
            .into_response();
    };
    let mut response = (StatusCode::PARTIAL_CONTENT, named, bytes.slice(from..=to)).into_response();
    if let Ok(said) = HeaderValue::try_from(format!("bytes {from}-{to}/{}", bytes.len())) {
        response.headers_mut().insert(header::CONTENT_RANGE, said);
    }
    response
}

/// What [`part`] says, with `most` bytes at most. If they were not asked for, but are more than that, it is the first
/// ones: nobody takes a 206 for the whole.
fn wanted(headers: &HeaderMap, len: usize, most: usize) -> Option<Option<(usize, usize)>> {
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let too_much = || (len > most).then(|| Some((0, len.saturating_sub(1))));
    let found = range.and_then(|range| part(range, len)).or_else(too_much)?;
    Some(found.map(|(from, to)| (from, to.min(from.saturating_add(most.saturating_sub(1))))))
}

/// The first and the last byte that are asked for; `Some(None)`: there are none such; `None`: it is not one range, and
/// then the whole is the answer.
fn part(range: &str, len: usize) -> Option<Option<(usize, usize)>> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last = len.checked_sub(1);
    if from.is_empty() {
        let count: usize = to.parse().ok()?;
        return Some(last.filter(|_| count > 0).map(|last| (len.saturating_sub(count), last)));
    }
    let from: usize = from.parse().ok()?;
    let to: usize = if to.is_empty() { usize::MAX } else { to.parse().ok()? };
    Some(last.filter(|last| from <= *last && from <= to).map(|last| (from, to.min(last))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_larger_than_it_may_be() {
        let asks = |range: &str| {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::try_from(range).unwrap())]);
            wanted(&headers, 10, 4)
        };
        assert_eq!(asks("bytes=0-"), Some(Some((0, 3))));
        assert_eq!(asks("bytes=4-9"), Some(Some((4, 7))));
        assert_eq!(asks("bytes=8-"), Some(Some((8, 9))));
        assert_eq!(asks("bytes=-6"), Some(Some((4, 7))));
        assert_eq!(asks("bytes=10-"), Some(None));
        assert_eq!(
            asks("bytes=0-1,3-4"),
            Some(Some((0, 3))),
            "several parts are one answer, the whole otherwise"
        );
        assert_eq!(wanted(&HeaderMap::new(), 10, 4), Some(Some((0, 3))));
        assert_eq!(wanted(&HeaderMap::new(), 4, 4), None);
        assert_eq!(wanted(&HeaderMap::new(), 10, usize::MAX), None);
    }

    #[test]
    fn a_part_is_given_where_one_is_asked_for() {
        assert_eq!(part("bytes=0-", 10), Some(Some((0, 9))));
        assert_eq!(part("bytes=2-4", 10), Some(Some((2, 4))));
        assert_eq!(part("bytes=-3", 10), Some(Some((7, 9))));
        assert_eq!(part("bytes=-30", 10), Some(Some((0, 9))));
        assert_eq!(part("bytes=9-99", 10), Some(Some((9, 9))));
        for none in ["bytes=10-", "bytes=5-4", "bytes=-0"] {
            assert_eq!(part(none, 10), Some(None), "{none}");
        }
        assert_eq!(part("bytes=0-", 0), Some(None));
        for whole in ["bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes"] {
            assert_eq!(part(whole, 10), None, "{whole}");
        }
    }
}
