//! Failure as a decorator: any stand-in, or the real thing, with faults on chosen calls.
//!
//! `Failing::on_call(2, || SendError::Unknown, messenger)` fails the second call. With
//! [`Failing::losing_answers`] the call is made and its answer lost; with [`Failing::only`] the calls of some
//! methods alone are counted and failed.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::{
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
            Fetched, Object, ObjectErase, ObjectError, ObjectMeta, ObjectPage, ObjectRead, ObjectWrite,
            Presign, PutIfAbsent,
        },
        table::{Condition, Item, ItemKey, Order, SortRange, TableError, TableStore, Write},
        transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
    },
};

/// What becomes of a call that is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is not made.
    NotMade,
    /// It is made, and its answer is lost.
    AnswerLost,
    /// It is not made and never answered.
    Hangs,
}

/// A port of which some calls fail. `E` is the port's error.
pub struct Failing<T: ?Sized, E> {
    fails: Box<dyn Fn(usize) -> bool + Send + Sync>,
    error: Box<dyn Fn() -> E + Send + Sync>,
    fault: Fault,
    only: Option<&'static [&'static str]>,
    calls: AtomicUsize,
    inner: Arc<T>,
}

impl<T: ?Sized, E> Failing<T, E> {
    /// Fails the n-th call, from 1.
    pub fn on_call(n: usize, error: impl Fn() -> E + Send + Sync + 'static, inner: Arc<T>) -> Self {
        Self::when(move |call| call == n, error, inner)
    }

    /// Fails the calls with these numbers, from 1.
    pub fn on_calls(
        calls: impl IntoIterator<Item = usize>,
        error: impl Fn() -> E + Send + Sync + 'static,
        inner: Arc<T>,
    ) -> Self {
        let calls: Vec<usize> = calls.into_iter().collect();
        Self::when(move |call| calls.contains(&call), error, inner)
    }

    /// Fails every call.
    pub fn always(error: impl Fn() -> E + Send + Sync + 'static, inner: Arc<T>) -> Self {
        Self::when(|_| true, error, inner)
    }

    /// Fails the calls whose number, from 1, `fails` says yes to.
    pub fn when(
        fails: impl Fn(usize) -> bool + Send + Sync + 'static,
        error: impl Fn() -> E + Send + Sync + 'static,
        inner: Arc<T>,
    ) -> Self {
        Self {
            fails: Box::new(fails),
            error: Box::new(error),
            fault: Fault::NotMade,
            only: None,
            calls: AtomicUsize::new(0),
            inner,
        }
    }

    /// The failing calls are made, and the error is answered instead of their answer.
    #[must_use]
    pub fn losing_answers(self) -> Self {
        Self { fault: Fault::AnswerLost, ..self }
    }

    /// The failing calls are not made and never end, so that the caller's own deadline is tried.
    #[must_use]
    pub fn hanging(self) -> Self {
        Self { fault: Fault::Hangs, ..self }
    }

    /// Counts and fails calls of these methods only, by their names in the port.
    #[must_use]
    pub fn only(self, methods: &'static [&'static str]) -> Self {
        Self { only: Some(methods), ..self }
    }

    /// How many calls were counted.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn around<R>(&self, method: &str, call: impl Future<Output = Result<R, E>> + Send) -> Result<R, E> {
        let counted = self.only.is_none_or(|methods| methods.contains(&method));
        if !counted || !(self.fails)(self.calls.fetch_add(1, Ordering::SeqCst) + 1) {
            return call.await;
        }
        match self.fault {
            Fault::NotMade => {}
            Fault::AnswerLost => drop(call.await),
            Fault::Hangs => std::future::pending().await,
        }
        Err((self.error)())
    }
}

#[async_trait]
impl<T: Messenger + ?Sized> Messenger for Failing<T, SendError> {
    async fn send(&self, message: &OutboundMessage) -> Result<SentMessage, SendError> {
        self.around("send", self.inner.send(message)).await
    }

    async fn find_sent(
        &self,
        message: &OutboundMessage,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, SendError> {
        self.around("find_sent", self.inner.find_sent(message, since)).await
    }

    fn can_look_up(&self, channel: Channel) -> bool {
        self.inner.can_look_up(channel)
    }
}

#[async_trait]
impl<T: Transcriber + ?Sized> Transcriber for Failing<T, ModelError> {
    async fn transcribe(&self, audio: &AudioPart, hints: &Hints) -> Result<Transcript, ModelError> {
        self.around("transcribe", self.inner.transcribe(audio, hints)).await
    }
}

#[async_trait]
impl<T: Analyst + ?Sized> Analyst for Failing<T, ModelError> {
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError> {
        self.around("analyse", self.inner.analyse(question)).await
    }
}

#[async_trait]
impl<T: MediaSource + ?Sized> MediaSource for Failing<T, FetchError> {
    async fn fetch(&self, media: &MediaRef) -> Result<Bytes, FetchError> {
        self.around("fetch", self.inner.fetch(media)).await
    }
}

#[async_trait]
impl<T: CustomerDirectory + ?Sized> CustomerDirectory for Failing<T, DirectoryError> {
    async fn find(&self, identity: &Identity) -> Result<Option<Customer>, DirectoryError> {
        self.around("find", self.inner.find(identity)).await
    }
}

#[async_trait]
impl<T: JobQueue + ?Sized> JobQueue for Failing<T, QueueError> {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        self.around("send", self.inner.send(job, delay)).await
    }
}

