//! `customers.json`, kept in memory and kept current.
//!
//! The file is asked for again when what is known is a minute old, and at once (but at most once a
//! second) when somebody is not found, so that a new colleague can speak right away. The store answers
//! "unchanged" to nearly all of it. A file that cannot be used changes nothing: the last good one stays in
//! force, and the fault is told once in the log and until it is mended in [`Readiness`].

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::{
    domain::{
        customer::Customer,
        customer_file::{CustomerFile, Fault, Reading},
        identity::Identity,
        object_key::ObjectKey,
    },
    ports::{
        clock::Clock,
        directory::{CustomerDirectory, DirectoryError},
        objects::{Fetched, Object, ObjectError, ObjectRead},
    },
};
use tokio::time::timeout;
use tracing::{info, warn};

/// From this age on, what is known is asked for again before it is used.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(60);
/// The same while the newest file is not in use.
const RETRY_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// The store is asked at most this often, however many strangers write.
const ASK_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// Faults of one file that the log holds; readiness and `hark customers check` tell all.
const FAULTS_TOLD: usize = 20;
/// A store that takes longer counts as unavailable: whoever asks has a message to accept.
const WAIT_AT_MOST: Duration = Duration::from_millis(1_500);

/// Why the newest file is not in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum Problem {
    /// The store did not answer.
    StoreUnavailable,
    /// There is no file.
    Missing,
    /// The file is no JSON, or of another form: half-written, perhaps.
    Broken {
        /// Where and why.
        fault: Fault,
    },
}

/// How the directory is. Holds no number and no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether identities are answered, be it from an older file.
    pub ready: bool,
    /// Customers in the file in use.
    pub customers: usize,
    /// When the store last confirmed what is in use.
    pub current_at: Option<Timestamp>,
    /// Why the newest file is not in use.
    pub problem: Option<Problem>,
    /// Entries and fields of the file in use that are left out.
    pub faults: Vec<Fault>,
}

#[derive(Default)]
struct State {
    /// The last good file.
    loaded: Option<Arc<Reading>>,
    /// That of the newest file that was read, good or not.
    etag: Option<String>,
    /// What is wrong with that file.
    broken: Option<Fault>,
    /// What the store did instead of answering with a file.
    trouble: Option<Problem>,
    asked_at: Option<Timestamp>,
    current_at: Option<Timestamp>,
}

/// Customers by identity, from the object store's `customers.json`.
pub struct CachedDirectory {
    objects: Arc<dyn ObjectRead>,
    clock: Arc<dyn Clock>,
    state: RwLock<State>,
    /// Held while the store is asked, so that many callers ask once.
    asking: tokio::sync::Mutex<()>,
}

impl CachedDirectory {
    /// Over a store. Nothing is read yet.
    #[must_use]
    pub fn new(objects: Arc<dyn ObjectRead>, clock: Arc<dyn Clock>) -> Self {
        Self { objects, clock, state: RwLock::default(), asking: tokio::sync::Mutex::default() }
    }

    /// Reads the file if it is not known or a minute old, and says how things are. For warming up and for
    /// `/readyz`.
    pub async fn check(&self) -> Readiness {
        self.ask(FRESH_FOR, Waiting::ForAnything).await;
        self.readiness()
    }

