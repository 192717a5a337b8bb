//! API keys of client apps: their text, what they allow, and what is stored of them.
//!
//! A key reads `hark_<env>_<key id>_<secret>_<checksum>`: the secret is 32 random bytes in base 62 (43
//! characters), the checksum is CRC-32 of all before it in 8 hexadecimal digits, so that a typing mistake
//! is refused without a look-up and scanners know a leaked key. The key id ends in a code made with the
//! pepper, so that a made-up id is refused without a look-up too: wrong keys, however many, cost no table
//! read. Only on a developer's machine there are also keys of any text (`HARK_DEMO_API_KEY`); their id is
//! made of the text.

mod secret;

use std::{collections::BTreeSet, fmt};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

pub use self::secret::{KeyHash, Pepper, PresentedKey, WeakPepper};
use super::ids::CompanyId;

const CUSTOM_PREFIX: &str = "custom-";

/// One thing that a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Listing and downloading files.
    #[serde(rename = "files:read")]
    FilesRead,
    /// Reading records.
    #[serde(rename = "records:read")]
    RecordsRead,
    /// Changing records; holds both reads.
    #[serde(rename = "records:write")]
    RecordsWrite,
    /// Everything.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FilesRead, Self::RecordsRead, Self::RecordsWrite, Self::Admin];

    /// The scope's name on the command line and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FilesRead => "files:read",
            Self::RecordsRead => "records:read",
            Self::RecordsWrite => "records:write",
            Self::Admin => "admin",
        }
    }

    /// Reads a scope's exact name; anything else is `None`.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == raw)
    }

    /// Whether having this one is having `other`.
    #[must_use]
    pub const fn implies(self, other: Self) -> bool {
        match (self, other) {
            (Self::Admin, _)
            | (Self::RecordsWrite, Self::RecordsWrite | Self::RecordsRead | Self::FilesRead)
            | (Self::RecordsRead, Self::RecordsRead)
            | (Self::FilesRead, Self::FilesRead) => true,
            (Self::FilesRead | Self::RecordsRead | Self::RecordsWrite, _) => false,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Whether the key allows this, by itself or because it has a scope that holds it.
    #[must_use]
    pub fn allow(&self, wanted: Scope) -> bool {
        self.0.iter().any(|scope| scope.implies(wanted))
    }

    /// The scopes as they were given, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// Whether it allows nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// Names a key. Not secret: it may stand in logs and on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// Reads a key id: 1 to 40 letters, digits or hyphens. Whether there is such a key is another matter.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let well_formed =
            (1..=40).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        well_formed.then(|| Self(raw.to_owned()))
    }

    /// Whether it is the id of a key of any text, as only a developer's machine has them.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.0.starts_with(CUSTOM_PREFIX)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is stored of a key. The key itself is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// Which key.
    pub id: KeyId,
    /// The one company whose things it opens.
    pub company_id: CompanyId,
    /// What it allows.
    pub scopes: Scopes,
    /// By which a presented key is known.
    pub hash: KeyHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// The last day (UTC) on which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_day: Option<Date>,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Since when it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It may.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl ApiKeyRecord {
    /// The key's state at a time.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_hold_what_the_interface_says() {
        let may = |scope: Scope| -> Vec<&str> {
            let scopes = Scopes::from_iter([scope]);
            Scope::ALL.into_iter().filter(|wanted| scopes.allow(*wanted)).map(Scope::as_str).collect()
        };
        assert_eq!(may(Scope::FilesRead), ["files:read"]);
        assert_eq!(may(Scope::RecordsRead), ["records:read"]);
        assert_eq!(may(Scope::RecordsWrite), ["files:read", "records:read", "records:write"]);
        assert_eq!(may(Scope::Admin), ["files:read", "records:read", "records:write", "admin"]);
        assert!(!Scopes::default().allow(Scope::FilesRead));
    }

    #[test]
    fn scopes_are_kept_as_they_were_given() {
        let scopes = Scopes::from_iter([Scope::Admin, Scope::FilesRead, Scope::Admin]);
        assert!(!scopes.is_empty() && Scopes::default().is_empty());
        assert_eq!(scopes.iter().collect::<Vec<_>>(), [Scope::FilesRead, Scope::Admin]);
        assert_eq!(Scope::RecordsWrite.to_string(), "records:write");
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["files:read","admin"]"#);
    }

    #[test]
    fn a_key_id_is_short_and_plain() {
        let longest = "a".repeat(40);
        for good in ["a", "0Az-9", "custom-0123", longest.as_str()] {
            let id = KeyId::parse(good).unwrap();
            assert_eq!((id.as_str(), id.to_string().as_str()), (good, good));
            assert_eq!(id.is_custom(), good == "custom-0123");
        }
        for bad in ["", "a_b", "a b", "ä", "a/b", &"a".repeat(41)] {
            assert_eq!(KeyId::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_key_ends_at_its_end_and_a_revoked_one_at_once() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let record = ApiKeyRecord {
            id: KeyId::parse("a").unwrap(),
            company_id: CompanyId::parse("acme").unwrap(),
            scopes: Scopes::default(),
            hash: KeyHash::of_nothing(),
            created_at: at(0),
            last_used_day: None,
            expires_at: Some(at(10)),
            revoked_at: None,
        };
        assert_eq!((record.state(at(9)), record.state(at(10))), (KeyState::Active, KeyState::Expired));
        let endless = ApiKeyRecord { expires_at: None, ..record.clone() };
        assert_eq!(endless.state(at(1_000_000)), KeyState::Active);
        let revoked = ApiKeyRecord { revoked_at: Some(at(5)), ..record };
        assert_eq!(revoked.state(at(11)), KeyState::Revoked);
    }

    #[test]
    fn scopes_are_read_by_their_exact_names_only() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        for bad in ["", "Admin", "files", "files:read ", "files:*"] {
            assert_eq!(Scope::parse(bad), None, "{bad:?}");
        }
    }
}