#[async_trait]
impl<T: ObjectRead + ?Sized> ObjectRead for Failing<T, ObjectError> {
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, ObjectError> {
        self.around("get", self.inner.get(key)).await
    }

    async fn get_unless(&self, key: &ObjectKey, etag: Option<&str>) -> Result<Fetched, ObjectError> {
        self.around("get_unless", self.inner.get_unless(key, etag)).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, ObjectError> {
        self.around("head", self.inner.head(key)).await
    }

    async fn list(
        &self,
        prefix: &KeyPrefix,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ObjectError> {
        self.around("list", self.inner.list(prefix, after, limit)).await
    }

    async fn presign(&self, key: &ObjectKey, what: &Presign) -> Result<String, ObjectError> {
        self.around("presign", self.inner.presign(key, what)).await
    }
}

#[async_trait]
impl<T: ObjectWrite + ?Sized> ObjectWrite for Failing<T, ObjectError> {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, content_type: &str) -> Result<(), ObjectError> {
        self.around("put", self.inner.put(key, bytes, content_type)).await
    }

    async fn put_if_absent(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        content_type: &str,
    ) -> Result<PutIfAbsent, ObjectError> {
        self.around("put_if_absent", self.inner.put_if_absent(key, bytes, content_type)).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey, content_type: &str) -> Result<bool, ObjectError> {
        self.around("copy", self.inner.copy(from, to, content_type)).await
    }
}

#[async_trait]
impl<T: ObjectErase + ?Sized> ObjectErase for Failing<T, ObjectError> {
    async fn erase(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        self.around("erase", self.inner.erase(key)).await
    }
}

#[async_trait]
impl<T: TableStore + ?Sized> TableStore for Failing<T, TableError> {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, TableError> {
        self.around("get", self.inner.get(key)).await
    }

    async fn put(
        &self,
        key: &ItemKey,
        body: &str,
        condition: Condition,
        expires_at: Option<Timestamp>,
    ) -> Result<u64, TableError> {
        self.around("put", self.inner.put(key, body, condition, expires_at)).await
    }

    async fn delete(&self, key: &ItemKey, condition: Condition) -> Result<(), TableError> {
        self.around("delete", self.inner.delete(key, condition)).await
    }

    async fn query(
        &self,
        partition: &str,
        range: &SortRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, TableError> {
        self.around("query", self.inner.query(partition, range, order, limit)).await
    }

    async fn write_together(&self, writes: &[Write]) -> Result<(), TableError> {
        self.around("write_together", self.inner.write_together(writes)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        MadeUp, fixed::FixedClock, memory_table::MemoryTable, recorded_messenger::RecordedMessenger, samples,
    };

    #[tokio::test]
    async fn the_chosen_call_fails_and_the_others_go_through() {
        let messenger = Arc::new(RecordedMessenger::new(Arc::new(FixedClock::default())));
        let failing = Failing::on_call(2, || SendError::Refused { code: 21_610 }, messenger.clone());
        let hello = samples::outbound("Hello");
        assert!(failing.send(&hello).await.is_ok());
        assert_eq!(failing.send(&hello).await, Err(SendError::Refused { code: 21_610 }));
        assert!(failing.send(&hello).await.is_ok());
        assert_eq!((messenger.sent().len(), failing.calls()), (2, 3));
    }

    #[tokio::test]
    async fn an_answer_is_lost_after_the_work_was_done() {
        let messenger = Arc::new(RecordedMessenger::new(Arc::new(FixedClock::default())));
        let failing =
            Failing::always(|| SendError::Unknown, messenger.clone()).losing_answers().only(&["send"]);
        let hello = samples::outbound("Hello");
        assert_eq!(failing.send(&hello).await, Err(SendError::Unknown));
        assert_eq!(failing.find_sent(&hello, samples::now()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_port_behind_dyn_can_fail_too() {
        let table: Arc<dyn TableStore> = Arc::new(MemoryTable::new(Arc::new(FixedClock::default())));
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let failing = Failing::on_calls([1, 2], away, table).only(&["put"]);
        let key = ItemKey::new("p", "s");
        assert!(failing.get(&key).await.unwrap().is_none());
        assert!(failing.put(&key, "{}", Condition::Absent, None).await.is_err());
        assert!(failing.put(&key, "{}", Condition::Absent, None).await.is_err());
        assert_eq!(failing.put(&key, "{}", Condition::Absent, None).await.unwrap(), 1);
    }
}
