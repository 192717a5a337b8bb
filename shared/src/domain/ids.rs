//! The ids that come from outside, each parsed once at the border.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why an id from outside was refused. Says what was expected, never what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}: expected {expected}")]
pub struct InvalidId {
    /// Which id.
    pub kind: &'static str,
    /// The form that it must have.
    pub expected: &'static str,
}

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $expected:literal, $valid:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Reads a ", $kind, ": ", $expected, ".")]
            ///
            /// # Errors
            /// [`InvalidId`] when the form is another.
            pub fn parse(raw: &str) -> Result<Self, InvalidId> {
                if $valid(raw) {
                    Ok(Self(raw.to_owned()))
                } else {
                    Err(InvalidId { kind: $kind, expected: $expected })
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(raw: String) -> Result<Self, InvalidId> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(raw: &str) -> Result<Self, InvalidId> {
                Self::parse(raw)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id!(
    /// The tenant. Every stored thing belongs to exactly one; it is the first segment of its files' keys.
    CompanyId,
    "company id",
    "a lower-case letter or digit, then 1 to 62 lower-case letters, digits or hyphens",
    is_company_id
);

string_id!(
    /// A person known to customer lookup, as the company's own software names them.
    CustomerId,
    "customer id",
    "1 to 64 letters, digits, hyphens, underscores or dots",
    is_customer_id
);

string_id!(
    /// The id of a message at its provider (Twilio's `MessageSid`), which is also the id of the note made
    /// of it. Not secret and not personal: it may stand in logs.
    MessageId,
    "message id",
    "a letter or digit, then 5 to 63 letters, digits or underscores",
    is_message_id
);

fn is_company_id(raw: &str) -> bool {
    let mut bytes = raw.bytes();
    (2..=63).contains(&raw.len())
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_customer_id(raw: &str) -> bool {
    (1..=64).contains(&raw.len())
        && raw.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn is_message_id(raw: &str) -> bool {
    let mut bytes = raw.bytes();
    (6..=64).contains(&raw.len())
        && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The id of a record: a message id, and for the second and further records of one note `-2`, `-3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    message: MessageId,
    part: u8,
}

impl RecordId {
    /// The first record of a note.
    #[must_use]
    pub const fn first(message: MessageId) -> Self {
        Self { message, part: 1 }
    }

    /// Reads `{message_id}` or `{message_id}-N` with N from 2 to 99.
    ///
    /// # Errors
    /// [`InvalidId`] when the form is another.
    pub fn parse(raw: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { kind: "record id", expected: "a message id, or one followed by -2 to -99" };
        match raw.split_once('-') {
            None => Ok(Self::first(MessageId::parse(raw)?)),
            Some((message, part)) if !part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit()) => {
                match part.parse::<u8>() {
                    Ok(part @ 2..=99) => Ok(Self { message: MessageId::parse(message)?, part }),
                    _ => Err(invalid),
                }
            }
            Some(_) => Err(invalid),
        }
    }

    /// The n-th record of a note, from 1; `None` beyond 99.
    #[must_use]
    pub fn of_part(message: MessageId, part: u8) -> Option<Self> {
        (1..=99).contains(&part).then_some(Self { message, part })
    }

    /// Which of the note's records it is, from 1.
    #[must_use]
    pub const fn part(&self) -> u8 {
        self.part
    }

    /// The message that the record was made of.
    #[must_use]
    pub const fn message(&self) -> &MessageId {
        &self.message
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            1 => write!(f, "{}", self.message),
            part => write!(f, "{}-{part}", self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_ids_are_safe_as_a_key_segment() {
        for good in ["acme", "acme-2", "demo-plumbing", "0a"] {
            assert!(CompanyId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "Acme", "-acme", "acme/", "..", "_state", "acme corp", &"a".repeat(64)] {
            assert!(CompanyId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_are_as_long_as_they_may_be() {
        let of = |len| "a".repeat(len);
        let company = |len| CompanyId::parse(&of(len)).is_ok();
        assert_eq!([1, 2, 63, 64].map(company), [false, true, true, false]);
        let customer = |len| CustomerId::parse(&of(len)).is_ok();
        assert_eq!([0, 1, 64, 65].map(customer), [false, true, true, false]);
        let message = |len| MessageId::parse(&of(len)).is_ok();
        assert_eq!([5, 6, 64, 65].map(message), [false, true, true, false]);
    }

    #[test]
    fn customer_ids_are_the_companys_own_but_plain() {
        for good in ["P-1", "petra.miller", "A_9", "-", "."] {
            assert_eq!(CustomerId::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "P 1", "P/1", "Müller", "P@1"] {
            assert!(CustomerId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_are_stored_as_text_and_read_by_their_rules() {
        let id: CompanyId = serde_json::from_str("\"acme\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"acme\"");
        let told = serde_json::from_str::<CompanyId>("\"CANARY corp\"").unwrap_err().to_string();
        assert!(told.contains("company id") && !told.contains("CANARY"), "{told}");
        assert_eq!("SM123456".parse::<MessageId>(), MessageId::parse("SM123456"));
    }

    #[test]
    fn message_ids_may_be_made_up_by_test_suites_but_not_by_attackers() {
        for good in ["SM00000000000000000000000000000001", "test_message_1", "MM1234"] {
            assert!(MessageId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "short", "_state1", "SM/../../x", "SM-test-1", "SMü123456", &"S".repeat(65)] {
            assert!(MessageId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn further_records_of_a_note_carry_their_number() {
        assert_eq!(RecordId::parse("SM123456-2").unwrap().to_string(), "SM123456-2");
        assert_eq!(RecordId::parse("SM123456").unwrap().to_string(), "SM123456");
        assert_eq!(RecordId::parse("SM123456-99").unwrap().message().as_str(), "SM123456");
        let part = |part| RecordId::of_part(MessageId::parse("SM123456").unwrap(), part);
        assert_eq!(part(1), RecordId::parse("SM123456").ok());
        assert_eq!(part(99), RecordId::parse("SM123456-99").ok());
        assert_eq!((part(0), part(100)), (None, None));
        assert_eq!([1, 2, 99].map(|n| part(n).map(|record| record.part())), [Some(1), Some(2), Some(99)]);
        for bad in [
            "SM123456-1",
            "SM123456-0",
            "SM123456-02",
            "SM123456-100",
            "SM123456-",
            "SM123456-2-3",
            "SM123456-+2",
        ] {
            assert!(RecordId::parse(bad).is_err(), "{bad}");
        }
    }
}
