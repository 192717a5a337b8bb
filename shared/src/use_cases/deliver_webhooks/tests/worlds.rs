//! A company with one webhook, in a world whose time and receivers the story decides.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::{
    domain::{
        api_key::Pepper,
        tenant::TenantScope,
        webhook::{Endpoint, Loopback, Webhook, WebhookSecret},
    },
    ports::table::TableStore,
    repositories::{
        feed::Feed,
        records::Records,
        webhooks::{Beginning, MAX_DEAD_LISTED, NewWebhook},
    },
    testing::{
        filing::Filing,
        fixed::{FixedClock, SeededIds},
        memory_receivers::MemoryReceivers,
        memory_table::MemoryTable,
        recorded_metrics::RecordedMetrics,
    },
};

pub(super) struct World {
    pub(super) clock: Arc<FixedClock>,
    pub(super) ids: Arc<SeededIds>,
    pub(super) receivers: Arc<MemoryReceivers>,
    pub(super) filing: Filing,
    pub(super) follow: Follow,
    pub(super) webhooks: Webhooks,
    pub(super) deliver: DeliverWebhooks,
    pub(super) scope: TenantScope,
    pub(super) endpoint: Endpoint,
    pub(super) webhook: Webhook,
    pub(super) secret: WebhookSecret,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::wanting(&Kinds::all()).await
    }

    pub(super) async fn wanting(kinds: &Kinds) -> Self {
        let clock = Self::clock();
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self::over(clock, table, kinds).await
    }

    pub(super) fn clock() -> Arc<FixedClock> {
        Arc::new(FixedClock::default())
    }

    pub(super) fn at(url: &str) -> Endpoint {
        Endpoint::parse(url, Loopback::Refused).unwrap()
    }

    pub(super) async fn over(clock: Arc<FixedClock>, table: Arc<dyn TableStore>, kinds: &Kinds) -> Self {
        let ids = Arc::new(SeededIds::new(7));
        let pepper = Pepper::new(&"p".repeat(32).into()).unwrap();
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

    pub(super) async fn files(&self, n: u32) {
        self.filing.note(n, "Fix the tap", &[job("tap", "Fix the tap")]).await.unwrap();
    }

    pub(super) async fn files_two(&self, n: u32) {
        let two = [job("tap", "Fix the tap"), job("roof", "Fix the roof")];
        self.filing.note(n, "Fix the tap and the roof", &two).await.unwrap();
    }

    pub(super) async fn changes(&self, n: u32, of: u32, effect: Effect) {
        self.filing.change(n, &samples::message_id(of), effect).await.unwrap();
    }

    pub(super) async fn run(&self) -> Delivered {
        self.deliver.run(Duration::from_secs(60)).await
    }

    /// The dead letters' numbers, and why they died.
    pub(super) async fn dead(&self) -> Vec<(u64, Option<Refusal>)> {
        let page = self.webhooks.dead_letters(&self.scope, &self.webhook.id, 0, MAX_DEAD_LISTED);
        page.await.unwrap().letters.into_iter().map(|letter| (letter.entry.number, letter.why)).collect()
    }

    /// The ids of the changes that were told, in their order, accepted or not.
    pub(super) fn numbers(&self) -> Vec<String> {
        let received = self.receivers.received(&self.endpoint);
        received.iter().map(|request| request.id().rsplit('_').next().unwrap().to_owned()).collect()
    }
}

/// What a record is, without what happened to it.
pub(super) fn record_in(mut data: Value) -> (String, Value) {
    let map = data.as_object_mut().unwrap();
    for of_the_change in ["id", "kind", "at"] {
        map.remove(of_the_change).unwrap();
    }
    (data["message_id"].as_str().unwrap().to_owned(), data)
}

/// All records of a company as the store has them now, those that are gone included.
pub(super) async fn records_of(follow: &Follow, company: &CompanyId) -> BTreeMap<String, Value> {
    let (mut records, mut number) = (BTreeMap::new(), 0);
    loop {
        // Few at once: on a bad day many calls never all go well.
        let Ok(told) = follow.after_of(company, number, 10).await else { continue };
        let Some(last) = told.last() else { return records };
        number = last.number;
        let changes = told.iter().flat_map(|told| &told.changes);
        records.extend(changes.map(|change| record_in(serde_json::to_value(change).unwrap())));
    }
}
