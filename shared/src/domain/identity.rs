//! How a person is reached: identities, and addresses on a channel.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A phone number in E.164: `+`, then 7 to 15 digits, the first not 0 (ITU-T E.164). It need not be an
/// assigned number: test numbers are not. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// Keypad spellings that Twilio sends as `From` for callers without a number: ANONYMOUS, RESTRICTED,
/// BLOCKED, UNKNOWN, UNAVAILABLE (Twilio, "What do these phone numbers mean?").
const KEYPAD_WORDS: [&str; 5] = ["+266696687", "+7378742883", "+2562533", "+8656696", "+86282452253"];

/// An address was not one that a person can be reached by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address: expected +E.164, whatsapp:+E.164, whatsapp:CC.id, telegram:id or pin:digits")]
pub struct InvalidAddress;

/// How many digits a PIN may have: fewer are guessed, more are mistyped.
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 6..=10;

impl E164 {
    /// Reads a number. Blanks, brackets and other digits than ASCII ones are refused, not repaired.
    ///
    /// # Errors
    /// [`InvalidAddress`] when the form is another, or when it is one of Twilio's stand-ins for a
    /// withheld number.
    pub fn parse(raw: &str) -> Result<Self, InvalidAddress> {
        let digits = raw.strip_prefix('+').ok_or(InvalidAddress)?;
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
            && !KEYPAD_WORDS.contains(&raw);
        if well_formed { Ok(Self(raw.to_owned())) } else { Err(InvalidAddress) }
    }

    /// The number with its plus sign.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for E164 {
    type Error = InvalidAddress;

    fn try_from(raw: String) -> Result<Self, InvalidAddress> {
        Self::parse(&raw)
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E164([private])")
    }
}

/// A way to know a person, whatever the channel.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// A phone number, used by SMS, calls and most WhatsApp senders.
    Phone(E164),
    /// WhatsApp's business-scoped user id (`CC.alphanumerics`), sent when the number is withheld (Meta,
    /// "Business-scoped user IDs").
    BusinessScopedId(String),
    /// A Telegram user id.
    Telegram(i64),
    /// What a person says on the phone when the number called from does not tell who it is: 6 to 10 digits. Nobody is
    /// reached by it.
    Pin(String),
}

impl Identity {
    /// Reads any form in which an identity is written: `+E.164`, `whatsapp:+E.164`, `whatsapp:CC.id`,
    /// `CC.id`, `telegram:id` or `pin:digits`.
    ///
    /// # Errors
    /// [`InvalidAddress`] when it is none of them.
    pub fn parse(raw: &str) -> Result<Self, InvalidAddress> {
        if let Some(id) = raw.strip_prefix("telegram:") {
            return id.parse().map(Self::Telegram).map_err(|_| InvalidAddress);
        }
        if let Some(digits) = raw.strip_prefix("pin:") {
            return Self::pin(digits);
        }
        let bare = raw.strip_prefix("whatsapp:").unwrap_or(raw);
        if is_business_scoped_id(bare) {
            return Ok(Self::BusinessScopedId(bare.to_owned()));
        }
        E164::parse(bare).map(Self::Phone)
    }

    /// Reads a PIN: 6 to 10 ASCII digits.
    ///
    /// # Errors
    /// [`InvalidAddress`] for anything else.
    pub fn pin(digits: &str) -> Result<Self, InvalidAddress> {
        let is_pin = PIN_DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_pin.then(|| Self::Pin(digits.to_owned())).ok_or(InvalidAddress)
    }

    /// One spelling per identity, for look-ups: `+E.164`, `CC.id`, `telegram:id` or `pin:digits`.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Phone(number) => number.as_str().to_owned(),
            Self::BusinessScopedId(id) => id.clone(),
            Self::Telegram(id) => format!("telegram:{id}"),
            Self::Pin(digits) => format!("pin:{digits}"),
        }
    }

    /// A name for the identity that does not show it, for the keys of items: databases tell of keys in logs and
    /// statistics of their own. 64 hexadecimal digits, and no secret, since numbers can be guessed.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.canonical()))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone([private])",
            Self::BusinessScopedId(_) => "BusinessScopedId([private])",
            Self::Telegram(_) => "Telegram([private])",
            Self::Pin(_) => "Pin([private])",
        })
    }
}

