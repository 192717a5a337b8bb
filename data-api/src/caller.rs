//! Who asks: the key in the header `x-api-key`, and what it opens. A key in the query is no key.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use shared::{
    domain::{api_key::Scope, tenant::TenantScope},
    use_cases::authorise::Authorised,
};

use crate::{Api, error::ApiError};

static API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Lets a request through if its key is right and allows reading files. Handlers find an [`Authorised`]
/// in the request's extensions.
pub(crate) async fn require_key(
    State(api): State<Arc<Api>>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let caller = api.deps.authoriser.authorise(presented(request.headers())?).await?;
    if !caller.may(Scope::FilesRead) {
        return Err(ApiError::Forbidden);
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The one key of a request.
pub(crate) fn presented(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(&API_KEY).iter();
    let value = values.next().filter(|value| !value.is_empty()).ok_or(ApiError::Unauthorized)?;
    if values.next().is_some() {
        return Err(ApiError::Forbidden);
    }
    value.to_str().map_err(|_| ApiError::Forbidden)
}

/// The scope to act in, if the company that the request names is the caller's own. Another's is not found,
/// whether it exists or not.
pub(crate) fn own_scope<'a>(caller: &'a Authorised, named: &str) -> Result<&'a TenantScope, ApiError> {
    let scope = &caller.scope;
    (scope.company().as_str() == named).then_some(scope).ok_or(ApiError::NotFound)
}
