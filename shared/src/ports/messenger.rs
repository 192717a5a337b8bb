//! Sending messages to people.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{
    choice::Choices,
    identity::{Address, Channel},
    ids::MessageId,
    private::Private,
};

/// A message to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// To whom, and on which channel.
    pub to: Address,
    /// From which of our addresses.
    pub from: Address,
    /// At most 1,600 UTF-16 units, with what stands in for its choices where it can have no buttons.
    pub body: Private<String>,
    /// What can be tapped below it, where that is possible; else it is said in words.
    pub choices: Option<Choices>,
    /// The note that it is about. Where the provider can, it repeats it with what it later tells of the message.
    pub about: Option<MessageId>,
    /// An address from which the provider fetches a file that goes with it.
    pub media: Option<Private<String>>,
    /// Whether it goes as the approved template, with the body as its one variable: outside of WhatsApp's 24 hours.
    pub template: bool,
}

/// The code of a message that was sent twice with an unknown outcome where nothing can be looked up: it is not sent a third
/// time, and nobody knows whether it arrived. No provider's code.
pub const UNCERTAIN: u32 = 1;

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The provider will never send it: opted out, outside the window, no such number. Its code says why.
    #[error("the provider refused the message (code {code})")]
    Refused {
        /// The provider's error code, 0 if it gave none.
        code: u32,
    },
    /// It was certainly not sent; try again after this long.
    #[error("the message was not taken now")]
    NotTaken {
        /// Shortest wait.
        after: Duration,
    },
    /// It may have been sent: the answer was lost. Never send it again without looking first.
    #[error("the outcome of sending is unknown")]
    Unknown,
}

/// A message that the provider has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Its id at the provider.
    pub id: MessageId,
    /// When the provider took it, to the second.
    pub created_at: Timestamp,
}

/// Sends, and looks up what was sent.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Sends one message.
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError>;

    /// Messages with exactly this sender, recipient and body, with or without its choices in words, that the provider took at `since` or later, oldest
    /// first. For settling an unknown outcome.
    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError>;

    /// Whether [`Self::find_sent`] finds what was sent on this channel. Where it cannot, that nothing was found says nothing,
    /// and an unknown outcome stays unknown.
    fn can_look_up(&self, channel: Channel) -> bool;
}
