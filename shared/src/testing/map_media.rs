//! A provider's files from a map.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use bytes::Bytes;

use super::locked;
use crate::{
    domain::message::MediaRef,
    ports::media_source::{FetchError, MediaSource},
};

/// Answers each address with what it was told to; anything else is gone.
#[derive(Debug, Default)]
pub struct MapMedia(Mutex<BTreeMap<String, Address>>);

#[derive(Debug, Default)]
struct Address {
    answers: Vec<Result<Bytes, FetchError>>,
    fetches: usize,
}

impl MapMedia {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a file under an address.
    #[must_use]
    pub fn with(self, url: &str, bytes: impl Into<Bytes>) -> Self {
        self.with_answers(url, [Ok(bytes.into())])
    }

    /// With one answer after another under an address; the last one stays.
    #[must_use]
    pub fn with_answers(
        self,
        url: &str,
        answers: impl IntoIterator<Item = Result<Bytes, FetchError>>,
    ) -> Self {
        self.entries().entry(url.to_owned()).or_default().answers = answers.into_iter().collect();
        self
    }

    /// How often an address was fetched, answered well or not.
    #[must_use]
    pub fn fetches(&self, url: &str) -> usize {
        self.entries().get(url).map_or(0, |address| address.fetches)
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Address>> {
        locked(&self.0)
    }
}

#[async_trait]
impl MediaSource for MapMedia {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        let mut entries = self.entries();
        let address = entries.entry(media.url.expose().clone()).or_default();
        let answer = address.answers.get(address.fetches).or_else(|| address.answers.last());
        let answer = answer.cloned().unwrap_or(Err(FetchError::Gone));
        address.fetches += 1;
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn answers_come_in_order_and_the_last_one_stays() {
        let url = "https://api.twilio.com/media/1";
        let later = FetchError::Unavailable { after: Duration::from_secs(1) };
        let media = MapMedia::new().with_answers(url, [Err(later.clone()), Ok(Bytes::from_static(b"x"))]);
        let wanted = MediaRef { url: url.to_owned().into(), content_type: "audio/ogg".to_owned() };
        assert_eq!(media.fetch(&wanted).await, Err(later));
        assert_eq!(media.fetch(&wanted).await.unwrap(), "x");
        assert_eq!(media.fetch(&wanted).await.unwrap(), "x");
        assert_eq!(media.fetches(url), 3);
        let other = MediaRef { url: "https://api.twilio.com/media/2".to_owned().into(), ..wanted };
        assert_eq!(media.fetch(&other).await, Err(FetchError::Gone));
    }
}
