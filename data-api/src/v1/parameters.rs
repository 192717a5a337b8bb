//! Reading the query of a request below `/v1`: each parameter at most once, and none that the route does not know, so
//! that a misspelt filter is told and not left out.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use jiff::Timestamp;

use super::problem::Problem;

/// The parameters of a request. Each is taken out by its name; what is left is too much.
pub(super) struct Parameters(HashMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let unreadable = |_| Problem::BadRequest("The query cannot be read.");
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(unreadable)?;
        let mut parameters = HashMap::with_capacity(pairs.len());
        for (name, value) in pairs {
            if parameters.insert(name, value).is_some() {
                return Err(Problem::BadRequest("Each parameter may be given once."));
            }
        }
        Ok(Self(parameters))
    }
}

/// That a request has none.
pub(super) struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Parameters::from_request_parts(parts, state).await?.finish().map(|()| Self)
    }
}

impl Parameters {
    /// A parameter that need not be there, read by `parse`; `expected` says what it must be.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(raw) = self.0.remove(name) else { return Ok(None) };
        parse(&raw).map(Some).ok_or(Problem::Parameter { name, expected })
    }

    /// A whole number from 1 to `most`; `default` if it is not there.
    pub(super) fn limit(&mut self, default: usize, most: usize) -> Result<usize, Problem> {
        let limit = self.optional("limit", "a whole number from 1 to the largest page", |raw| {
            number(raw).filter(|limit| (1..=most).contains(limit))
        })?;
        Ok(limit.unwrap_or(default))
    }

    /// `true` or `false`; `false` if it is not there.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        let flag = self.optional(name, "true or false", |raw| raw.parse().ok())?;
        Ok(flag.unwrap_or_default())
    }

    /// A time.
    pub(super) fn time(&mut self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        self.optional(name, "a time in the form of RFC 3339, for instance 2026-11-20T10:00:00Z", |raw| {
            raw.parse().ok()
        })
    }

    /// A short text with something in it.
    pub(super) fn words(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.optional(name, "a text of 1 to 200 characters", |raw| {
            let fits = !raw.trim().is_empty() && raw.chars().count() <= 200;
            fits.then(|| raw.to_owned())
        })
    }

    /// That nothing is left.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::BadRequest("There is a parameter that this path does not know."))
        }
    }
}

/// Digits alone: no sign, as `parse` would let pass.
pub(super) fn number(raw: &str) -> Option<usize> {
    raw.bytes().all(|byte| byte.is_ascii_digit()).then(|| raw.parse().ok())?
}
