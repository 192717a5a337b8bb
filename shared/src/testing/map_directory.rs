//! A customer directory from a list.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;

use super::{MadeUp, locked};
use crate::{
    domain::{customer::Customer, identity::Identity},
    ports::directory::{CustomerDirectory, DirectoryError},
};

/// Knows whom it was told of.
#[derive(Debug, Default)]
pub struct MapDirectory {
    people: Mutex<Vec<(Identity, Customer)>>,
    away: AtomicBool,
    lookups: AtomicUsize,
}

impl MapDirectory {
    /// Knows these people, each by an identity in any form that [`Identity::parse`] reads.
    ///
    /// # Panics
    /// When an identity has no such form.
    #[must_use]
    pub fn of<const N: usize>(people: [(&str, Customer); N]) -> Self {
        let directory = Self::default();
        for (identity, customer) in people {
            directory.add(identity, customer);
        }
        directory
    }

    /// Adds a person. The same identity twice is nobody, as the port says.
    ///
    /// # Panics
    /// When the identity has no known form.
    pub fn add(&self, identity: &str, customer: Customer) {
        let identity = Identity::parse(identity).expect("an identity");
        locked(&self.people).push((identity, customer));
    }

    /// Forgets a person.
    pub fn remove(&self, identity: &str) {
        locked(&self.people).retain(|(known, _)| Identity::parse(identity).as_ref() != Ok(known));
    }

    /// Whether it is away from now on.
    pub fn set_unavailable(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// How often it was asked, answered or not.
    #[must_use]
    pub fn lookups(&self) -> usize {
        self.lookups.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl CustomerDirectory for MapDirectory {
    async fn find(&self, identity: &Identity) -> Result<Option<Customer>, DirectoryError> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        if self.away.load(Ordering::Relaxed) {
            return Err(DirectoryError(MadeUp::boxed("the directory is away")));
        }
        let people = locked(&self.people);
        let mut found = people.iter().filter(|(known, _)| known == identity);
        let first = found.next().map(|(_, customer)| customer.clone());
        Ok(if found.next().is_some() { None } else { first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    #[tokio::test]
    async fn one_identity_of_two_people_is_nobody() {
        let directory = MapDirectory::of([("+4915112345678", samples::customer())]);
        let identity = Identity::parse("whatsapp:+4915112345678").unwrap();
        assert_eq!(directory.find(&identity).await.unwrap(), Some(samples::customer()));
        directory.add("+4915112345678", samples::customer_of("acme"));
        assert_eq!(directory.find(&identity).await.unwrap(), None);
        directory.set_unavailable(true);
        assert!(directory.find(&identity).await.is_err());
        assert_eq!(directory.lookups(), 3);
    }
}
