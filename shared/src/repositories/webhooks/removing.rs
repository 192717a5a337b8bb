//! What is left of a webhook that was deleted is removed by whoever delivers: it may be more than one request can wait
//! for.

use super::{Stored, Webhooks, company_key, dead, key_of, pending, progress};
use crate::{
    domain::{ids::CompanyId, webhook::WebhookId},
    ports::table::{Condition, Item, MAX_WRITES_TOGETHER, Order, SortRange, TableError, Write},
    repositories::one_item::{self, encode},
};

/// How many items of one kind are removed at most by one call.
const MOST: usize = 500;

impl Webhooks {
    /// Removes what is left of a deleted webhook, or a part of it; the next call goes on.
    pub(crate) async fn remove_traces(&self, company: &CompanyId, id: &WebhookId) -> Result<(), TableError> {
        // The progress first: without it nobody takes anything in.
        self.table.delete(&progress::key_of(company, id), Condition::Always).await?;
        for partition in [pending::partition(company, id), dead::partition(company, id)] {
            let items = self.table.query(&partition, &SortRange::All, Order::Ascending, MOST).await?;
            for some in items.chunks(MAX_WRITES_TOGETHER) {
                let remove =
                    |item: &Item| Write::Delete { key: item.key.clone(), condition: Condition::Always };
                self.table.write_together(&some.iter().map(remove).collect::<Vec<_>>()).await?;
            }
            if items.len() == MOST {
                return Ok(());
            }
        }
        self.forget(company, id).await
    }

    /// Nothing is left of it; and of a company's last webhook not even that there was one.
    async fn forget(&self, company: &CompanyId, id: &WebhookId) -> Result<(), TableError> {
        let (stored, condition) = one_item::read::<Stored>(&*self.table, &key_of(company)).await?;
        let Some(mut stored) = stored else { return Ok(()) };
        stored.deleted.retain(|deleted| deleted != id);
        let key = key_of(company);
        let writes = if stored.webhooks.is_empty() && stored.deleted.is_empty() {
            let marker = Write::Delete { key: company_key(company), condition: Condition::Always };
            vec![Write::Delete { key, condition }, marker]
        } else {
            vec![super::put(key, encode(&stored)?, condition)]
        };
        match self.table.write_together(&writes).await {
            // The next call does it.
            Err(TableError::Conflict) => Ok(()),
            other => other,
        }
    }
}
