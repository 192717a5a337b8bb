//! Time, randomness and secrets that a test decides.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::{MadeUp, locked};
use crate::ports::{
    clock::{Clock, Ids},
    secrets::{Secrets, SecretsError},
};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// Stands at `now`.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it to `now`, also backwards.
    pub fn set(&self, now: Timestamp) {
        *locked(&self.0) = now;
    }

    /// Moves it forwards.
    pub fn advance(&self, by: Duration) {
        let mut now = locked(&self.0);
        *now = now.checked_add(by).expect("a test does not reach the end of time");
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(super::samples::now())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *locked(&self.0)
    }
}

/// Randomness that is the same in every run with the same seed, and never the same twice in one run.
#[derive(Debug, Default)]
pub struct SeededIds {
    seed: u64,
    made: AtomicU64,
}

impl SeededIds {
    /// Begins with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }
}

impl Ids for SeededIds {
    fn random(&self) -> [u8; 32] {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(n.to_be_bytes()).finalize().into()
    }
}

/// Secrets from a map. Values can change, as in a rotation, and the store can be away.
#[derive(Debug, Default)]
pub struct FixedSecrets {
    values: Mutex<BTreeMap<String, SecretString>>,
    away: AtomicBool,
    reads: AtomicUsize,
}

impl FixedSecrets {
    /// With these names and values.
    #[must_use]
    pub fn of<const N: usize>(values: [(&str, &str); N]) -> Self {
        let secrets = Self::default();
        for (name, value) in values {
            secrets.set(name, value);
        }
        secrets
    }

    /// Sets a secret.
    pub fn set(&self, name: &str, value: &str) {
        locked(&self.values).insert(name.to_owned(), SecretString::from(value.to_owned()));
    }

    /// Whether it answers at all from now on.
    pub fn set_unavailable(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// How often it was asked, answered or not.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Secrets for FixedSecrets {
    async fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.away.load(Ordering::Relaxed) {
            return Err(SecretsError(MadeUp::boxed("the secret store is away")));
        }
        Ok(locked(&self.values).get(name).cloned())
    }
}
