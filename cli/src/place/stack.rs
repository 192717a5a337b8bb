//! A stack on AWS, or on the stand-in for it: its outputs stand in the environment.

use std::sync::Arc;

use adapter_aws::{
    AwsBase, AwsSecrets, AwsSettings, DynamoTable, S3Objects, SqsDeadLetters, SqsQueue, SqsStatus,
};
use adapter_system::SystemClock;
use anyhow::Context;
use shared::{config::Settings, ports::clock::Clock};

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
    settings.finish().with_context(|| where_they_are(env))?;

    let base = AwsBase::new(&aws)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let objects = Arc::new(S3Objects::new(&base, bucket));
    Ok(Place {
        env,
        name: format!("stack {env}"),
        table: Arc::new(DynamoTable::new(&base, table, clock.clone())),
        objects: objects.clone(),
        writes: objects,
        queue: Arc::new(SqsQueue::new(&base, queue.as_str())),
        dead_letters: Arc::new(SqsDeadLetters::new(&base, queue.as_str(), dead_letters.as_str())),
        status: Arc::new(SqsStatus::new(&base, queue, dead_letters, clock.clone())),
        pepper: Pepper::InSecret { secrets: Arc::new(AwsSecrets::new(&base, clock)), name: pepper },
    })
}

/// The environment, and behind it, for the local stack, what everybody knows of the stand-in.
pub(crate) fn settings_of<'a>(env: &'static str, outer: &'a Settings<'_>) -> Settings<'a> {
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

/// Where an operator finds what is missing.
pub(crate) fn where_they_are(env: &str) -> String {
    match env {
        "local" => "`make dev-stack` writes the stack's settings to target/dev-stack.env".to_owned(),
        _ => format!(
            "`make stack-env ENV={env}` prints the stack's settings; `aws configure export-credentials --format env` \
             prints credentials"
        ),
    }
}
