//! The decoder of forms: bounded, exact, and of one mind with another decoder.

use adapter_twilio::form::{Form, FormError, MAX_BODY, MAX_PARAMS};
use url::form_urlencoded;

/// A body is refused for its size alone; otherwise every pair is read as `form_urlencoded` reads it, no byte is
/// added, and what was read survives being written and read again.
pub fn form(body: &[u8]) {
    let separators = body.iter().filter(|byte| **byte == b'&').count();
    let form = match Form::parse(body) {
        Ok(form) => form,
        Err(FormError::TooLarge) => return assert!(body.len() > MAX_BODY),
        Err(FormError::TooMany) => return assert!(separators >= MAX_PARAMS),
    };
    assert!(body.len() <= MAX_BODY && separators < MAX_PARAMS, "beyond the limits");

    let read: Vec<(&[u8], &[u8])> = form.pairs().collect();
    let bytes: usize = read.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(bytes <= body.len(), "more came out than went in");

    // The other decoder repairs what is no UTF-8; so repaired, both say the same.
    let theirs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let ours: Vec<(String, String)> = read.iter().map(|(name, value)| (lossy(name), lossy(value))).collect();
    assert_eq!(ours, theirs);

    for (name, value) in read.iter().take(20) {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        assert!(form.all(name).any(|found| found == *value), "a value is not found by its name");
    }
    written_and_read(&read);
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn written_and_read(pairs: &[(&[u8], &[u8])]) {
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect();
    let body = written.join("&");
    if body.len() <= MAX_BODY {
        let again = Form::parse(body.as_bytes()).expect("as many pairs as before");
        assert!(again.pairs().eq(pairs.iter().copied()), "writing and reading changed a pair");
    }
}

fn text(bytes: &[u8]) -> String {
    form_urlencoded::byte_serialize(bytes).collect()
}
