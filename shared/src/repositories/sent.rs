//! Which sent message belongs to which note. Settles unknown outcomes: a message found at the provider is
//! counted for one note only.

use std::sync::Arc;

use crate::{
    domain::ids::MessageId,
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

/// Sent messages by the provider's ids.
#[derive(Clone)]
pub struct Sent {
    table: Arc<dyn TableStore>,
}

impl Sent {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Counts a sent message for a note. `false`: it is counted for another one already.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn belongs_to(&self, sent: &MessageId, note: &MessageId) -> Result<bool, TableError> {
        match self.table.put(&key_of(sent), &format!("\"{note}\""), Condition::Absent, None).await {
            Ok(_) => Ok(true),
            Err(TableError::Conflict) => Ok(self.owner(sent).await?.is_some_and(|owner| owner == *note)),
            Err(error) => Err(error),
        }
    }

    /// The note that a sent message is counted for.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn owner(&self, sent: &MessageId) -> Result<Option<MessageId>, TableError> {
        let item = self.table.get(&key_of(sent)).await?;
        Ok(item.and_then(|item| MessageId::parse(item.body.trim_matches('"')).ok()))
    }
}

fn key_of(sent: &MessageId) -> ItemKey {
    ItemKey::new(format!("sent#{sent}"), "note")
}
