//! A company with one webhook, in a world whose time and receivers the story decides.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    filing::Filing,
    fixed::{FixedClock, SeededIds},
    memory_receivers::MemoryReceivers,
    recorded_metrics::RecordedMetrics,
    samples,
};
use crate::{
    domain::{
        api_key::Pepper,
        tenant::TenantScope,
        webhook::{Endpoint, Kinds, Loopback, Webhook, WebhookSecret},
    },
    ports::table::TableStore,
    repositories::{
        feed::Feed,
        records::Records,
        webhooks::{Beginning, NewWebhook, Webhooks},
    },
    use_cases::{
        deliver_webhooks::{DeliverWebhooks, Delivered},
        follow::Follow,
    },
};

/// The company, its webhook, and what is done with them.
pub struct World {
    /// The time.
    pub clock: Arc<FixedClock>,
    /// Ids in a fixed order.
    pub ids: Arc<SeededIds>,
    /// Who listens.
    pub receivers: Arc<MemoryReceivers>,
    /// Files notes.
    pub filing: Filing,
    /// Follows the company's feed.
    pub follow: Follow,
    /// The webhooks.
    pub webhooks: Webhooks,
    /// Tells of changes.
    pub deliver: DeliverWebhooks,
    /// The company.
    pub scope: TenantScope,
    /// The webhook's address.
    pub endpoint: Endpoint,
    /// The webhook, which began with the first change.
    pub webhook: Webhook,
    /// What its messages are signed with.
    pub secret: WebhookSecret,
}

impl World {
    /// A clock for a world.
    #[must_use]
    pub fn clock() -> Arc<FixedClock> {
        Arc::new(FixedClock::default())
    }

    /// An address.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn at(url: &str) -> Endpoint {
        Endpoint::parse(url, Loopback::Refused).expect("an address")
    }

    /// A world over this table, with a webhook that wants these kinds.
    ///
    /// # Panics
    /// Never on a table that answers at last.
    pub async fn over(clock: Arc<FixedClock>, table: Arc<dyn TableStore>, kinds: &Kinds) -> Self {
        let ids = Arc::new(SeededIds::new(7));
        let pepper = Pepper::new(&"p".repeat(32).into()).expect("a pepper");
        let webhooks = Webhooks::new(table.clone(), &pepper);
        let follow = Follow { feed: Feed::new(table.clone()), records: Records::new(table.clone()) };
        let receivers = Arc::new(MemoryReceivers::new());
        let scope = TenantScope::of_customer(&samples::customer());
        let endpoint = Self::at("https://erp.example/hooks");
        let made = loop {
            let new =
                NewWebhook { endpoint: endpoint.clone(), kinds: kinds.clone(), beginning: Beginning::First };
            // On a bad day it takes some tries, and an answer that was lost leaves a webhook that nobody knows.
            if let Ok(made) = webhooks.create(&scope, new, &*clock, &*ids).await {
                break made;
            }
        };
        let deliver = DeliverWebhooks {
            webhooks: webhooks.clone(),
            follow: follow.clone(),
            sender: receivers.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            metrics: Arc::new(RecordedMetrics::new()),
        };
        let filing = Filing::new(table, clock.clone());
        let (webhook, secret) = made;
        Self { clock, ids, receivers, filing, follow, webhooks, deliver, scope, endpoint, webhook, secret }
    }

    /// One run of a dispatcher.
    pub async fn run(&self) -> Delivered {
        self.deliver.run(Duration::from_secs(60)).await
    }
}

/// What a record is, without what happened to it; and its id.
///
/// # Panics
/// When it is no change.
#[must_use]
pub fn record_in(mut data: Value) -> (String, Value) {
    let map = data.as_object_mut().expect("a change");
    for of_the_change in ["id", "kind", "at"] {
        map.remove(of_the_change).expect("a member of every change");
    }
    let id = map.get("message_id").and_then(Value::as_str).expect("an id");
    (id.to_owned(), data)
}
