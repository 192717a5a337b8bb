//! A stack on AWS, or on the stand-in for it: its outputs stand in the environment.

use std::sync::Arc;

use adapter_aws::{
    AwsBase, AwsSecrets, AwsSettings, DynamoTable, InvokedDirectory, S3Objects, SqsDeadLetters, SqsQueue,
    SqsStatus,
};
use adapter_egress::{check_base_url, is_loopback_host};
use adapter_system::SystemClock;
use anyhow::{Context, anyhow};
use shared::{
    config::{BadSettings, Settings},
    ports::{clock::Clock, directory::CustomerDirectory, queue_status::QueueStatus},
};

use super::{Pepper, Place};

/// How the stand-in for AWS is reached where nothing else is said. They open nothing elsewhere.
const STAND_IN: [(&str, &str); 3] =
    [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];

pub(super) fn open(env: &'static str, outer: &Settings<'_>) -> anyhow::Result<Place> {
    let mut settings = settings_of(env, outer);
    let aws = AwsSettings::read(&mut settings);
    let table = settings.required("TABLE_NAME");
    let bucket = settings.required("DATA_BUCKET");
    let queue = settings.required("QUEUE_URL");
    let dead_letters = settings.required("DEAD_LETTER_QUEUE_URL");
    let pepper = settings.required("API_KEYS_SECRET_ID");
    settings.finish().map_err(|faults| incomplete(env, &faults))?;

    let base = AwsBase::new(&aws)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let objects = Arc::new(S3Objects::new(&base, bucket));
    Ok(Place {
        env,
        name: format!("stack {env}"),
        table: Arc::new(DynamoTable::new(&base, table, clock.clone())),
        objects: objects.clone(),
        writes: objects.clone(),
        replaces: objects,
        queue: Arc::new(SqsQueue::new(&base, queue.as_str())),
        dead_letters: Arc::new(SqsDeadLetters::new(&base, queue.as_str(), dead_letters.as_str())),
        calls: outer.optional("CALLS_QUEUE_URL").map(|calls| -> Arc<dyn QueueStatus> {
            Arc::new(SqsStatus::new(&base, calls, dead_letters.as_str(), clock.clone()))
        }),
        status: Arc::new(SqsStatus::new(&base, queue, dead_letters, clock.clone())),
        pepper: Pepper::InSecret { secrets: Arc::new(AwsSecrets::new(&base, clock)), name: pepper },
    })
}

/// See [`super::complete`].
pub(super) fn complete(env: &'static str, outer: &Settings<'_>) -> anyhow::Result<()> {
    let mut settings = settings_of(env, outer);
    AwsSettings::read(&mut settings);
    for name in [
        "DATA_BUCKET",
        "TABLE_NAME",
        "QUEUE_URL",
        "DEAD_LETTER_QUEUE_URL",
        "CUSTOMER_LOOKUP_FUNCTION",
        "TWILIO_SECRET_ID",
        "API_KEYS_SECRET_ID",
        "WEBHOOK_URL",
        "DATA_API_URL",
        "PANEL_URL",
    ] {
        settings.required(name);
    }
    settings.finish().map_err(|faults| incomplete(env, &faults))
}

/// See [`super::vendor_settings`].
pub(super) async fn vendor_settings<'a>(
    env: &'static str,
    outer: &'a Settings<'_>,
) -> anyhow::Result<Settings<'a>> {
    let mut settings = settings_of(env, outer);
    let aws = AwsSettings::read(&mut settings);
    let mut names = vec![settings.required("TWILIO_SECRET_ID")];
    // Another server than OpenAI's own may ask for no key.
    names.extend(settings.optional("OPENAI_SECRET_ID"));
    settings.finish().map_err(|faults| incomplete(env, &faults))?;
    let secrets = AwsSecrets::new(&AwsBase::new(&aws)?, Arc::new(SystemClock));
    let members =
        secrets.settings(&names).await.context("the secrets of Twilio and OpenAI cannot be read")?;
    Ok(Settings::new(move |name| {
        members.optional(name).or_else(|| outer.optional(name)).or_else(|| messaging_stand_in(name, outer))
    }))
}

/// Where Twilio is played by a stand-in, its second API is, too: our credentials are none of Twilio's business then.
fn messaging_stand_in(name: &str, outer: &Settings<'_>) -> Option<String> {
    let api = outer.optional("TWILIO_API_BASE_URL").filter(|_| name == "TWILIO_MESSAGING_BASE_URL")?;
    let is_stand_in = check_base_url(&api).is_ok_and(|url| is_loopback_host(&url));
    is_stand_in.then(|| format!("{}/messaging", api.trim_end_matches('/')))
}

/// See [`super::lookup`].
pub(super) fn lookup(env: &'static str, outer: &Settings<'_>) -> anyhow::Result<Arc<dyn CustomerDirectory>> {
    let mut settings = settings_of(env, outer);
    let aws = AwsSettings::read(&mut settings);
    let function = settings.required("CUSTOMER_LOOKUP_FUNCTION");
    settings.finish().map_err(|faults| incomplete(env, &faults))?;
    Ok(Arc::new(InvokedDirectory::new(&AwsBase::new(&aws)?, function)))
}

/// The environment, and behind it, for the local stack, what everybody knows of the stand-in.
fn settings_of<'a>(env: &'static str, outer: &'a Settings<'_>) -> Settings<'a> {
    Settings::new(move |name| {
        outer.optional(name).or_else(|| (env == "local").then(|| known(name, outer))?)
    })
}

fn known(name: &str, outer: &Settings<'_>) -> Option<String> {
    if name == "AWS_ENDPOINT_URL" {
        return Some(format!("http://127.0.0.1:{}", outer.or("HARK_STACK_PORT", "4566")));
    }
    // Who names a region in the other way means that one.
    let named_otherwise = name == "AWS_REGION" && outer.optional("AWS_DEFAULT_REGION").is_some();
    STAND_IN
        .iter()
        .find(|(known, _)| *known == name && !named_otherwise)
        .map(|(_, value)| (*value).to_owned())
}

/// What is wrong, and where an operator finds what is missing.
fn incomplete(env: &str, faults: &BadSettings) -> anyhow::Error {
    match env {
        "local" => anyhow!("{faults}. `make dev-stack` writes the stack's settings to target/dev-stack.env"),
        _ => anyhow!(
            "{faults}. `make stack-env ENV={env}` prints the stack's settings, and `aws configure export-credentials \
             --format env` your credentials"
        ),
    }
}
