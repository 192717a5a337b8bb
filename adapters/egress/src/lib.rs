//! The one way out: an HTTP client that follows no redirect, keeps no cookie, asks no proxy, unpacks no body,
//! and dials no address that its policy forbids. A URL goes in, a request builder of `reqwest` comes out.
//!
//! Whoever talks to a vendor 1. reads the vendor's base URL with [`check_base_url`], 2. builds one [`Egress`]
//! with [`AddressPolicy::for_base`], 3. starts each request with [`Egress::request`].

mod address;
mod base_url;
mod resolver;

use std::{fmt, sync::Arc, time::Duration};

pub use address::{AddressPolicy, is_public};
pub use base_url::{BadBaseUrl, check_base_url, is_loopback_host};
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use resolver::{GuardedResolver, Lookup, SystemLookup};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

/// Longest time to look up a name, connect and shake hands.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest time for opening a connection before it is needed: a start that waits longer gains nothing.
const WARM_UP_WITHIN: Duration = Duration::from_secs(2);

/// How long an unused connection is kept. Short, since a Lambda that was frozen does not see it being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP client and the policy that guards it. Cloning shares both.
#[derive(Clone)]
pub struct Egress {
    client: Client,
    policy: AddressPolicy,
}

/// The HTTP client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// No common TLS version between us and our crypto provider.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The client refused its settings.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

/// An address that the policy does not let us dial. Says nothing about it, since it may be part of a secret URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address is not one that may be dialled")]
pub struct ForbiddenAddress;

/// No connection could be opened ahead. Nothing depends on it: the next request opens its own.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The policy does not let us dial the address.
    #[error(transparent)]
    Forbidden(#[from] ForbiddenAddress),
    /// No answer, or none in time.
    #[error("the host does not answer")]
    NoAnswer(#[source] reqwest::Error),
}

impl Egress {
    /// Builds the client: TLS 1.2 and 1.3 with ring, Mozilla's roots compiled in, HTTP/1.1.
    ///
    /// # Errors
    /// [`EgressError`]; none is known to happen with the features that this crate is built with.
    pub fn new(policy: AddressPolicy) -> Result<Self, EgressError> {
        Self::with_lookup(policy, Arc::new(SystemLookup))
    }

    fn with_lookup(policy: AddressPolicy, lookup: Arc<dyn Lookup>) -> Result<Self, EgressError> {
        #[expect(clippy::disallowed_methods, reason = "the one place that builds a client")]
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(GuardedResolver::new(policy, lookup))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(32)
            .user_agent(concat!("hark/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| EgressError::Client(error.without_url()))?;
        Ok(Self { client, policy })
    }

    /// Starts a request. The host is checked here if it is an IP literal, and when it is dialled if it is a
    /// name: `reqwest` asks its resolver for names only.
    ///
    /// # Errors
    /// [`ForbiddenAddress`] for an IP literal that the policy forbids, and for a URL without a host.
    pub fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, ForbiddenAddress> {
        self.check(&url)?;
        Ok(self.client.request(method, url))
    }

    /// Opens a connection to a URL's host before it is needed, so that the next request finds one. Asks for the head
    /// of what is there, without credentials, and does not care for the answer. Takes two seconds at most.
    ///
    /// # Errors
    /// [`NotOpened`], which is to be told and otherwise ignored.
    pub async fn warm_up(&self, url: &Url) -> Result<(), NotOpened> {
        let head = self.request(Method::HEAD, url.clone())?.timeout(WARM_UP_WITHIN);
        head.send().await.map(drop).map_err(|error| NotOpened::NoAnswer(error.without_url()))
    }

    /// The client itself, for hosts that the operator configured. It does not check IP literals.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The policy that the client was built with.
    #[must_use]
    pub const fn policy(&self) -> AddressPolicy {
        self.policy
    }

    fn check(&self, url: &Url) -> Result<(), ForbiddenAddress> {
        let allowed = match url.host() {
            Some(Host::Ipv4(ip)) => self.policy.allows(ip.into()),
            Some(Host::Ipv6(ip)) => self.policy.allows(ip.into()),
            Some(Host::Domain(name)) => !name.is_empty(),
            None => false,
        };
        if allowed { Ok(()) } else { Err(ForbiddenAddress) }
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Whether a request failed because its host resolved to no address that may be dialled.
#[must_use]
pub fn was_forbidden(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<ForbiddenAddress>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests;
