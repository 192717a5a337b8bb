//! API keys in the table: each under its id, and the ids of a company's keys together in one index item.
//! Both are written together, so that a company never has more active keys than it may.

use std::sync::Arc;

use futures::future::try_join_all;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};

use super::once::Once;
use crate::{
    domain::{
        api_key::{ApiKeyRecord, KeyId, KeyState, Pepper, PresentedKey, Scopes},
        ids::CompanyId,
    },
    ports::{
        clock::{Clock, Ids},
        table::{Condition, Item, ItemKey, TableError, TableStore, Write},
    },
};

/// Active keys of one company: the one in use and the one that replaces it.
pub const MOST_ACTIVE: usize = 2;
/// How often a write is tried anew when others write at the same time.
const TRIES: usize = 5;

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose things it opens.
    pub company_id: CompanyId,
    /// What it allows; not empty.
    pub scopes: Scopes,
    /// From when on it is refused; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// A key just made: the one time that its text can be seen.
#[derive(Debug)]
pub struct IssuedKey {
    /// The text that the client app presents.
    pub key: SecretString,
    /// What is stored of it.
    pub record: ApiKeyRecord,
}

/// Why a key was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The company has as many active keys as it may.
    #[error("the company has two active keys, {} and {}; revoke one of them first", .0.first().map_or("", KeyId::as_str), .0.get(1).map_or("", KeyId::as_str))]
    TooManyActive(Vec<KeyId>),
    /// A key that allows nothing.
    #[error("a key needs at least one scope")]
    NoScope,
    /// A text that is no key of any text.
    #[error(
        "a key of your own must be 20 to 200 letters, digits, _ or - and not look like one that Hark made"
    )]
    NotACustomKey,
    /// The table did not do it.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The repository.
#[derive(Clone)]
pub struct ApiKeys {
    table: Arc<dyn TableStore>,
    pepper: Pepper,
}

