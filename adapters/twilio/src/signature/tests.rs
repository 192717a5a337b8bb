//! The verifier against the facts of Twilio's own libraries, and against forgers.

use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;

use super::*;
use crate::keys::{PreviousToken, SharedKey};

const VECTORS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/twilio/signature_vectors.json");
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const URL: &str = "https://hark.example/webhook";
const TOKEN: &str = "12345";
const JSON: Option<&str> = Some("application/json");

fn keys(token: &str) -> SigningKeys {
    SigningKeys { auth_token: SecretString::from(token), previous: None, shared: Vec::new() }
}

fn shared(secret: &str) -> SigningKeys {
    let key = SharedKey { id: "SK1".to_owned(), secret: SecretString::from(secret) };
    SigningKeys { shared: vec![key], ..keys("another-token") }
}

fn headers(signature: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::HEADER.parse().unwrap(), HeaderValue::from_str(signature).unwrap())])
}

/// What Twilio does, over the text as it stands.
fn sign(token: &str, signed: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn verify_at(
    keys: &SigningKeys,
    url: &str,
    content_type: Option<&str>,
    body: &[u8],
    signature: &str,
    at: Timestamp,
) -> Result<VerifiedRequest, Refusal> {
    let (url, query) = url.split_once('?').map_or((url, None), |(url, query)| (url, Some(query)));
    SignatureVerifier::new(keys).unwrap().verify(&SignedRequest {
        signature: GivenSignature::read(&headers(signature))?,
        url: &PublicUrl::new(url),
        query,
        content_type,
        body,
        at,
    })
}

fn verify(
    url: &str,
    content_type: Option<&str>,
    body: &str,
    signature: &str,
) -> Result<VerifiedRequest, Refusal> {
    verify_at(&keys(TOKEN), url, content_type, body.as_bytes(), signature, NOW)
}

/// The body of a vector: `params` as a form would carry them, `raw_body` or `body` as they are.
fn body_of(vector: &Value) -> (String, Option<&'static str>) {
    if let Some(body) = vector["body"].as_str() {
        return (body.to_owned(), JSON);
    }
    if let Some(body) = vector["raw_body"].as_str() {
        return (body.to_owned(), Some(FORM));
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in vector["params"].as_object().into_iter().flatten() {
        match value {
            Value::Array(values) => {
                for value in values {
                    form.append_pair(name, value.as_str().unwrap());
                }
            }
            value => {
                form.append_pair(name, value.as_str().unwrap());
            }
        }
    }
    (form.finish(), Some(FORM))
}

fn check_vectors(list: &str, count: usize) {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    let list = vectors[list].as_array().unwrap();
    assert_eq!(list.len(), count);
    for vector in list {
        let (body, content_type) = body_of(vector);
        let keys = keys(vector["token"].as_str().unwrap());
        let url = vector["url"].as_str().unwrap();
        let accepted = vector["sig"]
            .as_str()
            .is_some_and(|sig| verify_at(&keys, url, content_type, body.as_bytes(), sig, NOW).is_ok());
        assert_eq!(accepted, vector["expect"], "{}: {}", vector["id"], vector["note"]);
    }
}

#[test]
fn a01_the_vectors_of_twilios_own_libraries() {
    check_vectors("official", 55);
}

#[test]
fn a02_our_own_vectors_of_forms_on_the_wire() {
    check_vectors("extra", 20);
}

#[test]
fn shared_keys_sign_with_sha256_and_with_nothing_else() {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    let params = |id: &str| {
        let of = match id {
            "S01" | "S02" => "T01",
            "S03" => "T12",
            _ => return (String::new(), Some(FORM)),
        };
        body_of(vectors["official"].as_array().unwrap().iter().find(|vector| vector["id"] == of).unwrap())
    };
    let list = vectors["sha256"].as_array().unwrap();
    assert_eq!(list.len(), 6);
    for vector in list {
        let id = vector["id"].as_str().unwrap();
        let (url, sig) = (vector["url"].as_str().unwrap(), vector["sig"].as_str().unwrap());
        let (body, content_type) = match id {
            "S04" => (r#"{"property": "value", "boolean": true}"#.to_owned(), JSON),
            id => params(id),
        };
        let secret = vector["token"].as_str().unwrap();
        let check = |keys: &SigningKeys| verify_at(keys, url, content_type, body.as_bytes(), sig, NOW);
        assert!(check(&shared(secret)).is_ok(), "{id}");
        // The same secret as an auth token signs with SHA-1: the request does not choose.
        assert_eq!(check(&keys(secret)).err(), Some(Refusal::Mismatch), "{id}");
    }
    let sha1 = sign("a-shared-secret", URL);
    assert!(verify_at(&keys("a-shared-secret"), URL, Some(FORM), b"", &sha1, NOW).is_ok());
    let refused = verify_at(&shared("a-shared-secret"), URL, Some(FORM), b"", &sha1, NOW);
    assert_eq!(refused.err(), Some(Refusal::Mismatch));
}

#[test]
fn a03_a_header_without_a_possible_signature_is_refused() {
    assert_eq!(GivenSignature::read(&HeaderMap::new()), Err(Refusal::Missing));
    assert_eq!(GivenSignature::read(&headers("")), Err(Refusal::Missing));
    assert_eq!(GivenSignature::read(&headers("   ")), Err(Refusal::Missing));
    let right = sign(TOKEN, URL);
    let url_safe = "_-_-_-_-_-_-_-_-_-_-_-_-_-8=";
    for malformed in [
        "AAAAAAAAAAAAAAAAAAAAAAAAAA==", // 19 bytes
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", // 21 bytes
        right.trim_end_matches('='),    // without its padding
        &format!("{right}\n"),
        &format!("{right} "),
        &format!(" {right}"),
        &format!("{right}="),
        url_safe,
        "AAAAAAAAAAAAAAAAAAAAAAAAAAB=", // bits beyond the last byte
        &"A".repeat(4_000),
        "not base64 at all, but 44 characters long ...",
    ] {
        assert_eq!(GivenSignature::decode(malformed.as_bytes()), Err(Refusal::Malformed), "{malformed:?}");
    }
    // 32 bytes are a signature of another kind: no key of ours makes it.
    assert_eq!(verify(URL, Some(FORM), "", &format!("{}=", "A".repeat(43))).err(), Some(Refusal::Mismatch));
}

#[test]
fn a04_of_two_signatures_none_counts() {
    let right = sign(TOKEN, URL);
    let mut two = headers(&right);
    two.append(header::HEADER, HeaderValue::from_str(&right).unwrap());
    assert_eq!(GivenSignature::read(&two), Err(Refusal::Repeated));
    for joined in [format!("{right},x"), format!("x, {right}"), format!("{right},{right}")] {
        assert_eq!(GivenSignature::read(&headers(&joined)), Err(Refusal::Repeated));
    }
}

#[test]
fn a07_pairs_of_nothing_change_no_signature() {
    let right = sign(TOKEN, &format!("{URL}Bodyhi"));
    for body in ["Body=hi", "&Body=hi", "Body=hi&&", "Body=hi&=", "=&Body=hi", "Body=hi&Body=hi"] {
        assert!(verify(URL, Some(FORM), body, &right).is_ok(), "{body}");
    }
    for body in ["Body=hi&x=", "Body=hi&=x", "Body=hi+", "body=hi", ""] {
        assert_eq!(verify(URL, Some(FORM), body, &right).err(), Some(Refusal::Mismatch), "{body}");
    }
}

#[test]
fn a11_the_signature_is_over_bytes_even_where_they_are_no_text() {
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(URL.as_bytes());
    mac.update(b"Body%zz\xff%a");
    let right = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, mac.finalize().into_bytes());
    assert!(verify(URL, Some(FORM), "Body=%zz%ff%a", &right).is_ok());
}

#[test]
fn a12_a_body_that_is_no_form_needs_its_hash_in_the_url() {
    let body = r#"{"Body":"hi"}"#;
    let hash = hex::encode(Sha256::digest(body));
    let url = format!("{URL}?bodySHA256={hash}");
    assert!(matches!(verify(&url, JSON, body, &sign(TOKEN, &url)), Ok(VerifiedRequest::Body(_))));
    for (url, content_type, sent) in [
        (URL.to_owned(), JSON, body),
        (URL.to_owned(), None, body),
        (URL.to_owned(), None, ""),
        (format!("{url}&bodySHA256={hash}"), JSON, body),
        (format!("{URL}?bodySHA256={}", hash.to_uppercase()), JSON, body),
        (format!("{URL}?bodySHA256="), JSON, body),
        (format!("{URL}?bodysha256={hash}"), JSON, body),
        (url.clone(), JSON, r#"{"Body":"ho"}"#),
    ] {
        let refused = verify(&url, content_type, sent, &sign(TOKEN, &url)).err();
        assert_eq!(refused, Some(Refusal::BodyNotCovered), "{url} {content_type:?}");
    }
    assert_eq!(verify(&url, JSON, body, &sign("other", &url)).err(), Some(Refusal::Mismatch));
}

#[test]
fn a14_a_form_signed_over_its_url_alone_needs_the_hash_too() {
    let body = "Body=hi";
    let url = format!("{URL}?bodySHA256={}", hex::encode(Sha256::digest(body)));
    let over_url = sign(TOKEN, &url);
    assert!(matches!(verify(&url, Some(FORM), body, &over_url), Ok(VerifiedRequest::Form(_))));
    assert_eq!(verify(&url, Some(FORM), "Body=ho", &over_url).err(), Some(Refusal::Mismatch));
    assert_eq!(verify(URL, Some(FORM), body, &sign(TOKEN, URL)).err(), Some(Refusal::Mismatch));
    // Signed field by field, the hash in the URL is just text of the URL.
    let over_fields = sign(TOKEN, &format!("{url}Bodyho"));
    assert!(verify(&url, Some(FORM), "Body=ho", &over_fields).is_ok());
}

#[test]
fn a_form_is_known_by_its_content_type_in_any_spelling() {
    let right = sign(TOKEN, &format!("{URL}Bodyhi"));
    for form in
        [FORM, "Application/X-WWW-Form-Urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"]
    {
        assert!(verify(URL, Some(form), "Body=hi", &right).is_ok(), "{form}");
    }
    for other in ["text/plain", "multipart/form-data", "application/x-www-form-urlencodedx", ""] {
        assert_eq!(verify(URL, Some(other), "Body=hi", &right).err(), Some(Refusal::BodyNotCovered));
    }
}

#[test]
fn a19_too_much_is_refused_before_any_key_is_used() {
    let right = sign(TOKEN, URL);
    let many = "a=&".repeat(10_000);
    assert_eq!(verify(URL, Some(FORM), &many, &right).err(), Some(Refusal::Form(FormError::TooMany)));
    for content_type in [Some(FORM), JSON] {
        let large = "a".repeat(crate::form::MAX_BODY + 1);
        assert_eq!(verify(URL, content_type, &large, &right).err(), Some(Refusal::Form(FormError::TooLarge)));
    }
}

#[test]
fn a19_the_largest_body_is_taken_whatever_it_is() {
    let largest = "a".repeat(crate::form::MAX_BODY);
    let url = format!("{URL}?bodySHA256={}", hex::encode(Sha256::digest(&largest)));
    assert!(matches!(verify(&url, JSON, &largest, &sign(TOKEN, &url)), Ok(VerifiedRequest::Body(_))));
    let over_fields = sign(TOKEN, &format!("{URL}{largest}"));
    assert!(matches!(verify(URL, Some(FORM), &largest, &over_fields), Ok(VerifiedRequest::Form(_))));
}

#[test]
fn each_refusal_is_counted_by_a_word_of_its_own() {
    for (refusal, word) in [
        (Refusal::Missing, "signature_missing"),
        (Refusal::Repeated, "signature_repeated"),
        (Refusal::Malformed, "signature_malformed"),
        (Refusal::Form(FormError::TooLarge), "body_too_large"),
        (Refusal::Form(FormError::TooMany), "too_many_parameters"),
        (Refusal::BodyNotCovered, "body_not_covered"),
        (Refusal::Mismatch, "signature_mismatch"),
    ] {
        assert_eq!(refusal.reason(), word);
    }
}

#[test]
fn a20_a_verifier_without_a_key_cannot_be_made() {
    for token in ["", "  ", "changeme"] {
        assert!(SignatureVerifier::new(&keys(token)).is_err());
        assert!(SignatureVerifier::new(&shared(token)).is_err());
        let previous = PreviousToken { token: SecretString::from(token), until: NOW };
        assert!(SignatureVerifier::new(&SigningKeys { previous: Some(previous), ..keys(TOKEN) }).is_err());
    }
}

#[test]
fn a21_the_token_before_is_accepted_until_its_end() {
    let end = Timestamp::from_second(1_000).unwrap();
    let previous = PreviousToken { token: SecretString::from("old-token"), until: end };
    let keys = SigningKeys { previous: Some(previous), ..keys(TOKEN) };
    let at = |second, token| {
        let now = Timestamp::from_second(second).unwrap();
        verify_at(&keys, URL, Some(FORM), b"", &sign(token, URL), now).is_ok()
    };
    assert!(at(999, "old-token") && at(999, TOKEN));
    assert!(!at(1_000, "old-token") && at(1_000, TOKEN));
}

#[test]
fn a26_a_signature_is_compared_by_verify_slice_alone() {
    // The right value never leaves the MAC, so that there is nothing else to compare with.
    let source = include_str!("../signature.rs");
    assert_eq!(source.matches("verify_slice(given)").count(), 1);
    assert!(!source.contains("finalize") && !source.contains("into_bytes"));
}

#[test]
fn g01_no_key_and_no_field_is_shown() {
    let canary = "CANARY-token";
    let keys = shared(canary);
    let verifier = SignatureVerifier::new(&keys).unwrap();
    let verified = verify(URL, Some(FORM), "Body=CANARY", &sign(TOKEN, &format!("{URL}BodyCANARY"))).unwrap();
    assert!(!format!("{keys:?} {verifier:?} {verified:?}").contains("CANARY"));
    assert_eq!(format!("{verifier:?}"), "SignatureVerifier(2 keys)");
}
