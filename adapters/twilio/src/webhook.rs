//! From a request to the form that Twilio signed, or to why it is none.

use bytes::Bytes;
use http::{header::CONTENT_TYPE, request::Parts};
use jiff::Timestamp;

use crate::{
    key_source::{KeysUnavailable, SigningKeySource},
    public_url::PublicUrl,
    signature::{GivenSignature, Refusal, SignedRequest, VerifiedForm, VerifiedRequest},
};

/// Why a request is not taken for Twilio's.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// It is not signed as it must be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is signed, but no form.
    #[error("a signed body that is no form")]
    NoForm,
    /// There are no keys to check it with: it must not be acknowledged.
    #[error(transparent)]
    WithoutKeys(#[from] KeysUnavailable),
}

/// The form of a request to a route of ours, whose body was read whole.
///
/// # Errors
/// [`Unverified`].
pub async fn verify(
    keys: &dyn SigningKeySource,
    url: &PublicUrl,
    parts: &Parts,
    body: &Bytes,
    at: Timestamp,
) -> Result<VerifiedForm, Unverified> {
    let signature = GivenSignature::read(&parts.headers)?;
    let verifier = keys.verifier().await?;
    let (query, content_type) = (parts.uri.query(), content_type(parts));
    let signed = SignedRequest { signature, url, query, content_type, body, at };
    match verifier.verify(&signed)? {
        VerifiedRequest::Form(form) => Ok(form),
        VerifiedRequest::Body(_) => Err(Unverified::NoForm),
    }
}

/// The one content type; of several, none.
#[must_use]
pub fn content_type(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(CONTENT_TYPE).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
