//! Work that a schedule asks for. What the event says is of no interest: only that it is time.

use std::{future::Future, sync::Arc};

use lambda_http::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use crate::{caught::caught, invocation};

/// Does `work` at each invocation, until the environment ends. An error becomes a function error, so that Lambda
/// counts it; a panic does too, without a word of what it said.
///
/// # Errors
/// When Lambda's runtime API cannot be spoken to.
pub async fn run_scheduled<F, Fut, E>(work: F) -> Result<(), Error>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Value, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    let work = Arc::new(work);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let work = Arc::clone(&work);
        let span = invocation::span(&event.context);
        async move { caught(work()).await.map_err(Error::from)?.map_err(Error::from) }.instrument(span)
    }))
    .await
}
