//! Who asks: each page takes one of these, so that none is shown and nothing is done without.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    Form,
    extract::{FromRequest, FromRequestParts, Multipart, Request},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use shared::{
    domain::{language::Language, user::Role},
    use_cases::sign_in::{Refused, SignedIn},
};

use crate::{Deps, cookies, page::Trouble, texts};

/// Refuses what another site sends, the form for signing in included, which belongs to no session yet. Browsers say it
/// (Fetch Metadata Request Headers, "Sec-Fetch-Site"); what is no browser does not, and has no cookies to be misused.
pub(crate) async fn refuse_foreign(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let is_own = site.is_none_or(|site| site == "same-origin" || site == "none");
    if request.method() == Method::POST && !is_own {
        return Trouble::Unreadable(texts::language_of(request.headers())).into_response();
    }
    next.run(request).await
}

/// What a page needs of whoever asks for it.
pub(crate) trait Needs: Send + 'static {
    const ROLE: Role;
}

/// To look.
pub(crate) struct Looks;
/// To act.
pub(crate) struct Acts;
/// To settle things.
pub(crate) struct Settles;

impl Needs for Looks {
    const ROLE: Role = Role::Viewer;
}

impl Needs for Acts {
    const ROLE: Role = Role::Staff;
}

impl Needs for Settles {
    const ROLE: Role = Role::Owner;
}

/// Somebody who is signed in and may do what the page needs.
pub(crate) struct Caller<N> {
    pub(crate) who: SignedIn,
    pub(crate) language: Language,
    needs: PhantomData<N>,
}

impl<N: Needs> FromRequestParts<Arc<Deps>> for Caller<N> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, deps: &Arc<Deps>) -> Result<Self, Trouble> {
        let language = texts::language_of(&parts.headers);
        let session = cookies::read(&parts.headers, cookies::SESSION).ok_or(Trouble::NotSignedIn)?;
        let who = deps.sign_in.who(session).await.map_err(|refused| match refused {
            Refused::Wrong | Refused::TooMany => Trouble::NotSignedIn,
            Refused::Unavailable(error) => Trouble::away(language, error),
        })?;
        let language = who.user.language.unwrap_or(language);
        if !who.may(N::ROLE) {
            return Err(Trouble::NotAllowed(language));
        }
        Ok(Self { who, language, needs: PhantomData })
    }
}

/// The same with a form that was made for this session.
pub(crate) struct Posted<N, F> {
    pub(crate) caller: Caller<N>,
    /// What the form says beside that.
    pub(crate) form: F,
}

/// A form without anything else in it.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
struct Sent<F> {
    token: String,
    #[serde(flatten)]
    form: F,
}

/// What a form with a file in it says.
pub(crate) struct Uploaded<N> {
    pub(crate) caller: Caller<N>,
    pub(crate) text: String,
    /// The same however often the form is sent off.
    pub(crate) once: String,
    /// The file's bytes; empty: there is none.
    pub(crate) file: Bytes,
}

impl<N: Needs> FromRequest<Arc<Deps>> for Uploaded<N> {
    type Rejection = Trouble;

    async fn from_request(request: Request, deps: &Arc<Deps>) -> Result<Self, Trouble> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::<N>::from_request_parts(&mut parts, deps).await?;
        let unreadable = Trouble::Unreadable(caller.language);
        let form = Multipart::from_request(Request::from_parts(parts, body), deps).await;
        let Ok(mut form) = form else { return Err(unreadable) };
        let (mut token, mut once, mut text) = (String::new(), String::new(), String::new());
        let mut file = Bytes::new();
        loop {
            let field = match form.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => break,
                // Mostly its file is far too large.
                Err(_) => return Err(Trouble::NotSendable(caller.language)),
            };
            let name = field.name().map(str::to_owned);
            let Ok(bytes) = field.bytes().await else {
                return Err(Trouble::NotSendable(caller.language));
            };
            let words = || String::from_utf8_lossy(&bytes).into_owned();
            match name.as_deref() {
                Some("token") => token = words(),
                Some("once") => once = words(),
                Some("text") => text = words(),
                Some("file") => file = bytes,
                _ => {}
            }
        }
        if !deps.sign_in.is_its_form(&caller.who, &token) {
            return Err(Trouble::Outdated(caller.language));
        }
        Ok(Self { caller, text, once, file })
    }
}

impl<N: Needs, F: DeserializeOwned> FromRequest<Arc<Deps>> for Posted<N, F> {
    type Rejection = Trouble;

    async fn from_request(request: Request, deps: &Arc<Deps>) -> Result<Self, Trouble> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::<N>::from_request_parts(&mut parts, deps).await?;
        let request = Request::from_parts(parts, body);
        let form = Form::<Sent<F>>::from_request(request, deps).await;
        let Form(sent) = form.map_err(|_| Trouble::Unreadable(caller.language))?;
        // What another site sends carries none of this session's.
        if !deps.sign_in.is_its_form(&caller.who, &sent.token) {
            return Err(Trouble::Outdated(caller.language));
        }
        Ok(Self { caller, form: sent.form })
    }
}
