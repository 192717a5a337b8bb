//! Receivers of webhooks in memory, each under its address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use super::locked;
use crate::{
    domain::webhook::{Endpoint, SignedRequest},
    ports::webhook_sender::{Received, SendFailure, WebhookSender},
};

type Behaviour = dyn Fn(&SignedRequest) -> Result<Received, SendFailure> + Send + Sync;

/// What listens, and what came. Nobody listens at an address that was not given to [`MemoryReceivers::listen`].
#[derive(Default)]
pub struct MemoryReceivers {
    listening: Mutex<HashMap<String, Arc<Behaviour>>>,
    received: Mutex<Vec<SignedRequest>>,
}

/// An answer with this status.
///
/// # Errors
/// None: the form is that of [`MemoryReceivers::listen`].
pub const fn answers(status: u16) -> Result<Received, SendFailure> {
    Ok(Received { status, retry_after: None })
}

impl MemoryReceivers {
    /// Without any.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on this is what happens to a message to this address.
    pub fn listen(
        &self,
        at: &Endpoint,
        behaviour: impl Fn(&SignedRequest) -> Result<Received, SendFailure> + Send + Sync + 'static,
    ) {
        locked(&self.listening).insert(at.url().to_string(), Arc::new(behaviour));
    }

    /// All messages to this address, accepted or not, in their order.
    #[must_use]
    pub fn received(&self, at: &Endpoint) -> Vec<SignedRequest> {
        let all = locked(&self.received);
        all.iter().filter(|request| request.endpoint() == at).cloned().collect()
    }
}

#[async_trait]
impl WebhookSender for MemoryReceivers {
    async fn post(&self, request: &SignedRequest, _: Duration) -> Result<Received, SendFailure> {
        let behaviour = locked(&self.listening).get(request.endpoint().url().as_str()).cloned();
        let Some(behaviour) = behaviour else { return Err(SendFailure::Unreachable) };
        locked(&self.received).push(request.clone());
        behaviour(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::webhook::Loopback,
        testing::contracts::{self, fresh, webhook_sender::SenderUnderTest},
    };

    fn somewhere() -> Endpoint {
        Endpoint::parse(&format!("https://{}.example/", fresh("erp")), Loopback::Refused).unwrap()
    }

    #[async_trait]
    impl SenderUnderTest for MemoryReceivers {
        fn sender(&self) -> &dyn WebhookSender {
            self
        }

        async fn receiver(&self, status: u16, headers: &[(&str, &str)]) -> Endpoint {
            let seconds = headers.iter().find(|(name, _)| *name == "retry-after");
            let retry_after = seconds.map(|(_, seconds)| Duration::from_secs(seconds.parse().unwrap()));
            let at = somewhere();
            self.listen(&at, move |_| Ok(Received { status, retry_after }));
            at
        }

        async fn nobody(&self) -> Endpoint {
            somewhere()
        }

        fn received(&self, at: &Endpoint) -> Vec<String> {
            Self::received(self, at).iter().map(|request| request.body().to_owned()).collect()
        }
    }

    #[tokio::test]
    async fn receivers_in_memory_keep_the_contract() {
        contracts::webhook_sender::all(&MemoryReceivers::new()).await;
    }
}
