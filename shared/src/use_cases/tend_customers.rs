//! A company tends the list of its people, which lies in one file with those of all others: it is read, changed and
//! stored on the condition that nobody else has stored it meanwhile; otherwise all of that is done again.

use std::sync::Arc;

use bytes::Bytes;

use super::tended_files::TendedFiles;
use crate::{
    domain::{
        customer_file::{CompanyFile, Listed, PeopleChange, Refused},
        object_key::ObjectKey,
        tenant::TenantScope,
    },
    ports::objects::{Object, ObjectError, ObjectRead, ObjectReplace, ObjectWrite, Replaced},
};

/// How often a change is made anew when others store at the same time.
const TRIES: usize = 5;
const JSON: &str = "application/json";
/// Where there is no file yet.
const EMPTY: &[u8] = b"[]\n";

/// Why people could not be seen or changed.
#[derive(Debug, thiserror::Error)]
pub enum TendError {
    /// The change is none that can be made.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The whole file cannot be read: whoever runs Hark has to mend it. What is wrong may be another company's.
    #[error("customers.json cannot be used")]
    Unusable,
    /// Others stored all the time. Try again.
    #[error("customers.json is changed by many at once")]
    Busy,
    /// The store.
    #[error(transparent)]
    Store(#[from] ObjectError),
}

/// A company's people.
pub struct People {
    /// In the order of the file.
    pub entries: Vec<Listed>,
    /// For an import.
    pub version: String,
    /// The entries as a file of their own.
    pub export: String,
}

/// See the module.
#[derive(Clone)]
pub struct TendCustomers {
    files: TendedFiles,
}

impl TendCustomers {
    /// Over the store of `customers.json`.
    #[must_use]
    pub fn new<S: ObjectRead + ObjectWrite + ObjectReplace + 'static>(store: Arc<S>) -> Self {
        Self { files: TendedFiles::new(store) }
    }

    /// The company's people.
    ///
    /// # Errors
    /// [`TendError`].
    pub async fn people(&self, scope: &TenantScope) -> Result<People, TendError> {
        let found = self.fetch().await?;
        let file = read(found.as_ref(), scope)?;
        Ok(People { entries: file.entries(), version: file.version(), export: file.export() })
    }

    /// Whether a change can be made, as things are.
    ///
    /// # Errors
    /// [`TendError`].
    pub async fn check(&self, scope: &TenantScope, change: &PeopleChange) -> Result<(), TendError> {
        let found = self.fetch().await?;
        read(found.as_ref(), scope)?.change(change)?;
        Ok(())
    }

    /// Makes a change.
    ///
    /// # Errors
    /// [`TendError`]; nothing is changed then, unless the store failed.
    pub async fn change(&self, scope: &TenantScope, change: &PeopleChange) -> Result<(), TendError> {
        for _ in 0..TRIES {
            let found = self.fetch().await?;
            let after = Bytes::from(read(found.as_ref(), scope)?.change(change)?);
            let over = found.as_ref().map(|found| found.meta.etag.as_str());
            if self.files.store(&ObjectKey::customers(), over, after, JSON).await? == Replaced::Yes {
                return Ok(());
            }
        }
        Err(TendError::Busy)
    }

    async fn fetch(&self) -> Result<Option<Object>, ObjectError> {
        self.files.fetch(&ObjectKey::customers()).await
    }
}

fn read<'a>(found: Option<&'a Object>, scope: &TenantScope) -> Result<CompanyFile<'a>, TendError> {
    let bytes = found.map_or(EMPTY, |object| &object.bytes);
    CompanyFile::read(bytes, scope.company()).map_err(|_| TendError::Unusable)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
