//! A messenger that keeps what it was given.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};

use super::locked;
use crate::{
    domain::{identity::Channel, ids::MessageId},
    ports::{
        clock::Clock,
        messenger::{Messenger, OutboundMessage, SendError, SentMessage},
    },
};

/// Takes every message, and finds it again.
pub struct RecordedMessenger {
    clock: Arc<dyn Clock>,
    sent: Mutex<Vec<(OutboundMessage, SentMessage)>>,
    finds: bool,
}

impl RecordedMessenger {
    /// Has sent nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, sent: Mutex::default(), finds: true }
    }

    /// Of a provider that tells nothing of what it was given.
    #[must_use]
    pub fn that_finds_nothing(self) -> Self {
        Self { finds: false, ..self }
    }

    /// Everything that was sent, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<(OutboundMessage, SentMessage)> {
        locked(&self.sent).clone()
    }

    /// The bodies of everything that was sent, oldest first.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        locked(&self.sent).iter().map(|(message, _)| message.body.expose().clone()).collect()
    }

    /// The bodies of what one address (as Twilio writes it) was sent, oldest first.
    #[must_use]
    pub fn bodies_to(&self, address: &str) -> Vec<String> {
        let sent = locked(&self.sent);
        let to = sent.iter().filter(|(message, _)| message.to.to_wire() == address);
        to.map(|(message, _)| message.body.expose().clone()).collect()
    }
}

/// Providers tell times to the second.
fn whole_seconds(time: Timestamp) -> Timestamp {
    time.round(TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Trunc)).unwrap_or(time)
}

#[async_trait]
impl Messenger for RecordedMessenger {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        let mut sent = locked(&self.sent);
        let id = MessageId::parse(&format!("SM{:032x}", 0xf00d_0000_usize + sent.len() + 1))
            .expect("a message id");
        let receipt = SentMessage { id, created_at: whole_seconds(self.clock.now()) };
        sent.push((message.clone(), receipt.clone()));
        Ok(receipt)
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        // A message of the second that `since` lies in counts: its exact time was not kept.
        let since = since.checked_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN);
        if !self.finds {
            return Ok(Vec::new());
        }
        let sent = locked(&self.sent);
        let same = sent.iter().filter(|(known, receipt)| known == message && receipt.created_at > since);
        Ok(same.map(|(_, receipt)| receipt.clone()).collect())
    }

    fn can_look_up(&self, _: Channel) -> bool {
        self.finds
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{fixed::FixedClock, samples};

    #[tokio::test]
    async fn what_was_sent_is_found_again_by_its_exact_words() {
        let clock = Arc::new(FixedClock::default());
        clock.advance(Duration::from_millis(700));
        let messenger = RecordedMessenger::new(clock.clone());
        let hello = samples::outbound("Hello");
        let before = clock.now();
        let receipt = messenger.send(&hello).await.unwrap();
        assert_eq!(messenger.find_sent(&hello, before).await.unwrap(), [receipt]);
        assert!(messenger.find_sent(&samples::outbound("Hello!"), before).await.unwrap().is_empty());
        clock.advance(Duration::from_secs(2));
        assert!(messenger.find_sent(&hello, clock.now()).await.unwrap().is_empty());
        assert_eq!(messenger.bodies_to(samples::SENDER), ["Hello"]);
    }
}
