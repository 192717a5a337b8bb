//! Sending a webhook: signed, with Twilio's headers and patience.

use std::{sync::Arc, time::Duration};

use axum::Json;
use http::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::{Value, json};

use super::{Nonsense, form::Draft, telegram, twiml};
use crate::{
    store::InboundForm,
    twilio::signature::sign,
    world::{SharedWorld, World, locked},
};

/// After this time Twilio gives a webhook up.
const PATIENCE: Duration = Duration::from_secs(15);

/// The client that sends webhooks: to this machine, or to a stack, whose certificate Mozilla's roots vouch for.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulators use no Hark crate, hence not its client either"
)]
pub(crate) fn client() -> Result<reqwest::Client, Box<dyn std::error::Error + Send + Sync>> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()))
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        // Every webhook has its own connection, so that a restarted Hark is not met with an old one.
        .pool_max_idle_per_host(0)
        .build()?;
    Ok(client)
}

/// Sends the message and tells what came back.
pub(super) async fn send(world: &SharedWorld, draft: Draft) -> Result<Json<Value>, Nonsense> {
    if draft.is_of_telegram() {
        return telegram::send(world, draft).await;
    }
    let form = draft.into_form(world)?;
    let mut answer = json!({ "message_sid": form.message_sid, "webhook_status": null, "simulated": true });
    let outcome = match post(world, &form).await {
        Ok(status) => ("webhook_status", json!(status)),
        Err(error) => ("webhook_error", json!(reason(&error))),
    };
    if let Some(fields) = answer.as_object_mut() {
        fields.insert(outcome.0.to_owned(), outcome.1);
    }
    Ok(Json(answer))
}

async fn post(world: &World, form: &InboundForm) -> Result<u16, reqwest::Error> {
    let webhook = locked(&world.webhook).clone();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let response = world
        .client
        .post(&webhook.url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
        .header(USER_AGENT, "TwilioProxy/1.1")
        .header("X-Twilio-Signature", sign(&world.config.auth_token, &webhook.public_url, &form.fields))
        .header("I-Twilio-Idempotency-Token", &form.idempotency_token)
        .body(body)
        .send()
        .await?;
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let text = response.text().await?;
    if status.is_success() {
        twiml::obey(world, form, kind.as_deref().unwrap_or_default(), &text);
    }
    Ok(status.as_u16())
}

fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer within 15 seconds (simulated)"
    } else if error.is_connect() {
        "nothing listens at the webhook's address (simulated)"
    } else {
        "the answer broke off (simulated)"
    }
}
