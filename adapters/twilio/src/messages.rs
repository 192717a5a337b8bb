//! Sending messages, and looking up what was sent (Twilio, "Messages resource").

mod outcome;
mod sent;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use shared::ports::messenger::{Messenger, OutboundMessage, SendError, SentMessage};
use url::Url;

use crate::api::TwilioApi;

/// Longest time for one request and its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Most bytes of an answer that are read: a page of a hundred messages has about 200 kB.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Messages on a page of the log.
const PAGE_SIZE: &str = "100";

/// Pages of the log that are read.
const MAX_PAGES: usize = 5;

/// Sends WhatsApp and SMS messages.
pub struct TwilioMessenger {
    api: Arc<TwilioApi>,
    timeout: Duration,
}

/// An answer with all of its body.
struct Answer {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl TwilioMessenger {
    /// Sends through this account.
    #[must_use]
    pub const fn new(api: Arc<TwilioApi>) -> Self {
        Self { api, timeout: TIMEOUT }
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let mut response = request.timeout(self.timeout).send().await?;
        let retry_after = crate::retry_after::retry_after(response.headers());
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, retry_after, body: body.into() })
    }

    fn form(&self, message: &OutboundMessage) -> Vec<(&'static str, String)> {
        let sender = match &self.api.messaging_service_sid {
            Some(service) => ("MessagingServiceSid", service.clone()),
            None => ("From", message.from.to_wire()),
        };
        vec![("To", message.to.to_wire()), sender, ("Body", message.body.expose().clone())]
    }

    async fn page(&self, url: Url) -> Result<sent::Page, SendError> {
        let request = self.api.authorised(Method::GET, url).map_err(|_| SendError::Unknown)?;
        let answer = self.exchange(request).await.map_err(|error| outcome::of_lookup_failure(&error))?;
        if answer.status != StatusCode::OK {
            return Err(outcome::of_lookup_answer(answer.status));
        }
        sent::Page::read(&answer.body).ok_or_else(|| outcome::of_lookup_answer(answer.status))
    }
}

#[async_trait]
impl Messenger for TwilioMessenger {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        let request = self.api.authorised(Method::POST, self.api.messages_url());
        let request = request.map_err(|_| outcome::not_configured())?.form(&self.form(message));
        match self.exchange(request).await {
            Ok(answer) => outcome::of_answer(answer.status, answer.retry_after, &answer.body),
            Err(error) => Err(outcome::of_failure(&error)),
        }
    }

    /// Any failure is [`SendError::Unknown`]: that a message was not found may only be said when the whole
    /// time since `since` was looked through.
    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        let wanted = sent::Wanted::new(message, self.api.messaging_service_sid.as_deref(), since);
        let mut next = Some(wanted.first_page(self.api.messages_url()));
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let Some(url) = next.take() else { break };
            let page = self.page(url).await?;
            next = page.next(&self.api.base, &wanted)?;
            found.extend(page.matching(&wanted));
        }
        if next.is_some() && found.is_empty() {
            return Err(outcome::too_much_to_look_through());
        }
        found.sort_by_key(|sent: &SentMessage| sent.created_at);
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
