//! Who may be written to. One item for each person, whatever the channel: who says STOP on WhatsApp gets no SMS.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::one_item::{Change, change, read};
use crate::{
    domain::{identity::Identity, ids::MessageId, opt_out::OptOut},
    ports::table::{ItemKey, TableError, TableStore},
};

/// What a person said last.
#[derive(Serialize, Deserialize)]
struct Contact {
    stopped: bool,
    /// Whether it was so before the message that said it.
    stopped_before: bool,
    at: Timestamp,
    by: MessageId,
    /// The message with which it became so, while it is: what confirms that one may still be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped_by: Option<MessageId>,
}

/// What a message changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether nothing may be sent to the person now.
    pub stopped: bool,
    /// Whether that was so before this message; the same however often it is asked for the last message.
    pub stopped_before: bool,
    /// Whether it is this message with which the person stopped; the same however often it is asked.
    pub stopped_by_it: bool,
}

/// The people who said STOP, and those who came back. Not among them: everybody else.
#[derive(Clone)]
pub struct Contacts {
    table: Arc<dyn TableStore>,
}

impl Contacts {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Notes what a person said with a message that was received at `at`. The last message holds, in whatever order
    /// they come in: of two that were received at the same time, the one with the larger id.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn note(
        &self,
        person: &Identity,
        said: OptOut,
        at: Timestamp,
        by: &MessageId,
    ) -> Result<Standing, TableError> {
        change(&*self.table, &key_of(person), |before: Option<Contact>| {
            let (stopped_before, first) = match before {
                Some(last) if (last.at, &last.by) >= (at, by) => return Change::Stay(last.standing(by)),
                Some(last) => (last.stopped, last.stopped_by),
                None => (false, None),
            };
            let stopped = said == OptOut::Stop;
            let first = if stopped_before { first } else { Some(by.clone()) };
            let stopped_by = first.filter(|_| stopped);
            let contact = Contact { stopped, stopped_before, at, by: by.clone(), stopped_by };
            let standing = contact.standing(by);
            Change::Become(contact, None, standing)
        })
        .await
    }

    /// Whether nothing may be sent to the person.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn is_stopped(&self, person: &Identity) -> Result<bool, TableError> {
        let (contact, _) = read::<Contact>(&*self.table, &key_of(person)).await?;
        Ok(contact.is_some_and(|contact| contact.stopped))
    }

    /// Whether what is sent about this message may be sent to the person: always but after a STOP, and then what answers
    /// the very message that said it.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn may_hear(&self, person: &Identity, about: Option<&MessageId>) -> Result<bool, TableError> {
        let (contact, _) = read::<Contact>(&*self.table, &key_of(person)).await?;
        let stopped = contact.filter(|contact| contact.stopped);
        Ok(stopped.is_none_or(|contact| about.is_some() && contact.stopped_by.as_ref() == about))
    }
}

impl Contact {
    /// As a message sees it: one that came too late has changed nothing.
    fn standing(&self, message: &MessageId) -> Standing {
        let stopped_before = if self.by == *message { self.stopped_before } else { self.stopped };
        let stopped_by_it = self.stopped_by.as_ref() == Some(message);
        Standing { stopped: self.stopped, stopped_before, stopped_by_it }
    }
}

