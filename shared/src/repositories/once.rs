//! What a form made that may be sent off again, by a page that is loaded once more or a second click. It is noted in the
//! transaction that makes it, so that one form makes one thing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::one_item::{decode, encode};
use crate::{
    domain::tenant::TenantScope,
    ports::table::{Condition, ItemKey, TableError, TableStore, Write},
};

/// For longer than any session of the panel, without which its forms are worth nothing.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One form.
#[derive(Debug, Clone)]
pub struct Once {
    key: ItemKey,
}

#[derive(Serialize, Deserialize)]
struct Made {
    /// What the thing that was made is called.
    id: String,
}

impl Once {
    /// A company's form for making `what`. `random` was made with the form and stays the same however often it is sent off.
    #[must_use]
    pub fn of(scope: &TenantScope, what: &str, random: &str) -> Self {
        let digest = hex::encode(Sha256::digest(random));
        Self { key: ItemKey::new(format!("once#{}", scope.company()), format!("{what}#{digest}")) }
    }

    /// The id of what it made; `None`: nothing yet.
    pub(super) async fn made(&self, table: &dyn TableStore) -> Result<Option<String>, TableError> {
        let item = table.get(&self.key).await?;
        item.map(|item| Ok(decode::<Made>(&item)?.id)).transpose()
    }

    /// The write that belongs into the transaction which makes the thing with this id.
    pub(super) fn put(&self, id: &str, now: Timestamp) -> Result<Write, TableError> {
        let body = encode(&Made { id: id.to_owned() })?;
        let expires_at = Some(now.saturating_add(KEPT).unwrap_or(Timestamp::MAX));
        Ok(Write::Put { key: self.key.clone(), body, condition: Condition::Absent, expires_at })
    }
}
