//! Spares an account that refuses: once it has, no call is made for a while, so that a wrong key or an empty
//! account costs one request a minute and not five for every note. Put around any model at the wiring.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::private::Private,
    ports::{
        analyst::{Analyst, Answer, Question},
        clock::Clock,
        responder::{Briefing, Grounded, Responder, Response},
        transcriber::{AudioPart, Hints, ModelError, Transcriber, Transcript},
    },
};

/// How long the breaker stays open after a refusal.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// A model behind a circuit breaker. After [`ModelError::AccountRefused`] it is open for 60 s: calls answer
/// `AccountRefused("breaker open")` without a request. Then one call is let through as a trial; unless it is
/// refused too, the breaker is closed.
pub struct Breaker<T: ?Sized> {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    inner: Arc<T>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Timestamp,
    },
    /// One call is under way; the others wait for what it finds.
    Trial,
}

impl<T: ?Sized> Breaker<T> {
    /// Around a model, shared or not: `Breaker::new(Arc::new(model), clock)`.
    #[must_use]
    pub fn new(inner: Arc<T>, clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::new(State::Closed), clock, inner }
    }

    async fn guarded<R>(
        &self,
        call: impl Future<Output = Result<R, ModelError>> + Send,
    ) -> Result<R, ModelError> {
        let Some(trial) = self.let_through() else {
            return Err(ModelError::AccountRefused("breaker open"));
        };
        let result = call.await;
        trial.settle(matches!(result, Err(ModelError::AccountRefused(_))));
        result
    }

    fn let_through(&self) -> Option<Passage<'_, T>> {
        let mut state = self.lock();
        let is_trial = match *state {
            State::Closed => false,
            State::Open { until } if self.clock.now() >= until => true,
            State::Open { .. } | State::Trial => return None,
        };
        if is_trial {
            *state = State::Trial;
        }
        Some(Passage { breaker: self, is_trial, is_settled: false })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that was let through.
struct Passage<'a, T: ?Sized> {
    breaker: &'a Breaker<T>,
    is_trial: bool,
    is_settled: bool,
}

impl<T: ?Sized> Passage<'_, T> {
    fn settle(mut self, was_refused: bool) {
        self.is_settled = true;
        let mut state = self.breaker.lock();
        if was_refused {
            *state = State::Open { until: self.breaker.clock.now() + REST };
        } else if self.is_trial {
            // A call that began before a refusal says nothing about what came after it.
            *state = State::Closed;
        }
    }
}

impl<T: ?Sized> Drop for Passage<'_, T> {
    /// A trial that was given up found nothing out: the next call is the trial.
    fn drop(&mut self) {
        if self.is_trial && !self.is_settled {
            *self.breaker.lock() = State::Open { until: self.breaker.clock.now() };
        }
    }
}

#[async_trait]
impl<T: Transcriber + ?Sized> Transcriber for Breaker<T> {
    async fn transcribe(&self, audio: &AudioPart, hints: &Hints) -> Result<Transcript, ModelError> {
        self.guarded(self.inner.transcribe(audio, hints)).await
    }
}

#[async_trait]
impl<T: Analyst + ?Sized> Analyst for Breaker<T> {
    async fn analyse(&self, question: &Question) -> Result<Answer, ModelError> {
        self.guarded(self.inner.analyse(question)).await
    }
}

#[async_trait]
impl<T: Responder + ?Sized> Responder for Breaker<T> {
    async fn sum_up(&self, briefing: &Briefing<'_>) -> Result<Response<Private<String>>, ModelError> {
        self.guarded(self.inner.sum_up(briefing)).await
    }

    async fn answer(
        &self,
        briefing: &Briefing<'_>,
        question: &Private<String>,
    ) -> Result<Response<Grounded>, ModelError> {
        self.guarded(self.inner.answer(briefing, question)).await
    }
}
