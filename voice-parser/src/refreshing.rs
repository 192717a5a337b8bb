//! A worker that is made of secrets, and made anew when one of them changed: a rotated token or key needs no
//! deployment. How long a secret's value is kept is the store's affair.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use shared::{
    jobs::Job,
    ports::{
        job_handler::{Attempt, JobError, JobHandler},
        secrets::{Secrets, SecretsError},
    },
};
use tokio::sync::Mutex;

/// What is wrong with secrets. Must not hold their values.
pub type Unusable = Box<dyn std::error::Error + Send + Sync>;

/// Why no worker could be made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The secret store does not answer.
    #[error("the secrets cannot be read now")]
    Store(#[from] SecretsError),
    /// There is no secret of this name.
    #[error("there is no secret {0}")]
    Missing(String),
    /// A secret holds something that cannot be used.
    #[error("the secrets are unusable: {0}")]
    Unusable(Unusable),
}

/// Makes a worker of the secrets' values, in the order of their names.
type Make<W> = dyn Fn(&[SecretString]) -> Result<W, Unusable> + Send + Sync;

/// Gives each job to the worker that is made of the current secrets. Jobs that have begun keep their worker.
pub struct Refreshing<W> {
    secrets: Arc<dyn Secrets>,
    names: Vec<String>,
    make: Box<Make<W>>,
    made: Mutex<Made<W>>,
}

struct Made<W> {
    of: Vec<SecretString>,
    worker: Arc<W>,
}

impl<W> Refreshing<W> {
    /// Reads the secrets of these names, all at the same time, and makes the first worker.
    ///
    /// # Errors
    /// [`NotMade`]: without its secrets a worker does not start.
    pub async fn start(
        secrets: Arc<dyn Secrets>,
        names: Vec<String>,
        make: impl Fn(&[SecretString]) -> Result<W, Unusable> + Send + Sync + 'static,
    ) -> Result<Self, NotMade> {
        let of = read(secrets.as_ref(), &names).await?;
        let worker = Arc::new(make(&of).map_err(NotMade::Unusable)?);
        Ok(Self { secrets, names, make: Box::new(make), made: Mutex::new(Made { of, worker }) })
    }

    /// The worker of the current secrets. When they cannot be read, or not be used, the one before goes on.
    pub async fn current(&self) -> Arc<W> {
        // Held while reading, so that an older value is never taken for a newer one.
        let mut made = self.made.lock().await;
        match self.made_anew(&made.of).await {
            Ok(None) => {}
            Ok(Some(anew)) => {
                tracing::info!("A secret has changed; from here on notes are worked on with its new value");
                *made = anew;
            }
            Err(error) => {
                tracing::warn!(counter = "secrets_stale", %error, "Notes are worked on with the secrets read before");
            }
        }
        Arc::clone(&made.worker)
    }

    /// `None`: nothing has changed.
    async fn made_anew(&self, before: &[SecretString]) -> Result<Option<Made<W>>, NotMade> {
        let of = read(self.secrets.as_ref(), &self.names).await?;
        if of.iter().map(ExposeSecret::expose_secret).eq(before.iter().map(ExposeSecret::expose_secret)) {
            return Ok(None);
        }
        let worker = Arc::new((self.make)(&of).map_err(NotMade::Unusable)?);
        Ok(Some(Made { of, worker }))
    }
}

async fn read(secrets: &dyn Secrets, names: &[String]) -> Result<Vec<SecretString>, NotMade> {
    let existing = names.iter().map(async |name| {
        let found = secrets.get(name).await?;
        found.ok_or_else(|| NotMade::Missing(name.clone()))
    });
    futures::future::try_join_all(existing).await
}

#[async_trait]
impl<W: JobHandler> JobHandler for Refreshing<W> {
    async fn handle(&self, job: &Job, attempt: Attempt) -> Result<(), JobError> {
        self.current().await.handle(job, attempt).await
    }
}

#[cfg(test)]
mod tests;
