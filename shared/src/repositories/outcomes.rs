//! Notes that were spoken on the phone, whose callers wait on the line to hear what became of them. What becomes of such a
//! note is told once: spoken, if the caller still waits when it is known, else sent as text.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::one_item::{Change, change, read};
use crate::{
    domain::{ids::MessageId, private::Private},
    ports::table::{ItemKey, TableError, TableStore},
};

/// For so long a note may be in work before its outcome is known.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Awaited {
    /// The caller waits, until this time at most.
    Until(Timestamp),
    /// It is known, and to be spoken when the call's next request comes.
    Known(Private<String>),
    /// The caller has heard it.
    Spoken(Private<String>),
    /// It goes as text. What was known and not spoken is kept, so that whoever sends it may be asked again.
    Texted(#[serde(default)] Option<Private<String>>),
}

/// What is to be done with an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The caller hears it.
    Spoken,
    /// It is sent as text.
    Texted,
}

/// The outcomes that are awaited.
#[derive(Clone)]
pub struct Outcomes {
    table: Arc<dyn TableStore>,
}

impl Outcomes {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// A caller waits for what becomes of a note, until this time unless he asks again. So nothing is kept for a caller who
    /// is gone, even if nobody tells that he is.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn expect(&self, note: &MessageId, until: Timestamp) -> Result<(), TableError> {
        change(&*self.table, &key_of(note), |before: Option<Awaited>| match before {
            Some(Awaited::Until(before)) if before >= until => Change::Stay(()),
            None | Some(Awaited::Until(_)) => Change::Become(Awaited::Until(until), kept(until), ()),
            Some(_) => Change::Stay(()),
        })
        .await
    }

    /// It is known what became of a note: how it is told. Asked again, it is answered the same, unless the caller hung up
    /// before it was spoken.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn known(
        &self,
        note: &MessageId,
        text: &Private<String>,
        now: Timestamp,
    ) -> Result<Way, TableError> {
        change(&*self.table, &key_of(note), |before: Option<Awaited>| match before {
            Some(Awaited::Until(until)) if now < until => {
                Change::Become(Awaited::Known(text.clone()), kept(now), Way::Spoken)
            }
            // What comes of it later, when it is tried again, is another outcome, and nobody waits for that.
            Some(Awaited::Known(known) | Awaited::Spoken(known)) if known != *text => {
                Change::Stay(Way::Texted)
            }
            Some(Awaited::Until(_)) => Change::Become(Awaited::Texted(None), kept(now), Way::Texted),
            Some(Awaited::Known(_) | Awaited::Spoken(_)) => Change::Stay(Way::Spoken),
            None | Some(Awaited::Texted(_)) => Change::Stay(Way::Texted),
        })
        .await
    }

    /// What is to be spoken, if it is known by now.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn to_speak(&self, note: &MessageId) -> Result<Option<Private<String>>, TableError> {
        Ok(match read(&*self.table, &key_of(note)).await?.0 {
            Some(Awaited::Known(text) | Awaited::Spoken(text)) => Some(text),
            _ => None,
        })
    }

    /// The caller has heard it.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn spoken(&self, note: &MessageId, now: Timestamp) -> Result<(), TableError> {
        change(&*self.table, &key_of(note), |before: Option<Awaited>| match before {
            Some(Awaited::Known(text)) => Change::Become(Awaited::Spoken(text), kept(now), ()),
            _ => Change::Stay(()),
        })
        .await
    }

    /// The caller waits no longer. What was known and not spoken is answered, however often this is asked: whoever asks
    /// sends it as text, under one id.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn give_up(
        &self,
        note: &MessageId,
        now: Timestamp,
    ) -> Result<Option<Private<String>>, TableError> {
        change(&*self.table, &key_of(note), |before: Option<Awaited>| match before {
            Some(Awaited::Until(_)) => Change::Become(Awaited::Texted(None), kept(now), None),
            Some(Awaited::Known(text)) => {
                Change::Become(Awaited::Texted(Some(text.clone())), kept(now), Some(text))
            }
            Some(Awaited::Texted(text)) => Change::Stay(text),
            None | Some(Awaited::Spoken(_)) => Change::Stay(None),
        })
        .await
    }
}

fn kept(from: Timestamp) -> Option<Timestamp> {
    from.saturating_add(KEPT).ok()
}

fn key_of(note: &MessageId) -> ItemKey {
    ItemKey::new(format!("outcome#{note}"), "awaited")
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{fixed::FixedClock, memory_table::MemoryTable, samples};

    fn outcomes() -> (Outcomes, MessageId, Private<String>) {
        let table = Arc::new(MemoryTable::new(Arc::new(FixedClock::default())));
        (Outcomes::new(table), samples::message_id(1), "Filed as a job.".to_owned().into())
    }

    #[tokio::test]
    async fn who_waits_hears_it_and_gets_no_text() {
        let (outcomes, note, text) = outcomes();
        let until = samples::now() + Duration::from_secs(15);
        outcomes.expect(&note, until).await.unwrap();
        assert_eq!(outcomes.to_speak(&note).await.unwrap(), None);
        for _ in 0..2 {
            assert_eq!(outcomes.known(&note, &text, samples::now()).await.unwrap(), Way::Spoken);
            assert_eq!(outcomes.to_speak(&note).await.unwrap(), Some(text.clone()));
        }
        outcomes.spoken(&note, samples::now()).await.unwrap();
        // It is tried again later, and comes to something else: nobody waits for that.
        let other = "Not filed.".to_owned().into();
        assert_eq!(outcomes.known(&note, &other, samples::now()).await.unwrap(), Way::Texted);
        // The call ends: there is nothing left to send.
        assert_eq!(outcomes.give_up(&note, samples::now()).await.unwrap(), None);
        assert_eq!(outcomes.known(&note, &text, samples::now()).await.unwrap(), Way::Spoken);
    }

    #[tokio::test]
    async fn who_waits_no_longer_gets_a_text_and_only_one() {
        let (outcomes, note, text) = outcomes();
        let until = samples::now() + Duration::from_secs(15);
        outcomes.expect(&note, until).await.unwrap();
        assert_eq!(outcomes.known(&note, &text, until).await.unwrap(), Way::Texted);
        assert_eq!(outcomes.give_up(&note, until).await.unwrap(), None);
        // Hung up while it was known, and not spoken yet.
        let other = samples::message_id(2);
        outcomes.expect(&other, until).await.unwrap();
        assert_eq!(outcomes.known(&other, &text, samples::now()).await.unwrap(), Way::Spoken);
        for _ in 0..2 {
            assert_eq!(outcomes.give_up(&other, samples::now()).await.unwrap(), Some(text.clone()));
        }
        // Hung up before it was known.
        let third = samples::message_id(3);
        outcomes.expect(&third, until).await.unwrap();
        assert_eq!(outcomes.give_up(&third, samples::now()).await.unwrap(), None);
        assert_eq!(outcomes.known(&third, &text, samples::now()).await.unwrap(), Way::Texted);
    }
}
