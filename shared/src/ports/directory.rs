//! Who is this?

use async_trait::async_trait;

use crate::domain::{customer::Customer, identity::Identity};

/// The directory could not say; the person may well be known.
#[derive(Debug, thiserror::Error)]
#[error("customer lookup is unavailable")]
pub struct DirectoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Identity to customer.
#[async_trait]
pub trait CustomerDirectory: Send + Sync {
    /// The customer with this identity. `None`: nobody, or more than one, which is the same to a stranger.
    async fn find(&self, identity: &Identity) -> Result<Option<Customer>, DirectoryError>;
}
