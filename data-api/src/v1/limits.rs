//! How many requests a key may make: told with every answer, so that a client need not find out by being refused.
//!
//! Counted in this process. On AWS each instance of the function counts by itself, and what all keys together may ask is
//! bounded by API Gateway; so a key gets at least what is told here.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as LimiterClock, Reference},
    middleware::StateInformationMiddleware,
    state::keyed::HashMapStateStore,
};
use shared::{domain::api_key::KeyId, ports::clock::Clock, use_cases::authorise::Authorised};

use super::problem::Problem;
use crate::Api;

/// In which time a key's requests are counted, in seconds.
const WINDOW_S: u32 = 60;
/// How many keys are remembered before those that ask no more are forgotten.
const MOST_KEYS: usize = 1_000;

/// The time as the limiter wants it.
#[derive(Clone)]
struct PortClock(Arc<dyn Clock>);

impl LimiterClock for PortClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.now().as_nanosecond()).unwrap_or_default())
    }
}

type Keyed = RateLimiter<KeyId, HashMapStateStore<KeyId>, PortClock, StateInformationMiddleware>;

/// Counts the requests of keys.
pub(crate) struct KeyLimits {
    limiter: Option<(NonZeroU32, Keyed, PortClock)>,
}

/// What is left to a key.
struct Left {
    quota: u32,
    remaining: u32,
    /// Seconds until more is left.
    after_s: u64,
    refused: bool,
}

impl KeyLimits {
    /// So many requests a minute for each key, all of which may come at once; 0: as many as come.
    pub(crate) fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let limiter = NonZeroU32::new(per_minute).map(|most| {
            let clock = PortClock(clock);
            let limiter = RateLimiter::hashmap_with_clock(Quota::per_minute(most), clock.clone())
                .with_middleware::<StateInformationMiddleware>();
            (most, limiter, clock)
        });
        Self { limiter }
    }

    fn take(&self, key: &KeyId) -> Option<Left> {
        let (most, limiter, clock) = self.limiter.as_ref()?;
        if limiter.len() > MOST_KEYS {
            limiter.retain_recent();
        }
        let quota = most.get();
        Some(match limiter.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Left { quota, remaining, after_s: u64::from(WINDOW_S), refused: false }
            }
            Err(not_until) => {
                let earliest: Duration = not_until.earliest_possible().duration_since(clock.now()).into();
                let after_s = u64::try_from(earliest.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
                Left { quota, remaining: 0, after_s, refused: true }
            }
        })
    }
}

/// Lets a request through if its key has one left. Comes behind the check of the key.
pub(crate) async fn count(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let key = request.extensions().get::<Authorised>().map(|caller| caller.key_id.clone());
    let Some(left) = key.and_then(|key| api.limits.take(&key)) else { return next.run(request).await };
    let mut response = if left.refused {
        Problem::TooManyRequests { after_s: left.after_s }.into_response()
    } else {
        next.run(request).await
    };
    tell(response.headers_mut(), &left);
    response
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
fn tell(headers: &mut HeaderMap, left: &Left) {
    let Left { quota, remaining, after_s, .. } = left;
    let policy = HeaderValue::try_from(format!("\"key\";q={quota};w={WINDOW_S}"));
    let state = HeaderValue::try_from(format!("\"key\";r={remaining};t={after_s}"));
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = value {
            headers.insert(name, value);
        }
    }
}
