//! `hark serve`: one machine in earnest. Real providers, nothing made up: what is missing, and what belongs to a
//! developer's machine, is told all at once, and then nothing starts.

mod people;
mod refused;

use std::{pin::pin, time::Duration};

use adapter_egress::is_loopback_host;
use adapter_system::LogForm;
use anyhow::{Context, bail};
use reqwest::Url;
use serde::Serialize;
use shared::{
    budgets::Budgets, config::Settings, domain::ids::CompanyId, repositories::users::Users,
    use_cases::authorise::CustomKeys,
};

use crate::{
    args::Form,
    one_machine::{self, Machine, MachineConfig},
    output, users,
};

/// How long notes in work may take when it is asked to end; supervisors must wait a little longer before they kill
/// (`terminationGracePeriodSeconds` in infrastructure/kubernetes/deployment.yaml).
const PATIENCE: Duration = Duration::from_secs(25);

/// A running `hark serve`.
struct Serve {
    machine: Machine,
    started: Started,
}

/// What it tells when it is ready.
#[derive(Debug, Serialize)]
struct Started {
    /// Where it listens.
    url: String,
    /// What Twilio has to call.
    webhook: String,
    /// Where the office finds the panel.
    panel: String,
    /// How many companies and people are known.
    companies: usize,
    people: usize,
    /// A company whose panel nobody can open yet.
    without_users: Option<CompanyId>,
    /// Whether models are used: false with `AI=off`.
    ai: bool,
}

/// Runs until it is asked to end, or breaks.
pub(crate) async fn run(settings: Settings<'_>, form: Form) -> anyhow::Result<()> {
    // Before anything else, and so also while it starts: the first process of a container that asks for no signal
    // does not get it.
    let mut asked_to_end = pin!(output::asked_to_end());
    let Serve { mut machine, started } = tokio::select! {
        asked = &mut asked_to_end => return asked,
        serve = Serve::start(settings) => serve?,
    };
    output::print(form, &started, shown)?;
    output::flush()?;
    let asked = tokio::select! {
        asked = asked_to_end => Some(asked),
        () = machine.broken() => None,
    };
    machine.stop(PATIENCE).await;
    asked.unwrap_or_else(|| bail!("a part of hark has ended by itself; the log says why"))
}

impl Serve {
    async fn start(outer: Settings<'_>) -> anyhow::Result<Self> {
        let config = read(&outer)?;
        let (folder, ai) = (config.folder.clone(), config.worker.ai);
        let public = config.public_base_url.clone().unwrap_or_default();
        let data =
            one_machine::open(folder).await.context("HARK_DATA names the folder; each hark needs its own")?;
        let machine = Machine::start(config, data).await?;
        let people =
            machine.directory().customers().await.context("customers.json cannot be used any more")?;
        let mut companies: Vec<CompanyId> = people.iter().map(|person| person.company_id.clone()).collect();
        companies.sort();
        companies.dedup();
        let users = Users::new(machine.data().store());
        let mut without_users = None;
        for company in &companies {
            if users.of(company).await?.is_empty() {
                without_users = Some(company.clone());
                break;
            }
        }
        let started = Started {
            url: machine.base_url().to_owned(),
            webhook: format!("{}/webhook", public.trim_end_matches('/')),
            panel: users::below(&public),
            companies: companies.len(),
            people: people.len(),
            without_users,
            ai,
        };
        Ok(Self { machine, started })
    }
}

/// Reads all settings, and looks at the people, before anything is made or opened.
///
/// # Errors
/// Everything that is wrong, in one text.
fn read(outer: &Settings<'_>) -> anyhow::Result<MachineConfig> {
    let no_models = outer.or("AI", "on").trim() == "off";
    let mut settings = Settings::new(|name| {
        // No model is called then, so no key is needed.
        let unused = || (no_models && name == "OPENAI_API_KEY").then(|| "unused".to_owned());
        outer.optional(name).or_else(unused)
    })
    .knowing(outer.names().map(str::to_owned));
    settings.required("HARK_DATA");
    settings.required("PUBLIC_BASE_URL");
    let config = MachineConfig::read(&mut settings, CustomKeys::Refused, Budgets::USUAL);
    if settings.optional("HARK_LOG_FORMAT").is_some_and(|named| LogForm::parse(&named).is_none()) {
        settings.fault("HARK_LOG_FORMAT must be lines or json".to_owned());
    }
    refuse_unreachable(&mut settings, &config);
    refused::check(&mut settings);
    if let Some(folder) = settings.optional("HARK_DATA") {
        people::check(&mut settings, folder.as_ref());
    }
    settings.finish().context("hark serve does not start (.env.example explains each setting)")?;
    Ok(config)
}

/// What Twilio is told to call cannot be this machine, unless Twilio is played on it.
fn refuse_unreachable(settings: &mut Settings<'_>, config: &MachineConfig) {
    let public = config.public_base_url.as_deref().and_then(|url| url.trim().parse::<Url>().ok());
    if !config.twilio.stand_in && public.is_some_and(|url| is_loopback_host(&url)) {
        settings.fault("PUBLIC_BASE_URL is this machine, where Twilio cannot call it".to_owned());
    }
}

fn shown(started: &Started) -> String {
    let mut lines = vec![
        format!("hark ready: {}", started.url),
        format!("companies: {}, people: {}", started.companies, started.people),
        format!("Twilio calls {}", started.webhook),
        format!("the panel is at {}", started.panel),
    ];
    if let Some(company) = &started.without_users {
        lines.push(format!(
            "nobody of {company} can open it yet: hark users create NAME --company {company} --role owner"
        ));
    }
    if !started.ai {
        lines.push("AI=off: notes are stored and filed as other, without any model".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
