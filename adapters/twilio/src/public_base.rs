//! The address that Twilio was told. It decides what a signature is checked against and which paths are ours;
//! no header of a request and no gateway's idea of its own URL does.

use std::fmt;

use shared::config::Settings;

use crate::public_url::PublicUrl;

/// `PUBLIC_BASE_URL`, exactly as it was configured but for a slash at its end.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicBase {
    url: String,
    prefix: String,
}

impl PublicBase {
    /// Reads `https://host`, with a port and a path (a gateway's stage) if need be; plain http for stand-ins.
    /// `None` for anything else, also for a query, a fragment, or a path that a client would tidy.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let url = raw.trim().trim_end_matches('/');
        let (scheme, rest) = url.split_once("://")?;
        let (authority, prefix) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let is_scheme = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        let is_authority =
            !authority.is_empty() && authority.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\".contains(&b));
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~$".contains(&b);
        let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
        let is_path = prefix.is_empty() || prefix.split('/').skip(1).all(is_segment);
        (is_scheme && is_authority && is_path)
            .then(|| Self { url: url.to_owned(), prefix: prefix.to_owned() })
    }

    /// Reads `PUBLIC_BASE_URL`; what is wrong is noted in `settings`, and then the value must not be used.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        const NAME: &str = "PUBLIC_BASE_URL";
        let raw = settings.required(NAME);
        Self::parse(&raw).unwrap_or_else(|| {
            if !raw.is_empty() {
                settings.fault(format!("{NAME} is not https://host with an optional plain path"));
            }
            Self { url: String::new(), prefix: String::new() }
        })
    }

    /// What is signed for a route of ours.
    #[must_use]
    pub fn url_of(&self, route: &str) -> PublicUrl {
        PublicUrl::new(&self.address_of(route))
    }

    /// The address of a route of ours, as it is told to others.
    #[must_use]
    pub fn address_of(&self, route: &str) -> String {
        format!("{}{route}", self.url)
    }

    /// What may stand before a route in a request's path: nothing, and the path of the URL.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        std::iter::once("").chain(Some(self.prefix.as_str()).filter(|prefix| !prefix.is_empty()))
    }
}

/// It may hold a password (`https://user:password@host`).
impl fmt::Debug for PublicBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicBase({:?})", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_kept_as_it_was_told() {
        for (raw, url, prefix) in [
            ("https://hark.example", "https://hark.example", ""),
            (" https://Hark.example:8443/ ", "https://Hark.example:8443", ""),
            ("https://a.execute-api.eu-central-1.amazonaws.com/prod", "", "/prod"),
            ("https://a.example/$default/x/", "https://a.example/$default/x", "/$default/x"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", ""),
            ("https://user:pass@a.example/p", "https://user:pass@a.example/p", "/p"),
        ] {
            let base = PublicBase::parse(raw).unwrap();
            assert!(url.is_empty() || base.url == url, "{raw}");
            assert_eq!(base.prefix, prefix, "{raw}");
            assert!(!format!("{base:?}").contains("pass"));
        }
        for bad in [
            "",
            "hark.example",
            "ftp://hark.example",
            "https://",
            "https:///x",
            "https://a.example?x=1",
            "https://a.example/#rc=3",
            "https://a.example//x",
            "https://a.example/x/../y",
            "https://a.example/{x}",
            "https://a.example/a%20b",
            "https://a.example/a b",
        ] {
            assert!(PublicBase::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn without_a_base_nothing_starts() {
        for (value, fault) in [
            ("", "settings: PUBLIC_BASE_URL is not set"),
            ("CANARY", "settings: PUBLIC_BASE_URL is not https://host with an optional plain path"),
        ] {
            let mut settings = Settings::new(move |_| Some(value.to_owned()));
            PublicBase::read(&mut settings);
            assert_eq!(settings.finish().unwrap_err().to_string(), fault);
        }
    }
}
