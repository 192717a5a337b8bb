//! Every port with the weather in front of it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use shared::{
    domain::{
        customer::Customer,
        identity::{Channel, Identity},
        message::MediaRef,
        object_key::{KeyPrefix, ObjectKey},
    },
    jobs::Job,
    ports::{
        analyst::{Analyst, Answer, Question},
        directory::{CustomerDirectory, DirectoryError},
        job_queue::{JobQueue, QueueError},
        media_source::{FetchError, MediaSource},
        messenger::{Messenger, OutboundMessage, SendError, SentMessage},
        objects::{
            Fetched, Object, ObjectError, ObjectMeta, ObjectPage, ObjectRead, ObjectRemove, ObjectReplace,
            ObjectWrite, Presign, PutIfAbsent, Replaced,
        },
        redelivery::{Redelivery, Spent},
        table::{Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write},
        transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
    },
    testing::MadeUp,
};

use super::weather::Weather;

/// A port of the outside, as one process reaches it.
pub(super) struct Through<P: ?Sized> {
    pub(super) weather: Weather,
    pub(super) inner: Arc<P>,
}

impl<P: ?Sized> Through<P> {
    pub(super) fn new(weather: &Weather, inner: Arc<P>) -> Arc<Self> {
        Arc::new(Self { weather: weather.clone(), inner })
    }
}

fn object_error() -> ObjectError {
    ObjectError::Unavailable(MadeUp::boxed("weather"))
}

fn table_error() -> TableError {
    TableError::Unavailable(MadeUp::boxed("weather"))
}

fn queue_error() -> QueueError {
    QueueError(MadeUp::boxed("weather"))
}

#[async_trait]
impl<P: ObjectRead + ?Sized> ObjectRead for Through<P> {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        self.weather.around("objects.get", self.inner.get(key), object_error, object_error).await
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        self.weather.around("objects.get", self.inner.get_unless(key, etag), object_error, object_error).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        self.weather.around("objects.head", self.inner.head(key), object_error, object_error).await
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        let call = self.inner.list(prefix, after, limit);
        self.weather.around("objects.list", call, object_error, object_error).await
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.inner.presign(key, what).await
    }
}

#[async_trait]
impl<P: ObjectWrite + ?Sized> ObjectWrite for Through<P> {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        let call = self.inner.put(key, bytes, content_type);
        self.weather.around("objects.put", call, object_error, object_error).await
    }

    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        let call = self.inner.put_if_absent(key, bytes, content_type);
        self.weather.around("objects.put_if_absent", call, object_error, object_error).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, content_type: &str) -> Result<bool, ObjectError> {
        let call = self.inner.copy(from, to, content_type);
        self.weather.around("objects.copy", call, object_error, object_error).await
    }
}

#[async_trait]
impl<P: ObjectReplace + ?Sized> ObjectReplace for Through<P> {
    async fn replace(
        &self,
        key: &ObjectKey,
        etag: &str,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<Replaced, ObjectError> {
        let call = self.inner.replace(key, etag, bytes, content_type);
        self.weather.around("objects.replace", call, object_error, object_error).await
    }
}

#[async_trait]
impl<P: ObjectRemove + ?Sized> ObjectRemove for Through<P> {
    async fn remove(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        self.weather.around("objects.remove", self.inner.remove(key), object_error, object_error).await
    }
}

#[async_trait]
impl<P: TableStore + ?Sized> TableStore for Through<P> {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        self.weather.around("table.get", self.inner.get(key), table_error, table_error).await
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        let call = self.inner.put(key, body, condition, expires_at);
        self.weather.around("table.put", call, table_error, table_error).await
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        self.weather.around("table.delete", self.inner.delete(key, condition), table_error, table_error).await
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        let call = self.inner.query(partition, range, order, limit);
        self.weather.around("table.query", call, table_error, table_error).await
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        let call = self.inner.write_together(writes);
        self.weather.around("table.write_together", call, table_error, table_error).await
    }
}

#[async_trait]
impl<P: Messenger + ?Sized> Messenger for Through<P> {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        let failed = || SendError::NotTaken { after: Duration::from_secs(5) };
        self.weather.around("messenger.send", self.inner.send(message), failed, || SendError::Unknown).await
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        let failed = || SendError::NotTaken { after: Duration::from_secs(5) };
        let call = self.inner.find_sent(message, since);
        self.weather.around("messenger.find_sent", call, failed, || SendError::Unknown).await
    }

    fn can_look_up(&self, channel: Channel) -> bool {
        self.inner.can_look_up(channel)
    }
}

#[async_trait]
impl<P: MediaSource + ?Sized> MediaSource for Through<P> {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        let failed = || FetchError::Unavailable { after: Duration::from_secs(3) };
        self.weather.around("media.fetch", self.inner.fetch(media), failed, failed).await
    }
}

#[async_trait]
impl<P: Transcriber + ?Sized> Transcriber for Through<P> {
    async fn transcribe(&self, audio: &AudioPart, hints: &Hints) -> Result<Transcript, ModelError> {
        let failed = || ModelError::RateLimited { after: Duration::from_secs(7) };
        let lost = || ModelError::Unavailable("the answer was lost");
        self.weather.around("transcriber", self.inner.transcribe(audio, hints), failed, lost).await
    }
}

#[async_trait]
impl<P: Analyst + ?Sized> Analyst for Through<P> {
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError> {
        let failed = || ModelError::RateLimited { after: Duration::from_secs(7) };
        let lost = || ModelError::Unavailable("the answer was lost");
        self.weather.around("analyst", self.inner.analyse(question), failed, lost).await
    }
}

#[async_trait]
impl<P: CustomerDirectory + ?Sized> CustomerDirectory for Through<P> {
    async fn find(&self, identity: &Identity) -> Result<Option<Customer>, DirectoryError> {
        let failed = || DirectoryError(MadeUp::boxed("weather"));
        self.weather.around("directory", self.inner.find(identity), failed, failed).await
    }
}

#[async_trait]
impl<P: JobQueue + ?Sized> JobQueue for Through<P> {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        self.weather.around("queue.send", self.inner.send(job, delay), queue_error, queue_error).await
    }
}

#[async_trait]
impl<P: Redelivery + ?Sized> Redelivery for Through<P> {
    async fn delay(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        self.weather.around("queue.delay", self.inner.delay(receipt, after), queue_error, queue_error).await
    }

    async fn park(&self, body: &str, spent: Spent, after: Duration) -> Result<(), QueueError> {
        self.weather.around("queue.park", self.inner.park(body, spent, after), queue_error, queue_error).await
    }

    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        self.weather.around("queue.bury", self.inner.bury(body, reason), queue_error, queue_error).await
    }
}
