//! Direct invocations: JSON in, JSON out.

use std::{future::Future, sync::Arc};

use lambda_http::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use crate::{caught::caught, invocation};

/// Answers each invocation with `answer`, until the environment ends. A panic becomes a function error
/// without a word of what it said.
///
/// # Errors
/// When Lambda's runtime API cannot be spoken to.
pub async fn run_invoke<F, Fut>(answer: F) -> Result<(), Error>
where
    F: Fn(Value) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Value> + Send,
{
    let answer = Arc::new(answer);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let answer = Arc::clone(&answer);
        let span = invocation::span(&event.context);
        async move { caught(answer(event.payload)).await.map_err(Error::from) }.instrument(span)
    }))
    .await
}
