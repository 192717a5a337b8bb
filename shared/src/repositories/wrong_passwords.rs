//! How many wrong passwords there were lately, for each name and device; and how many wrong PINs, for each number.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::one_item::{self, Change};
use crate::{
    domain::{
        identity::{E164, Identity},
        user::UserName,
    },
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
        count(&*self.table, &key_of(name, device), now).await
    }
}

/// Most wrong PINs of one number, and of all numbers together, in that time. A PIN is short, so all of them together must
/// not be tried.
const MOST_PINS: (u32, u32) = (10, 100);

/// The same for PINs that were said on the phone.
#[derive(Clone)]
pub struct WrongPins {
    table: Arc<dyn TableStore>,
}

impl WrongPins {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// Whether there were so many lately, from this number or at all, that no PIN is tried now.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn are_too_many(&self, from: Option<&E164>, now: Timestamp) -> Result<bool, TableError> {
        for (key, most) in [(pins_of(from), MOST_PINS.0), (all_pins(), MOST_PINS.1)] {
            let (found, _) = one_item::read(&*self.table, &key).await?;
            if lately(found, now).times >= most {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// There was one more.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn one_more(&self, from: Option<&E164>, now: Timestamp) -> Result<(), TableError> {
        for key in [pins_of(from), all_pins()] {
            count(&*self.table, &key, now).await?;
        }
        Ok(())
    }
}

fn pins_of(from: Option<&E164>) -> ItemKey {
    let from = from.map_or_else(|| "withheld".to_owned(), |from| Identity::Phone(from.clone()).digest());
    ItemKey::new("wrong-pins", from)
}

fn all_pins() -> ItemKey {
    ItemKey::new("wrong-pins", "all")
}

async fn count(table: &dyn TableStore, key: &ItemKey, now: Timestamp) -> Result<(), TableError> {
    let until = now.saturating_add(WITHIN).ok();
    one_item::change(table, key, |found| {
        let Wrong { since, times } = lately(found, now);
        Change::Become(Wrong { since, times: times.saturating_add(1) }, until, ())
    })
    .await
}

fn lately(found: Option<Wrong>, now: Timestamp) -> Wrong {
    let began = now.saturating_sub(WITHIN).unwrap_or(Timestamp::MIN);
    found.filter(|wrong| wrong.since > began).unwrap_or(Wrong { since: now, times: 0 })
}

fn key_of(name: &UserName, device: &str) -> ItemKey {
    ItemKey::new(format!("sign-in#{}", name.expose()), device)
}