    /// How things are, without asking the store.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let state = self.state();
        let loaded = state.loaded.as_deref();
        Readiness {
            ready: loaded.is_some(),
            customers: loaded.map_or(0, |reading| reading.file.customers().len()),
            current_at: state.current_at,
            problem: state.problem(),
            faults: loaded.map(|reading| reading.faults.clone()).unwrap_or_default(),
        }
    }

    /// The customers of the file in use, in its order; read first if need be.
    ///
    /// # Errors
    /// [`DirectoryError`] when there is no file to use.
    pub async fn customers(&self) -> Result<Vec<Customer>, DirectoryError> {
        self.ask(FRESH_FOR, Waiting::ForAnything).await;
        match &self.state().loaded {
            Some(reading) => Ok(reading.file.customers().to_vec()),
            None => Err(DirectoryError("no customers.json could be read yet".into())),
        }
    }

    async fn ask(&self, age: SignedDuration, waiting: Waiting) {
        if !self.is_due(age) {
            return;
        }
        let _asking = match self.asking.try_lock() {
            Ok(asking) => asking,
            // Somebody is asking already, and the last good file will do.
            Err(_) if waiting == Waiting::ForAnything && self.state().loaded.is_some() => return,
            Err(_) => self.asking.lock().await,
        };
        // Whoever waited here finds the answer of the one before.
        if self.is_due(age) {
            let etag = self.state().etag.clone();
            let key = ObjectKey::customers();
            let answer = timeout(WAIT_AT_MOST, self.objects.get_unless(&key, etag.as_deref())).await;
            self.take(answer.ok());
        }
    }

    fn is_due(&self, age: SignedDuration) -> bool {
        let now = self.clock.now();
        let state = self.state();
        let age = match (&state.loaded, state.problem()) {
            (None, _) => ASK_EVERY,
            (Some(_), Some(_)) => age.min(RETRY_EVERY),
            (Some(_), None) => age,
        };
        // A clock that was set back makes everything due.
        state.asked_at.is_none_or(|then| now < then || now.duration_since(then) >= age)
    }

    /// Takes in the store's answer; `None`: there was none in time.
    fn take(&self, answer: Option<Result<Fetched, ObjectError>>) {
        let now = self.clock.now();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = state.problem();
        state.asked_at = Some(now);
        state.trouble = None;
        match answer {
            Some(Ok(Fetched::Unchanged)) => {}
            Some(Ok(Fetched::Changed(object))) => state.read(&object),
            Some(Ok(Fetched::Missing)) => {
                (state.etag, state.broken) = (None, None);
                state.trouble = Some(Problem::Missing);
            }
            None | Some(Err(_)) => state.trouble = Some(Problem::StoreUnavailable),
        }
        let after = state.problem();
        if after.is_none() {
            state.current_at = Some(now);
        }
        if after != before {
            tell(after.as_ref(), state.loaded.is_some());
        }
    }

    fn state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, identity: &Identity) -> Known {
        let state = self.state();
        match &state.loaded {
            None => Known::Nothing,
            Some(reading) => match reading.file.find(identity) {
                Some(customer) => Known::Customer(Box::new(customer.clone())),
                // The person may have been added to a file that could not be fetched.
                None if state.trouble == Some(Problem::StoreUnavailable) => Known::Nothing,
                None => Known::Nobody,
            },
        }
    }
}

enum Known {
    Customer(Box<Customer>),
    Nobody,
    Nothing,
}

/// What a caller waits for while another one asks the store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    ForAnything,
    ForTheNewest,
}

impl State {
    fn problem(&self) -> Option<Problem> {
        let broken = || self.broken.clone().map(|fault| Problem::Broken { fault });
        self.trouble.clone().or_else(broken)
    }

    fn read(&mut self, object: &Object) {
        self.etag = Some(object.meta.etag.clone());
        match CustomerFile::read(&object.bytes) {
            Err(fault) => self.broken = Some(fault),
            Ok(reading) => {
                let (customers, faults) = (reading.file.customers().len(), reading.faults.len());
                info!(customers, faults, "customers.json was read: {customers} customers, {faults} faults");
                for fault in reading.faults.iter().take(FAULTS_TOLD) {
                    warn!("customers.json, {fault}");
                }
                self.loaded = Some(Arc::new(reading));
                self.broken = None;
            }
        }
    }
}

/// One line in the log for each change.
fn tell(problem: Option<&Problem>, has_good_one: bool) {
    let kept = if has_good_one { "the last good one stays in force" } else { "there is none to use" };
    match problem {
        None => info!("customers.json is as it should be again"),
        Some(Problem::StoreUnavailable) => warn!("customers.json cannot be fetched; {kept}"),
        Some(Problem::Missing) => warn!("There is no customers.json; {kept}"),
        Some(Problem::Broken { fault }) => warn!("customers.json cannot be used, {fault}; {kept}"),
    }
}

#[async_trait]
impl CustomerDirectory for CachedDirectory {
    async fn find(&self, identity: &Identity) -> Result<Option<Customer>, DirectoryError> {
        self.ask(FRESH_FOR, Waiting::ForAnything).await;
        let mut known = self.known(identity);
        if !matches!(known, Known::Customer(_)) {
            self.ask(ASK_EVERY, Waiting::ForTheNewest).await;
            known = self.known(identity);
        }
        match known {
            Known::Customer(customer) => Ok(Some(*customer)),
            Known::Nobody => Ok(None),
            Known::Nothing => Err(DirectoryError("customers.json could not be fetched".into())),
        }
    }
}
