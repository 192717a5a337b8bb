//! The URLs that a signature may be over: those that were configured, whatever they look like, and no other host.

use std::collections::BTreeSet;

use adapter_twilio::{public_url::PublicUrl, signature::Refusal};
use url::Url;

use crate::signing::{FORM, sign, verify};

/// Takes a URL in the first line and a query in the second. The configured URL is tried first and untouched; all that
/// is tried leads to the same host, user and path, at the same port or the standard one; a signature over any of it
/// is accepted, over anything else refused, and without a form nothing passes.
pub fn public_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (url, query) = match text.split_once('\n') {
        Some((url, query)) => (url, Some(query)),
        None => (&*text, None),
    };
    let tried = PublicUrl::new(url).tried(query);
    let whole = |url: &str| query.map_or_else(|| url.to_owned(), |query| format!("{url}?{query}"));
    assert_eq!(tried[0], whole(url), "the configured URL is not the first, or not untouched");
    assert!(tried.len() <= 6, "{} URLs for one", tried.len());
    assert_eq!(tried.iter().collect::<BTreeSet<_>>().len(), tried.len(), "one URL is tried twice");
    if let Some(query) = query {
        queries_differ_in_apostrophes(&tried, query);
    }
    nobody_elses(url, &PublicUrl::new(url).tried(None));

    for one in &tried {
        assert!(verify(sign(one, &[]), url, query, Some(FORM), b"").is_ok(), "a signature is not accepted");
        let no_form = verify(sign(one, &[]), url, query, None, b"body").err();
        assert!(no_form.is_some(), "a body that no signature covers passed");
    }
    let longer = format!("{}/", tried[0]);
    if !tried.contains(&longer) {
        let refused = verify(sign(&longer, &[]), url, query, Some(FORM), b"").err();
        assert_eq!(refused, Some(Refusal::Mismatch), "a signature over another URL is accepted");
    }
}

fn queries_differ_in_apostrophes(tried: &[String], query: &str) {
    let plain = |text: &str| text.replace("%27", "'");
    for one in tried {
        assert!(plain(one).ends_with(&plain(&format!("?{query}"))), "another query is tried");
    }
}

/// Compares with another reader of URLs, where that one reads what may be configured.
fn nobody_elses(url: &str, tried: &[String]) {
    let (Ok(told), Some((scheme, _))) = (Url::parse(url), url.split_once("://")) else { return };
    // What is configured has neither query nor fragment. Browsers' readers take a backslash for a slash, drop blanks,
    // and forgive slashes that are missing or too many.
    let odd = url.contains(['?', '#', '\\']) || url.chars().any(|c| c.is_whitespace() || c.is_control());
    if odd || !scheme.eq_ignore_ascii_case(told.scheme()) || url.contains(":///") {
        return;
    }
    for one in tried {
        let Ok(one) = Url::parse(one) else { continue };
        assert_eq!(one.scheme(), told.scheme());
        assert_eq!(one.host_str(), told.host_str(), "another host");
        assert_eq!((one.username(), one.password()), (told.username(), told.password()));
        if told.has_host() {
            assert_eq!(one.path(), told.path(), "another path");
        }
        let standard = matches!(told.scheme(), "http" | "https" | "ws" | "wss");
        assert!(!standard || one.port().is_none() || one.port() == told.port(), "a port of nobody");
    }
}
