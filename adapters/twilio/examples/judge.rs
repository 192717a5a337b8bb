//! Judges requests for `tests/differential`: one in JSON on each line of the standard input, and for each a line of
//! `accept`, or `refuse` and why.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool of the tests; its input is theirs")]

use std::io;

use adapter_twilio::{
    keys::{SharedKey, SigningKeys},
    public_url::PublicUrl,
    signature::{GivenSignature, Refusal, SignatureVerifier, SignedRequest},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

/// A request as a server gets it, and the keys that may have signed it.
#[derive(Deserialize)]
struct Case {
    token: String,
    shared: String,
    url: String,
    content_type: Option<String>,
    /// In base64.
    body: String,
    /// The lines of `X-Twilio-Signature`.
    signatures: Vec<String>,
}

fn main() {
    for line in io::stdin().lines() {
        let case: Case = serde_json::from_str(&line.expect("a line")).expect("a case");
        match judge(&case) {
            Ok(()) => println!("accept"),
            Err(refusal) => println!("refuse {}", refusal.reason()),
        }
    }
}

/// What the webhook handler does with a request, up to its being verified.
fn judge(case: &Case) -> Result<(), Refusal> {
    let name = HeaderName::from_static("x-twilio-signature");
    let mut headers = HeaderMap::new();
    for value in &case.signatures {
        headers.append(&name, HeaderValue::from_str(value).expect("a header"));
    }
    let keys = SigningKeys {
        auth_token: SecretString::from(case.token.as_str()),
        previous: None,
        shared: vec![SharedKey { id: "SK1".to_owned(), secret: SecretString::from(case.shared.as_str()) }],
    };
    let (url, query) =
        case.url.split_once('?').map_or((case.url.as_str(), None), |(url, query)| (url, Some(query)));
    SignatureVerifier::new(&keys)
        .expect("keys")
        .verify(&SignedRequest {
            signature: GivenSignature::read(&headers)?,
            url: &PublicUrl::new(url),
            query,
            content_type: case.content_type.as_deref(),
            body: &BASE64_STANDARD.decode(&case.body).expect("base64"),
            at: Timestamp::UNIX_EPOCH,
        })
        .map(drop)
}
