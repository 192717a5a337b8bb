//! Where a command works: on one machine's folder, or on the stack that `HARK_ENV` names. Commands get ports and need
//! not know which.

mod machine;
#[cfg(feature = "aws")]
mod stack;
#[cfg(not(feature = "aws"))]
mod without_aws;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use shared::{
    config::Settings,
    domain::api_key,
    ports::{
        dead_letters::DeadLetters,
        directory::CustomerDirectory,
        job_queue::JobQueue,
        objects::{ObjectRead, ObjectReplace, ObjectWrite},
        queue_status::QueueStatus,
        secrets::Secrets,
        table::TableStore,
    },
    repositories::api_keys::ApiKeys,
};

#[cfg(not(feature = "aws"))]
use self::without_aws as stack;
use crate::one_machine;

/// The environments that a stack can have.
const ENVIRONMENTS: [&str; 3] = ["local", "dev", "prod"];

/// An installation of Hark, with its stores open.
pub(crate) struct Place {
    /// The word for it in the text of keys: `local`, `dev` or `prod`.
    pub(crate) env: &'static str,
    /// What it is called.
    pub(crate) name: String,
    /// Notes, keys, places of files.
    pub(crate) table: Arc<dyn TableStore>,
    /// The stored files; on one machine, customers.json alone.
    pub(crate) objects: Arc<dyn ObjectRead>,
    /// The same for writing.
    pub(crate) writes: Arc<dyn ObjectWrite>,
    /// The same for what people replace.
    pub(crate) replaces: Arc<dyn ObjectReplace>,
    /// The jobs.
    pub(crate) queue: Arc<dyn JobQueue>,
    /// Those that were given up.
    pub(crate) dead_letters: Arc<dyn DeadLetters>,
    /// How many there are of both.
    pub(crate) status: Arc<dyn QueueStatus>,
    /// Of what callers wait for, where that has a queue of its own.
    pub(crate) calls: Option<Arc<dyn QueueStatus>>,
    pepper: Pepper,
}

/// Where the pepper of API keys is kept.
enum Pepper {
    InFolder(PathBuf),
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "one machine has none"))]
    InSecret {
        secrets: Arc<dyn Secrets>,
        name: String,
    },
}

/// The stack that is meant; `None`: one machine.
///
/// # Errors
/// When `HARK_ENV` is none of them.
pub(crate) fn environment(settings: &Settings<'_>) -> anyhow::Result<Option<&'static str>> {
    let Some(named) = settings.optional("HARK_ENV") else { return Ok(None) };
    let known = ENVIRONMENTS.into_iter().find(|env| *env == named.trim());
    known.map(Some).context("HARK_ENV must be local, dev or prod; without it, hark works on this machine")
}

/// Whether all settings of a stack are there.
///
/// # Errors
/// When one is missing, all of them named; when this build knows no AWS.
pub(crate) fn complete(env: &'static str, settings: &Settings<'_>) -> anyhow::Result<()> {
    stack::complete(env, settings)
}

/// The settings of Twilio and the models on a stack: its secrets, and behind them the environment.
///
/// # Errors
/// When the secrets cannot be read.
pub(crate) async fn vendor_settings<'a>(
    env: &'static str,
    settings: &'a Settings<'_>,
) -> anyhow::Result<Settings<'a>> {
    stack::vendor_settings(env, settings).await
}

/// The function of a stack that says who a sender is.
///
/// # Errors
/// When a setting is missing.
pub(crate) fn lookup(
    env: &'static str,
    settings: &Settings<'_>,
) -> anyhow::Result<Arc<dyn CustomerDirectory>> {
    stack::lookup(env, settings)
}

impl Place {
    /// Opens the place that the settings mean. Changes nothing there, and can be done beside a running `hark dev`.
    ///
    /// # Errors
    /// When a setting is missing, all of them named; when there is nothing yet; when this build knows no AWS.
    pub(crate) fn open(settings: &Settings<'_>) -> anyhow::Result<Self> {
        match environment(settings)? {
            None => machine::open(settings),
            Some(env) => stack::open(env, settings),
        }
    }

    /// The same, for what can be stored before the first start: a machine's folder is made if need be.
    ///
    /// # Errors
    /// As [`Place::open`]; when the folder cannot be made.
    pub(crate) fn begin(settings: &Settings<'_>) -> anyhow::Result<Self> {
        if environment(settings)?.is_none() {
            machine::begin(settings)?;
        }
        Self::open(settings)
    }

    /// The API keys.
    ///
    /// # Errors
    /// When the pepper cannot be had.
    pub(crate) async fn keys(&self) -> anyhow::Result<ApiKeys> {
        let pepper = match &self.pepper {
            Pepper::InFolder(folder) => one_machine::pepper(folder)?,
            Pepper::InSecret { secrets, name } => {
                let secret =
                    secrets.get(name).await.context("the secret of API_KEYS_SECRET_ID cannot be read")?;
                let Some(secret) = secret else {
                    bail!("there is no secret {name} (API_KEYS_SECRET_ID): `make secrets-create` makes it");
                };
                api_key::Pepper::new(&secret).context("the secret of API_KEYS_SECRET_ID is too short")?
            }
        };
        Ok(ApiKeys::new(self.table.clone(), pepper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &'static [(&str, &str)]) -> Settings<'static> {
        Settings::new(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn fault(pairs: &'static [(&str, &str)]) -> String {
        Place::open(&with(pairs)).err().map(|error| format!("{error:#}")).expect("it cannot be opened")
    }

    #[test]
    fn without_an_environment_it_is_this_machine() {
        assert_eq!(environment(&with(&[])).unwrap(), None);
        assert_eq!(environment(&with(&[("HARK_ENV", "dev")])).unwrap(), Some("dev"));
        assert!(fault(&[("HARK_ENV", "staging")]).contains("HARK_ENV must be local, dev or prod"));
        assert!(fault(&[("HARK_DATA", "/nowhere/hark")]).contains("start `hark dev` or `hark serve` once"));
    }

    #[cfg(feature = "aws")]
    #[test]
    fn all_that_a_stack_lacks_is_named_at_once() {
        let told = fault(&[("HARK_ENV", "dev"), ("TABLE_NAME", "t")]);
        for name in [
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "DATA_BUCKET",
            "QUEUE_URL",
            "DEAD_LETTER_QUEUE_URL",
            "API_KEYS_SECRET_ID",
            "make stack-env ENV=dev",
        ] {
            assert!(told.contains(name), "{name}: {told}");
        }
        assert!(!told.contains("TABLE_NAME"), "{told}");
        let local = fault(&[("HARK_ENV", "local")]);
        assert!(local.contains("make dev-stack") && !local.contains("AWS_"), "{local}");
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn a_build_without_aws_says_how_to_get_one() {
        assert!(fault(&[("HARK_ENV", "local")]).contains("`make build`"));
    }
}
