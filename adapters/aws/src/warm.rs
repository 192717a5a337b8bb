//! Connections opened before they are needed: while a function starts, when its processor has its full share, one
//! cheap call to each service that its first request will use. The calls are ones that the function's role allows
//! anyway, and they change nothing. What they open stays in the one pool of connections, and what they run for the
//! first time (endpoints, signing, TLS) is not run for the first time again.

use std::{future::Future, pin::Pin, time::Duration};

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{AwsBase, AwsFailure};

/// A start that waits longer than this gains nothing. Lambda itself allows ten seconds.
const WITHIN: Duration = Duration::from_secs(2);
/// The name of things that do not exist.
#[cfg(any(feature = "s3", feature = "dynamodb"))]
const NOTHING: &str = "warm-up";

impl AwsBase {
    /// Lambda: asks whether this function may be invoked, without invoking it.
    #[cfg(feature = "lambda")]
    pub async fn warm_up_function(&self, function: &str) {
        let client = aws_sdk_lambda::Client::new(&self.for_one_try());
        let dry_run = aws_sdk_lambda::types::InvocationType::DryRun;
        let call = client.invoke().function_name(function).invocation_type(dry_run).send();
        opened("Invoke", Box::pin(call)).await;
    }

    /// SQS: sends a batch without messages to this queue, which SQS refuses.
    #[cfg(feature = "sqs")]
    pub async fn warm_up_queue(&self, queue_url: &str) {
        let client = aws_sdk_sqs::Client::new(&self.for_one_try());
        let call = client.send_message_batch().queue_url(queue_url).set_entries(Some(Vec::new())).send();
        opened("SendMessageBatch", Box::pin(call)).await;
    }

    /// DynamoDB: reads an item of this table that does not exist.
    #[cfg(feature = "dynamodb")]
    pub async fn warm_up_table(&self, table: &str) {
        use aws_sdk_dynamodb::types::AttributeValue;
        let client = aws_sdk_dynamodb::Client::new(&self.for_one_try());
        let nothing = || AttributeValue::S(NOTHING.to_owned());
        let call = client.get_item().table_name(table).key("pk", nothing()).key("sk", nothing()).send();
        opened("GetItem", Box::pin(call)).await;
    }

    /// S3: asks for a file of this bucket that does not exist.
    #[cfg(feature = "s3")]
    pub async fn warm_up_bucket(&self, bucket: &str) {
        let client = crate::objects::client(&Self::of_config(self.for_one_try()));
        let call = client.head_object().bucket(bucket).key(NOTHING).send();
        opened("HeadObject", Box::pin(call)).await;
    }

    fn for_one_try(&self) -> SdkConfig {
        self.config().to_builder().retry_config(RetryConfig::disabled()).build()
    }
}

/// Whatever was answered, the connection stands.
async fn opened<T, E: ProvideErrorMetadata>(
    operation: &'static str,
    // The SDK's futures are tens of kilobytes large.
    call: Pin<Box<impl Future<Output = Result<T, SdkError<E, HttpResponse>>>>>,
) {
    let failure = match tokio::time::timeout(WITHIN, call).await {
        Ok(Ok(_) | Err(SdkError::ServiceError(_))) => return,
        Ok(Err(error)) => AwsFailure::of(operation, &error),
        Err(_) => AwsFailure::timed_out(operation),
    };
    tracing::info!(%failure, "A connection was not opened ahead; the first request opens it");
}
