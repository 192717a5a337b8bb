//! What somebody writes to a person: at the office, or by phone.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    customer::Customer,
    identity::Channel,
    ids::{CompanyId, CustomerId},
    media::MediaKind,
    private::Private,
    text::{clean, twilio_len},
    user::UserName,
};

/// Longest text, in UTF-16 units: Twilio's limit for a message body.
pub const MAX_TEXT: usize = 1_600;
/// Largest file in bytes. WhatsApp takes pictures of 5 MB; a function of AWS Lambda is given 6 MB at most, as base64.
pub const MAX_FILE: usize = 4 * 1_024 * 1_024;
/// For so long after a person's last message WhatsApp delivers free words (Twilio, "Key concepts: the 24-hour window").
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// A message to a person, in somebody's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Who wrote it.
    pub by: UserName,
    /// Where it comes from; `None`: it was stored before this was told, and [`Letter::said_by`] knows it by its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The words: at least one, and at most [`MAX_TEXT`].
    pub text: Private<String>,
    /// The file that goes with it, which lies among the originals of the letter's own message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<LetterFile>,
    /// Whether it goes as the approved template, since the person has not written for long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
}

/// Where a letter comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A user of the panel typed it.
    Panel,
    /// A person whom the company knows was on the phone.
    Phone {
        /// Who.
        person: CustomerId,
        /// How the person was called then.
        called: Private<String>,
    },
}

impl Origin {
    /// Of this caller's call.
    #[must_use]
    pub fn of_call(caller: &Customer) -> Self {
        let (person, called) = (caller.customer_id.clone(), caller.called().to_owned().into());
        Self::Phone { person, called }
    }
}

/// A file that goes with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterFile {
    /// What it is, by its bytes.
    pub kind: MediaKind,
    /// Bytes.
    pub size: u64,
}

impl LetterFile {
    /// A file that can be sent: JPEG, PNG and PDF, which every channel takes (Twilio, "Accepted content types for media"),
    /// known by how they begin. `None`: another one, or nothing.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        const BEGINNINGS: [(&[u8], MediaKind); 3] = [
            (&[0xFF, 0xD8, 0xFF], MediaKind::Jpeg),
            (b"\x89PNG\r\n\x1a\n", MediaKind::Png),
            (b"%PDF-", MediaKind::Pdf),
        ];
        let known = BEGINNINGS.into_iter().find(|(beginning, _)| bytes.starts_with(beginning));
        let (_, kind) = known.filter(|_| bytes.len() <= MAX_FILE)?;
        Some(Self { kind, size: bytes.len() as u64 })
    }
}

impl Letter {
    /// The name of somebody who writes letters from the phone, and not as a user of the panel.
    #[must_use]
    pub fn author(caller: &Customer) -> Option<UserName> {
        UserName::parse(&format!("{}@{}", caller.customer_id, caller.company_id))
            .or_else(|| UserName::parse("phone"))
    }

    /// Whether it is of the person himself: what was read to him on the phone, and not what the office says to him.
    #[must_use]
    pub fn is_of(&self, person: &Customer) -> bool {
        match &self.origin {
            Some(Origin::Phone { person: caller, .. }) => *caller == person.customer_id,
            Some(Origin::Panel) => false,
            None => Self::author(person).as_ref() == Some(&self.by),
        }
    }

    /// How the person is called who was on the phone when a letter of this company was made. `None`: it was typed at the
    /// office. Of before, the author's name says it ([`Letter::author`]): a company's id holds no full stop, so that none of
    /// them is an address of e-mail.
    #[must_use]
    pub fn said_by(&self, company: &CompanyId) -> Option<&str> {
        match &self.origin {
            Some(Origin::Phone { called, .. }) => Some(called.expose()),
            Some(Origin::Panel) => None,
            None => self.by.expose().strip_suffix(company.as_str())?.strip_suffix('@'),
        }
    }

    /// What was typed, as it can be sent. `None`: there is nothing in it, or too much.
    #[must_use]
    pub fn read_text(typed: &str) -> Option<Private<String>> {
        let text = clean(typed).trim().to_owned();
        (!text.is_empty() && twilio_len(&text) <= MAX_TEXT).then(|| text.into())
    }
}

/// Until when free words are delivered to a person who wrote last at this time. `None`: on this channel, always.
#[must_use]
pub fn window_ends(channel: Channel, last_written: Timestamp) -> Option<Timestamp> {
    match channel {
        Channel::WhatsApp => Some(last_written.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)),
        Channel::Sms | Channel::Telegram | Channel::Phone => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_something_and_fits_one_message() {
        assert_eq!(Letter::read_text("  I come at ten.\r\n").unwrap().expose(), "I come at ten.");
        for typed in ["", " \n", "\u{0}", &"ä".repeat(MAX_TEXT + 1)] {
            assert!(Letter::read_text(typed).is_none(), "{typed:?}");
        }
        assert!(Letter::read_text(&"ä".repeat(MAX_TEXT)).is_some());
    }

    #[test]
    fn what_was_said_on_the_phone_is_told_from_what_was_typed_in_letters_of_before_too() {
        let company = CompanyId::parse("acme").unwrap();
        let stored = |more: &str| -> Letter {
            serde_json::from_str(&format!(r#"{{"text": "Ben: I come at ten", {more}}}"#)).unwrap()
        };
        let by = |by: &str| stored(&format!(r#""by": "{by}""#));
        assert_eq!(by("p-2@acme").said_by(&company), Some("p-2"));
        for office in ["anna", "anna@acme.example", "anna@other", "acme"] {
            assert_eq!(by(office).said_by(&company), None, "{office}");
        }
        let said = r#""by": "p-2@acme", "origin": {"phone": {"person": "P-2", "called": "Ben"}}"#;
        assert_eq!(stored(said).said_by(&company), Some("Ben"));
        assert_eq!(stored(r#""by": "p-2@acme", "origin": "panel""#).said_by(&company), None);
        let again = serde_json::to_string(&stored(said)).unwrap();
        assert_eq!(serde_json::from_str::<Letter>(&again).unwrap(), stored(said));
        assert!(!serde_json::to_string(&by("anna")).unwrap().contains("origin"));
    }

    #[test]
    fn what_can_be_sent_is_known_by_its_bytes() {
        let kind = |bytes: &[u8]| LetterFile::of(bytes).map(|file| file.kind);
        assert_eq!(kind(b"\xFF\xD8\xFF\xE0 jfif"), Some(MediaKind::Jpeg));
        assert_eq!(kind(b"%PDF-1.7"), Some(MediaKind::Pdf));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some(MediaKind::Png));
        for other in [b"".as_slice(), b"<script>", b"PK\x03\x04", b"\x89PNG"] {
            assert_eq!(kind(other), None, "{other:?}");
        }
        let mut large = b"%PDF-".to_vec();
        large.resize(MAX_FILE + 1, 0);
        assert_eq!(kind(&large), None);
    }

    #[test]
    fn on_whatsapp_the_window_is_a_day() {
        let at = Timestamp::from_second(1_795_168_800).unwrap();
        let ends = window_ends(Channel::WhatsApp, at).unwrap();
        assert_eq!(ends.duration_since(at), SignedDuration::from_hours(24));
        assert_eq!(window_ends(Channel::Sms, at), None);
    }
}
