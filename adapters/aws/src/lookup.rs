//! The customer directory behind the function customer-lookup: asks it, within two seconds.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::{Client, primitives::Blob};
use serde::Deserialize;
use serde_json::json;
use shared::{
    domain::{customer::Customer, identity::Identity},
    ports::directory::{CustomerDirectory, DirectoryError},
};

use crate::{AwsBase, AwsFailure};

/// For the whole question, all tries included: whoever asks has a sender waiting.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What the function answers: `{"statusCode":200,"body":"{...}"}`, or 404.
#[derive(Deserialize)]
struct AnswerWire {
    #[serde(rename = "statusCode")]
    status_code: u16,
    #[serde(default)]
    body: Option<String>,
}

/// Customer lookup as a function that is invoked.
#[derive(Debug, Clone)]
pub struct InvokedDirectory {
    client: Client,
    function: String,
}

impl InvokedDirectory {
    /// The function of this name or ARN.
    #[must_use]
    pub fn new(base: &AwsBase, function: impl Into<String>) -> Self {
        Self { client: Client::new(base.config()), function: function.into() }
    }

    async fn ask(&self, identity: &Identity) -> Result<Option<Customer>, AwsFailure> {
        let question = json!({ "phone_number": identity.canonical() }).to_string();
        let answer = self
            .client
            .invoke()
            .function_name(&self.function)
            .payload(Blob::new(question))
            .send()
            .await
            .map_err(|error| AwsFailure::of("Invoke", &error))?;
        if answer.function_error.is_some() {
            return Err(AwsFailure::unexpected("Invoke", "customer-lookup failed"));
        }
        read(answer.payload.as_ref().map_or(&[], |payload| payload.as_ref()))
    }
}

#[async_trait]
impl CustomerDirectory for InvokedDirectory {
    async fn find(&self, identity: &Identity) -> Result<Option<Customer>, DirectoryError> {
        tokio::time::timeout(ANSWER_WITHIN, self.ask(identity))
            .await
            .unwrap_or(Err(AwsFailure::timed_out("Invoke")))
            .map_err(|failure| DirectoryError(Box::new(failure)))
    }
}

/// serde's own errors can quote what they met, so they are not passed on.
fn read(payload: &[u8]) -> Result<Option<Customer>, AwsFailure> {
    let answer: AnswerWire = serde_json::from_slice(payload)
        .map_err(|_| AwsFailure::unexpected("Invoke", "customer-lookup's answer has another shape"))?;
    match answer.status_code {
        200 => serde_json::from_str(answer.body.as_deref().unwrap_or_default())
            .map(Some)
            .map_err(|_| AwsFailure::unexpected("Invoke", "customer-lookup's answer is no customer")),
        404 => Ok(None),
        _ => Err(AwsFailure::unexpected("Invoke", "customer-lookup answers neither 200 nor 404")),
    }
}