fn is_business_scoped_id(raw: &str) -> bool {
    raw.split_once('.').is_some_and(|(country, id)| {
        country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=128).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// The way that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// WhatsApp through Twilio.
    WhatsApp,
    /// SMS and MMS through Twilio.
    Sms,
    /// Telegram.
    Telegram,
    /// A phone call. What is said there is answered there while the call lasts, and by SMS afterwards.
    Phone,
}

/// What stands before the number of who is on the phone.
const PHONE: &str = "phone:";

/// An identity on a channel: where a message came from, or goes to. Written as Twilio writes it:
/// `whatsapp:+49...`, `+49...`, `telegram:123`; who is on the phone is `phone:+49...`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    channel: Channel,
    identity: Identity,
}

impl Address {
    /// Reads an address; the channel follows from the prefix.
    ///
    /// # Errors
    /// [`InvalidAddress`] when the form is another. A business-scoped id exists on WhatsApp only, and a PIN is no address.
    pub fn parse(raw: &str) -> Result<Self, InvalidAddress> {
        if let Some(number) = raw.strip_prefix(PHONE) {
            return E164::parse(number).map(|number| Self::of(Channel::Phone, number));
        }
        let identity = Identity::parse(raw)?;
        let channel = match (&identity, raw.starts_with("whatsapp:")) {
            (Identity::Pin(_), _) => return Err(InvalidAddress),
            (Identity::Telegram(_), _) => Channel::Telegram,
            (_, true) => Channel::WhatsApp,
            (Identity::Phone(_), false) => Channel::Sms,
            (Identity::BusinessScopedId(_), false) => return Err(InvalidAddress),
        };
        Ok(Self { channel, identity })
    }

    /// The address by which somebody is called.
    #[must_use]
    pub const fn phone(number: E164) -> Self {
        Self::of(Channel::Phone, number)
    }

    /// The address by which SMS reach a number.
    #[must_use]
    pub const fn sms(number: E164) -> Self {
        Self::of(Channel::Sms, number)
    }

    const fn of(channel: Channel, number: E164) -> Self {
        Self { channel, identity: Identity::Phone(number) }
    }

    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The person.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The address as the provider writes it.
    #[must_use]
    pub fn to_wire(&self) -> String {
        match self.channel {
            Channel::WhatsApp => format!("whatsapp:{}", self.identity.canonical()),
            Channel::Phone => format!("{PHONE}{}", self.identity.canonical()),
            Channel::Sms | Channel::Telegram => self.identity.canonical(),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(raw: String) -> Result<Self, InvalidAddress> {
        Self::parse(&raw)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_wire()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({:?}, [private])", self.channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a28_numbers_are_normalised_or_refused_never_repaired() {
        for (raw, wire) in [
            ("whatsapp:+4915112345678", "whatsapp:+4915112345678"),
            ("+4915112345678", "+4915112345678"),
            ("whatsapp:DE.1A2b3C", "whatsapp:DE.1A2b3C"),
            ("telegram:-1001234", "telegram:-1001234"),
            ("phone:+4915112345678", "phone:+4915112345678"),
        ] {
            assert_eq!(Address::parse(raw).unwrap().to_wire(), wire);
        }
        for bad in [
            "",
            "whatsapp:",
            "+",
            "+0151123456",
            "+1234567890123456",
            "+٤٩١٥١١٢٣٤٥٦",
            "+49 151 123456",
            "anonymous",
            "+266696687",
            "whatsapp:+266696687",
            "DE.1A2b3C",
            "whatsapp:whatsapp:+4915112345678",
            "telegram:x",
            "pin:123456",
            "phone:",
            "phone:DE.1A2b3C",
            "phone:telegram:1",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_person_is_found_on_both_channels() {
        let chat = Address::parse("whatsapp:+4915112345678").unwrap();
        let sms = Address::parse("+4915112345678").unwrap();
        assert_eq!(chat.identity(), sms.identity());
        assert_eq!(chat.identity().digest(), sms.identity().digest());
        assert_ne!(chat, sms);
    }

    #[test]
    fn a_pin_tells_who_somebody_is_and_is_none_that_is_guessed_at_once() {
        let pin = Identity::parse("pin:0123456").unwrap();
        assert_eq!(pin.canonical(), "pin:0123456");
        assert!(!format!("{pin:?}").contains("123456"));
        for bad in ["pin:", "pin:12345", "pin:12345678901", "pin:12345a", "pin:١٢٣٤٥٦", "pin: 123456"] {
            assert!(Identity::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn g01_debug_shows_no_number() {
        let shown = format!("{:?}", Address::parse("whatsapp:+4915112345678").unwrap());
        assert!(!shown.contains("4915"), "{shown}");
        let digest = Identity::parse("+4915112345678").unwrap().digest();
        assert!(digest.len() == 64 && !digest.contains("4915112345678"), "{digest}");
    }
}
