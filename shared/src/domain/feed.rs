//! What client apps hear of: that a company's record came to be or became another.

use serde::{Deserialize, Serialize};

use super::note::{Effect, Note, Stage};

/// What happened to a record. Whatever it was, the record is what counts; more kinds may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was filed.
    Created,
    /// Its sender said what is wrong with it, or the office put it right.
    Corrected,
    /// A photo, a place or further words joined it.
    Joined,
    /// Its sender or the office took it back; it is out of sight.
    Withdrawn,
    /// It is back in sight.
    Restored,
    /// Its status or the client's own reference changed: by a client app, or by its sender who said that it is right.
    StatusChanged,
}

impl ChangeKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Corrected, Self::Joined, Self::Withdrawn, Self::Restored, Self::StatusChanged];

    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Corrected => "corrected",
            Self::Joined => "joined",
            Self::Withdrawn => "withdrawn",
            Self::Restored => "restored",
            Self::StatusChanged => "status_changed",
        }
    }

    /// Reads its exact name.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == raw)
    }

    /// What a message did to an earlier note's record; `None` if that stayed as it was.
    #[must_use]
    pub const fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Corrected(_) | Effect::HeardAgain { .. } | Effect::Remarked => Some(Self::Corrected),
            Effect::Joined(_) => Some(Self::Joined),
            Effect::Withdrawn => Some(Self::Withdrawn),
            Effect::Restored => Some(Self::Restored),
            Effect::Confirmed => Some(Self::StatusChanged),
            Effect::Asked => None,
        }
    }
}

/// What is to be told of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News<'a> {
    /// Whose record it is.
    pub of: &'a super::ids::MessageId,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Which version of the record came of it; 0 is as it was first filed.
    pub version: u32,
}

impl Note {
    /// What client apps are to hear of once this note is stored as it is now, `before` being the stage that it was
    /// stored in last. A record is told of when its files are in place. One that was changed by a message that failed
    /// afterwards is told of too: it may well be another than before.
    #[must_use]
    pub fn news_since(&self, before: Stage) -> Option<News<'_>> {
        if before != Stage::Analysed {
            return None;
        }
        match (self.change(), self.stage()) {
            (Some(change), Stage::Filed | Stage::Failed) => Some(News {
                of: &change.of,
                kind: ChangeKind::of(&change.effect)?,
                version: change.base.saturating_add(1),
            }),
            (None, Stage::Filed) if self.understood().is_some() => {
                Some(News { of: &self.message().id, kind: ChangeKind::Created, version: 0 })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_stored_by_their_names() {
        for kind in ChangeKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(ChangeKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(ChangeKind::parse("Created"), None);
    }
}
