//! `hark health`: whether a running hark is alive, or ready, for supervisors that know exit codes only.

use std::time::Duration;

use adapter_egress::{AddressPolicy, Egress};
use anyhow::{Context, bail};
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;
use shared::config::Settings;

use crate::{args::Form, demo, output};

/// Who asks asks again soon.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

#[derive(Serialize)]
struct Well {
    /// What was asked.
    asked: String,
    /// What it answered.
    answer: Value,
}

pub(crate) async fn run(
    settings: &Settings<'_>,
    ready: bool,
    url: Option<String>,
    form: Form,
) -> anyhow::Result<()> {
    let base = url.unwrap_or_else(|| format!("http://127.0.0.1:{}", settings.or("HARK_PORT", demo::PORT)));
    let path = if ready { "readyz" } else { "healthz" };
    let asked = format!("{}/{path}", base.trim().trim_end_matches('/'));
    let url: Url = asked.parse().context("--url, or HARK_PORT, makes no address")?;
    let client = Egress::new(AddressPolicy::LoopbackAllowed)?;
    let answer = client.client().get(url).timeout(ANSWER_WITHIN).send().await;
    let answer = answer.map_err(reqwest::Error::without_url).with_context(|| {
        format!("no answer at {asked}: is hark running there, and is HARK_PORT the same as its own?")
    })?;
    let status = answer.status();
    let answer = answer.json().await.unwrap_or(Value::Null);
    if !status.is_success() {
        bail!("{asked} answers {}: {answer}", status.as_u16());
    }
    let told = if ready { "ready" } else { "healthy" };
    output::print(form, &Well { asked, answer }, |well| format!("{told}: {}", well.asked))
}
