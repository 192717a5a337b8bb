//! The panel's cookies: who is signed in, which device it is, and the language that was chosen in it (RFC 6265).

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

pub(crate) const SESSION: &str = "hark_session";
pub(crate) const DEVICE: &str = "hark_device";
pub(crate) const LANGUAGE: &str = "hark_language";

/// The value of a cookie of a request.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// The header that sets a cookie. What is in it is base64, so `None` never happens.
pub(crate) fn set(
    name: &str,
    value: &SecretString,
    valid_for: SignedDuration,
    secure: bool,
) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!(
        "{name}={}; Path=/panel; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        value.expose_secret(),
        valid_for.as_secs()
    );
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// The header that takes a cookie away.
pub(crate) fn remove(name: &str, secure: bool) -> Option<HeaderValue> {
    set(name, &SecretString::from(""), SignedDuration::ZERO, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; hark_session=abc=; b=2"));
        assert_eq!(read(&headers, SESSION), Some("abc="));
        assert_eq!(read(&headers, "hark_sess"), None);
        assert_eq!(read(&headers, DEVICE), None);
    }

    #[test]
    fn only_ones_own_machine_is_reached_without_https() {
        let value = SecretString::from("abc");
        let plain = set(SESSION, &value, SignedDuration::from_secs(60), false).unwrap();
        assert_eq!(
            plain.to_str().unwrap(),
            "hark_session=abc; Path=/panel; Max-Age=60; HttpOnly; SameSite=Lax"
        );
        let secure = set(SESSION, &value, SignedDuration::from_secs(60), true).unwrap();
        assert!(secure.to_str().unwrap().ends_with("; Secure"));
    }
}
