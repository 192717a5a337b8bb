//! Nothing is sent to who said STOP, by whatever part of Hark, but the answer to that STOP itself where there is one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use tracing::warn;

use crate::{
    domain::identity::Channel,
    ports::messenger::{Messenger, OutboundMessage, SendError, SentMessage},
    repositories::contacts::Contacts,
};

/// Twilio's code for a recipient who has unsubscribed (Twilio, "Error 21610: Attempt to send to unsubscribed
/// recipient"). The same is answered here, so that one refusal is not told from the other.
pub const UNSUBSCRIBED: u32 = 21_610;

/// How long to wait when the contacts cannot be asked.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// A messenger that asks before each message whether its recipient may be written to. One message that is being sent
/// while its recipient says STOP may still arrive.
pub struct Consented<M: ?Sized> {
    contacts: Contacts,
    messenger: Arc<M>,
}

impl<M: ?Sized> Consented<M> {
    /// Sends through this messenger.
    #[must_use]
    pub const fn new(contacts: Contacts, messenger: Arc<M>) -> Self {
        Self { contacts, messenger }
    }
}

#[async_trait]
impl<M: Messenger + ?Sized> Messenger for Consented<M> {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        match self.contacts.may_hear(message.to.identity(), message.about.as_ref()).await {
            Ok(true) => self.messenger.send(message).await,
            Ok(false) => Err(SendError::Refused { code: UNSUBSCRIBED }),
            // Who cannot be asked is not written to.
            Err(error) => {
                warn!(%error, "A message waits: whether it may be sent is not known");
                Err(SendError::NotTaken { after: AGAIN_AFTER })
            }
        }
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        self.messenger.find_sent(message, since).await
    }

    fn can_look_up(&self, channel: Channel) -> bool {
        self.messenger.can_look_up(channel)
    }
}

#[cfg(all(test, feature = "testing"))]
#[expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]
mod tests {
    use super::*;
    use crate::{
        domain::opt_out::OptOut,
        ports::table::{TableError, TableStore},
        testing::{
            MadeUp,
            failing::Failing,
            fixed::FixedClock,
            memory_table::MemoryTable,
            recorded_messenger::RecordedMessenger,
            samples::{SENDER, address, message_id, now, outbound},
        },
    };

    struct World {
        table: Arc<MemoryTable>,
        messenger: Arc<RecordedMessenger>,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(FixedClock::default());
            let table = Arc::new(MemoryTable::new(clock.clone()));
            Self { table, messenger: Arc::new(RecordedMessenger::new(clock)) }
        }

        fn consented(&self, table: Arc<dyn TableStore>) -> Consented<dyn Messenger> {
            Consented::new(Contacts::new(table), self.messenger.clone())
        }

        async fn says(&self, said: OptOut, n: u32) {
            let at = now() + Duration::from_secs(u64::from(n));
            let contacts = Contacts::new(self.table.clone());
            contacts.note(address(SENDER).identity(), said, at, &message_id(n)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_to_who_said_stop_on_any_channel_until_he_starts_again() {
        let world = World::new();
        let messenger = world.consented(world.table.clone());
        let chat = outbound("Filed.");
        let sms =
            OutboundMessage { to: address("+4915112345678"), from: address("+15005550006"), ..chat.clone() };
        let other = OutboundMessage { to: address("whatsapp:+4915112345679"), ..chat.clone() };
        messenger.send(&chat).await.unwrap();
        world.says(OptOut::Stop, 1).await;
        for message in [&chat, &sms] {
            assert_eq!(messenger.send(message).await, Err(SendError::Refused { code: 21_610 }));
        }
        messenger.send(&other).await.unwrap();
        assert_eq!(world.messenger.sent().len(), 2);
        // What was sent before is found: it settles what became of it.
        assert_eq!(messenger.find_sent(&chat, now()).await.unwrap().len(), 1);
        world.says(OptOut::Start, 2).await;
        for message in [&chat, &sms] {
            messenger.send(message).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_stop_is_confirmed_by_the_answer_to_it() {
        let world = World::new();
        let messenger = world.consented(world.table.clone());
        world.says(OptOut::Stop, 1).await;
        let about = |n| OutboundMessage { about: Some(message_id(n)), ..outbound("Nothing more.") };
        assert_eq!(messenger.send(&about(2)).await, Err(SendError::Refused { code: 21_610 }));
        messenger.send(&about(1)).await.unwrap();
        assert_eq!(world.messenger.sent().len(), 1);
    }

    #[tokio::test]
    async fn nothing_is_sent_while_nobody_knows_whether_it_may_be() {
        let world = World::new();
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let failing = Failing::on_call(1, away, world.table.clone());
        let messenger = world.consented(Arc::new(failing));
        let answer = messenger.send(&outbound("Filed.")).await;
        assert!(matches!(answer, Err(SendError::NotTaken { .. })), "{answer:?}");
        assert!(world.messenger.sent().is_empty());
        messenger.send(&outbound("Filed.")).await.unwrap();
    }
}
