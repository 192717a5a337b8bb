//! Where a webhook's messages go, read once from what its owner wrote. Whether the host's address may be dialled is
//! decided when it is dialled, by whoever dials.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longest address of a webhook, in characters.
pub const MAX_ENDPOINT_CHARS: usize = 2_000;

/// Whether a webhook may be on this very machine: a developer's, or an office's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// It may not.
    Refused,
    /// It may, and by plain http.
    Allowed,
}

/// Why an address is none for a webhook. Holds no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Not an absolute URL with a host.
    #[error("not a URL")]
    Malformed,
    /// More than [`MAX_ENDPOINT_CHARS`].
    #[error("a URL of at most 2,000 characters")]
    TooLong,
    /// Plain http, or another scheme.
    #[error("must be https")]
    Insecure,
    /// It leads to this machine.
    #[error("must not lead to this machine")]
    Inside,
    /// A user or a password, which would be sent in clear text to whoever reads settings.
    #[error("must hold no user and no password")]
    Credentials,
    /// A fragment, which is never sent.
    #[error("must hold no fragment")]
    Fragment,
}

/// The address. `Debug` shows its host alone: paths and queries of webhooks often hold a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint(Url);

impl Endpoint {
    /// Reads one: https, without user and fragment, at most 2,000 characters; plain http to this machine if allowed.
    ///
    /// # Errors
    /// [`InvalidEndpoint`].
    pub fn parse(raw: &str, loopback: Loopback) -> Result<Self, InvalidEndpoint> {
        let raw = raw.trim();
        if raw.chars().count() > MAX_ENDPOINT_CHARS {
            return Err(InvalidEndpoint::TooLong);
        }
        let url = Url::parse(raw).map_err(|_| InvalidEndpoint::Malformed)?;
        let here = is_this_machine(&url);
        match url.scheme() {
            "https" => {}
            "http" if here && loopback == Loopback::Allowed => {}
            _ => return Err(InvalidEndpoint::Insecure),
        }
        if here && loopback == Loopback::Refused {
            return Err(InvalidEndpoint::Inside);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidEndpoint::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidEndpoint::Credentials);
        }
        if url.fragment().is_some() {
            return Err(InvalidEndpoint::Fragment);
        }
        Ok(Self(url))
    }

    /// The URL, to dial it or to show it to its owner. Never for a log.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Its host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        None => false,
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}, [private])", self.host())
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.0.into()
    }
}

impl TryFrom<String> for Endpoint {
    type Error = InvalidEndpoint;

    /// Of one that was stored: what may be dialled now is asked when it is dialled.
    fn try_from(stored: String) -> Result<Self, InvalidEndpoint> {
        Url::parse(&stored).map(Self).map_err(|_| InvalidEndpoint::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_https_and_nothing_but_an_address() {
        for good in ["https://erp.example/hooks?token=x", "https://erp.example:8443/", " https://1.1.1.1/a "]
        {
            assert!(Endpoint::parse(good, Loopback::Refused).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", InvalidEndpoint::Malformed),
            ("erp.example/hooks", InvalidEndpoint::Malformed),
            ("https://", InvalidEndpoint::Malformed),
            ("http://erp.example/", InvalidEndpoint::Insecure),
            ("http://127.0.0.1/", InvalidEndpoint::Insecure),
            ("ftp://erp.example/", InvalidEndpoint::Insecure),
            ("file:///etc/passwd", InvalidEndpoint::Insecure),
            ("https://localhost/", InvalidEndpoint::Inside),
            ("https://a.localhost./", InvalidEndpoint::Inside),
            ("https://127.1/", InvalidEndpoint::Inside),
            ("https://[::1]/", InvalidEndpoint::Inside),
            ("https://[::ffff:127.0.0.1]/", InvalidEndpoint::Inside),
            ("https://me@erp.example/", InvalidEndpoint::Credentials),
            ("https://:secret@erp.example/", InvalidEndpoint::Credentials),
            ("https://erp.example/#x", InvalidEndpoint::Fragment),
        ] {
            assert_eq!(Endpoint::parse(bad, Loopback::Refused), Err(why), "{bad}");
        }
        let long = |chars: usize| format!("https://erp.example/{}", "x".repeat(chars - 20));
        assert!(Endpoint::parse(&long(2_000), Loopback::Refused).is_ok());
        assert_eq!(Endpoint::parse(&long(2_001), Loopback::Refused), Err(InvalidEndpoint::TooLong));
    }

    #[test]
    fn on_one_machine_it_may_be_that_machine_and_no_other_without_tls() {
        for good in
            ["http://127.0.0.1:9000/", "http://localhost:9000/x", "http://[::1]/", "https://localhost/"]
        {
            assert!(Endpoint::parse(good, Loopback::Allowed).is_ok(), "{good}");
        }
        for bad in ["http://10.0.0.1/", "http://erp.example/", "http://localhost.example/"] {
            assert_eq!(Endpoint::parse(bad, Loopback::Allowed), Err(InvalidEndpoint::Insecure), "{bad}");
        }
    }

    #[test]
    fn it_is_stored_whole_and_shown_without_its_path() {
        let endpoint = Endpoint::parse("https://erp.example/CANARY?key=CANARY", Loopback::Refused).unwrap();
        assert_eq!(format!("{endpoint:?}"), "Endpoint(erp.example, [private])");
        let stored = serde_json::to_string(&endpoint).unwrap();
        assert_eq!(stored, "\"https://erp.example/CANARY?key=CANARY\"");
        assert_eq!(serde_json::from_str::<Endpoint>(&stored).unwrap(), endpoint);
        let told = serde_json::from_str::<Endpoint>("\"CANARY\"").unwrap_err().to_string();
        assert!(!told.contains("CANARY"), "{told}");
    }
}
