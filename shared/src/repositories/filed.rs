//! Where a note's files lie: found by the message id alone, without listing a company's files.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::{MessageId, RecordId},
        intent::Intent,
        note::Note,
        object_key::Place,
        tag::Tag,
        tenant::TenantScope,
    },
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Item {
    /// Where the files of its own note lie.
    Here(Here),
    /// It joined or changed another note's record.
    There { see: MessageId },
}

#[derive(Serialize, Deserialize)]
struct Here {
    intent: Intent,
    tag: Tag,
    filed_at: Timestamp,
    /// Places of further records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    further: Vec<Place>,
}

/// Where a message's files lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledAt {
    /// The note that they are filed under: the message's own, or the one that it joined or changed.
    pub note: MessageId,
    /// The places of its records, the first one's first.
    pub places: Vec<Place>,
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

    /// Notes where a note's files lie, replacing an older place. Doing it again changes nothing.
    ///
    /// # Errors
    /// As the table says.
    pub async fn remember(&self, note: &Note) -> Result<(), TableError> {
        let places: Vec<(RecordId, Place)> = note.places();
        self.remember_at(
            &note.scope(),
            &note.message().id,
            places.into_iter().map(|(_, place)| place),
            note.message().received_at,
        )
        .await
    }

    /// The same for places that are known without the note.
    ///
    /// # Errors
    /// As the table says.
    pub async fn remember_at(
        &self,
        scope: &TenantScope,
        message: &MessageId,
        places: impl IntoIterator<Item = Place> + Send,
        filed_at: Timestamp,
    ) -> Result<(), TableError> {
        let mut places: Vec<Place> = places.into_iter().collect();
        if places.is_empty() {
            return Ok(());
        }
        let Place { intent, tag } = places.remove(0);
        self.put(scope, message, &Item::Here(Here { intent, tag, filed_at, further: places })).await
    }

    /// Notes that a message has no files of its own: it joined or changed another note's record.
    ///
    /// # Errors
    /// As the table says.
    pub async fn belongs_to(
        &self,
        scope: &TenantScope,
        message: &MessageId,
        note: &MessageId,
    ) -> Result<(), TableError> {
        self.put(scope, message, &Item::There { see: note.clone() }).await
    }

    /// Where a message's files lie. `None`: not known here, or another company's.
    ///
    /// # Errors
    /// As the table says.
    pub async fn find(
        &self,
        scope: &TenantScope,
        message: &MessageId,
    ) -> Result<Option<FiledAt>, TableError> {
        let (note, item) = match self.get(scope, message).await? {
            Some(Item::There { see }) => (see.clone(), self.get(scope, &see).await?),
            here => (message.clone(), here),
        };
        Ok(match item {
            Some(Item::Here(Here { intent, tag, further, .. })) => {
                let places = std::iter::once(Place { intent, tag }).chain(further).collect();
                Some(FiledAt { note, places })
            }
            Some(Item::There { .. }) | None => None,
        })
    }

    async fn put(&self, scope: &TenantScope, message: &MessageId, item: &Item) -> Result<(), TableError> {
        let body = serde_json::to_string(item).map_err(|e| TableError::Refused(e.into()))?;
        self.table.put(&key_of(scope, message), &body, Condition::Always, None).await.map(drop)
    }

    async fn get(&self, scope: &TenantScope, message: &MessageId) -> Result<Option<Item>, TableError> {
        let item = self.table.get(&key_of(scope, message)).await?;
        item.map(|item| serde_json::from_str(&item.body).map_err(|e| TableError::Refused(e.into())))
            .transpose()
    }
}

fn key_of(scope: &TenantScope, message: &MessageId) -> ItemKey {
    ItemKey::new(format!("files#{}", scope.company()), message.as_str())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::{fixed::FixedClock, memory_table::MemoryTable, samples};

    fn filed() -> Filed {
        Filed::new(Arc::new(MemoryTable::new(Arc::new(FixedClock::default()))))
    }

    fn place(tag: &str, intent: Intent) -> Place {
        Place { intent, tag: Tag::from_words(tag) }
    }

    #[tokio::test]
    async fn a_place_is_found_by_its_own_company_alone_and_a_newer_one_counts() {
        let filed = filed();
        let own = TenantScope::of_customer(&samples::customer_of("acme"));
        let other = TenantScope::of_customer(&samples::customer_of("acme-2"));
        let message = samples::message_id(1);
        assert_eq!(filed.find(&own, &message).await.unwrap(), None);

        let first = vec![place("leak", Intent::Other)];
        let second = vec![place("leak", Intent::JobToBeDone), place("boiler", Intent::JobToBeDone)];
        for places in [&first, &first, &second] {
            filed.remember_at(&own, &message, places.clone(), samples::now()).await.unwrap();
            let found = filed.find(&own, &message).await.unwrap().unwrap();
            assert_eq!((&found.note, &found.places), (&message, places));
        }
        assert_eq!(filed.find(&other, &message).await.unwrap(), None);
        assert_eq!(filed.find(&own, &samples::message_id(2)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_message_that_joined_a_note_is_found_with_it() {
        let filed = filed();
        let own = TenantScope::of_customer(&samples::customer_of("acme"));
        let (note, photo) = (samples::message_id(1), samples::message_id(2));
        filed.belongs_to(&own, &photo, &note).await.unwrap();
        assert_eq!(filed.find(&own, &photo).await.unwrap(), None, "not filed yet");
        filed.remember_at(&own, &note, [place("leak", Intent::Other)], samples::now()).await.unwrap();
        assert_eq!(filed.find(&own, &photo).await.unwrap().unwrap().note, note);
    }

    #[tokio::test]
    async fn entries_of_before_are_read() {
        let table = Arc::new(MemoryTable::new(Arc::new(FixedClock::default())));
        let own = TenantScope::of_customer(&samples::customer_of("acme"));
        let old = r#"{"intent":"other","tag":"leak","filed_at":"2026-11-20T10:00:00Z"}"#;
        let message = samples::message_id(1);
        table.put(&key_of(&own, &message), old, Condition::Always, None).await.unwrap();
        let found = Filed::new(table).find(&own, &message).await.unwrap().unwrap();
        assert_eq!(found.places, [place("leak", Intent::Other)]);
    }
}
