//! Twilio's side of a signature, for tests that post webhooks of their own (Twilio docs, "Validating requests").

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// What stands in `X-Twilio-Signature`: HMAC-SHA1 with the auth token over the address and the form's fields, sorted by
/// name, each name followed by its value; in base64. No two fields may have the same name.
#[must_use]
pub fn signature(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any key fits");
    mac.update(url.as_bytes());
    for (name, value) in &sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
