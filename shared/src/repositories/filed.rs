//! Where a note's files lie: found by the message id alone, without listing a company's files.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{ids::MessageId, intent::Intent, object_key::Place, tag::Tag, tenant::TenantScope},
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

#[derive(Serialize, Deserialize)]
struct FiledItem {
    intent: Intent,
    tag: Tag,
    filed_at: Timestamp,
}

/// The repository. An index only: the object store is the truth, and a note that is not in here (one of
/// an older installation) is found by listing.
#[derive(Clone)]
pub struct Filed {
    table: Arc<dyn TableStore>,
}

impl Filed {
    /// Over a table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Notes where a message's files lie, replacing an older place. Doing it again changes nothing.
    ///
    /// # Errors
    /// As the table says.
    pub async fn remember(
        &self,
        scope: &TenantScope,
        message: &MessageId,
        place: &Place,
        filed_at: Timestamp,
    ) -> Result<(), TableError> {
        let item = FiledItem { intent: place.intent, tag: place.tag.clone(), filed_at };
        let body = serde_json::to_string(&item).map_err(|e| TableError::Refused(e.into()))?;
        self.table.put(&key_of(scope, message), &body, Condition::Always, None).await.map(drop)
    }

    /// Where a message's files lie. `None`: not known here, or another company's.
    ///
    /// # Errors
    /// As the table says.
    pub async fn place_of(
        &self,
        scope: &TenantScope,
        message: &MessageId,
    ) -> Result<Option<Place>, TableError> {
        let Some(item) = self.table.get(&key_of(scope, message)).await? else { return Ok(None) };
        let filed: FiledItem = serde_json::from_str(&item.body).map_err(|e| TableError::Refused(e.into()))?;
        Ok(Some(Place { intent: filed.intent, tag: filed.tag }))
    }
}

fn key_of(scope: &TenantScope, message: &MessageId) -> ItemKey {
    ItemKey::new(format!("files#{}", scope.company()), message.as_str())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::{fixed::FixedClock, memory_table::MemoryTable, samples};

    #[tokio::test]
    async fn a_place_is_found_by_its_own_company_alone_and_a_newer_one_counts() {
        let filed = Filed::new(Arc::new(MemoryTable::new(Arc::new(FixedClock::default()))));
        let own = TenantScope::of_customer(&samples::customer_of("acme"));
        let other = TenantScope::of_customer(&samples::customer_of("acme-2"));
        let message = samples::message_id(1);
        let place = |tag: &str, intent| Place { intent, tag: Tag::from_words(tag) };
        assert_eq!(filed.place_of(&own, &message).await.unwrap(), None);

        let first = place("leak", Intent::Other);
        let second = place("leak", Intent::JobToBeDone);
        for place in [&first, &first, &second] {
            filed.remember(&own, &message, place, samples::now()).await.unwrap();
            assert_eq!(filed.place_of(&own, &message).await.unwrap().as_ref(), Some(place));
        }
        assert_eq!(filed.place_of(&other, &message).await.unwrap(), None);
        assert_eq!(filed.place_of(&own, &samples::message_id(2)).await.unwrap(), None);
    }
}
