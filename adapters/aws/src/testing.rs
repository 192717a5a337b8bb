//! What the contract suites need of an AWS account, or of its stand-in, beyond the ports: resources that live
//! for one test, and a look at what a port hides. Behind the feature `testing`; no deployable carries it.
//!
//! Whoever creates one of these deletes it, also when its test failed.

mod bucket;
mod deployed;
mod queue;
mod secret;
mod table;

pub use bucket::{BucketView, Version};
pub use deployed::{DeployedQueue, Depth};
pub use queue::{Letter, TestQueue};
pub use secret::TestSecret;
pub use table::TestTable;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationError;

use crate::{AwsBase, AwsFailure};

/// Whether there is a function of this name or ARN.
///
/// # Errors
/// [`AwsFailure`] when AWS does not say.
pub async fn function_exists(base: &AwsBase, function: &str) -> Result<bool, AwsFailure> {
    let client = aws_sdk_lambda::Client::new(base.config());
    match client.get_function_configuration().function_name(function).send().await {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(GetFunctionConfigurationError::is_resource_not_found_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(AwsFailure::of("GetFunctionConfiguration", &error)),
    }
}
