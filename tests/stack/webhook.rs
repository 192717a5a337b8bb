//! Webhooks as Twilio posts them, signed as it signs.

use reqwest::StatusCode;
use shared::testing::contracts::fresh;
use system_tests::{Stack, client, signing::signature};

/// A form that was not sent yet.
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// A typed message, with an id that no other message has.
    pub(crate) fn words(stack: &Stack, from: &str, words: &str) -> Self {
        let id = message_id();
        let number = stack.get("TWILIO_WHATSAPP_NUMBER");
        let to = format!("whatsapp:{}", number.trim_start_matches("whatsapp:"));
        let fields = [
            ("MessageSid", id.as_str()),
            ("SmsMessageSid", &id),
            ("AccountSid", &stack.get("TWILIO_ACCOUNT_SID")),
            ("From", from),
            ("To", &to),
            ("Body", words),
            ("NumMedia", "0"),
            ("ProfileName", "Zoë + Söhne"),
            ("ApiVersion", "2010-04-01"),
        ];
        Self { fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    /// A message that is nothing but this file.
    pub(crate) fn file(stack: &Stack, from: &str, url: &str, content_type: &str) -> Self {
        Self::words(stack, from, "")
            .with("NumMedia", "1")
            .with("MediaUrl0", url)
            .with("MediaContentType0", content_type)
    }

    /// With this field, in place of what it said before.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What it says under this name.
    pub(crate) fn get(&self, name: &str) -> String {
        let field = self.fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The message's id.
    pub(crate) fn id(&self) -> String {
        self.get("MessageSid")
    }

    /// What Twilio puts into `X-Twilio-Signature` for this form.
    pub(crate) fn signature(&self, stack: &Stack) -> String {
        signature(&stack.get("TWILIO_AUTH_TOKEN"), &address(stack), &self.fields)
    }

    /// Posts it with its own signature. Answers status and body.
    pub(crate) async fn post(&self, stack: &Stack) -> (StatusCode, String) {
        self.post_signed(stack, &self.signature(stack)).await
    }

    /// Posts it with this signature.
    pub(crate) async fn post_signed(&self, stack: &Stack, signature: &str) -> (StatusCode, String) {
        let request =
            client().post(address(stack)).header("x-twilio-signature", signature).form(&self.fields);
        let answer = request.send().await.expect("the API answers");
        (answer.status(), answer.text().await.expect("a body"))
    }
}

fn address(stack: &Stack) -> String {
    format!("{}/webhook", stack.get("WEBHOOK_URL").trim_end_matches('/'))
}

/// An id in the form of Twilio's.
pub(crate) fn message_id() -> String {
    let digits = |stem: &str| fresh(stem).trim_start_matches(stem).trim_start_matches('-').to_owned();
    format!("SM{}{}{}", digits("a"), digits("b"), &digits("c")[..8])
}
