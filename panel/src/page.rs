//! What every page has: its frame, its headers, and what is said when it cannot be shown.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use shared::{
    domain::{language::Language, user::Role},
    use_cases::sign_in::SignedIn,
};

use crate::{
    Deps,
    assets::{NAMES, Names},
    texts::{self, Texts},
};

/// What the frame of a page says.
pub(crate) struct Frame {
    pub(crate) t: &'static Texts,
    pub(crate) language: &'static str,
    pub(crate) names: &'static Names,
    /// The company and the user; `None` before one is signed in.
    pub(crate) who: Option<Who>,
}

/// Who is signed in, for the frame.
pub(crate) struct Who {
    pub(crate) called: String,
    pub(crate) company: String,
    pub(crate) may_settle: bool,
    /// What each form carries.
    pub(crate) token: String,
}

impl Frame {
    pub(crate) fn outside(language: Language) -> Self {
        Self { t: texts::of(language), language: language.code(), names: &NAMES, who: None }
    }

    pub(crate) fn inside(deps: &Deps, who: &SignedIn, language: Language) -> Self {
        let who = Who {
            called: who.user.called.expose().clone(),
            company: who.scope.company().to_string(),
            may_settle: who.may(Role::Owner),
            token: deps.sign_in.form_token(who),
        };
        Self { who: Some(who), ..Self::outside(language) }
    }
}

/// A time as pages show it: to the minute, in UTC.
pub(crate) fn shown_time(at: &str) -> String {
    let (date, time) = at.split_once('T').unwrap_or((at, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or_default())
}

/// A time as programs read it, to the second (RFC 3339).
pub(crate) fn rfc3339(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What a form carries that may be sent off again, so that it does its work once.
pub(crate) fn once(deps: &Deps) -> String {
    hex::encode(deps.ids.random().get(..16).unwrap_or_default())
}

/// A template as a page.
pub(crate) fn render(page: &impl Template, language: Language) -> Result<Response, Trouble> {
    let html = page.render().map_err(|error| Trouble::away(language, error))?;
    Ok(Html(html).into_response())
}

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nobody is signed in.
    NotSignedIn,
    /// The user may not do that.
    NotAllowed(Language),
    /// There is no such thing, or it is another company's.
    NotThere(Language),
    /// The form was made for an earlier session.
    Outdated(Language),
    /// The form is not one of ours.
    Unreadable(Language),
    /// A file that is far too large to be sent.
    NotSendable(Language),
    /// The list of all companies' people cannot be read.
    PeopleUnusable(Language),
    /// A store did not answer. Why, stands in the log.
    Away(Language),
}

impl Trouble {
    /// Something that we need failed: said to the log as it is, and to the user in other words.
    pub(crate) fn away(language: Language, error: impl std::error::Error) -> Self {
        tracing::warn!(%error, "A page of the panel could not be made");
        Self::Away(language)
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Said {
    frame: Frame,
    title: &'static str,
    what_to_do: &'static str,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (language, status) = match self {
            Self::NotSignedIn => return Redirect::to("/panel/sign-in").into_response(),
            Self::NotAllowed(language) => (language, StatusCode::FORBIDDEN),
            Self::NotThere(language) => (language, StatusCode::NOT_FOUND),
            Self::Outdated(language) => (language, StatusCode::CONFLICT),
            Self::Unreadable(language) | Self::NotSendable(language) => (language, StatusCode::BAD_REQUEST),
            Self::Away(language) | Self::PeopleUnusable(language) => {
                (language, StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        let frame = Frame::outside(language);
        let (title, what_to_do) = match self {
            Self::NotAllowed(_) => frame.t.not_allowed,
            Self::NotThere(_) => frame.t.not_there,
            Self::Outdated(_) | Self::NotSignedIn => frame.t.outdated,
            Self::Unreadable(_) => frame.t.unreadable,
            Self::NotSendable(_) => frame.t.people.not_sendable,
            Self::PeopleUnusable(_) => frame.t.settings.customers.unusable,
            Self::Away(_) => frame.t.away,
        };
        let page = Said { frame, title, what_to_do };
        // A page of fixed words: that it cannot be made cannot happen.
        (status, Html(page.render().unwrap_or_default())).into_response()
    }
}

/// Only the panel's own files are loaded, no page of ours is shown inside another, and none is kept by a browser.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Gives an answer the headers that all of them have.
pub(crate) async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
