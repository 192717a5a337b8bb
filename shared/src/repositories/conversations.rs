//! What a person said last: which note a photo that follows belongs to, and whether a correction is expected.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::one_item::{Change, change, encode, read};
use crate::{
    domain::{identity::Identity, ids::MessageId, user::UserName},
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

/// A person's last note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastNote {
    /// Its message.
    pub note: MessageId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether it was spoken.
    pub spoken: bool,
    /// Whether it had no words at all, so that words that follow belong to it.
    pub wordless: bool,
}

/// A correction that is expected: the person tapped that something is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Of which note's record.
    pub of: MessageId,
    /// Who asked for it.
    pub by: MessageId,
    /// What comes later is no answer to it.
    pub until: Timestamp,
}

/// A record that was changed, which its sender was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastChanged {
    /// Of which note.
    pub of: MessageId,
    /// When the message was received that changed it.
    pub at: Timestamp,
}

/// Somebody at the office answers a person himself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOver {
    /// Who.
    pub by: UserName,
    /// From then on Hark answers again by itself, whoever forgot to hand it back.
    pub until: Timestamp,
}

/// How a conversation stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// The person's last note, if there was one.
    pub last: Option<LastNote>,
    /// The correction that is expected, if one is.
    pub expected: Option<Expected>,
    /// What was changed last, if anything was.
    pub changed: Option<LastChanged>,
    /// Who answers instead of Hark, if anybody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_over: Option<TakenOver>,
    /// When the office last wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
}

impl Conversation {
    /// Who answers instead of Hark at this time.
    #[must_use]
    pub fn taken_over_at(&self, now: Timestamp) -> Option<&TakenOver> {
        self.taken_over.as_ref().filter(|taken| taken.until > now)
    }
}

/// What was read of a conversation, for a write that must not overlook what somebody else wrote meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Seen(Condition);

/// The repository. What it holds helps to read what comes next; a note's own state is not in it.
#[derive(Clone)]
pub struct Conversations {
    table: Arc<dyn TableStore>,
}

impl Conversations {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// How a person's conversation stands.
    ///
    /// # Errors
    /// As the table says.
    pub async fn with(&self, person: &Identity) -> Result<Conversation, TableError> {
        Ok(self.look(person).await?.0)
    }

    /// The same, for [`Conversations::begins_note`].
    ///
    /// # Errors
    /// As the table says.
    pub async fn look(&self, person: &Identity) -> Result<(Conversation, Seen), TableError> {
        let (conversation, condition) = read(&*self.table, &key_of(person)).await?;
        Ok((conversation.unwrap_or_default(), Seen(condition)))
    }

