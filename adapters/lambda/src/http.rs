//! An axum router behind an HTTP API of API Gateway (payload format 2.0).
//!
//! Events are read here and not by `lambda_http`'s own adapter: that panics on a body that is not the base64
//! it claims to be and on a path with a blank, and puts the stage into the path by itself. What the router
//! gets is what the event says, unrepaired.

mod request;
mod response;

use std::convert::Infallible;

use ::http::StatusCode;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use axum::{Router, response::IntoResponse};
use lambda_http::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tower::ServiceExt;
use tracing::{Instrument, error, warn};

use crate::{caught::caught, invocation};

/// Serves `router` at the paths that the events name, until the environment ends.
///
/// # Errors
/// When Lambda's runtime API cannot be spoken to.
pub async fn run_http(router: Router) -> Result<(), Error> {
    HttpFunction::new(router).run().await
}

/// A router as a Lambda function.
#[derive(Debug, Clone)]
pub struct HttpFunction {
    router: Router,
    stage: Option<String>,
}

impl HttpFunction {
    /// Serves `router` at the paths that the events name.
    #[must_use]
    pub const fn new(router: Router) -> Self {
        Self { router, stage: None }
    }

    /// For an API with a named stage, whose events have it in front of every path: serves the router at
    /// what follows `/{stage}`, and nothing at paths that do not begin so. With `$default` the stage is in
    /// no path, and this is not needed.
    #[must_use]
    pub fn with_stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// Answers one event, given as its JSON. A request that cannot be what a client sent is answered with
    /// an empty 400, a path that is no path with an empty 404, without the router.
    pub async fn answer(&self, event: &str) -> ApiGatewayV2httpResponse {
        let request = match serde_json::from_str::<ApiGatewayV2httpRequest>(event) {
            Ok(event) => request::of_event(event, self.stage.as_deref()),
            Err(error) => {
                // serde's message can quote the event.
                warn!(class = ?error.classify(), column = error.column(), "An event is no request");
                Err(StatusCode::BAD_REQUEST)
            }
        };
        let answer = match request {
            // The router itself never fails: its error type has no value.
            Ok(request) => match caught(self.router.clone().oneshot(request)).await {
                Ok(Ok(answer)) => answer,
                Err(panicked) => {
                    error!("A request ended in {panicked}");
                    StatusCode::INTERNAL_SERVER_ERROR.into_response()
                }
            },
            Err(status) => status.into_response(),
        };
        response::of_answer(answer).await
    }

    /// Answers events until the environment ends.
    ///
    /// # Errors
    /// When Lambda's runtime API cannot be spoken to.
    pub async fn run(self) -> Result<(), Error> {
        let function = &self;
        lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
            let span = invocation::span(&event.context);
            Ok::<_, Infallible>(function.answer(event.payload.get()).instrument(span).await)
        }))
        .await
    }
}

#[cfg(test)]
mod tests;
