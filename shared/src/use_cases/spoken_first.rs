//! Answers to notes that were spoken on the phone: they are spoken there while the caller waits, and sent as text when he
//! does not any more.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tracing::warn;

use crate::{
    domain::{
        identity::{Address, Channel, Identity},
        ids::MessageId,
        private::Private,
    },
    ports::{
        clock::Clock,
        messenger::{Messenger, OutboundMessage, SendError, SentMessage},
        table::TableError,
    },
    repositories::outcomes::{Outcomes, Way},
};

/// How long to wait when it cannot be known whether the caller waits.
const AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(2);

/// A messenger that speaks what can be spoken. All else goes through the other one.
pub struct SpokenFirst<M: ?Sized> {
    outcomes: Outcomes,
    clock: Arc<dyn Clock>,
    /// From which of our numbers texts are sent; without one nothing is.
    texts_from: Option<Address>,
    messenger: Arc<M>,
}

impl<M: ?Sized> SpokenFirst<M> {
    /// Sends through this messenger what is not spoken, from this number of ours.
    #[must_use]
    pub const fn new(
        outcomes: Outcomes,
        clock: Arc<dyn Clock>,
        texts_from: Option<Address>,
        messenger: Arc<M>,
    ) -> Self {
        Self { outcomes, clock, texts_from, messenger }
    }

    /// The message as text. `None`: there is no number that texts are sent from.
    fn as_text(&self, message: &OutboundMessage) -> Option<OutboundMessage> {
        let Identity::Phone(number) = message.to.identity() else { return None };
        let (to, from) = (Address::sms(number.clone()), self.texts_from.clone()?);
        Some(OutboundMessage { to, from, ..message.clone() })
    }

    async fn way(&self, message: &OutboundMessage) -> Result<Way, SendError> {
        // What is about no note is a word in between, which nobody waits for on the line.
        let Some(note) = &message.about else { return Err(SendError::Refused { code: 0 }) };
        self.outcomes.known(note, &message.body, self.clock.now()).await.map_err(|error| not_now(&error))
    }
}

fn not_now(error: &TableError) -> SendError {
    warn!(%error, "An answer waits: whether its caller waits for it is not known");
    SendError::NotTaken { after: AGAIN_AFTER }
}

fn spoken(note: Option<&MessageId>, at: Timestamp) -> Option<SentMessage> {
    // What is spoken has no id at the provider; its note's says which it was.
    Some(SentMessage { id: note?.clone(), created_at: at })
}

#[async_trait]
impl<M: Messenger + ?Sized> Messenger for SpokenFirst<M> {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        if message.to.channel() != Channel::Phone {
            return self.messenger.send(message).await;
        }
        match self.way(message).await? {
            Way::Spoken => {
                spoken(message.about.as_ref(), self.clock.now()).ok_or(SendError::Refused { code: 0 })
            }
            Way::Texted => match self.as_text(message) {
                Some(text) => self.messenger.send(&text).await,
                None => Err(SendError::Refused { code: 0 }),
            },
        }
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        if message.to.channel() != Channel::Phone {
            return self.messenger.find_sent(message, since).await;
        }
        let Some(note) = &message.about else { return Ok(Vec::new()) };
        let said: Option<Private<String>> =
            self.outcomes.to_speak(note).await.map_err(|error| not_now(&error))?;
        if said.is_some_and(|said| said == message.body) {
            return Ok(spoken(Some(note), since).into_iter().collect());
        }
        match self.as_text(message) {
            Some(text) => self.messenger.find_sent(&text, since).await,
            None => Ok(Vec::new()),
        }
    }

    /// What is spoken is found here, and its text where texts are.
    fn can_look_up(&self, channel: Channel) -> bool {
        let channel = if channel == Channel::Phone { Channel::Sms } else { channel };
        self.messenger.can_look_up(channel)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{
        fixed::FixedClock,
        memory_table::MemoryTable,
        recorded_messenger::RecordedMessenger,
        samples::{address, message_id, now, outbound},
    };

    struct World {
        clock: Arc<FixedClock>,
        outcomes: Outcomes,
        texts: Arc<RecordedMessenger>,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(FixedClock::default());
            let outcomes = Outcomes::new(Arc::new(MemoryTable::new(clock.clone())));
            Self { texts: Arc::new(RecordedMessenger::new(clock.clone())), clock, outcomes }
        }

        fn messenger(&self) -> SpokenFirst<RecordedMessenger> {
            let from = Some(address("+15005550006"));
            SpokenFirst::new(self.outcomes.clone(), self.clock.clone(), from, self.texts.clone())
        }
    }

    fn answer() -> OutboundMessage {
        let (to, from) = (address("phone:+4915112345678"), address("phone:+15005550009"));
        OutboundMessage { to, from, about: Some(message_id(1)), ..outbound("Filed.") }
    }

    #[tokio::test]
    async fn an_answer_is_spoken_while_its_caller_waits_and_found_when_asked_for() {
        let world = World::new();
        let messenger = world.messenger();
        world.outcomes.expect(&message_id(1), now() + Duration::from_secs(15)).await.unwrap();
        let sent = messenger.send(&answer()).await.unwrap();
        assert_eq!(messenger.find_sent(&answer(), now()).await.unwrap().len(), 1);
        assert_eq!(sent.id, message_id(1));
        assert!(world.texts.sent().is_empty());
    }

    #[tokio::test]
    async fn it_is_sent_as_text_when_he_waits_no_longer() {
        let world = World::new();
        let messenger = world.messenger();
        world.outcomes.expect(&message_id(1), now() + Duration::from_secs(15)).await.unwrap();
        world.outcomes.give_up(&message_id(1), now()).await.unwrap();
        messenger.send(&answer()).await.unwrap();
        let sent = world.texts.sent();
        let [(text, _)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(
            (text.to.to_wire(), text.from.to_wire()),
            ("+4915112345678".into(), "+15005550006".into())
        );
        assert_eq!(messenger.find_sent(&answer(), now()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_word_in_between_is_not_sent_and_other_channels_are_left_alone() {
        let world = World::new();
        let messenger = world.messenger();
        let notice = OutboundMessage { about: None, ..answer() };
        assert!(matches!(messenger.send(&notice).await, Err(SendError::Refused { .. })));
        messenger.send(&outbound("Filed.")).await.unwrap();
        assert_eq!(world.texts.sent().len(), 1);
    }
}