    /// A message was taken for a note by what was seen of the conversation. `false`: another message was taken in
    /// meanwhile, and this one may belong to it.
    ///
    /// # Errors
    /// As the table says.
    pub async fn begins_note(
        &self,
        person: &Identity,
        note: &LastNote,
        (mut conversation, seen): (Conversation, Seen),
    ) -> Result<bool, TableError> {
        if conversation.last.as_ref().is_some_and(|last| last.received_at >= note.received_at) {
            return Ok(true);
        }
        conversation.last = Some(note.clone());
        match self.table.put(&key_of(person), &encode(&conversation)?, seen.0, None).await {
            Ok(_) => Ok(true),
            Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A person sent a note. An older one than the last known changes nothing.
    ///
    /// # Errors
    /// As the table says; `Unavailable` when others keep writing at the same time.
    pub async fn sent_note(&self, person: &Identity, note: &LastNote) -> Result<(), TableError> {
        self.change(person, |conversation| {
            let is_newer = conversation.last.as_ref().is_none_or(|last| last.received_at < note.received_at);
            if is_newer {
                conversation.last = Some(note.clone());
            }
            is_newer
        })
        .await
    }

    /// A correction is expected from now on.
    ///
    /// # Errors
    /// As [`Conversations::sent_note`].
    pub async fn expect(&self, person: &Identity, expected: &Expected) -> Result<(), TableError> {
        self.change(person, |conversation| {
            let is_new = conversation.expected.as_ref() != Some(expected);
            if is_new {
                conversation.expected = Some(expected.clone());
            }
            is_new
        })
        .await
    }

    /// A record was changed: no correction of it is expected any more, and what is said next without naming a record is
    /// about it, unless a note comes between.
    ///
    /// # Errors
    /// As [`Conversations::sent_note`].
    pub async fn changed(&self, person: &Identity, changed: &LastChanged) -> Result<(), TableError> {
        self.change(person, |conversation| {
            let was_expected = conversation.expected.take_if(|expected| expected.of == changed.of).is_some();
            let is_newer = conversation.changed.as_ref().is_none_or(|last| last.at < changed.at);
            if is_newer {
                conversation.changed = Some(changed.clone());
            }
            was_expected || is_newer
        })
        .await
    }

    /// The office wrote at this time.
    ///
    /// # Errors
    /// As [`Conversations::sent_note`].
    pub async fn written(&self, person: &Identity, at: Timestamp) -> Result<(), TableError> {
        self.change(person, |conversation| {
            let is_newer = conversation.written_at.is_none_or(|last| last < at);
            if is_newer {
                conversation.written_at = Some(at);
            }
            is_newer
        })
        .await
    }

    /// Somebody answers instead of Hark from now on; `None`: nobody does any more.
    ///
    /// # Errors
    /// As [`Conversations::sent_note`].
    pub async fn take_over(&self, person: &Identity, taken: Option<&TakenOver>) -> Result<(), TableError> {
        self.change(person, |conversation| {
            let is_new = conversation.taken_over.as_ref() != taken;
            conversation.taken_over = taken.cloned();
            is_new
        })
        .await
    }

    /// `alter` answers whether to write at all.
    async fn change(
        &self,
        person: &Identity,
        alter: impl Fn(&mut Conversation) -> bool + Send + Sync,
    ) -> Result<(), TableError> {
        change(&*self.table, &key_of(person), |before: Option<Conversation>| {
            let mut conversation = before.unwrap_or_default();
            if alter(&mut conversation) { Change::Become(conversation, None, ()) } else { Change::Stay(()) }
        })
        .await
    }
}

fn key_of(person: &Identity) -> ItemKey {
    ItemKey::new(format!("conversation#{}", person.digest()), "now")
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{fixed::FixedClock, memory_table::MemoryTable, samples};

    fn last(n: u32, after: u64) -> LastNote {
        let received_at = samples::now() + Duration::from_secs(after);
        LastNote { note: samples::message_id(n), received_at, spoken: true, wordless: false }
    }

    #[tokio::test]
    async fn the_newest_note_counts_whatever_comes_first() {
        let conversations = Conversations::new(Arc::new(MemoryTable::new(Arc::new(FixedClock::default()))));
        let person = samples::address(samples::SENDER).identity().clone();
        assert_eq!(conversations.with(&person).await.unwrap(), Conversation::default());
        for (note, newest) in [(last(1, 0), 1), (last(3, 20), 3), (last(2, 10), 3)] {
            conversations.sent_note(&person, &note).await.unwrap();
            let known = conversations.with(&person).await.unwrap().last.unwrap();
            assert_eq!(known.note, samples::message_id(newest));
        }
    }

    #[tokio::test]
    async fn a_correction_is_expected_until_that_record_was_corrected() {
        let conversations = Conversations::new(Arc::new(MemoryTable::new(Arc::new(FixedClock::default()))));
        let person = samples::address(samples::SENDER).identity().clone();
        let (of, by) = (samples::message_id(1), samples::message_id(2));
        let expected = Expected { of: of.clone(), by, until: samples::now() };
        conversations.expect(&person, &expected).await.unwrap();
        let changed = |n, at| LastChanged { of: samples::message_id(n), at };
        conversations.changed(&person, &changed(7, samples::now())).await.unwrap();
        assert_eq!(conversations.with(&person).await.unwrap().expected, Some(expected));
        let earlier = changed(1, samples::now() - Duration::from_secs(1));
        conversations.changed(&person, &earlier).await.unwrap();
        let now = conversations.with(&person).await.unwrap();
        assert_eq!((now.expected, now.changed), (None, Some(changed(7, samples::now()))));
    }

    #[tokio::test]
    async fn of_two_messages_that_see_the_same_one_begins_a_note() {
        let conversations = Conversations::new(Arc::new(MemoryTable::new(Arc::new(FixedClock::default()))));
        let person = samples::address(samples::SENDER).identity().clone();
        let [one, other] =
            [conversations.look(&person).await.unwrap(), conversations.look(&person).await.unwrap()];
        assert!(conversations.begins_note(&person, &last(1, 0), one).await.unwrap());
        assert!(!conversations.begins_note(&person, &last(2, 1), other).await.unwrap());
        let again = conversations.look(&person).await.unwrap();
        assert_eq!(again.0.last, Some(last(1, 0)));
        assert!(conversations.begins_note(&person, &last(2, 1), again).await.unwrap());
    }
}
