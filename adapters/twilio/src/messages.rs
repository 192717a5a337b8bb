//! Sending messages, and looking up what was sent (Twilio, "Messages resource"). A message with choices has buttons on
//! WhatsApp, by way of `content`; where it can have none, words stand below it instead.

mod content;
mod outcome;
mod sent;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adapter_egress::{check_base_url, is_loopback_host};
use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use shared::{
    domain::{choice::Choices, identity::Channel},
    ports::messenger::{Messenger, OutboundMessage, SendError, SentMessage},
};
use url::Url;

use crate::{api::TwilioApi, inbound::status::callback_url};
use content::Contents;

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
    told_at: Option<String>,
    /// Twilio refused a message for where we want to be told of it.
    told_refused: AtomicBool,
    contents: Contents,
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
    pub fn new(api: Arc<TwilioApi>) -> Self {
        Self {
            api,
            timeout: TIMEOUT,
            told_at: None,
            told_refused: AtomicBool::default(),
            contents: Contents::default(),
        }
    }

    /// Has Twilio tell what becomes of each message, below this public base URL (`PUBLIC_BASE_URL`). Without it, the
    /// settings of the sender at Twilio decide. A base that Twilio cannot reach is left out, since Twilio would refuse
    /// every message for it (error 21609): this machine is for a stand-in only.
    #[must_use]
    pub fn told_at(self, public_base: &str) -> Self {
        let reachable = match check_base_url(public_base) {
            Ok(base) => self.api.is_stand_in() || !is_loopback_host(&base),
            Err(_) => false,
        };
        if !reachable {
            tracing::warn!(
                "Twilio is not asked to tell what becomes of messages: it cannot reach PUBLIC_BASE_URL"
            );
        }
        Self { told_at: reachable.then(|| public_base.to_owned()), ..self }
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

    /// The message as Twilio takes it: with content, or with all of its text.
    fn form(&self, message: &OutboundMessage, content: Option<&str>) -> Vec<(&'static str, String)> {
        let sender = match &self.api.messaging_service_sid {
            Some(service) => ("MessagingServiceSid", service.clone()),
            None => ("From", message.from.to_wire()),
        };
        let mut form = vec![("To", message.to.to_wire()), sender];
        let body = message.body.expose();
        match (content, &message.choices) {
            (Some(content), _) => {
                form.push(("ContentSid", content.to_owned()));
                // A template's variable has no line breaks and no runs of blanks (Twilio, error 63028 and 21656).
                let said = if message.template { sent::words(body) } else { body.clone() };
                form.push(("ContentVariables", json!({ "1": said }).to_string()));
            }
            (None, Some(choices)) => form.push(("Body", choices.below(body).into_inner())),
            (None, None) => form.push(("Body", body.clone())),
        }
        // Together with content Twilio refuses it.
        if let Some(media) = message.media.as_ref().filter(|_| content.is_none()) {
            form.push(("MediaUrl", media.expose().clone()));
        }
        form
    }

    /// Posts the message. Twilio may refuse it for our status callback: then it was not sent, and goes without.
    async fn post(&self, message: &OutboundMessage, content: Option<&str>) -> Result<SentMessage, SendError> {
        let form = self.form(message, content);
        let wanted = self.told_at.as_ref().filter(|_| !self.told_refused.load(Ordering::Relaxed));
        let Some(base) = wanted else { return self.post_form(&form).await };
        let mut told = form.clone();
        told.push(("StatusCallback", callback_url(base, message.about.as_ref())));
        let sent = self.post_form(&told).await;
        if !outcome::is_of_callback(&sent) {
            return sent;
        }
        tracing::error!(
            counter = "status_callback_refused",
            "Twilio refuses PUBLIC_BASE_URL to tell us what becomes of messages; they are sent without"
        );
        self.told_refused.store(true, Ordering::Relaxed);
        self.post_form(&form).await
    }

    async fn post_form(&self, form: &[(&'static str, String)]) -> Result<SentMessage, SendError> {
        let request = self.api.authorised(Method::POST, self.api.messages_url());
        let request = request.map_err(|_| outcome::not_configured())?.form(form);
        match self.exchange(request).await {
            Ok(answer) => outcome::of_answer(answer.status, answer.retry_after, &answer.body),
            Err(error) => Err(outcome::of_failure(&error)),
        }
    }

    /// The choices of a message that can have buttons, with the content that gives it them.
    async fn buttons<'a>(&self, message: &'a OutboundMessage) -> Option<(&'a Choices, String)> {
        let choices = message.choices.as_ref()?;
        if message.to.channel() != Channel::WhatsApp || !content::fits(choices, message.body.expose()) {
            return None;
        }
        Some((choices, self.content_of(choices).await?))
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
        if message.template {
            let outside = SendError::Refused { code: outcome::OUTSIDE_WINDOW };
            let template = self.api.template_sid.as_deref().ok_or(outside)?;
            return self.post(message, Some(template)).await;
        }
        let Some((choices, content)) = self.buttons(message).await else {
            return self.post(message, None).await;
        };
        let sent = self.post(message, Some(&content)).await;
        if !outcome::is_of_content(&sent) {
            return sent;
        }
        // Refused for its buttons, so it was certainly not sent with them.
        tracing::warn!(counter = "buttons_refused", outcome = ?sent, "Twilio refused the buttons of a message; it goes in words");
        if outcome::is_content_gone(&sent) {
            self.forget_content(choices).await;
        }
        self.post(message, None).await
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

    fn can_look_up(&self, _: Channel) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
