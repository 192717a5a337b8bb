//! Fetching what a message carries: from Twilio's API with our credentials, then without them wherever it
//! redirects to, within a list of hosts.

mod download;
mod rules;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use shared::{
    domain::message::MediaRef,
    ports::media_source::{FetchError, MediaSource},
};

pub use download::Limits;
use download::{Download, Outcome};
pub use rules::MediaHost;
pub(crate) use rules::MediaRules;

use crate::api::TwilioApi;

/// A file is often not there yet when its webhook is (chatwoot #15499): how long to wait before each further
/// try.
const NOT_YET_THERE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// When to try again what is still not there after that.
const STILL_NOT_THERE: Duration = Duration::from_secs(30);

/// Lets time pass; in tests it does not.
#[async_trait]
pub(crate) trait Pause: Send + Sync {
    async fn pause(&self, duration: Duration);
}

struct RealPause;

#[async_trait]
impl Pause for RealPause {
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Media of messages that came in through Twilio.
pub struct TwilioMedia {
    download: Download,
    pause: Arc<dyn Pause>,
}

impl TwilioMedia {
    /// With the limits of a WhatsApp file.
    #[must_use]
    pub fn new(api: Arc<TwilioApi>) -> Self {
        Self {
            download: Download { cdn: api.egress.clone(), api, limits: Limits::default() },
            pause: Arc::new(RealPause),
        }
    }

    /// With other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.download.limits = limits;
        self
    }
}

#[async_trait]
impl MediaSource for TwilioMedia {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        let url =
            self.download.api.media_rules.check_first(media.url.expose()).map_err(FetchError::Forbidden)?;
        let mut waits = NOT_YET_THERE.into_iter();
        loop {
            match self.download.run(url.clone()).await? {
                Outcome::Whole(bytes) => return Ok(bytes),
                Outcome::NotThere => match waits.next() {
                    Some(wait) => self.pause.pause(wait).await,
                    None => return Err(FetchError::Unavailable { after: STILL_NOT_THERE }),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests;
