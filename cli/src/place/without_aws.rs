//! What a hark that was built without AWS says when a stack is meant.

use std::sync::Arc;

use anyhow::anyhow;
use shared::{config::Settings, ports::directory::CustomerDirectory};

use super::Place;

pub(super) fn open(env: &'static str, _: &Settings<'_>) -> anyhow::Result<Place> {
    Err(unknown(env))
}

pub(super) fn complete(env: &'static str, _: &Settings<'_>) -> anyhow::Result<()> {
    Err(unknown(env))
}

pub(super) async fn vendor_settings<'a>(
    env: &'static str,
    _: &'a Settings<'_>,
) -> anyhow::Result<Settings<'a>> {
    Err(unknown(env))
}

pub(super) fn lookup(env: &'static str, _: &Settings<'_>) -> anyhow::Result<Arc<dyn CustomerDirectory>> {
    Err(unknown(env))
}

fn unknown(env: &str) -> anyhow::Error {
    anyhow!("HARK_ENV={env} names a stack, and this hark was built without AWS: `make build` builds it with")
}
