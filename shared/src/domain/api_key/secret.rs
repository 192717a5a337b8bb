//! The secret side of API keys: making them, reading them, and knowing them again by a hash.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{CUSTOM_PREFIX, KeyId};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is the first power of 62 above 2^256.
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 8;
/// Random characters of a key id, then those of its code. Both in base 62: about 60 bits each, enough that
/// ids do not meet and codes are not guessed over a network.
const ID_CHARS: usize = 10;
const ID_CODE_CHARS: usize = 10;
const CUSTOM_CHARS: std::ops::RangeInclusive<usize> = 20..=200;

/// A key as a client app presents it. It has the form of one; whether it is one says the authoriser. `Debug`
/// shows nothing of it.
#[derive(Clone)]
pub struct PresentedKey {
    text: SecretString,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Ours(KeyId),
    Custom,
}

impl PresentedKey {
    /// Reads a header's value. `None` when it cannot be a key: no key's form, or a checksum that is not
    /// right. Needs no look-up.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let form = match ours(raw) {
            Some((id, body, checksum)) => {
                (checksum_of(body) == checksum).then_some(())?;
                Form::Ours(id)
            }
            None if is_custom(raw) => Form::Custom,
            None => return None,
        };
        Some(Self { text: SecretString::from(raw), form })
    }

    /// Whether it is a key of any text, as only a developer's machine knows them.
    #[must_use]
    pub const fn is_custom(&self) -> bool {
        matches!(self.form, Form::Custom)
    }
}

impl fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedKey([secret])")
    }
}

/// The three parts that matter, if the text has the form of a key that Hark made: the id, all before the
/// checksum, and the checksum.
fn ours(raw: &str) -> Option<(KeyId, &str, &str)> {
    let (body, checksum) = raw.rsplit_once('_')?;
    let mut parts = body.split('_');
    let (Some("hark"), Some(env), Some(id), Some(secret), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let alphanumeric = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
    let well_formed = is_env(env)
        && id.len() == ID_CHARS + ID_CODE_CHARS
        && alphanumeric(id)
        && secret.len() == SECRET_CHARS
        && alphanumeric(secret)
        && checksum.len() == CHECKSUM_CHARS;
    well_formed.then(|| KeyId::parse(id)).flatten().map(|id| (id, body, checksum))
}

fn is_env(env: &str) -> bool {
    (1..=16).contains(&env.len()) && env.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_custom(raw: &str) -> bool {
    CUSTOM_CHARS.contains(&raw.len())
        && raw.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn checksum_of(body: &str) -> String {
    format!("{:08x}", crc32fast::hash(body.as_bytes()))
}

/// HMAC-SHA-256 of a whole key under the pepper. Of no use without the pepper; compared in constant time.
#[derive(Clone, Copy, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The hash of no key: to compare with when there is nothing else, so that it takes as long.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self([0; 32])
    }
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash([secret])")
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        hex::encode(hash.0)
    }
}

impl TryFrom<String> for KeyHash {
    type Error = hex::FromHexError;

    fn try_from(raw: String) -> Result<Self, hex::FromHexError> {
        let mut hash = [0; 32];
        hex::decode_to_slice(raw, &mut hash)?;
        Ok(Self(hash))
    }
}

/// A pepper was too short to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the pepper of API keys must be at least 32 bytes")]
pub struct WeakPepper;

