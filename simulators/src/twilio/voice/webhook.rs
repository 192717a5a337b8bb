//! The webhooks of a call: signed, with Twilio's fields and patience, and what is wrong with an answer.

use futures::StreamExt;
use http::header::{CONTENT_TYPE, USER_AGENT};
use tokio::time::Instant;
use url::{Host, Url};

use super::{
    call::{Call, Exchange},
    document::{Element, parse},
    grammar::LARGEST_DOCUMENT,
    verbs::Method,
};
use crate::{
    random,
    twilio::signature::sign,
    world::{World, bare, locked},
};

/// What Twilio reads as TwiML.
const TWIML_TYPES: [&str; 3] = ["text/xml", "application/xml", "text/html"];

/// A webhook that is to be sent.
pub(super) struct Request {
    pub(super) why: &'static str,
    /// The URL that Twilio was told.
    pub(super) url: Url,
    pub(super) method: Method,
    /// What comes beside the usual fields.
    pub(super) fields: Vec<(&'static str, String)>,
}

/// Where calls are told: at a base of their own, or beside the webhook of messages. `None` if that is no URL.
pub(in crate::twilio) fn told_at(world: &World, path: &str) -> Option<Url> {
    let own = locked(&world.voice_base).clone();
    let base = own.unwrap_or_else(|| {
        let public = locked(&world.webhook).public_url.clone();
        public.strip_suffix("/webhook").unwrap_or(&public).trim_end_matches('/').to_owned()
    });
    Url::parse(&format!("{base}{path}")).ok()
}

/// The address behind a public one: below the base of calls itself, below the webhook's base that of the webhook itself, else
/// only on this machine, since a stand-in calls nobody outside.
fn behind(world: &World, public: &Url) -> Option<Url> {
    let is_below =
        |base: &String| public.as_str().strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('/'));
    if locked(&world.voice_base).as_ref().is_some_and(is_below) {
        return Some(public.clone());
    }
    let webhook = locked(&world.webhook).clone();
    let base = |url: &str| url.strip_suffix("/webhook").map(str::to_owned);
    let behind = base(&webhook.public_url).zip(base(&webhook.url)).and_then(|(told, real)| {
        let rest = public.as_str().strip_prefix(&told)?;
        rest.starts_with('/').then(|| format!("{real}{rest}"))
    });
    if let Some(url) = behind {
        return Url::parse(&url).ok();
    }
    let is_here = match public.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    is_here.then(|| public.clone())
}

/// The fields of every webhook of a call.
fn usual_fields(world: &World, call: &Call) -> Vec<(String, String)> {
    let placed = &call.placed;
    let (from, to) = (bare(&placed.from), bare(&placed.to));
    let mut fields = vec![
        ("AccountSid", world.config.account_sid.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("CallSid", call.sid.clone()),
        ("CallStatus", call.status().to_owned()),
        ("Direction", "inbound".to_owned()),
        ("From", from.to_owned()),
        ("Caller", from.to_owned()),
        ("To", to.to_owned()),
        ("Called", to.to_owned()),
    ];
    if let Some(verstat) = &placed.stir_verstat {
        fields.push(("StirVerstat", verstat.clone()));
    }
    if let Some(number) = &placed.forwarded_from {
        fields.push(("ForwardedFrom", number.clone()));
    }
    let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for end in ["From", "To", "Caller", "Called"] {
        for part in ["City", "State", "Zip", "Country"] {
            fields.push((format!("{end}{part}"), String::new()));
        }
    }
    fields
}

/// The webhook as it goes over the wire.
pub(super) fn prepared(world: &World, call: &Call, request: Request) -> Exchange {
    let mut fields = usual_fields(world, call);
    // A recording's callback names the call, and nobody on it.
    if request.why == "recording" {
        fields.retain(|(name, _)| matches!(name.as_str(), "AccountSid" | "CallSid"));
    }
    for (name, value) in request.fields {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => field.1 = value,
            None => fields.push((name.to_owned(), value)),
        }
    }
    let mut url = request.url;
    // The settings of a connection that stand behind it are not sent.
    url.set_fragment(None);
    let method = match request.method {
        Method::Get => {
            url.query_pairs_mut().extend_pairs(&fields);
            "GET"
        }
        Method::Post => "POST",
    };
    let signed: &[_] = if method == "POST" { &fields } else { &[] };
    Exchange {
        why: request.why,
        method,
        signature: sign(&world.config.auth_token, url.as_str(), signed),
        sent_to: behind(world, &url).map(String::from).unwrap_or_default(),
        url: url.into(),
        fields,
        idempotency_token: random::uuid(),
        status: None,
        took_ms: 0,
        twiml: String::new(),
        error: None,
    }
}

/// Sends it and keeps what comes back.
pub(super) async fn send(world: &World, mut exchange: Exchange) -> Exchange {
    let begun = Instant::now();
    exchange.error = attempt(world, &mut exchange).await.err();
    exchange.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    exchange
}

async fn attempt(world: &World, exchange: &mut Exchange) -> Result<(), String> {
    if exchange.sent_to.is_empty() {
        return Err(format!("11100: {} is not on this machine (simulated)", exchange.url));
    }
    let request = if exchange.method == "POST" {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&exchange.fields).finish();
        world
            .client
            .post(&exchange.sent_to)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(form)
    } else {
        world.client.get(&exchange.sent_to)
    };
    let answer = request
        .header(USER_AGENT, "TwilioProxy/1.1")
        .header("X-Twilio-Signature", &exchange.signature)
        .header("I-Twilio-Idempotency-Token", &exchange.idempotency_token)
        .send()
        .await
        .map_err(|error| unanswered(&error))?;
    exchange.status = Some(answer.status().as_u16());
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_success = answer.status().is_success();
    let mut bytes = Vec::new();
    let mut body = answer.bytes_stream();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| unanswered(&error))?);
        if bytes.len() > LARGEST_DOCUMENT {
            return Err("11750: the answer is larger than 64 kB".to_owned());
        }
    }
    exchange.twiml = String::from_utf8_lossy(&bytes).into_owned();
    if !is_success {
        return Err(format!("11200: the webhook answered {}", exchange.status.unwrap_or_default()));
    }
    // Nobody reads what a callback answers.
    if matches!(exchange.why, "status" | "recording") || TWIML_TYPES.contains(&kind.as_str()) {
        Ok(())
    } else {
        Err(format!("12300: the answer's content type is \"{kind}\""))
    }
}

fn unanswered(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer within 15 seconds"
    } else if error.is_connect() {
        "nothing listens at the webhook's address"
    } else {
        "the answer broke off"
    };
    format!("11205: {what}")
}

/// The document that came back, or why Twilio cannot go on.
pub(super) fn document(exchange: &Exchange) -> Result<Element, String> {
    if let Some(error) = &exchange.error {
        return Err(error.clone());
    }
    let root = parse(&exchange.twiml).map_err(|fault| format!("12100: {fault}"))?;
    if root.name == "Response" {
        Ok(root)
    } else {
        Err(format!("12102: the root is <{}>, not <Response>", root.name))
    }
}
