//! Who asks, below `/v1`.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use shared::{
    domain::{
        api_key::{KeyId, Scope},
        tenant::TenantScope,
    },
    use_cases::authorise::Authorised,
};

use super::problem::Problem;
use crate::{Api, caller::presented};

/// Lets a request through if its key is right. What the key allows, each handler says with [`Allowed`].
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

/// What a route needs of a key.
pub(super) trait Needs {
    /// The smallest scope that allows it.
    const SCOPE: Scope;
}

/// It reads records.
pub(super) struct Reads;
/// It changes something.
pub(super) struct Writes;
/// It is about what belongs to the company itself.
pub(super) struct Administers;

impl Needs for Reads {
    const SCOPE: Scope = Scope::RecordsRead;
}

impl Needs for Writes {
    const SCOPE: Scope = Scope::RecordsWrite;
}

impl Needs for Administers {
    const SCOPE: Scope = Scope::Admin;
}

/// Who asks, with a key that allows what the route needs. Stands before everything else that a handler takes: who may
/// not ask is told nothing of his parameters and his body.
pub(super) struct Allowed<N> {
    /// The company to act for.
    pub(super) scope: TenantScope,
    /// Which key it is.
    pub(super) key_id: KeyId,
    needs: PhantomData<N>,
}

impl<S: Sync, N: Needs> FromRequestParts<S> for Allowed<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Authorised>().ok_or(Problem::Unauthorized)?;
        if !caller.may(N::SCOPE) {
            return Err(Problem::Forbidden(N::SCOPE));
        }
        Ok(Self { scope: caller.scope.clone(), key_id: caller.key_id.clone(), needs: PhantomData })
    }
}