/// The installation's own secret that goes into every key's hash: who reads the table alone can neither
/// use nor test a key. Another pepper makes all keys invalid.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// Takes the secret, at least 32 bytes of text that nobody guesses.
    ///
    /// # Errors
    /// [`WeakPepper`] when it is shorter.
    pub fn new(secret: &SecretString) -> Result<Self, WeakPepper> {
        let bytes = secret.expose_secret().as_bytes();
        if bytes.len() < 32 {
            return Err(WeakPepper);
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| WeakPepper)
    }

    /// Makes a key's text: `id` and `secret` are 32 random bytes each. `env` is `local`, `dev`, `prod`;
    /// any other than 1 to 16 lower-case letters and digits becomes `local`.
    #[must_use]
    pub fn issue(&self, env: &str, id: &[u8; 32], secret: &[u8; 32]) -> (KeyId, SecretString) {
        let env = if is_env(env) { env } else { "local" };
        let id: String = base62(id).chars().rev().take(ID_CHARS).collect();
        let id = format!("{id}{}", self.code_of(&id));
        let body = format!("hark_{env}_{id}_{}", base62(secret));
        let text = format!("{body}_{}", checksum_of(&body));
        (KeyId(id), SecretString::from(text))
    }

    /// The id of a presented key, if this installation can have made it.
    #[must_use]
    pub fn id_of(&self, key: &PresentedKey) -> Option<KeyId> {
        match &key.form {
            Form::Custom => Some(self.custom_id(&key.text)),
            Form::Ours(id) => {
                let (random, code) = id.as_str().split_at_checked(ID_CHARS)?;
                bool::from(self.code_of(random).as_bytes().ct_eq(code.as_bytes())).then(|| id.clone())
            }
        }
    }

    /// The hash of a presented key.
    #[must_use]
    pub fn hash(&self, key: &PresentedKey) -> KeyHash {
        KeyHash(self.mac("key", key.text.expose_secret().as_bytes()))
    }

    /// Another secret for another purpose, from which neither the pepper nor the others can be told.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac("derive", purpose.as_bytes())
    }

    fn custom_id(&self, text: &SecretString) -> KeyId {
        let mac = hex::encode(self.mac("custom", text.expose_secret().as_bytes()));
        KeyId(format!("{CUSTOM_PREFIX}{}", mac.chars().take(16).collect::<String>()))
    }

    fn code_of(&self, random: &str) -> String {
        base62(&self.mac("id", random.as_bytes())).chars().rev().take(ID_CODE_CHARS).collect()
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        self.0
            .clone()
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(data)
            .finalize()
            .into_bytes()
            .into()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper([secret])")
    }
}

/// A number of 256 bits in base 62, 43 digits, the most significant first.
fn base62(bytes: &[u8; 32]) -> String {
    let mut number = *bytes;
    let mut digits: Vec<u8> = (0..SECRET_CHARS)
        .map(|_| {
            let remainder = divide_by_62(&mut number);
            BASE62.get(usize::from(remainder)).copied().unwrap_or(b'0')
        })
        .collect();
    digits.reverse();
    digits.into_iter().map(char::from).collect()
}

