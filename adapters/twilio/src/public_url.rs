//! The URL that Twilio was told, in each form in which its libraries may have signed it. It comes from the
//! settings; what the request says of itself (Host, Forwarded, stage) has no part in it.

use std::borrow::Cow;

/// A configured URL without its query: as it is, without its port, and with the standard port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    forms: Vec<String>,
}

impl PublicUrl {
    /// Takes a URL without query and fragment, exactly as it was configured at Twilio: nothing is decoded,
    /// lower-cased or tidied.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let mut forms = vec![url.to_owned()];
        if let Some((scheme, authority, path)) = split(url) {
            let (host, port) = split_port(authority);
            if port.is_some() {
                forms.push(format!("{scheme}://{host}{path}"));
            } else {
                let secure = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss");
                let port = if secure { 443 } else { 80 };
                forms.push(format!("{scheme}://{host}:{port}{path}"));
            }
        }
        Self { forms }
    }

    /// Each form with the request's raw query, the likeliest first.
    pub(crate) fn candidates<'a>(
        &'a self,
        query: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a str, Option<Cow<'a, str>>)> {
        let queries = query_forms(query);
        self.forms
            .iter()
            .flat_map(move |form| queries.clone().into_iter().map(|query| (form.as_str(), query)))
    }

    /// The whole URLs that are tried, in their order. For tests: the verifier keeps them to itself.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn tried(&self, query: Option<&str>) -> Vec<String> {
        self.candidates(query)
            .map(|(url, query)| query.map_or_else(|| url.to_owned(), |query| format!("{url}?{query}")))
            .collect()
    }
}

/// The query as it came, and with its apostrophes written the other way (twilio-node #1059, #1183).
fn query_forms(query: Option<&str>) -> Vec<Option<Cow<'_, str>>> {
    let mut forms = vec![query.map(Cow::Borrowed)];
    if let Some(query) = query {
        if query.contains('\'') {
            forms.push(Some(query.replace('\'', "%27").into()));
        }
        if query.contains("%27") {
            forms.push(Some(query.replace("%27", "'").into()));
        }
    }
    forms
}

/// Scheme, authority, and everything from the path on.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    Some((scheme, authority, path))
}

/// Host with its user, and the port. An IPv6 literal's colons are inside its brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let (user, host) = authority.rfind('@').map_or(("", authority), |at| authority.split_at(at));
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (!name.contains(':') || name.ends_with(']')) => {
            let end = user.len() + name.len();
            (authority.get(..end).unwrap_or(authority), Some(port))
        }
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(url: &str, query: Option<&str>) -> Vec<String> {
        PublicUrl::new(url).tried(query)
    }

    #[test]
    fn a_url_has_the_forms_that_twilios_libraries_sign_and_no_more() {
        assert_eq!(forms("https://a.example/x", None), ["https://a.example/x", "https://a.example:443/x"]);
        assert_eq!(forms("wss://a.example/x", None), ["wss://a.example/x", "wss://a.example:443/x"]);
        assert_eq!(forms("HTTP://A.example", None), ["HTTP://A.example", "HTTP://A.example:80"]);
        assert_eq!(
            forms("https://u:1@a.example:8443/x", None),
            ["https://u:1@a.example:8443/x", "https://u:1@a.example/x"]
        );
        assert_eq!(
            forms("https://u:1234@a.example/x", None),
            ["https://u:1234@a.example/x", "https://u:1234@a.example:443/x"]
        );
        assert_eq!(forms("http://[::1]:8080/x", None), ["http://[::1]:8080/x", "http://[::1]/x"]);
        assert_eq!(forms("http://[::1]/x", None), ["http://[::1]/x", "http://[::1]:80/x"]);
        assert_eq!(forms("nonsense", None), ["nonsense"]);
        // What is no port is none, whatever it is.
        assert_eq!(forms("https://a.example:x/y", None)[1], "https://a.example:x:443/y");
        assert_eq!(forms("https://a.example:/y", None)[1], "https://a.example::443/y");
    }

    #[test]
    fn a_query_is_kept_raw_but_for_apostrophes() {
        let url = "https://a.example/x";
        let with_port = "https://a.example:443/x";
        assert_eq!(forms(url, Some("b=%2B&a")), [format!("{url}?b=%2B&a"), format!("{with_port}?b=%2B&a")]);
        assert_eq!(forms(url, Some("")), [format!("{url}?"), format!("{with_port}?")]);
        assert_eq!(
            forms(url, Some("a=%27'"))[..3],
            [format!("{url}?a=%27'"), format!("{url}?a=%27%27"), format!("{url}?a=''"),]
        );
    }
}
