//! `ETag` and `If-Match`: nobody writes over what he has not read.

use axum::http::{HeaderMap, HeaderValue, header};

use super::problem::Problem;

/// The tag of a version. Each write makes another one.
pub(super) fn etag(version: u64) -> HeaderValue {
    // Digits in quotes are a header's value, always.
    HeaderValue::try_from(quoted(version)).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether a change was made for this version.
///
/// # Errors
/// As [`check_if_match_tag`].
pub(super) fn check_if_match(headers: &HeaderMap, version: u64) -> Result<(), Problem> {
    check_if_match_tag(headers, &quoted(version))
}

/// Whether a change was made for what has this tag. `*` is for any (RFC 9110, 13.1.1); a weak tag is for none.
///
/// # Errors
/// [`Problem::PreconditionRequired`] without the header, [`Problem::PreconditionFailed`] for another tag.
pub(super) fn check_if_match_tag(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    let mut tags = headers.get_all(header::IF_MATCH).iter().peekable();
    if tags.peek().is_none() {
        return Err(Problem::PreconditionRequired);
    }
    let tags = tags.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    if tags.map(str::trim).any(|tag| tag == "*" || tag == wanted) {
        Ok(())
    } else {
        Err(Problem::PreconditionFailed)
    }
}

fn quoted(version: u64) -> String {
    format!("\"{version}\"")
}
