//! What others hand back to us: places in lists, and who is signed in. It is sealed for what it was made for, so that
//! nobody makes one up or uses it for something else. It can be read by whoever holds it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const MAC_BYTES: usize = 32;
/// What is sealed is at most a key of a file, of 512 bytes, and a word more.
const MOST_CHARS: usize = 1_024;

/// Seals and opens.
#[derive(Clone)]
pub struct Seal {
    key: [u8; 32],
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal([secret])")
    }
}

impl Seal {
    /// With a secret that is used for nothing else.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The text that stands for `place`. `context` says what it is good for, in a form in which no two things read the
    /// same. `None` never happens.
    #[must_use]
    pub fn close(&self, context: &str, place: &str) -> Option<String> {
        let mut token = self.mac(context, place.as_bytes())?.finalize().into_bytes().to_vec();
        token.extend_from_slice(place.as_bytes());
        Some(URL_SAFE_NO_PAD.encode(token))
    }

    /// What was sealed, if the text was made for this context.
    #[must_use]
    pub fn open(&self, context: &str, token: &str) -> Option<String> {
        if token.len() > MOST_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (mac, place) = bytes.split_at_checked(MAC_BYTES)?;
        self.mac(context, place)?.verify_slice(mac).ok()?;
        String::from_utf8(place.to_vec()).ok()
    }

    fn mac(&self, context: &str, place: &[u8]) -> Option<Hmac<Sha256>> {
        Some(Hmac::new_from_slice(&self.key).ok()?.chain_update(context).chain_update(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_read_in_its_context_and_with_its_key_alone() {
        let seal = Seal::new([1; 32]);
        let token = seal.close("acme changes", "17").unwrap();
        assert_eq!(seal.open("acme changes", &token).as_deref(), Some("17"));
        assert_eq!(seal.open("acme records", &token), None);
        assert_eq!(Seal::new([2; 32]).open("acme changes", &token), None);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_refused_without_a_panic(token in "[A-Za-z0-9_=%-]{0,200}|\\PC{0,40}") {
            prop_assert!(Seal::new([1; 32]).open("acme", &token).is_none());
        }
    }
}
