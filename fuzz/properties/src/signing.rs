//! Signs as Twilio does, by itself: a mistake of the verifier is not repeated here.

use adapter_twilio::{
    keys::SigningKeys,
    public_url::PublicUrl,
    signature::{GivenSignature, Refusal, SignatureVerifier, SignedRequest, VerifiedRequest},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::SecretString;
use sha1::Sha1;

const TOKEN: &str = "12345";

/// The content type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The signature over a URL and pairs that are in their order.
pub(crate) fn sign(url: &str, pairs: &[(&[u8], &[u8])]) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).expect("any key");
    mac.update(url.as_bytes());
    for (name, value) in pairs {
        mac.update(name);
        mac.update(value);
    }
    mac.finalize().into_bytes().into()
}

/// The signature as a request brings it.
pub(crate) fn given(signature: [u8; 20]) -> GivenSignature {
    let value = BASE64_STANDARD.encode(signature).parse().expect("base64 is a header's value");
    let name = "x-twilio-signature".parse().expect("a header's name");
    GivenSignature::read(&HeaderMap::from_iter([(name, value)])).expect("it has the right form")
}

/// Has a request verified.
pub(crate) fn verify(
    signature: [u8; 20],
    url: &str,
    query: Option<&str>,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<VerifiedRequest, Refusal> {
    let keys = SigningKeys { auth_token: SecretString::from(TOKEN), previous: None, shared: Vec::new() };
    let verifier = SignatureVerifier::new(&keys).expect("a key that nobody guesses");
    verifier.verify(&SignedRequest {
        signature: given(signature),
        url: &PublicUrl::new(url),
        query,
        content_type,
        body,
        at: Timestamp::UNIX_EPOCH,
    })
}
