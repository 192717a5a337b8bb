//! How many wrong passwords there were lately, for each name and device.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::one_item::{self, Change};
use crate::{
    domain::user::UserName,
    ports::table::{ItemKey, TableError, TableStore},
};

/// What counts as lately, from the first one on.
const WITHIN: SignedDuration = SignedDuration::from_mins(15);

#[derive(Serialize, Deserialize)]
struct Wrong {
    since: Timestamp,
    times: u32,
}

/// The counters.
#[derive(Clone)]
pub struct WrongPasswords {
    table: Arc<dyn TableStore>,
}

impl WrongPasswords {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// How many there were lately.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn lately(&self, name: &UserName, device: &str, now: Timestamp) -> Result<u32, TableError> {
        let (found, _) = one_item::read(&*self.table, &key_of(name, device)).await?;
        Ok(lately(found, now).times)
    }

    /// There was one more.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn one_more(&self, name: &UserName, device: &str, now: Timestamp) -> Result<(), TableError> {
        let until = now.saturating_add(WITHIN).ok();
        one_item::change(&*self.table, &key_of(name, device), |found| {
            let Wrong { since, times } = lately(found, now);
            Change::Become(Wrong { since, times: times.saturating_add(1) }, until, ())
        })
        .await
    }
}

fn lately(found: Option<Wrong>, now: Timestamp) -> Wrong {
    let began = now.saturating_sub(WITHIN).unwrap_or(Timestamp::MIN);
    found.filter(|wrong| wrong.since > began).unwrap_or(Wrong { since: now, times: 0 })
}

fn key_of(name: &UserName, device: &str) -> ItemKey {
    ItemKey::new(format!("sign-in#{}", name.expose()), device)
}
