//! Who did what in a company's panel, newest first. What is written is kept for two years.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    one_item::{decode, encode},
    record_index::newest_first,
};
use crate::{
    domain::{ids::MessageId, tenant::TenantScope, user::UserName},
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore},
};

/// How long an entry is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 730);
/// Most entries that are listed at once.
pub const MAX_LISTED: usize = 200;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Signed in.
    SignedIn,
    /// Signed out.
    SignedOut,
    /// Had a note tried again, or a step of it done again.
    Replayed,
    /// Changed a record.
    Edited,
    /// Took a record out of sight.
    Withdrew,
    /// Brought a record back.
    Restored,
    /// Wrote to a person.
    Wrote,
    /// Said something among colleagues.
    Remarked,
    /// Took the answering of a person over.
    TookOver,
    /// Handed it back.
    HandedBack,
    /// Tried what the model could be told.
    TriedPrompt,
    /// Changed what the model is told.
    ChangedPrompt,
    /// Made an API key.
    MadeKey,
    /// Ended an API key.
    EndedKey,
    /// Changed the names and words.
    ChangedGlossary,
    /// Added a person who is known.
    AddedPerson,
    /// Changed one.
    ChangedPerson,
    /// Removed one.
    RemovedPerson,
    /// Put others in place of all people who are known.
    ImportedPeople,
    /// Made a webhook.
    MadeWebhook,
    /// Switched a webhook on or off.
    SwitchedWebhook,
    /// Gave a webhook a new secret.
    MadeWebhookSecret,
    /// Removed a webhook.
    RemovedWebhook,
    /// Had dead letters of a webhook sent again.
    SentDeadLetters,
}

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: UserName,
    /// What.
    pub action: Action,
    /// To which note, if to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<MessageId>,
}

/// The trails of companies.
#[derive(Clone)]
pub struct Audit {
    table: Arc<dyn TableStore>,
}

impl Audit {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Writes down what was done; `once` is random, so that two who do things at one moment do not meet.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn write(&self, scope: &TenantScope, entry: &Entry, once: &[u8; 32]) -> Result<(), TableError> {
        let once = hex::encode(once.get(..8).unwrap_or_default());
        let key = ItemKey::new(partition(scope), format!("{}#{once}", newest_first(entry.at)));
        let until = entry.at.saturating_add(KEPT).ok();
        self.table.put(&key, &encode(entry)?, Condition::Always, until).await.map(drop)
    }

    /// The newest entries, at most `limit`.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn list(&self, scope: &TenantScope, limit: usize) -> Result<Vec<Entry>, TableError> {
        let limit = limit.clamp(1, MAX_LISTED);
        let items = self.table.query(&partition(scope), &SortRange::All, Order::Ascending, limit).await?;
        items.iter().map(decode).collect()
    }
}

fn partition(scope: &TenantScope) -> String {
    format!("audit#{}", scope.company())
}
