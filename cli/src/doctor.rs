//! `hark doctor`: looks at everything that an installation depends on, and says what to do about what is wrong.
//! Nothing is changed. All checks run at the same time.

mod finding;
mod models;
mod reach;
mod settings;
mod stores;
pub(crate) mod telegram;
mod twilio;

use std::{sync::Arc, time::Duration};

use adapter_egress::{AddressPolicy, Egress};
use adapter_system::SystemClock;
use adapter_telegram::{api::TelegramApi, setup::TelegramSetup};
use adapter_twilio::setup::TwilioSetup;
use anyhow::bail;
use finding::{Finding, Found, State};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use settings::Subjects;
use shared::{config::Settings, ports::clock::Clock};

use crate::{args::Form, output, place};

/// For one group of checks.
const DONE_WITHIN: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Report {
    place: String,
    ok: bool,
    checks: Vec<Finding>,
}

/// A group of checks, by what it is told as while it runs.
type Check<'a> = (&'static str, BoxFuture<'a, Found>);

pub(crate) async fn run(settings: &Settings<'_>, form: Form) -> anyhow::Result<()> {
    let named =
        place::environment(settings)?.map_or_else(|| "this machine".to_owned(), |env| format!("stack {env}"));
    let subjects = settings::read(settings).await?;
    let loopback = Egress::new(AddressPolicy::LoopbackAllowed)?;
    let checks = checks(&subjects, loopback.client())?;
    let progress = (form == Form::Text).then(|| bar(checks.len()));
    let found = all(checks, progress.as_ref()).await;
    if let Some(progress) = progress {
        progress.finish_and_clear();
    }
    let report = report(named, subjects.findings, found);
    output::print(form, &report, shown)?;
    let failed = report.checks.iter().filter(|finding| finding.state == State::Fail).count();
    if failed > 0 {
        bail!("{failed} of {} checks failed", report.checks.len());
    }
    Ok(())
}

fn checks<'a>(subjects: &'a Subjects, http: &'a reqwest::Client) -> anyhow::Result<Vec<Check<'a>>> {
    let clock: &dyn Clock = &SystemClock;
    let mut checks: Vec<Check<'a>> = Vec::new();
    if let Some(place) = &subjects.place {
        checks.push(("table", Box::pin(stores::table(place))));
        checks.push(("customers.json", Box::pin(stores::files(place))));
        checks.push(("queue", Box::pin(stores::queue(place))));
        if let Some(calls) = &place.calls {
            checks.push(("calls queue", Box::pin(stores::calls(place, calls.as_ref()))));
        }
    }
    if subjects.lookup.is_some() {
        checks.push(("customer lookup", Box::pin(stores::lookup(subjects.lookup.as_ref()))));
    }
    for site in &subjects.sites {
        checks.push((site.check, Box::pin(reach::health(http, site, clock))));
    }
    if let (Some(config), Some(base)) = (&subjects.twilio, &subjects.webhook_base) {
        let (setup, of_messages) = (TwilioSetup::new(config)?, twilio::Expected::at(base));
        let of_calls = subjects.voice_base.as_deref().map(twilio::Expected::of_calls);
        checks.push((
            "twilio",
            Box::pin(
                async move { twilio::check(&setup, config, (&of_messages, of_calls.as_ref()), clock).await },
            ),
        ));
    }
    let telegram = subjects.telegram.as_ref().and_then(|config| Some((config, config.token.clone()?)));
    if let (Some((config, token)), Some(base)) = (telegram, &subjects.webhook_base) {
        let setup = TelegramSetup::new(Arc::new(TelegramApi::new(token, &config.api_base)?));
        checks.push((
            "telegram",
            Box::pin(async move { telegram::check(&setup, config, base, subjects.asks_telegram).await }),
        ));
    }
    if let Some(config) = &subjects.openai {
        let client = Egress::new(AddressPolicy::for_base(&config.base_url))?.client().clone();
        checks.push(("models", Box::pin(models::check(client, config, clock.now()))));
    }
    Ok(checks)
}

/// Runs them at the same time; answers what they found in their own order.
async fn all(checks: Vec<Check<'_>>, progress: Option<&ProgressBar>) -> Vec<Found> {
    let mut running: FuturesUnordered<_> = checks
        .into_iter()
        .enumerate()
        .map(|(at, (name, check))| async move {
            let found = tokio::time::timeout(DONE_WITHIN, check).await;
            (at, name, found.unwrap_or_else(|_| late(name)))
        })
        .collect();
    let mut found = Vec::new();
    while let Some((at, name, done)) = running.next().await {
        if let Some(progress) = progress {
            progress.set_message(name);
            progress.inc(1);
        }
        found.push((at, done));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, found)| found).collect()
}

fn late(name: &str) -> Found {
    Finding::fail(name, "no answer in time", "check the network, and try again").into()
}

fn bar(checks: usize) -> ProgressBar {
    let bar = ProgressBar::new(checks as u64);
    if let Ok(style) = ProgressStyle::with_template("checked {pos} of {len} {wide_bar} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn report(place: String, mut checks: Vec<Finding>, found: Vec<Found>) -> Report {
    let mut skews = Vec::new();
    for found in found {
        checks.extend(found.findings);
        skews.extend(found.skews);
    }
    checks.extend(reach::clocks(&skews));
    Report { place, ok: checks.iter().all(|finding| finding.state != State::Fail), checks }
}

fn shown(report: &Report) -> String {
    let widest = report.checks.iter().map(|finding| finding.check.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!("{}:", report.place)];
    for finding in &report.checks {
        let state = match finding.state {
            State::Ok => "ok  ",
            State::Warn => "warn",
            State::Fail => "fail",
        };
        lines.push(format!("{state}  {:widest$}  {}", finding.check, finding.told));
        if let Some(remedy) = &finding.remedy {
            lines.push(format!("      {:widest$}  → {remedy}", ""));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_line_for_each_check_and_a_remedy_below_what_is_not_well() {
        let found = vec![
            Found::from(Finding::ok("table", "it answers")),
            Found::from(Finding::warn("dead letters", "2 jobs were given up", "replay them")),
        ];
        let report =
            report("stack dev".to_owned(), vec![Finding::fail("settings", "X is not set", "set X")], found);
        assert!(!report.ok);
        assert_eq!(
            shown(&report),
            "stack dev:\n\
             fail  settings      X is not set\n                    → set X\n\
             ok    table         it answers\n\
             warn  dead letters  2 jobs were given up\n                    → replay them"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_never_ends_holds_up_no_other() {
        let checks: Vec<Check<'_>> = vec![
            ("stuck", Box::pin(std::future::pending())),
            ("quick", Box::pin(async { Finding::ok("quick", "done").into() })),
        ];
        let found = all(checks, None).await;
        assert_eq!(found[0].findings[0].told, "no answer in time");
        assert_eq!(found[1].findings[0].check, "quick");
    }
}
