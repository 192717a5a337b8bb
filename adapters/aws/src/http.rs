//! The SDK's way out: its HTTP trait over the one client that everything else uses, so that there is one
//! TLS stack with its roots, and one pool of connections, in the process.

use std::{fmt, time::Duration};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::body::SdkBody;

/// The SDK's HTTP client over a `reqwest::Client`. How long connecting may take is that client's own
/// setting; the SDK's limit for the first byte of an answer is kept here.
#[derive(Clone)]
pub struct EgressHttpClient {
    client: reqwest::Client,
}

impl EgressHttpClient {
    /// Over this client. It must follow no redirects: a signature holds for one address.
    #[must_use]
    pub const fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl fmt::Debug for EgressHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EgressHttpClient")
    }
}

impl HttpClient for EgressHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let client = self.client.clone();
        SharedHttpConnector::new(EgressConnector { client, first_byte_within: settings.read_timeout() })
    }
}

struct EgressConnector {
    client: reqwest::Client,
    first_byte_within: Option<Duration>,
}

impl fmt::Debug for EgressConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EgressConnector").field("first_byte_within", &self.first_byte_within).finish()
    }
}

impl HttpConnector for EgressConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.client.clone();
        let limit = self.first_byte_within;
        HttpConnectorFuture::new(async move {
            let answer = client.execute(to_reqwest(request)?);
            let answer = match limit {
                Some(limit) => tokio::time::timeout(limit, answer)
                    .await
                    .map_err(|_| ConnectorError::timeout("no answer within the read timeout".into()))?,
                None => answer.await,
            };
            from_reqwest(answer.map_err(connector_error)?)
        })
    }
}

fn to_reqwest(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
    // Wrapped, not read: bytes in memory go out as they are.
    let request = request.map(reqwest::Body::wrap);
    reqwest::Request::try_from(request).map_err(|e| ConnectorError::user(e.without_url().into()))
}

fn from_reqwest(response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let response = ::http::Response::from(response).map(SdkBody::from_body_1_x);
    HttpResponse::try_from(response).map_err(|e| ConnectorError::other(e.into(), None))
}

fn connector_error(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        // Refused, cut, reset: the SDK may try again.
        ConnectorError::io(BoxError::from(error))
    }
}
