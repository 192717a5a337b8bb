//! AWS behind Hark's ports: S3, DynamoDB, SQS, Secrets Manager and Lambda invoke, one feature each. In come
//! the settings of the environment and the one HTTP client; out come implementations of the ports.
//!
//! Reading order: the way out (`http`), how to connect (`connect`), what goes wrong (`failure`), then one
//! file for each service. To add a service: 1. its crate and feature in `Cargo.toml`; 2. one file that takes
//! an [`AwsBase`] and implements a port; 3. every error through [`AwsFailure`], which drops what AWS quotes.

mod connect;
mod failure;
mod http;
#[cfg(feature = "lambda")]
mod lookup;
#[cfg(feature = "s3")]
mod objects;
#[cfg(feature = "sqs")]
mod queue;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(feature = "dynamodb")]
mod table;
#[cfg(test)]
mod tests;

pub use connect::{AwsBase, AwsSettings};
pub use failure::AwsFailure;
pub use http::EgressHttpClient;
#[cfg(feature = "lambda")]
pub use lookup::InvokedDirectory;
#[cfg(feature = "s3")]
pub use objects::S3Objects;
#[cfg(feature = "sqs")]
pub use queue::{SqsControl, SqsQueue};
#[cfg(feature = "secrets")]
pub use secrets::AwsSecrets;
#[cfg(feature = "dynamodb")]
pub use table::DynamoTable;
