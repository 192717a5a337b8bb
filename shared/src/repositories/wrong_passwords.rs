//! How many wrong passwords there were lately, for each name and device; and how many PINs were tried on the phone.

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
/// A day.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

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
        Ok(lately(found, now, WITHIN).times)
    }

    /// There was one more.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn one_more(&self, name: &UserName, device: &str, now: Timestamp) -> Result<(), TableError> {
        count(&*self.table, &key_of(name, device), now, WITHIN).await.map(drop)
    }
}

/// Most PINs that are tried from one number in that time.
const MOST_OF_ONE: u32 = 10;
/// Most that are tried from all numbers that are not known together, in that time and on a day. A PIN is short, so all of
/// them together must not be tried.
const MOST_OF_ALL: u32 = 50;
const MOST_ON_A_DAY: u32 = 500;

/// The same for PINs that are said on the phone. They are counted before they are looked at, so that many at once are not
/// tried, either.
#[derive(Clone)]
pub struct TriedPins {
    table: Arc<dyn TableStore>,
}

impl TriedPins {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// One is about to be tried from this number. `false`: not now. Who calls from a number that is known may say its own
    /// person's PIN only, so those do not count with the others.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn may_try(
        &self,
        from: Option<&E164>,
        is_known: bool,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let from = from.map_or_else(|| "withheld".to_owned(), |from| Identity::Phone(from.clone()).digest());
        let is_withheld = from == "withheld";
        let mut bounds = vec![("all", MOST_OF_ALL, WITHIN), ("day", MOST_ON_A_DAY, A_DAY)];
        if is_known {
            bounds.clear();
        }
        // Those without a number have nothing in common.
        if !is_withheld {
            bounds.push((from.as_str(), MOST_OF_ONE, WITHIN));
        }
        for (who, most, within) in bounds {
            if count(&*self.table, &ItemKey::new("tried-pins", who), now, within).await? > most {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// One more; how many there were lately with it.
async fn count(
    table: &dyn TableStore,
    key: &ItemKey,
    now: Timestamp,
    within: SignedDuration,
) -> Result<u32, TableError> {
    let until = now.saturating_add(within).ok();
    one_item::change(table, key, |found| {
        let Wrong { since, times } = lately(found, now, within);
        let times = times.saturating_add(1);
        Change::Become(Wrong { since, times }, until, times)
    })
    .await
}

fn lately(found: Option<Wrong>, now: Timestamp, within: SignedDuration) -> Wrong {
    let began = now.saturating_sub(within).unwrap_or(Timestamp::MIN);
    found.filter(|wrong| wrong.since > began).unwrap_or(Wrong { since: now, times: 0 })
}

fn key_of(name: &UserName, device: &str) -> ItemKey {
    ItemKey::new(format!("sign-in#{}", name.expose()), device)
}