fn key_of(person: &Identity) -> ItemKey {
    ItemKey::new(format!("contact#{}", person.digest()), "contact")
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use futures::future::join_all;

    use super::*;
    use crate::testing::{
        MadeUp,
        failing::Failing,
        fixed::FixedClock,
        memory_table::MemoryTable,
        racing::Racing,
        samples::{address, message_id, now},
    };

    fn table() -> Arc<MemoryTable> {
        Arc::new(MemoryTable::new(Arc::new(FixedClock::default())))
    }

    fn person() -> Identity {
        address("whatsapp:+4915112345678").identity().clone()
    }

    /// Of a message that was the first to say so, or that changed nothing.
    fn standing(stopped_before: bool, stopped: bool) -> Standing {
        Standing { stopped, stopped_before, stopped_by_it: stopped && !stopped_before }
    }

    #[tokio::test]
    async fn who_stops_on_whatsapp_is_stopped_on_sms_until_he_starts_again() {
        let contacts = Contacts::new(table());
        let (chat, sms) = (person(), address("+4915112345678").identity().clone());
        let other = address("+4915112345679").identity().clone();
        assert!(!contacts.is_stopped(&chat).await.unwrap());
        let stopped = contacts.note(&chat, OptOut::Stop, now(), &message_id(1)).await.unwrap();
        assert_eq!(stopped, standing(false, true));
        assert!(contacts.is_stopped(&chat).await.unwrap() && contacts.is_stopped(&sms).await.unwrap());
        assert!(!contacts.is_stopped(&other).await.unwrap());
        let later = now() + Duration::from_secs(1);
        let started = contacts.note(&sms, OptOut::Start, later, &message_id(2)).await.unwrap();
        assert_eq!(started, standing(true, false));
        assert!(!contacts.is_stopped(&chat).await.unwrap() && !contacts.is_stopped(&sms).await.unwrap());
    }

    #[tokio::test]
    async fn the_last_message_holds_in_whatever_order_they_come() {
        let said = [(1, 0, OptOut::Stop), (2, 5, OptOut::Start), (3, 5, OptOut::Stop), (4, 9, OptOut::Start)];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            for last in 1..=4_usize {
                let contacts = Contacts::new(table());
                for (id, seconds, what) in order.into_iter().filter(|at| *at < last).map(|at| said[at]) {
                    let at = now() + Duration::from_secs(seconds);
                    contacts.note(&person(), what, at, &message_id(id)).await.unwrap();
                }
                let stopped = contacts.is_stopped(&person()).await.unwrap();
                assert_eq!(stopped, said[last - 1].2 == OptOut::Stop, "{order:?}, {last}");
            }
        }
    }

    #[tokio::test]
    async fn a_message_that_comes_twice_changes_nothing_and_is_told_the_same() {
        let table = table();
        let contacts = Contacts::new(table.clone());
        let (first, later) = (now(), now() + Duration::from_secs(60));
        for _ in 0..2 {
            let told = contacts.note(&person(), OptOut::Stop, first, &message_id(1)).await.unwrap();
            assert_eq!(told, standing(false, true));
        }
        assert_eq!(table.items()[0].version, 1);
        contacts.note(&person(), OptOut::Start, later, &message_id(2)).await.unwrap();
        // The stop comes a third time, after the start: it is long past, and nothing changes.
        let told = contacts.note(&person(), OptOut::Stop, first, &message_id(1)).await.unwrap();
        assert_eq!(told, standing(false, false));
        assert!(!contacts.is_stopped(&person()).await.unwrap());
    }

    #[tokio::test]
    async fn after_a_stop_its_own_answer_may_be_sent_and_nothing_else() {
        let contacts = Contacts::new(table());
        let may_hear = async |n: Option<u32>| {
            let about = n.map(message_id);
            contacts.may_hear(&person(), about.as_ref()).await.unwrap()
        };
        let says = async |said, n: u32| {
            let at = now() + Duration::from_secs(u64::from(n));
            contacts.note(&person(), said, at, &message_id(n)).await.unwrap()
        };
        assert!(may_hear(None).await && may_hear(Some(7)).await);
        // Said twice before anything was answered: one answer is enough, that of the first.
        assert!(says(OptOut::Stop, 1).await.stopped_by_it);
        assert!(!says(OptOut::Stop, 2).await.stopped_by_it);
        assert!(says(OptOut::Stop, 1).await.stopped_by_it, "delivered once more, late");
        assert!(may_hear(Some(1)).await);
        for other in [None, Some(2), Some(7)] {
            assert!(!may_hear(other).await, "{other:?}");
        }
        says(OptOut::Start, 3).await;
        assert!(may_hear(None).await);
        says(OptOut::Stop, 4).await;
        assert!(may_hear(Some(4)).await && !may_hear(Some(1)).await);
    }

    #[tokio::test]
    async fn of_many_at_the_same_time_the_last_holds() {
        let contacts = Contacts::new(Arc::new(Racing::over(table())));
        let (contacts, person) = (&contacts, &person());
        let notes = (1..=10_u32).map(|n| async move {
            let said = if n % 2 == 0 { OptOut::Stop } else { OptOut::Start };
            let at = now() + Duration::from_secs(u64::from(n));
            contacts.note(person, said, at, &message_id(n)).await.unwrap()
        });
        join_all(notes).await;
        assert!(contacts.is_stopped(person).await.unwrap());
    }

    #[tokio::test]
    async fn another_that_writes_in_between_is_not_written_over() {
        // The first write meets the other's item; the second is made on what lies there then.
        for fault in [TableFault::Conflict, TableFault::AnswerLost] {
            let table = table();
            let failing = Failing::on_call(1, || TableError::Conflict, table.clone()).only(&["put"]);
            let failing = match fault {
                TableFault::Conflict => failing,
                TableFault::AnswerLost => failing.losing_answers(),
            };
            let contacts = Contacts::new(Arc::new(failing));
            let told = contacts.note(&person(), OptOut::Stop, now(), &message_id(1)).await.unwrap();
            assert_eq!(told, standing(false, true));
            assert_eq!(table.items()[0].version, 1);
        }
    }

    enum TableFault {
        Conflict,
        AnswerLost,
    }

    #[tokio::test]
    async fn a_table_that_is_away_or_always_busy_is_told() {
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let contacts = Contacts::new(Arc::new(Failing::always(away, table())));
        assert!(contacts.is_stopped(&person()).await.is_err());
        let busy = Failing::always(|| TableError::Conflict, table()).only(&["put"]);
        let told = Contacts::new(Arc::new(busy)).note(&person(), OptOut::Stop, now(), &message_id(1)).await;
        assert!(matches!(told, Err(TableError::Unavailable(_))), "{told:?}");
    }

    #[tokio::test]
    async fn g01_the_item_holds_no_number() {
        let table = table();
        Contacts::new(table.clone()).note(&person(), OptOut::Stop, now(), &message_id(1)).await.unwrap();
        assert!(!format!("{:?}", table.items()).contains("4915112345678"));
    }
}
