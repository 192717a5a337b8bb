//! `X-Twilio-Signature`: HMAC-SHA1 over the public URL and the sorted form fields.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The header's value. Names are sorted; the values of a repeated name are sorted and taken once each.
pub(crate) fn sign(auth_token: &str, public_url: &str, fields: &[(String, String)]) -> String {
    let mut signed = public_url.to_owned();
    for (name, value) in fields.iter().collect::<BTreeSet<_>>() {
        signed.push_str(name);
        signed.push_str(value);
    }
    BASE64_STANDARD.encode(hmac_sha1(auth_token, &signed))
}

/// HMAC-SHA1; a key may have any length.
pub(crate) fn hmac_sha1(key: &str, text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_example_of_twilios_own_libraries() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ];
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let signature = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn a_repeated_value_counts_once() {
        let one = [("A".to_owned(), "1".to_owned())];
        let two = [one[0].clone(), one[0].clone()];
        assert_eq!(sign("t", "u", &one), sign("t", "u", &two));
    }
}
