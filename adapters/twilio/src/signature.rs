//! Twilio's request signature: base64 of an HMAC over the configured URL and the sorted form fields (Twilio,
//! "Webhooks security"). What passed is wrapped in a type that nothing else can make.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use shared::config::Settings;
use subtle::ConstantTimeEq;

mod header;

pub use header::GivenSignature;

use crate::{
    form::{Form, FormError},
    keys::{InvalidKey, SigningKeys},
    public_url::PublicUrl,
};

/// The form that Twilio posts webhooks in.
const FORM: &str = "application/x-www-form-urlencoded";

/// The query parameter that holds a body's hash when the body is no form.
const BODY_HASH: &str = "bodySHA256";

/// Why a request is not from Twilio, as far as we can tell. Never told to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `X-Twilio-Signature`.
    #[error("the signature is missing")]
    Missing,
    /// More than one, also when a gateway joined them with commas.
    #[error("there is more than one signature")]
    Repeated,
    /// Not the base64 of 20 or 32 bytes.
    #[error("the signature has not the right form")]
    Malformed,
    /// The form is beyond the limits; nothing was computed.
    #[error("the form was not read: {0}")]
    Form(#[from] FormError),
    /// The body is no form, and the URL has no hash of it, or another one.
    #[error("the body is not covered by the signature")]
    BodyNotCovered,
    /// No key of ours gives this signature.
    #[error("the signature does not match")]
    Mismatch,
}

impl Refusal {
    /// A word for a counter; the set is closed.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Repeated => "signature_repeated",
            Self::Malformed => "signature_malformed",
            Self::Form(FormError::TooLarge) => "body_too_large",
            Self::Form(FormError::TooMany) => "too_many_parameters",
            Self::BodyNotCovered => "body_not_covered",
            Self::Mismatch => "signature_mismatch",
        }
    }
}

/// What is checked.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The header, read before the body was.
    pub signature: GivenSignature,
    /// The configured URL of the route that was called.
    pub url: &'a PublicUrl,
    /// The query exactly as it was received, without its question mark.
    pub query: Option<&'a str>,
    /// The one `Content-Type`, if there was one.
    pub content_type: Option<&'a str>,
    /// The body exactly as it was received.
    pub body: &'a [u8],
    /// Now, for keys that end.
    pub at: Timestamp,
}

/// A request that was signed with one of our keys.
#[derive(Debug)]
pub enum VerifiedRequest {
    /// With a form.
    Form(VerifiedForm),
    /// With any other body, which the hash in the signed URL covers.
    Body(VerifiedBody),
}

/// A form that was signed with one of our keys. Only [`SignatureVerifier`] can make it.
#[derive(Debug)]
pub struct VerifiedForm(Form);

impl VerifiedForm {
    /// The parameters.
    #[must_use]
    pub const fn form(&self) -> &Form {
        &self.0
    }
}

/// Proof that a body other than a form was signed with one of our keys. Only [`SignatureVerifier`] can make it.
#[derive(Debug)]
pub struct VerifiedBody(());

/// Checks signatures. Holds the keys in the form in which HMAC needs them; its `Debug` shows none.
pub struct SignatureVerifier {
    keys: Vec<Key>,
}

/// A key with the one algorithm that it was made for.
struct Key {
    mac: KeyedMac,
    until: Option<Timestamp>,
}

enum KeyedMac {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
}

impl SignatureVerifier {
    /// Takes the keys: the auth token and the one before it sign with HMAC-SHA1, shared keys with HMAC-SHA256.
    ///
    /// # Errors
    /// [`InvalidKey`] for a key that anybody could guess: empty, blank or a placeholder.
    pub fn new(keys: &SigningKeys) -> Result<Self, InvalidKey> {
        keys.check()?;
        let sha1 = |secret: &secrecy::SecretString| {
            Hmac::<Sha1>::new_from_slice(secret.expose_secret().as_bytes())
                .map(KeyedMac::Sha1)
                .map_err(|_| InvalidKey::Unusable)
        };
        let mut verifier = Self { keys: vec![Key { mac: sha1(&keys.auth_token)?, until: None }] };
        if let Some(previous) = &keys.previous {
            verifier.keys.push(Key { mac: sha1(&previous.token)?, until: Some(previous.until) });
        }
        for shared in &keys.shared {
            let mac = Hmac::<Sha256>::new_from_slice(shared.secret.expose_secret().as_bytes())
                .map_err(|_| InvalidKey::Unusable)?;
            verifier.keys.push(Key { mac: KeyedMac::Sha256(mac), until: None });
        }
        Ok(verifier)
    }

