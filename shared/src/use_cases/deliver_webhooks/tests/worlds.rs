//! What the stories do in their world.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::{
    repositories::webhooks::MAX_DEAD_LISTED,
    testing::{
        memory_table::MemoryTable,
        webhook_world::{World, record_in},
    },
};

impl World {
    pub(super) async fn new() -> Self {
        Self::wanting(&Kinds::all()).await
    }

    pub(super) async fn wanting(kinds: &Kinds) -> Self {
        let clock = Self::clock();
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self::over(clock, table, kinds).await
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
