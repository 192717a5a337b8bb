//! AWS behind Hark's ports: S3, DynamoDB, SQS, CloudWatch, Secrets Manager and Lambda invoke, one feature each. In come
//! the settings of the environment and the one HTTP client; out come implementations of the ports.
//!
//! Reading order: the way out (`http`), how to connect (`connect`), and that before the first request (`warm`),
//! what goes wrong (`failure`), then one file for each service. To add a service: 1. its crate and feature in
//! `Cargo.toml`; 2. one file that takes an [`AwsBase`] and implements a port; 3. every error through
//! [`AwsFailure`], which drops what AWS quotes.

mod connect;
#[cfg(feature = "sqs")]
mod dead_letters;
mod failure;
mod http;
#[cfg(feature = "lambda")]
mod lookup;
#[cfg(feature = "s3")]
mod objects;
#[cfg(feature = "sqs")]
mod queue;
#[cfg(feature = "cloudwatch")]
mod queue_status;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(feature = "dynamodb")]
mod table;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "s3", feature = "dynamodb", feature = "sqs", feature = "lambda"))]
mod warm;

pub use connect::{AwsBase, AwsSettings};
#[cfg(feature = "sqs")]
pub use dead_letters::SqsDeadLetters;
pub use failure::AwsFailure;
pub use http::EgressHttpClient;
#[cfg(feature = "lambda")]
pub use lookup::InvokedDirectory;
#[cfg(feature = "s3")]
pub use objects::S3Objects;
#[cfg(feature = "sqs")]
pub use queue::{SqsControl, SqsQueue};
#[cfg(feature = "cloudwatch")]
pub use queue_status::SqsStatus;
#[cfg(feature = "secrets")]
pub use secrets::{AwsSecrets, settings_of};
#[cfg(feature = "dynamodb")]
pub use table::DynamoTable;
