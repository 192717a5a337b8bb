//! A webhook's owner asks whether messages arrive: one is sent at once, and what became of it is told.

use std::{sync::Arc, time::Duration};

use tracing::info;

use crate::{
    domain::{
        tenant::TenantScope,
        webhook::{Outcome, Refusal, SignedRequest, WebhookId},
    },
    ports::{
        clock::{Clock, Ids},
        table::TableError,
        webhook_sender::{WebhookSender, outcome_of},
    },
    repositories::webhooks::Webhooks,
};

/// Shorter than a message is waited for otherwise: somebody waits for this one.
const WITHIN: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Clone)]
pub struct PingWebhook {
    /// The webhooks.
    pub webhooks: Webhooks,
    /// What sends.
    pub sender: Arc<dyn WebhookSender>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes each ping one of its own.
    pub ids: Arc<dyn Ids>,
}

impl PingWebhook {
    /// Sends `{"type": "ping", ...}`, whether the webhook is active or not, and waits at most 5 s for the answer. It is
    /// not tried again. `None`: the company has no such webhook.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn ping(&self, scope: &TenantScope, id: &WebhookId) -> Result<Option<Outcome>, TableError> {
        let now = self.clock.now();
        let Some(found) = self.webhooks.addressee(scope.company(), id, now).await? else { return Ok(None) };
        let once = self.ids.random();
        let outcome = match SignedRequest::of_ping(id, &found.webhook.endpoint, &found.secrets, &once, now) {
            Ok(request) => outcome_of(self.sender.post(&request, WITHIN).await),
            Err(error) => {
                tracing::warn!(webhook.id = %id, ?error, "A ping could not be made");
                Outcome::Refused(Refusal::Unreadable)
            }
        };
        info!(webhook.id = %id, ?outcome, "A webhook was pinged");
        Ok(Some(outcome))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::{
        domain::{
            api_key::Pepper,
            webhook::{Endpoint, Kinds, Loopback},
        },
        ports::webhook_sender::SendFailure,
        repositories::webhooks::{Beginning, NewWebhook},
        testing::{
            fixed::{FixedClock, SeededIds},
            memory_receivers::{MemoryReceivers, answers},
            memory_table::MemoryTable,
            samples,
        },
    };

    #[tokio::test]
    async fn a_ping_is_signed_and_its_outcome_is_told() {
        let clock = Arc::new(FixedClock::default());
        let pepper = Pepper::new(&"p".repeat(32).into()).unwrap();
        let webhooks = Webhooks::new(Arc::new(MemoryTable::new(clock.clone())), &pepper);
        let scope = TenantScope::of_customer(&samples::customer());
        let endpoint = Endpoint::parse("https://erp.example/hooks", Loopback::Refused).unwrap();
        let new = NewWebhook { endpoint: endpoint.clone(), kinds: Kinds::all(), beginning: Beginning::Now };
        let ids = Arc::new(SeededIds::new(1));
        let (webhook, secret) = webhooks.create(&scope, new, &*clock, &*ids).await.unwrap();
        let sender = Arc::new(MemoryReceivers::new());
        let use_case = PingWebhook { webhooks, sender: sender.clone(), clock, ids };
        let ping = || use_case.ping(&scope, &webhook.id);

        assert_eq!(ping().await.unwrap(), Some(Outcome::Refused(Refusal::Unreachable)));
        sender.listen(&endpoint, |_| answers(204));
        assert_eq!(ping().await.unwrap(), Some(Outcome::Accepted(204)));
        sender.listen(&endpoint, |_| Err(SendFailure::InnerAddress));
        assert_eq!(ping().await.unwrap(), Some(Outcome::Refused(Refusal::InnerAddress)));

        let received = sender.received(&endpoint);
        assert_eq!(received.len(), 2);
        assert_ne!(received[0].id(), received[1].id());
        assert!(received[0].is_signed_with(&secret));
        let document: serde_json::Value = serde_json::from_str(received[0].body()).unwrap();
        assert_eq!(document["type"], "ping");
        assert_eq!(document["data"]["webhook"], webhook.id.as_str());

        let other = TenantScope::of_customer(&samples::customer_of("acme"));
        assert_eq!(use_case.ping(&other, &webhook.id).await.unwrap(), None);
    }
}
