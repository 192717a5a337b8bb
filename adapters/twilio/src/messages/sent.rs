//! The log of messages, searched for one that we may have sent.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use serde::Deserialize;
use shared::{
    domain::{choice::Choices, ids::MessageId},
    ports::messenger::{OutboundMessage, SendError, SentMessage},
};
use url::Url;

use super::PAGE_SIZE;

/// Twilio's times have whole seconds, so a message of the same second may seem older.
const GRANULARITY: SignedDuration = SignedDuration::from_secs(1);

/// A message as the API shows it. `from` is null while a messaging service has not chosen a sender.
#[derive(Deserialize)]
struct MessageWire {
    sid: String,
    date_created: String,
    #[serde(default)]
    direction: String,
    from: Option<String>,
    #[serde(default)]
    to: String,
    #[serde(default)]
    body: String,
    messaging_service_sid: Option<String>,
}

#[derive(Deserialize)]
struct PageWire {
    messages: Vec<MessageWire>,
    next_page_uri: Option<String>,
}

/// The message of a 201 answer.
pub(super) fn read_one(body: &[u8]) -> Option<SentMessage> {
    serde_json::from_slice::<MessageWire>(body).ok()?.sent()
}

impl MessageWire {
    fn created_at(&self) -> Option<Timestamp> {
        rfc2822::DateTimeParser::new().parse_timestamp(&self.date_created).ok()
    }

    fn sent(&self) -> Option<SentMessage> {
        Some(SentMessage { id: MessageId::parse(&self.sid).ok()?, created_at: self.created_at()? })
    }
}

/// What is looked for.
pub(super) struct Wanted<'a> {
    from: String,
    to: String,
    body: &'a str,
    choices: Option<&'a Choices>,
    template: bool,
    service: Option<&'a str>,
    since: Timestamp,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(message: &'a OutboundMessage, service: Option<&'a str>, since: Timestamp) -> Self {
        Self {
            from: message.from.to_wire(),
            to: message.to.to_wire(),
            body: message.body.expose(),
            choices: message.choices.as_ref(),
            template: message.template,
            service,
            since: since.checked_sub(GRANULARITY).unwrap_or(since),
        }
    }

    /// The newest messages to this person. The log has a filter for `DateSent`, but a message that waits in
    /// Twilio's queue has none yet, and exactly such a one is looked for.
    pub(super) fn first_page(&self, mut log: Url) -> Url {
        let mut query = log.query_pairs_mut();
        query.append_pair("To", &self.to);
        if self.service.is_none() {
            query.append_pair("From", &self.from);
        }
        query.append_pair("PageSize", PAGE_SIZE);
        drop(query);
        log
    }

    fn is(&self, message: &MessageWire) -> bool {
        let same_sender = message.from.as_deref() == Some(self.from.as_str())
            || (self.service.is_some() && message.messaging_service_sid.as_deref() == self.service);
        message.direction.starts_with("outbound")
            && message.to == self.to
            && same_sender
            && self.says(&message.body)
            && self.is_recent(message)
    }

    /// Whether a text of the log is this message's. One without choices is there as it was sent. One with choices may
    /// have gone with content, and what the log shows of that is the rendered text: nobody promises its blanks, nor
    /// whether the buttons stand below it, so all of that counts as the same.
    fn says(&self, logged: &str) -> bool {
        if self.template {
            // The log shows the template with the body in it.
            return words(logged).contains(&words(self.body));
        }
        let Some(choices) = self.choices else { return logged == self.body };
        let (logged, body) = (words(logged), words(self.body));
        let Some(below) = logged.strip_prefix(&body) else { return false };
        let below_in_words = words(&choices.in_words);
        let mut rest = below.trim().replace(&below_in_words, "");
        for button in &choices.buttons {
            rest = rest.replacen(&words(&button.title), "", 1);
        }
        !rest.chars().any(char::is_alphanumeric)
    }

    fn is_recent(&self, message: &MessageWire) -> bool {
        message.created_at().is_some_and(|created_at| created_at >= self.since)
    }
}

/// A text with one blank between its words.
pub(super) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page of the log.
pub(super) struct Page(PageWire);

impl Page {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(Self)
    }

    pub(super) fn matching(&self, wanted: &Wanted<'_>) -> impl Iterator<Item = SentMessage> {
        self.0.messages.iter().filter(|message| wanted.is(message)).filter_map(MessageWire::sent)
    }

    /// The next page, unless this one ends before the time that is looked at. It must be of the same API.
    pub(super) fn next(&self, base: &Url, wanted: &Wanted<'_>) -> Result<Option<Url>, SendError> {
        let Some(uri) = self.0.next_page_uri.as_deref() else { return Ok(None) };
        if !self.0.messages.iter().any(|message| wanted.is_recent(message)) {
            return Ok(None);
        }
        let next = base.join(uri).ok().filter(|next| next.origin() == base.origin());
        next.map(Some).ok_or(SendError::Unknown)
    }
}
