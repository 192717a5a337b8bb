//! `hark dev`: one machine with everything that it needs to be tried. What is not set is played by stand-ins, and
//! it says so.

mod first_user;
mod stand_ins;

use std::{path::Path, time::Duration};

use adapter_egress::{AddressPolicy, Egress};
use adapter_system::{SystemClock, SystemIds};
use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use shared::{
    budgets::Budgets, config::Settings, domain::ids::CompanyId, repositories::api_keys::NewKey,
    use_cases::authorise::CustomKeys,
};
use simulators::Simulators;
pub(crate) use stand_ins::StandIns;

use crate::{
    args::Form,
    demo, keys,
    one_machine::{self, Machine, MachineConfig, private_file},
    output, users,
};

/// How long notes in work may take when it ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running `hark dev`.
pub struct Dev {
    machine: Machine,
    simulators: Simulators,
    started: Started,
}

/// What `hark dev` tells when it is ready.
#[derive(Debug, Clone, Serialize)]
pub struct Started {
    /// Where it listens.
    pub url: String,
    /// The company of the key: the first of customers.json.
    pub company: Option<String>,
    /// A key with all scopes, for trying.
    pub api_key: Option<String>,
    /// Opens the panel, signed in as the owner of that company.
    pub panel: Option<String>,
    /// Where the stand-ins listen.
    pub simulators: String,
    /// Who is played by a stand-in.
    pub simulated: Vec<&'static str>,
    /// Whether models are used: false with `AI=off`.
    pub ai: bool,
}

impl Dev {
    /// Starts the stand-ins and the machine.
    ///
    /// # Errors
    /// When a setting, a port or the folder cannot be used; the text says which.
    pub async fn start(mut outer: Settings<'_>) -> anyhow::Result<Self> {
        let stand_ins = StandIns::of(&outer);
        // First of all the folder: its lock, and its rights, which everything in it relies on.
        let data = one_machine::open(outer.or("HARK_DATA", demo::DATA).into())
            .await
            .context("HARK_DATA names the folder; each hark needs its own")?;
        let simulators = Simulators::start(stand_ins.config(&mut outer))
            .await
            .context("HARK_SIM_PORT and the port after it must be free")?;
        let demo_key = outer.optional("HARK_DEMO_API_KEY").map(SecretString::from);
        let with_messages = outer.or("HARK_DEMO_MESSAGES", "on") == "on";
        let public = outer.optional("PUBLIC_BASE_URL");
        let mut settings = Settings::new(|name| {
            outer
                .optional(name)
                .or_else(|| stand_ins.setting(name, &simulators.base_url(), &simulators.cdn_url()))
        });
        let config = MachineConfig::read(&mut settings, CustomKeys::Accepted, Budgets::NONE);
        settings.finish()?;
        outer.finish()?;
        let is_new = provide_customers(&config)?;
        let ai = config.worker.ai;
        let folder = config.folder.clone();
        let machine = Machine::start(config, data).await?;
        let local = machine.base_url();
        let told = public.unwrap_or_else(|| local.to_owned());
        simulators
            .set_webhook(&format!("{local}/webhook"), &format!("{}/webhook", told.trim_end_matches('/')));
        let people =
            machine.directory().customers().await.context(
                "customers.json (HARK_CUSTOMERS) cannot be used: `hark customers check` tells why",
            )?;
        let company = people.first().map(|first| first.company_id.clone());
        let api_key = match &company {
            Some(company) => Some(provide_key(&machine, company, demo_key, &folder).await?),
            None => None,
        };
        let panel = match &company {
            Some(company) => first_user::link(&machine, &people, company).await?,
            None => None,
        };
        let started = Started {
            panel: panel.map(|link| users::address(&users::below(&told), &link)),
            url: local.to_owned(),
            company: company.map(|company| company.to_string()),
            api_key,
            simulators: simulators.base_url(),
            simulated: stand_ins.names(),
            ai,
        };
        if is_new && with_messages && stand_ins.twilio && stand_ins.openai && stand_ins.telegram {
            send_demo_messages(&simulators.base_url()).await?;
        }
        Ok(Self { machine, simulators, started })
    }

    /// What it tells.
    #[must_use]
    pub const fn started(&self) -> &Started {
        &self.started
    }

    /// The machine itself.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Ends orderly.
    pub async fn stop(self) {
        self.machine.stop(PATIENCE).await;
        self.simulators.stop().await;
    }
}

/// Runs until it is asked to end.
pub(crate) async fn run(settings: Settings<'_>, form: Form) -> anyhow::Result<()> {
    let dev = Dev::start(settings).await?;
    output::print(form, dev.started(), shown)?;
    output::flush()?;
    output::asked_to_end().await?;
    dev.stop().await;
    Ok(())
}

fn shown(started: &Started) -> String {
    let mut lines = vec![format!("hark ready: {}", started.url)];
    if let (Some(key), Some(company)) = (&started.api_key, &started.company) {
        lines.push(format!("api key of {company}: {key}"));
    }
    if let Some(panel) = &started.panel {
        lines.push(format!("panel: {panel}"));
    }
    if !started.ai {
        lines.push("AI=off: notes are stored and filed as other, without any model".to_owned());
    }
    if started.simulated.is_empty() {
        lines.push("real providers: messages are sent and cost money".to_owned());
    } else {
        let who = named(&started.simulated);
        lines
            .push(format!("simulated: {who} ({}); nothing leaves this machine for them", started.simulators));
        if started.simulated.contains(&"Twilio") {
            lines.push(format!("a worker's phone: {}/phone", started.simulators));
            lines.push("try: target/hark phone voice tests/fixtures/audio/job-en.ogg".to_owned());
        }
    }
    lines.join("\n")
}

/// `A`, `A and B`, `A, B and C`.
fn named(names: &[&str]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        names => names.concat(),
    }
}

/// Makes a customers.json with the demo company if there is none. `true` if it did.
fn provide_customers(config: &MachineConfig) -> anyhow::Result<bool> {
    if config.customers.is_some() {
        return Ok(false);
    }
    private_file::make_if_absent(
        &config.folder.join("objects").join("customers.json"),
        demo::CUSTOMERS.as_bytes(),
    )
}

/// The demo key works from now on: the one that was set, or one that is made once and kept in the folder.
async fn provide_key(
    machine: &Machine,
    company: &CompanyId,
    set: Option<SecretString>,
    folder: &Path,
) -> anyhow::Result<String> {
    let key = match set {
        Some(key) => key,
        None => private_file::read_or_make_secret(&folder.join("demo-key"), &SystemIds)?,
    };
    let new = NewKey { company_id: company.clone(), scopes: keys::all_scopes(), expires_at: None };
    machine
        .keys()
        .ensure_custom(&key, new, &SystemClock)
        .await
        .context("HARK_DEMO_API_KEY must be 20 or more letters, digits, _ or -")?;
    Ok(key.expose_secret().to_owned())
}

async fn send_demo_messages(simulators: &str) -> anyhow::Result<()> {
    let egress = Egress::new(AddressPolicy::LoopbackAllowed)?;
    for (who, words) in demo::MESSAGES {
        let mut url: reqwest::Url = simulators.parse()?;
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("no path"))?
            .extend(["_sim", "phone", who, "text"]);
        let answer =
            egress.client().post(url).body(words).send().await.map_err(reqwest::Error::without_url)?;
        answer.error_for_status().map_err(reqwest::Error::without_url)?;
    }
    Ok(())
}
