//! Where a vendor's API is: read once from the settings.

use url::{Host, Url};

/// Why a base URL is refused. Holds no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBaseUrl {
    /// Not an absolute URL with a host.
    #[error("not a URL")]
    Malformed,
    /// Plain http to another machine, or another scheme.
    #[error("must be https, or http to this machine")]
    Insecure,
    /// A user, a query or a fragment: none belongs to a base.
    #[error("must have no user, query or fragment")]
    Excess,
}

/// Reads a vendor's base URL: https, or http to loopback; a path is kept, a slash at its end is not.
///
/// # Errors
/// [`BadBaseUrl`].
pub fn check_base_url(raw: &str) -> Result<Url, BadBaseUrl> {
    let mut url = Url::parse(raw.trim()).map_err(|_| BadBaseUrl::Malformed)?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => is_loopback_host(&url),
        _ => false,
    };
    if !secure {
        return Err(BadBaseUrl::Insecure);
    }
    let named = !url.username().is_empty() || url.password().is_some();
    if named || url.query().is_some() || url.fragment().is_some() {
        return Err(BadBaseUrl::Excess);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether a URL's host is this machine: `localhost`, a name below it or a loopback literal.
#[must_use]
pub fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || is_below_localhost(name),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        None => false,
    }
}

/// Whether a name is one that belongs to this machine, and that no server of names is asked for (RFC 6761, 6.3).
pub(crate) fn is_below_localhost(name: &str) -> bool {
    name.strip_suffix(".localhost").is_some_and(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_https_or_on_this_machine() {
        for (raw, read) in [
            ("https://api.twilio.com", "https://api.twilio.com/"),
            ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
            ("http://127.0.0.1:8090", "http://127.0.0.1:8090/"),
            ("http://localhost:8090/content", "http://localhost:8090/content"),
            ("http://[::1]:8090", "http://[::1]:8090/"),
            ("http://panel.localhost:4566/panel", "http://panel.localhost:4566/panel"),
        ] {
            assert_eq!(check_base_url(raw).unwrap().as_str(), read);
        }
        for (raw, why) in [
            ("", BadBaseUrl::Malformed),
            ("api.twilio.com", BadBaseUrl::Malformed),
            ("http://api.twilio.com", BadBaseUrl::Insecure),
            ("http://127.0.0.1.evil.example", BadBaseUrl::Insecure),
            ("http://localhost.evil.example", BadBaseUrl::Insecure),
            ("http://evillocalhost", BadBaseUrl::Insecure),
            ("http://10.0.0.1", BadBaseUrl::Insecure),
            ("http://0.0.0.0", BadBaseUrl::Insecure),
            ("file:///etc/passwd", BadBaseUrl::Insecure),
            ("https://user:secret@api.twilio.com", BadBaseUrl::Excess),
            ("https://api.twilio.com?x=1", BadBaseUrl::Excess),
            ("https://api.twilio.com#x", BadBaseUrl::Excess),
        ] {
            assert_eq!(check_base_url(raw), Err(why), "{raw}");
        }
    }
}
