//! The header, decoded before anything else is read: a request without a possible signature costs nothing.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderMap;

use super::Refusal;

/// The name of the header, as HTTP libraries write it.
pub(crate) const HEADER: &str = "x-twilio-signature";

/// A signature as it was given: its length decides which keys can have made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenSignature {
    /// 20 bytes, made with an auth token.
    Sha1([u8; 20]),
    /// 32 bytes, made with a shared key.
    Sha256([u8; 32]),
}

impl GivenSignature {
    /// Reads the one `X-Twilio-Signature` of a request.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::Repeated`] or [`Refusal::Malformed`].
    pub fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut values = headers.get_all(HEADER).iter();
        let value = values.next().ok_or(Refusal::Missing)?.as_bytes();
        if values.next().is_some() || value.contains(&b',') {
            return Err(Refusal::Repeated);
        }
        if value.trim_ascii().is_empty() {
            return Err(Refusal::Missing);
        }
        Self::decode(value)
    }

    /// Standard base64 with its padding, and not a byte more or less.
    pub(super) fn decode(value: &[u8]) -> Result<Self, Refusal> {
        // 20 bytes take 28 characters, 32 bytes 44: nothing longer is worth decoding.
        if value.len() > 44 {
            return Err(Refusal::Malformed);
        }
        let bytes = BASE64_STANDARD.decode(value).map_err(|_| Refusal::Malformed)?;
        if let Ok(sha1) = bytes.as_slice().try_into() {
            return Ok(Self::Sha1(sha1));
        }
        bytes.as_slice().try_into().map(Self::Sha256).map_err(|_| Refusal::Malformed)
    }
}
