//! What people were sent. The provider finds a message by its addresses and words alone: which note it is about stands
//! nowhere in it.

use async_trait::async_trait;
use jiff::Timestamp;
use shared::{
    domain::{identity::Channel, reply::is_notice},
    ports::messenger::{Messenger, OutboundMessage, SendError, SentMessage},
    testing::recorded_messenger::RecordedMessenger,
};

use super::{story::RunClock, world::phone};

/// The provider's side of what is sent.
pub(super) struct Outbox(RecordedMessenger);

impl Outbox {
    pub(super) fn new(clock: RunClock) -> Self {
        Self(RecordedMessenger::new(std::sync::Arc::new(clock)))
    }

    /// The id of the first answer to a message.
    pub(super) fn answer_to(&self, id: &str) -> Option<String> {
        let is_it =
            |message: &OutboundMessage| message.about.as_ref().is_some_and(|about| about.as_str() == id);
        let sent = self.0.sent();
        sent.iter().find(|(message, _)| is_it(message)).map(|(_, sent)| sent.id.as_str().to_owned())
    }

    /// How many final answers a person was sent.
    pub(super) fn answers(&self, person: u32) -> usize {
        let received = self.0.bodies_to(&format!("whatsapp:{}", phone(person)));
        received.iter().filter(|body| !is_notice(body)).count()
    }
}

#[async_trait]
impl Messenger for Outbox {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        self.0.send(message).await
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        let mut found = Vec::new();
        let mut asked = Vec::new();
        for (known, _) in self.0.sent() {
            let same = OutboundMessage { about: known.about.clone(), ..message.clone() };
            if known == same && !asked.contains(&same.about) {
                asked.push(same.about.clone());
                found.extend(self.0.find_sent(&same, since).await?);
            }
        }
        Ok(found)
    }

    fn can_look_up(&self, channel: Channel) -> bool {
        self.0.can_look_up(channel)
    }
}
