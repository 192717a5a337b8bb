//! Signing in, with a name and a password or by a link, and out.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::SecretString;
use serde::Deserialize;
use shared::{
    domain::language::Language,
    repositories::audit::Action,
    use_cases::sign_in::{DEVICE, Opened, Refused, SESSION},
};

use crate::{
    Deps,
    caller::{Looks, Nothing, Posted},
    cookies,
    page::{Frame, Trouble, render},
    texts,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    complaint: Option<&'static str>,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    name: String,
    password: SecretString,
}

#[derive(Deserialize)]
pub(crate) struct Link {
    link: String,
}

pub(crate) async fn show(headers: HeaderMap) -> Result<Response, Trouble> {
    let language = texts::language_of(&headers);
    render(&Page { frame: Frame::outside(language), complaint: None }, language)
}

pub(crate) async fn with_password(
    State(deps): State<Arc<Deps>>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Trouble> {
    let language = texts::language_of(&headers);
    let Form(typed) = typed.map_err(|_| Trouble::Unreadable(language))?;
    let device = cookies::read(&headers, cookies::DEVICE);
    let tried = deps.sign_in.with_password(&typed.name, typed.password, device).await;
    enter(&deps, language, tried).await
}

pub(crate) async fn with_link(
    State(deps): State<Arc<Deps>>,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, Trouble> {
    let language = texts::language_of(&headers);
    let Query(Link { link }) = link.map_err(|_| Trouble::Unreadable(language))?;
    enter(&deps, language, deps.sign_in.with_link(&link).await).await
}

async fn enter(deps: &Deps, language: Language, tried: Result<Opened, Refused>) -> Result<Response, Trouble> {
    let t = texts::of(language);
    let (complaint, status) = match tried {
        Ok(opened) => return signed_in(deps, language, &opened).await,
        Err(Refused::Wrong) => (t.wrong_password, StatusCode::FORBIDDEN),
        Err(Refused::TooMany) => (t.too_many_passwords, StatusCode::TOO_MANY_REQUESTS),
        Err(Refused::Unavailable(error)) => return Err(Trouble::away(language, error)),
    };
    let page = Page { frame: Frame::outside(language), complaint: Some(complaint) };
    Ok((status, render(&page, language)?).into_response())
}

async fn signed_in(deps: &Deps, language: Language, opened: &Opened) -> Result<Response, Trouble> {
    let who = deps.sign_in.of(opened).await.map_err(|error| Trouble::away(language, error))?;
    deps.wrote_down(&who, Action::SignedIn, None).await.map_err(|error| Trouble::away(language, error))?;
    let mut response = Redirect::to("/panel").into_response();
    let cookies = [
        cookies::set(cookies::SESSION, &opened.session, SESSION, deps.secure),
        cookies::set(cookies::DEVICE, &opened.device, DEVICE, deps.secure),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(crate) async fn sign_out(
    State(deps): State<Arc<Deps>>,
    Posted { caller, .. }: Posted<Looks, Nothing>,
) -> Result<Response, Trouble> {
    let written = deps.wrote_down(&caller.who, Action::SignedOut, None).await;
    written.map_err(|error| Trouble::away(caller.language, error))?;
    let mut response = Redirect::to("/panel/sign-in").into_response();
    if let Some(cookie) = cookies::remove(cookies::SESSION, deps.secure) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