    /// The verifier of the keys of these settings.
    ///
    /// # Errors
    /// What is wrong, without a value.
    pub fn read(mut settings: Settings<'_>) -> Result<Self, String> {
        let keys = SigningKeys::read(&mut settings);
        settings.finish().map_err(|faults| faults.0.join("; "))?;
        Self::new(&keys).map_err(|invalid| invalid.to_string())
    }

    /// Checks a request. A form is covered field by field; any other body, and a form whose URL says so, by
    /// its hash in the signed URL. The content type never leads to a weaker check: without either, no body
    /// passes.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn verify(&self, request: &SignedRequest<'_>) -> Result<VerifiedRequest, Refusal> {
        if !request.content_type.is_some_and(is_form) {
            self.verify_hashed(request)?;
            return Ok(VerifiedRequest::Body(VerifiedBody(())));
        }
        let form = Form::parse(request.body)?;
        let mut fields: Vec<_> = form.pairs().collect();
        // The values of a repeated name are signed sorted, and once each.
        fields.sort_unstable();
        fields.dedup();
        if !self.matches(request, &fields) {
            self.verify_hashed(request).map_err(|_| Refusal::Mismatch)?;
        }
        Ok(VerifiedRequest::Form(VerifiedForm(form)))
    }

    fn verify_hashed(&self, request: &SignedRequest<'_>) -> Result<(), Refusal> {
        if request.body.len() > crate::form::MAX_BODY {
            return Err(FormError::TooLarge.into());
        }
        let told = told_hash(request.query).ok_or(Refusal::BodyNotCovered)?;
        let hash = hex::encode(Sha256::digest(request.body));
        if !bool::from(hash.as_bytes().ct_eq(told.as_bytes())) {
            return Err(Refusal::BodyNotCovered);
        }
        if self.matches(request, &[]) { Ok(()) } else { Err(Refusal::Mismatch) }
    }

    fn matches(&self, request: &SignedRequest<'_>, fields: &[(&[u8], &[u8])]) -> bool {
        let current = |key: &&Key| key.until.is_none_or(|until| request.at < until);
        request.url.candidates(request.query).any(|(url, query)| {
            let query = query.as_deref();
            self.keys.iter().filter(current).any(|key| match (&key.mac, &request.signature) {
                (KeyedMac::Sha1(mac), GivenSignature::Sha1(given)) => {
                    is_mac_of(mac, url, query, fields, given)
                }
                (KeyedMac::Sha256(mac), GivenSignature::Sha256(given)) => {
                    is_mac_of(mac, url, query, fields, given)
                }
                _ => false,
            })
        })
    }
}

impl std::fmt::Debug for SignatureVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignatureVerifier({} keys)", self.keys.len())
    }
}

/// The one comparison, in constant time: `verify_slice` never gives the right value away.
fn is_mac_of<M: Mac + Clone>(
    keyed: &M,
    url: &str,
    query: Option<&str>,
    fields: &[(&[u8], &[u8])],
    given: &[u8],
) -> bool {
    let mut mac = keyed.clone();
    mac.update(url.as_bytes());
    if let Some(query) = query {
        mac.update(b"?");
        mac.update(query.as_bytes());
    }
    for (name, value) in fields {
        mac.update(name);
        mac.update(value);
    }
    mac.verify_slice(given).is_ok()
}

fn is_form(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case(FORM))
}

/// The hash that the query tells: the one `bodySHA256`, in raw form. Two of them cover nothing.
fn told_hash(query: Option<&str>) -> Option<&str> {
    let mut told =
        query?.split('&').filter_map(|pair| pair.split_once('=')).filter(|(name, _)| *name == BODY_HASH);
    let (_, hash) = told.next()?;
    told.next().is_none().then_some(hash)
}

#[cfg(test)]
mod tests;
