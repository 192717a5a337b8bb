//! The operating system: its time, its randomness and its environment, each behind its port. The one place that
//! asks for any of them.

mod logging;
mod metrics;

use async_trait::async_trait;
use jiff::Timestamp;
pub use logging::{LogForm, start_logging};
pub use metrics::LoggedMetrics;
use secrecy::SecretString;
use shared::{
    config::Settings,
    ports::{
        clock::{Clock, Ids},
        secrets::{Secrets, SecretsError},
    },
};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness every secret would be guessable: nothing may go on"
    )]
    fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system gives randomness");
        bytes
    }
}

/// Secrets from the environment, read anew each time: the name of a secret is that of its variable.
#[derive(Debug, Clone, Copy, Default)]
pub struct EnvSecrets;

#[async_trait]
impl Secrets for EnvSecrets {
    async fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError> {
        Ok(Settings::from_environment().optional(name).map(SecretString::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn randomness_never_repeats() {
        assert_ne!(SystemIds.random(), SystemIds.random());
    }

    #[tokio::test]
    async fn a_variable_that_is_not_set_is_no_secret() {
        assert!(EnvSecrets.get("HARK_TEST_NEVER_SET").await.unwrap().is_none());
        assert!(EnvSecrets.get("PATH").await.unwrap().is_some());
    }
}