/// Divides in place, answers the remainder.
fn divide_by_62(number: &mut [u8; 32]) -> u8 {
    let mut remainder = 0_u16;
    for byte in number.iter_mut() {
        let part = (remainder << 8) | u16::from(*byte);
        // The remainder before was below 62, so the quotient is below 256.
        *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
        remainder = part % 62;
    }
    u8::try_from(remainder).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pepper(seed: &str) -> Pepper {
        Pepper::new(&SecretString::from(seed.repeat(32))).unwrap()
    }

    fn issued() -> (KeyId, String) {
        let (id, key) = pepper("p").issue("dev", &[7; 32], &[9; 32]);
        (id, key.expose_secret().to_owned())
    }

    #[test]
    fn d2_a_key_has_its_form_and_is_known_again() {
        let (id, text) = issued();
        let parts: Vec<&str> = text.split('_').collect();
        assert_eq!(parts.len(), 5, "{text}");
        assert_eq!((parts[0], parts[1], parts[2]), ("hark", "dev", id.as_str()));
        assert_eq!((parts[3].len(), parts[4].len()), (43, 8));

        let presented = PresentedKey::parse(&text).unwrap();
        assert_eq!(pepper("p").id_of(&presented), Some(id));
        assert_eq!(pepper("p").hash(&presented), pepper("p").hash(&presented));
        assert_ne!(pepper("p").hash(&presented), pepper("q").hash(&presented));
    }

    #[test]
    fn base62_is_written_as_any_other_tool_writes_it() {
        assert_eq!(base62(&[0; 32]), "0".repeat(43));
        let mut one_less_than_62 = [0; 32];
        one_less_than_62[31] = 61;
        assert_eq!(base62(&one_less_than_62), format!("{}z", "0".repeat(42)));
        let mut three_hundred = [0; 32];
        (three_hundred[30], three_hundred[31]) = (1, 44);
        assert_eq!(base62(&three_hundred), format!("{}4q", "0".repeat(41)));
        assert_eq!(base62(&[0xff; 32]).len(), 43);
    }

    #[test]
    fn e11_one_wrong_character_is_refused_without_a_look_up() {
        let (_, text) = issued();
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
            let wrong = String::from_utf8(wrong).unwrap();
            // A mistake in the frame makes it a key of any text, which only a developer's machine knows.
            assert!(PresentedKey::parse(&wrong).is_none_or(|key| key.is_custom()), "{wrong}");
        }
    }

    #[test]
    fn e11_a_made_up_id_with_a_right_checksum_is_refused_without_a_look_up() {
        let (_, text) = pepper("attacker").issue("dev", &[7; 32], &[9; 32]);
        let presented = PresentedKey::parse(text.expose_secret()).unwrap();
        assert!(!presented.is_custom());
        assert_eq!(pepper("p").id_of(&presented), None);
    }

    #[test]
    fn a_developer_may_name_a_key_of_20_or_more_characters() {
        for good in ["demo-key_0123456789ab", "hark_demo_key_0123456789", &"x".repeat(200)] {
            let key = PresentedKey::parse(good).unwrap();
            assert!(key.is_custom(), "{good}");
            assert!(pepper("p").id_of(&key).unwrap().as_str().starts_with("custom-"));
        }
        for bad in
            ["", "short", "nineteen-characters", "has a blank in the middle", "ümlaut-0123456789abcdef"]
        {
            assert!(PresentedKey::parse(bad).is_none(), "{bad}");
        }
        assert!(PresentedKey::parse(&"x".repeat(201)).is_none());
    }

    #[test]
    fn g01_debug_shows_no_secret() {
        let (_, text) = issued();
        let presented = PresentedKey::parse(&text).unwrap();
        let shown = format!("{presented:?} {:?} {:?}", pepper("p"), pepper("p").hash(&presented));
        assert_eq!(shown, "PresentedKey([secret]) Pepper([secret]) KeyHash([secret])");
    }

    /// A text with the frame and the checksum of a key, whatever its parts are.
    fn framed(env: &str, id: &str, secret: &str) -> String {
        let body = format!("hark_{env}_{id}_{secret}");
        format!("{body}_{}", checksum_of(&body))
    }

    #[test]
    fn e11_a_part_of_another_form_makes_it_no_key_of_ours() {
        let (id, secret) = ("a".repeat(20), "b".repeat(43));
        let is_ours = |env: &str, id: &str, secret: &str| {
            PresentedKey::parse(&framed(env, id, secret)).is_some_and(|key| !key.is_custom())
        };
        for env in ["dev", "a", "0", &"p".repeat(16)] {
            assert!(is_ours(env, &id, &secret), "{env}");
        }
        for env in ["", "DEV", "d-v", &"p".repeat(17)] {
            assert!(!is_ours(env, &id, &secret), "{env}");
        }
        for id in ["", &"a".repeat(19), &"a".repeat(21), &format!("-{}", "a".repeat(19))] {
            assert!(!is_ours("dev", id, &secret), "{id}");
        }
        for secret in ["", &"b".repeat(42), &"b".repeat(44), &format!("-{}", "b".repeat(42))] {
            assert!(!is_ours("dev", &id, secret), "{secret}");
        }
        let shorter = framed("dev", &id, &secret).replace("hark_", "hark");
        assert!(PresentedKey::parse(&shorter).is_none_or(|key| key.is_custom()));
    }

    #[test]
    fn an_environment_of_another_form_is_local() {
        for (given, written) in [("prod", "hark_prod_"), ("PROD", "hark_local_"), ("", "hark_local_")] {
            let (_, key) = pepper("p").issue(given, &[7; 32], &[9; 32]);
            assert!(key.expose_secret().starts_with(written), "{given:?}");
        }
    }

    #[test]
    fn a_hash_is_stored_in_hexadecimal_digits_and_read_again() {
        let hash = pepper("p").hash(&PresentedKey::parse(&issued().1).unwrap());
        let stored = String::from(hash);
        assert_eq!(stored.len(), 64);
        assert_eq!(KeyHash::try_from(stored.clone()), Ok(hash));
        assert_ne!(KeyHash::of_nothing(), hash);
        for bad in ["", "00", &format!("{stored}00"), &"x".repeat(64)] {
            assert!(KeyHash::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_short_pepper_is_none() {
        assert!(matches!(Pepper::new(&SecretString::from("x".repeat(31))), Err(WeakPepper)));
    }

    #[test]
    fn derived_secrets_differ_by_purpose_and_pepper() {
        assert_ne!(pepper("p").derive("a"), pepper("p").derive("b"));
        assert_ne!(pepper("p").derive("a"), pepper("q").derive("a"));
    }

    proptest! {
        #[test]
        fn whatever_is_presented_reading_it_never_panics(raw in "\\PC{0,120}") {
            if let Some(key) = PresentedKey::parse(&raw) {
                let _ = pepper("p").id_of(&key);
            }
        }
    }
}
