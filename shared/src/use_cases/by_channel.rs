//! Each message goes to the provider of its channel, and each file is fetched from the provider that it came through.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    domain::{identity::Channel, message::MediaRef, private::Private, text::without_bold},
    ports::{
        media_source::{FetchError, MediaSource},
        messenger::{Messenger, OutboundMessage, SendError, SentMessage},
    },
};

/// What is answered where nobody serves a channel. No provider's code: nobody was asked.
const NOBODY: u32 = 0;

/// What the addresses of Telegram's files begin with. They are none of the web, so nothing else can be meant.
const TELEGRAM: &str = "telegram:";

/// Sends by the messenger of a message's channel.
pub struct MessengerByChannel {
    phone: Arc<dyn Messenger>,
    telegram: Option<Arc<dyn Messenger>>,
}

impl MessengerByChannel {
    /// With the messenger of phone numbers (WhatsApp, SMS), and Telegram's if there is a bot.
    #[must_use]
    pub fn new(phone: Arc<dyn Messenger>, telegram: Option<Arc<dyn Messenger>>) -> Self {
        Self { phone, telegram }
    }

    /// The message as its channel shows it: what is bold on WhatsApp is plain where marks would be shown as they are.
    fn shown(message: &OutboundMessage) -> OutboundMessage {
        match message.to.channel() {
            Channel::WhatsApp => message.clone(),
            Channel::Sms | Channel::Telegram | Channel::Phone => {
                let body = Private::new(without_bold(message.body.expose()));
                OutboundMessage { body, ..message.clone() }
            }
        }
    }

    fn of(&self, channel: Channel) -> Option<&Arc<dyn Messenger>> {
        match channel {
            Channel::Telegram => self.telegram.as_ref(),
            Channel::WhatsApp | Channel::Sms | Channel::Phone => Some(&self.phone),
        }
    }
}

#[async_trait]
impl Messenger for MessengerByChannel {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        match self.of(message.to.channel()) {
            Some(messenger) => messenger.send(&Self::shown(message)).await,
            None => {
                tracing::error!(counter = "channel_not_served", channel = ?message.to.channel(), "A message cannot be sent: nobody serves its channel");
                Err(SendError::Refused { code: NOBODY })
            }
        }
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        match self.of(message.to.channel()) {
            Some(messenger) => messenger.find_sent(&Self::shown(message), since).await,
            None => Ok(Vec::new()),
        }
    }

    fn can_look_up(&self, channel: Channel) -> bool {
        // Where nobody serves a channel nothing was sent, and nothing being found says so.
        self.of(channel).is_none_or(|messenger| messenger.can_look_up(channel))
    }
}

/// Fetches from where a file's address says that it is.
pub struct MediaByAddress {
    web: Arc<dyn MediaSource>,
    telegram: Option<Arc<dyn MediaSource>>,
}

impl MediaByAddress {
    /// With the source of files that have a URL, and Telegram's if there is a bot.
    #[must_use]
    pub fn new(web: Arc<dyn MediaSource>, telegram: Option<Arc<dyn MediaSource>>) -> Self {
        Self { web, telegram }
    }
}

#[async_trait]
impl MediaSource for MediaByAddress {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        match (media.url.expose().starts_with(TELEGRAM), &self.telegram) {
            (false, _) => self.web.fetch(media).await,
            (true, Some(telegram)) => telegram.fetch(media).await,
            (true, None) => Err(FetchError::Forbidden("a file of Telegram, and there is no bot")),
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::{
        fixed::FixedClock,
        map_media::MapMedia,
        recorded_messenger::RecordedMessenger,
        samples::{address, now, outbound},
    };

    fn recorded() -> Arc<RecordedMessenger> {
        Arc::new(RecordedMessenger::new(Arc::new(FixedClock::default())))
    }

    fn to(raw: &str) -> OutboundMessage {
        OutboundMessage { to: address(raw), ..outbound("Filed.") }
    }

    #[tokio::test]
    async fn a_message_goes_the_way_of_its_channel_and_is_looked_for_there() {
        let (phone, telegram) = (recorded(), recorded());
        let messenger = MessengerByChannel::new(phone.clone(), Some(telegram.clone()));
        for wire in ["whatsapp:+4915112345678", "+4915112345678", "telegram:17"] {
            messenger.send(&to(wire)).await.unwrap();
            assert_eq!(messenger.find_sent(&to(wire), now()).await.unwrap().len(), 1);
        }
        assert_eq!((phone.sent().len(), telegram.bodies_to("telegram:17").len()), (2, 1));
        let silent = Arc::new(RecordedMessenger::new(Arc::new(FixedClock::default())).that_finds_nothing());
        let messenger = MessengerByChannel::new(phone, Some(silent));
        assert!(messenger.can_look_up(Channel::WhatsApp) && !messenger.can_look_up(Channel::Telegram));
    }

    #[tokio::test]
    async fn bold_is_plain_where_its_marks_would_be_shown_and_found_as_it_was_sent() {
        let (phone, telegram) = (recorded(), recorded());
        let messenger = MessengerByChannel::new(phone.clone(), Some(telegram.clone()));
        let bold = "*Filed as a job:*\n*1/2* 3 * 4 pipes";
        for wire in ["whatsapp:+4915112345678", "+4915112345678", "telegram:17"] {
            let message = OutboundMessage { to: address(wire), ..outbound(bold) };
            messenger.send(&message).await.unwrap();
            assert_eq!(messenger.find_sent(&message, now()).await.unwrap().len(), 1, "{wire}");
        }
        let plain = "Filed as a job:\n1/2 3 * 4 pipes";
        assert_eq!(phone.bodies(), [bold, plain]);
        assert_eq!(telegram.bodies(), [plain]);
    }

    #[tokio::test]
    async fn without_a_bot_nothing_is_sent_to_telegram_and_nobody_else_gets_it() {
        let phone = recorded();
        let messenger = MessengerByChannel::new(phone.clone(), None);
        assert_eq!(messenger.send(&to("telegram:17")).await, Err(SendError::Refused { code: 0 }));
        assert!(messenger.find_sent(&to("telegram:17"), now()).await.unwrap().is_empty());
        assert!(phone.sent().is_empty());
    }

    #[tokio::test]
    async fn a_file_is_fetched_from_where_it_is_and_from_nobody_else() {
        let file = |url: &str| MediaRef { url: url.to_owned().into(), content_type: "audio/ogg".to_owned() };
        let web = || Arc::new(MapMedia::new().with("https://api.twilio.com/x", "web"));
        let telegram = || Arc::new(MapMedia::new().with("telegram:AbC", "telegram"));
        let both = MediaByAddress::new(web(), Some(telegram()));
        assert_eq!(both.fetch(&file("https://api.twilio.com/x")).await.unwrap(), "web");
        assert_eq!(both.fetch(&file("telegram:AbC")).await.unwrap(), "telegram");
        let without = MediaByAddress::new(web(), None);
        assert!(matches!(without.fetch(&file("telegram:AbC")).await, Err(FetchError::Forbidden(_))));
    }
}
