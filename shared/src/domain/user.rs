//! People who sign in to the panel: their names, what they may do there, and what is stored of their passwords.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash as Encoded, PasswordHasher, PasswordVerifier, Salt},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{ids::CompanyId, language::Language, private::Private};

/// Longest password in bytes: what is longer only costs time.
pub const MAX_PASSWORD_BYTES: usize = 256;
/// Shortest password in characters (NIST SP 800-63B, 5.1.1.2, for what one remembers).
pub const MIN_PASSWORD_CHARS: usize = 12;
const MAX_NAME_CHARS: usize = 64;

/// What a person signs in with: lower-case letters, digits and `. _ - @ +`, at most 64 characters, so that an address
/// of e-mail is one. It belongs to a person, and is printed nowhere.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserName(String);

impl UserName {
    /// Reads a name as a person types it; upper-case letters become lower-case ones. `None`: it is none.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let name = raw.trim().to_ascii_lowercase();
        let fits = (1..=MAX_NAME_CHARS).contains(&name.len());
        let well_formed = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@+".contains(&b));
        (fits && well_formed).then_some(Self(name))
    }

    /// The name as text, for its owner's eyes and for keys.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserName([private])")
    }
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look at everything of the company.
    Viewer,
    /// Act too: replay, correct, answer.
    Staff,
    /// Settings, keys and users too.
    Owner,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Staff, Self::Owner];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Staff => "staff",
            Self::Owner => "owner",
        }
    }

    /// Reads [`Role::as_str`].
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == raw)
    }
}

/// A password as somebody typed it.
pub struct Password(SecretString);

/// Why a text is no new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too short.
    #[error("a password needs at least {MIN_PASSWORD_CHARS} characters")]
    TooShort,
    /// Too long.
    #[error("a password has at most {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
}

impl Password {
    /// One that is tried. Whatever is too long can be none, and costs nothing to refuse.
    #[must_use]
    pub fn tried(text: SecretString) -> Option<Self> {
        (text.expose_secret().len() <= MAX_PASSWORD_BYTES).then_some(Self(text))
    }

    /// One that is chosen.
    ///
    /// # Errors
    /// [`BadPassword`].
    pub fn chosen(text: SecretString) -> Result<Self, BadPassword> {
        if text.expose_secret().chars().count() < MIN_PASSWORD_CHARS {
            return Err(BadPassword::TooShort);
        }
        Self::tried(text).ok_or(BadPassword::TooLong)
    }

    /// What is stored of it. Takes some 20 ms and 19 MiB (OWASP Password Storage Cheat Sheet, Argon2id).
    /// `None` never happens.
    #[must_use]
    pub fn hash(&self, salt: &[u8; 32]) -> Option<PasswordHash> {
        let salt = hex::encode(salt.get(..16)?);
        let hash = argon2()?.hash_password(self.0.expose_secret().as_bytes(), Salt::from_b64(&salt).ok()?);
        Some(PasswordHash(hash.ok()?.to_string()))
    }
}

fn argon2() -> Option<Argon2<'static>> {
    let params = Params::new(19 * 1_024, 2, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is stored of a password, in the PHC string format. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Whether it is of this password. Takes as long as making it.
    #[must_use]
    pub fn is_of(&self, password: &Password) -> bool {
        let encoded = Encoded::new(&self.0);
        encoded.is_ok_and(|hash| {
            argon2().is_some_and(|argon| {
                argon.verify_password(password.0.expose_secret().as_bytes(), &hash).is_ok()
            })
        })
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([secret])")
    }
}

/// A user of the panel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// What the user signs in with.
    pub name: UserName,
    /// How the user is called.
    pub called: Private<String>,
    /// The company.
    pub company: CompanyId,
    /// What the user may do.
    pub role: Role,
    /// In which language the panel speaks; `None`: the browser's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Without one, the user signs in by a link only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordHash>,
    /// Sessions of an earlier one have ended: counted up with each new password, and by signing out everywhere.
    #[serde(default)]
    pub epoch: u32,
    /// Since when.
    pub since: Timestamp,
}

impl User {
    /// A new user, who signs in by a link as long as there is no password.
    #[must_use]
    pub const fn new(
        name: UserName,
        called: Private<String>,
        company: CompanyId,
        role: Role,
        since: Timestamp,
    ) -> Self {
        Self { name, called, company, role, language: None, password: None, epoch: 0, since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let password = |text: &str| Password::chosen(SecretString::from(text)).unwrap();
        let hash = password("correct horse battery").hash(&[7; 32]).unwrap();
        assert!(hash.is_of(&password("correct horse battery")));
        assert!(!hash.is_of(&password("correct horse batterY")));
        assert_ne!(hash, password("correct horse battery").hash(&[8; 32]).unwrap());
        assert_eq!(format!("{hash:?}"), "PasswordHash([secret])");
        assert!(serde_json::to_string(&hash).unwrap().starts_with("\"$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn passwords_have_bounds() {
        let chosen = |text: &str| Password::chosen(SecretString::from(text)).err();
        assert_eq!(chosen("elevenchars"), Some(BadPassword::TooShort));
        assert_eq!(chosen(&"x".repeat(257)), Some(BadPassword::TooLong));
        assert!(Password::tried(SecretString::from("x".repeat(257))).is_none());
    }

    #[test]
    fn names_are_read_as_people_type_them() {
        assert_eq!(UserName::parse(" Anna@Example.com ").unwrap().expose(), "anna@example.com");
        for none in ["", "a b", "anna/../x", "ä", &"x".repeat(65)] {
            assert!(UserName::parse(none).is_none(), "{none}");
        }
    }
}
