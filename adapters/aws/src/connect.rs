//! How to reach AWS: region, credentials and endpoint from settings, the one HTTP client, and the SDK's
//! habits (three tries, deadlines) in one place. Nothing is read from files or from the instance metadata
//! service: on Lambda all of it stands in the environment, and looking elsewhere costs start-up time.

use std::{fmt, time::Duration};

use adapter_egress::{AddressPolicy, Egress, EgressError, check_base_url};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use secrecy::{ExposeSecret, SecretString};
use shared::config::Settings;

use crate::http::EgressHttpClient;

/// For one try, from sending to the first byte of the answer.
const FIRST_BYTE_WITHIN: Duration = Duration::from_secs(10);
/// For all tries of one call together, without the bytes of a downloaded body.
const DONE_WITHIN: Duration = Duration::from_secs(25);
/// A body that carries no bytes for this long has failed.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// The first try and at most two more.
const TRIES: u32 = 3;

/// What is needed to reach AWS, by the names that every AWS tool reads.
pub struct AwsSettings {
    region: String,
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
    endpoint_url: Option<String>,
}

impl AwsSettings {
    /// Reads `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN` (optional) and `AWS_ENDPOINT_URL` (optional: the stand-in). What is missing
    /// becomes a fault of `settings`.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let region = match settings.optional("AWS_DEFAULT_REGION") {
            Some(fallback) => settings.or("AWS_REGION", &fallback),
            None => settings.required("AWS_REGION"),
        };
        Self {
            region,
            access_key_id: settings.required("AWS_ACCESS_KEY_ID"),
            secret_access_key: settings.required_secret("AWS_SECRET_ACCESS_KEY"),
            session_token: settings.optional("AWS_SESSION_TOKEN").map(SecretString::from),
            endpoint_url: read_endpoint(settings),
        }
    }

    /// AWS is on the public internet, its stand-in on this machine.
    fn address_policy(&self) -> AddressPolicy {
        if self.endpoint_url.is_some() { AddressPolicy::LoopbackAllowed } else { AddressPolicy::PublicOnly }
    }
}

fn read_endpoint(settings: &mut Settings<'_>) -> Option<String> {
    const NAME: &str = "AWS_ENDPOINT_URL";
    match check_base_url(&settings.optional(NAME)?) {
        Ok(url) => Some(url.as_str().trim_end_matches('/').to_owned()),
        Err(fault) => {
            settings.fault(format!("{NAME} {fault}"));
            None
        }
    }
}

impl fmt::Debug for AwsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSettings")
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

/// What every service's client is built from. All of them share one pool of connections.
#[derive(Debug, Clone)]
pub struct AwsBase {
    config: SdkConfig,
}

impl AwsBase {
    /// With these settings, over a client of its own.
    ///
    /// # Errors
    /// [`EgressError`] when the client cannot be built.
    pub fn new(settings: &AwsSettings) -> Result<Self, EgressError> {
        let egress = Egress::new(settings.address_policy())?;
        Ok(Self::connect(settings, egress.client().clone()))
    }

    /// With these settings, over this client, which others may use too. Connects to nothing yet.
    #[must_use]
    pub fn connect(settings: &AwsSettings, client: reqwest::Client) -> Self {
        let credentials = Credentials::new(
            settings.access_key_id.as_str(),
            settings.secret_access_key.expose_secret(),
            settings.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
            None,
            "environment",
        );
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(EgressHttpClient::new(client))
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            .timeout_config(
                TimeoutConfig::builder()
                    .read_timeout(FIRST_BYTE_WITHIN)
                    .operation_timeout(DONE_WITHIN)
                    .build(),
            )
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().grace_period(STALLED_AFTER).build(),
            );
        config.set_endpoint_url(settings.endpoint_url.clone());
        Self { config: config.build() }
    }

    /// With a configuration made elsewhere, for what the settings cannot say.
    #[must_use]
    pub const fn of_config(config: SdkConfig) -> Self {
        Self { config }
    }

    /// For building a service's client.
    #[must_use]
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Whether AWS itself is not what is talked to. Its stand-ins know buckets in the path only.
    #[must_use]
    pub fn has_own_endpoint(&self) -> bool {
        self.config.endpoint_url().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (AwsSettings, Result<(), shared::config::BadSettings>) {
        let mut settings = Settings::new(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        (AwsSettings::read(&mut settings), settings.finish())
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        assert_eq!(
            read(&[]).1.unwrap_err().to_string(),
            "settings: AWS_REGION is not set; AWS_ACCESS_KEY_ID is not set; AWS_SECRET_ACCESS_KEY is not set"
        );
    }

    #[test]
    fn an_endpoint_is_the_stand_in_on_this_machine_or_https() {
        let with = |endpoint| {
            read(&[
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_ENDPOINT_URL", endpoint),
            ])
        };
        let (settings, faults) = with("http://127.0.0.1:4566/");
        faults.unwrap();
        let base = AwsBase::new(&settings).unwrap();
        assert_eq!(base.config().endpoint_url(), Some("http://127.0.0.1:4566"));
        assert!(base.has_own_endpoint());
        assert_eq!(
            with("http://aws.evil.example").1.unwrap_err().to_string(),
            "settings: AWS_ENDPOINT_URL must be https, or http to this machine"
        );
    }

    #[test]
    fn g01_credentials_are_never_shown() {
        let (settings, faults) = read(&[
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "CANARY"),
            ("AWS_SECRET_ACCESS_KEY", "CANARY"),
            ("AWS_SESSION_TOKEN", "CANARY"),
        ]);
        faults.unwrap();
        let shown = format!("{settings:?}");
        assert!(shown.contains("eu-central-1") && !shown.contains("CANARY"), "{shown}");
    }
}
