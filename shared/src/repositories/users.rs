//! Users of the panel: each under its name, which belongs to one company, and the names of a company's users together.

use std::sync::Arc;

use futures::future::try_join_all;

use super::one_item::{decode, encode};
use crate::{
    domain::{
        ids::CompanyId,
        user::{User, UserName},
    },
    ports::table::{Condition, ItemKey, Order, SortRange, TableError, TableStore, Write},
};

/// Most users of a company that are listed.
const MAX_LISTED: usize = 200;

/// A user as it stands in the table.
#[derive(Debug, Clone)]
pub struct StoredUser {
    /// The user.
    pub user: User,
    condition: Condition,
}

/// The users.
#[derive(Clone)]
pub struct Users {
    table: Arc<dyn TableStore>,
}

impl Users {
    /// In this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// The user of this name.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn find(&self, name: &UserName) -> Result<Option<StoredUser>, TableError> {
        let item = self.table.get(&key_of(name)).await?;
        let stored = |item| {
            let user = decode(&item)?;
            Ok(StoredUser { user, condition: Condition::Version(item.version) })
        };
        item.map(stored).transpose()
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when there is one of this name, of whatever company.
    pub async fn create(&self, user: &User) -> Result<(), TableError> {
        self.write(user, Condition::Absent).await
    }

    /// Stores a changed user.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when somebody else changed it since it was found.
    pub async fn save(&self, stored: &StoredUser) -> Result<(), TableError> {
        self.write(&stored.user, stored.condition).await
    }

    async fn write(&self, user: &User, condition: Condition) -> Result<(), TableError> {
        let named = Write::Put {
            key: listed_key(&user.company, &user.name),
            body: encode(&user.name)?,
            condition: Condition::Always,
            expires_at: None,
        };
        let user = Write::Put { key: key_of(&user.name), body: encode(user)?, condition, expires_at: None };
        self.table.write_together(&[user, named]).await
    }

    /// Takes a user away. Its sessions end with it.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when somebody else changed it since it was found.
    pub async fn remove(&self, stored: &StoredUser) -> Result<(), TableError> {
        let user = &stored.user;
        let named =
            Write::Delete { key: listed_key(&user.company, &user.name), condition: Condition::Always };
        let user = Write::Delete { key: key_of(&user.name), condition: stored.condition };
        self.table.write_together(&[user, named]).await
    }

    /// A company's users, by name.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn of(&self, company: &CompanyId) -> Result<Vec<User>, TableError> {
        let partition = listed_partition(company);
        let items = self.table.query(&partition, &SortRange::All, Order::Ascending, MAX_LISTED).await?;
        let names: Vec<UserName> = items.iter().map(decode).collect::<Result<_, _>>()?;
        let found = try_join_all(names.iter().map(|name| self.find(name))).await?;
        Ok(found
            .into_iter()
            .flatten()
            .map(|stored| stored.user)
            .filter(|user| user.company == *company)
            .collect())
    }
}

fn key_of(name: &UserName) -> ItemKey {
    ItemKey::new(format!("user#{}", name.expose()), "user")
}

fn listed_partition(company: &CompanyId) -> String {
    format!("users#{company}")
}

fn listed_key(company: &CompanyId, name: &UserName) -> ItemKey {
    ItemKey::new(listed_partition(company), name.expose())
}
