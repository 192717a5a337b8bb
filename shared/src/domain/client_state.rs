//! What client apps write back to a record: how far they are with it, and what they call it themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{api_key::KeyId, note::Revised, private::Private, text::clean};

/// How far a client app is with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Filed, and nobody has said anything about it.
    Proposed,
    /// Somebody said that it is right: its sender, or the office.
    Confirmed,
    /// The office's software has taken it over.
    Exported,
    /// Nothing is left to do.
    Done,
}

impl Status {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Proposed, Self::Confirmed, Self::Exported, Self::Done];

    /// Its name in JSON and parameters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Exported => "exported",
            Self::Done => "done",
        }
    }

    /// Reads its exact name.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }
}

/// Longest [`Reference`], in characters.
pub const MAX_REFERENCE_CHARS: usize = 200;

/// Why a reference cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference has 1 to 200 characters and no control characters")]
pub struct InvalidReference;

/// What a client app calls a record: a job number, for instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(Private<String>);

impl Reference {
    /// Reads one: 1 to 200 characters, none of them a control character.
    ///
    /// # Errors
    /// [`InvalidReference`].
    pub fn parse(raw: &str) -> Result<Self, InvalidReference> {
        let fits = (1..=MAX_REFERENCE_CHARS).contains(&raw.chars().count());
        let is_line = !raw.chars().any(char::is_control) && clean(raw) == raw;
        if fits && is_line { Ok(Self(raw.to_owned().into())) } else { Err(InvalidReference) }
    }

    /// The reference as text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// How many changes of the status are remembered.
const MOST_CHANGES: usize = 20;

/// One change of a record's status by a client app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// What it became.
    pub status: Status,
    /// When.
    pub at: Timestamp,
    /// With which key.
    pub by: KeyId,
}

/// What client apps wrote to one record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientState {
    /// `None`: no client app has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Which version of the record the status was written for.
    #[serde(default)]
    pub of_version: u32,
    /// What the client calls the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The last changes of the status, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<StatusChange>,
}

impl ClientState {
    /// The status of a record. What a client app wrote counts, but one that is still proposed becomes confirmed when
    /// its sender says so afterwards.
    #[must_use]
    pub fn status_of(&self, version: u32, confirmed: bool) -> Status {
        match self.status {
            None | Some(Status::Proposed)
                if confirmed && (self.status.is_none() || self.of_version < version) =>
            {
                Status::Confirmed
            }
            Some(status) => status,
            None => Status::Proposed,
        }
    }

    /// The same for a note's record.
    #[must_use]
    pub fn status(&self, revised: &Revised) -> Status {
        self.status_of(revised.version, revised.confirmed)
    }

    /// Sets the status for a version of the record.
    pub fn set_status(&mut self, status: Status, version: u32, at: Timestamp, by: KeyId) {
        (self.status, self.of_version) = (Some(status), version);
        self.changes.push(StatusChange { status, at, by });
        let beyond = self.changes.len().saturating_sub(MOST_CHANGES);
        self.changes.drain(..beyond);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_wrote_counts_until_the_sender_confirms_a_later_version() {
        let mut state = ClientState::default();
        assert_eq!(
            [false, true].map(|confirmed| state.status_of(1, confirmed)),
            [Status::Proposed, Status::Confirmed]
        );
        let by = KeyId::parse("k1").unwrap();
        state.set_status(Status::Proposed, 1, Timestamp::UNIX_EPOCH, by.clone());
        assert_eq!(state.status_of(1, true), Status::Proposed, "the office knows better");
        assert_eq!(state.status_of(2, true), Status::Confirmed);
        for _ in 0..30 {
            state.set_status(Status::Exported, 1, Timestamp::UNIX_EPOCH, by.clone());
        }
        assert_eq!(state.status_of(2, true), Status::Exported);
        assert_eq!(state.changes.len(), MOST_CHANGES);
    }

    #[test]
    fn a_reference_is_a_short_line() {
        for good in ["J-1", "Auftrag 12/2026", &"x".repeat(200)] {
            assert_eq!(Reference::parse(good).unwrap().expose(), good);
        }
        for bad in ["", "a\nb", "a\u{0}", &"x".repeat(201)] {
            assert!(Reference::parse(bad).is_err(), "{bad:?}");
        }
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