impl ApiKeys {
    /// Over a table, with the installation's pepper.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>, pepper: Pepper) -> Self {
        Self { table, pepper }
    }

    /// The pepper that the stored hashes were made with.
    #[must_use]
    pub const fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    /// Makes a key, once for a form, however often that is sent off. `None`: it made one already, whose text is not to be
    /// had any more.
    ///
    /// # Errors
    /// As [`ApiKeys::create`].
    pub async fn create_once(
        &self,
        new: NewKey,
        once: &Once,
        env: &str,
        (clock, ids): (&dyn Clock, &dyn Ids),
    ) -> Result<Option<IssuedKey>, KeysError> {
        let issued = self.issue(new, env, clock, ids)?;
        let is_new = self.store(&issued.record, MOST_ACTIVE, Some(once), clock).await?;
        Ok(is_new.then_some(issued))
    }

    /// Makes a key. `env` is the word in its text (`local`, `dev`, `prod`).
    ///
    /// # Errors
    /// [`KeysError::TooManyActive`] when the company has [`MOST_ACTIVE`] that are neither revoked nor
    /// expired; [`KeysError::NoScope`]; [`KeysError::Table`].
    pub async fn create(
        &self,
        new: NewKey,
        env: &str,
        clock: &dyn Clock,
        ids: &dyn Ids,
    ) -> Result<IssuedKey, KeysError> {
        let issued = self.issue(new, env, clock, ids)?;
        self.store(&issued.record, MOST_ACTIVE, None, clock).await?;
        Ok(issued)
    }

    fn issue(
        &self,
        new: NewKey,
        env: &str,
        clock: &dyn Clock,
        ids: &dyn Ids,
    ) -> Result<IssuedKey, KeysError> {
        let (id, key) = self.pepper.issue(env, &ids.random(), &ids.random());
        let presented =
            PresentedKey::parse(key.expose_secret()).ok_or_else(|| refused("a key cannot be read"))?;
        let record = self.record(id, &presented, new, clock.now());
        Ok(IssuedKey { key, record })
    }

    /// Makes sure that a key of a developer's own text works (`HARK_DEMO_API_KEY`). It does not count
    /// among the [`MOST_ACTIVE`]. If it is there already, its company, scopes and end are set anew, and a
    /// revocation is taken back.
    ///
    /// # Errors
    /// [`KeysError::NotACustomKey`], [`KeysError::NoScope`], [`KeysError::Table`].
    pub async fn ensure_custom(
        &self,
        text: &SecretString,
        new: NewKey,
        clock: &dyn Clock,
    ) -> Result<ApiKeyRecord, KeysError> {
        let presented = PresentedKey::parse(text.expose_secret())
            .filter(PresentedKey::is_custom)
            .ok_or(KeysError::NotACustomKey)?;
        let id = self.pepper.id_of(&presented).ok_or(KeysError::NotACustomKey)?;
        let record = self.record(id.clone(), &presented, new, clock.now());
        if let Some(stored) = self.find(&id).await? {
            self.remove_from_index(&stored.company_id, &id).await?;
            self.table.delete(&key_of(&id), Condition::Always).await?;
        }
        self.store(&record, usize::MAX, None, clock).await?;
        Ok(record)
    }

    /// What is stored of a key.
    ///
    /// # Errors
    /// As the table says.
    pub async fn find(&self, id: &KeyId) -> Result<Option<ApiKeyRecord>, TableError> {
        Ok(self.load(id).await?.map(|(record, _)| record))
    }

    /// All keys of a company, oldest first, ended ones included.
    ///
    /// # Errors
    /// As the table says.
    pub async fn list(&self, company: &CompanyId) -> Result<Vec<ApiKeyRecord>, TableError> {
        let (ids, _) = self.index(company).await?;
        self.load_all(&ids).await
    }

    /// Ends a key. `None`: there is none of this id. A key that has been revoked stays as it was.
    ///
    /// # Errors
    /// As the table says.
    pub async fn revoke(&self, id: &KeyId, now: Timestamp) -> Result<Option<ApiKeyRecord>, TableError> {
        self.change(id, |record| {
            let active = record.revoked_at.is_none();
            record.revoked_at.get_or_insert(now);
            active
        })
        .await
    }

    /// Notes that a key was used on this day (UTC). Writes at most once a day for each key.
    ///
    /// # Errors
    /// As the table says.
    pub async fn touch_last_used(&self, id: &KeyId, now: Timestamp) -> Result<(), TableError> {
        let today = day(now);
        self.change(id, |record| {
            let first_use = record.last_used_day.is_none_or(|last| last < today);
            record.last_used_day = record.last_used_day.max(Some(today));
            first_use
        })
        .await
        .map(drop)
    }

    /// Whether the table answers at all, for readiness.
    ///
    /// # Errors
    /// As the table says.
    pub async fn probe(&self) -> Result<(), TableError> {
        self.table.get(&ItemKey::new("key#probe", "key")).await.map(drop)
    }

    fn record(&self, id: KeyId, presented: &PresentedKey, new: NewKey, now: Timestamp) -> ApiKeyRecord {
        ApiKeyRecord {
            id,
            company_id: new.company_id,
            scopes: new.scopes,
            hash: self.pepper.hash(presented),
            created_at: now,
            last_used_day: None,
            expires_at: new.expires_at,
            revoked_at: None,
        }
    }

    /// Writes a new key and the company's index together, if the company may have another. Of two at the
    /// same time one fails on the index and looks again. `false`: the form made another one before.
    async fn store(
        &self,
        record: &ApiKeyRecord,
        most: usize,
        once: Option<&Once>,
        clock: &dyn Clock,
    ) -> Result<bool, KeysError> {
        if record.scopes.is_empty() {
            return Err(KeysError::NoScope);
        }
        for _ in 0..TRIES {
            if let Some(once) = once
                && let Some(made) = once.made(&*self.table).await?
            {
                return Ok(made == record.id.as_str());
            }
            let (mut ids, condition) = self.index(&record.company_id).await?;
            let active = active_ids(self.load_all(&ids).await?, clock.now());
            if active.len() >= most {
                return Err(KeysError::TooManyActive(active));
            }
            ids.push(record.id.clone());
            let mut writes = vec![
                put(key_of(&record.id), record, Condition::Absent)?,
                put(index_of(&record.company_id), &ids, condition)?,
            ];
            if let Some(once) = once {
                writes.push(once.put(record.id.as_str(), clock.now())?);
            }
            match self.table.write_together(&writes).await {
                Err(TableError::Conflict) => {}
                written => return Ok(written.map(|()| true)?),
            }
        }
        Err(TableError::Conflict.into())
    }

    async fn remove_from_index(&self, company: &CompanyId, id: &KeyId) -> Result<(), TableError> {
        for _ in 0..TRIES {
            let (mut ids, condition) = self.index(company).await?;
            ids.retain(|other| other != id);
            match self.table.put(&index_of(company), &encode(&ids)?, condition, None).await {
                Err(TableError::Conflict) => {}
                written => return written.map(drop),
            }
        }
        Err(TableError::Conflict)
    }

    /// Changes a key on condition of the version that was read; `change` answers whether to write at all.
    async fn change(
        &self,
        id: &KeyId,
        change: impl Fn(&mut ApiKeyRecord) -> bool + Send + Sync,
    ) -> Result<Option<ApiKeyRecord>, TableError> {
        for _ in 0..TRIES {
            let Some((mut record, version)) = self.load(id).await? else { return Ok(None) };
            if !change(&mut record) {
                return Ok(Some(record));
            }
            let body = encode(&record)?;
            match self.table.put(&key_of(id), &body, Condition::Version(version), None).await {
                Err(TableError::Conflict) => {}
                written => return written.map(|_| Some(record)),
            }
        }
        Err(TableError::Conflict)
    }

    async fn load(&self, id: &KeyId) -> Result<Option<(ApiKeyRecord, u64)>, TableError> {
        let item = self.table.get(&key_of(id)).await?;
        item.map(|item| Ok((decode(&item)?, item.version))).transpose()
    }

    async fn load_all(&self, ids: &[KeyId]) -> Result<Vec<ApiKeyRecord>, TableError> {
        let found = try_join_all(ids.iter().map(|id| self.find(id))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn index(&self, company: &CompanyId) -> Result<(Vec<KeyId>, Condition), TableError> {
        match self.table.get(&index_of(company)).await? {
            None => Ok((Vec::new(), Condition::Absent)),
            Some(item) => Ok((decode(&item)?, Condition::Version(item.version))),
        }
    }
}

/// The day in UTC.
pub(crate) fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn active_ids(records: Vec<ApiKeyRecord>, now: Timestamp) -> Vec<KeyId> {
    let counts = |record: &ApiKeyRecord| record.state(now) == KeyState::Active && !record.id.is_custom();
    records.into_iter().filter(counts).map(|record| record.id).collect()
}

fn key_of(id: &KeyId) -> ItemKey {
    ItemKey::new(format!("key#{id}"), "key")
}

fn index_of(company: &CompanyId) -> ItemKey {
    ItemKey::new(format!("keys#{company}"), "index")
}

fn put(key: ItemKey, body: &impl Serialize, condition: Condition) -> Result<Write, TableError> {
    Ok(Write::Put { key, body: encode(body)?, condition, expires_at: None })
}

fn encode(body: &impl Serialize) -> Result<String, TableError> {
    serde_json::to_string(body).map_err(|e| TableError::Refused(e.into()))
}

fn decode<T: DeserializeOwned>(item: &Item) -> Result<T, TableError> {
    // serde's own message can quote what it met, so only the place is told.
    serde_json::from_str(&item.body).map_err(|e| {
        let place = format!("{:?} error in a stored key at column {}", e.classify(), e.column());
        TableError::Refused(place.into())
    })
}

fn refused(reason: &'static str) -> TableError {
    TableError::Refused(reason.into())
}

#[cfg(all(test, feature = "testing"))]
mod tests;
