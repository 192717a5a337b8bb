//! Who asks, below `/v1`.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use shared::{
    domain::{api_key::Scope, tenant::TenantScope},
    use_cases::authorise::Authorised,
};

use super::problem::Problem;
use crate::{Api, caller::presented};

/// Lets a request through if its key is right. What the key allows, each handler asks with [`scope_for`].
pub(crate) async fn require_key(
    State(api): State<Arc<Api>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = presented(request.headers()).map_err(|_| Problem::Unauthorized)?;
    let caller = api.deps.authoriser.authorise(key).await?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The company to act for, if the key allows this.
pub(crate) fn scope_for(caller: &Authorised, wanted: Scope) -> Result<&TenantScope, Problem> {
    if caller.may(wanted) { Ok(&caller.scope) } else { Err(Problem::Forbidden(wanted)) }
}
