//! `hark telegram`: where the bot's messages go. With a webhook they are brought, without one they are asked for.

use std::sync::Arc;

use adapter_telegram::{api::TelegramApi, config::TelegramConfig, setup::TelegramSetup};
use anyhow::Context;
use serde::Serialize;
use shared::config::Settings;

use crate::{
    args::{Form, Telegram, Webhook},
    demo,
    dev::StandIns,
    doctor::telegram::{NOBODY, SECRET_FIRST},
    output, place,
};

/// What is set at Telegram.
#[derive(Serialize)]
struct Shown {
    bot: i64,
    username: Option<String>,
    /// `null`: messages are asked for.
    webhook: Option<String>,
    waiting: u64,
    failed_at: Option<String>,
    failed_why: Option<String>,
}

pub(crate) async fn run(command: Telegram, outer: &Settings<'_>) -> anyhow::Result<()> {
    let Telegram::Webhook(command) = command;
    let config = read(outer).await?;
    let token = config.token.clone().context("TELEGRAM_BOT_TOKEN is not set: @BotFather gives it")?;
    let setup = TelegramSetup::new(Arc::new(TelegramApi::new(token, &config.api_base)?));
    let form = match command {
        Webhook::Set { output } => {
            let secret = config.webhook_secret.as_ref();
            let secret =
                secret.context("TELEGRAM_WEBHOOK_SECRET is not set: 16 to 256 letters, digits, _ or -")?;
            setup.set_webhook(&base(outer), secret).await?;
            output.form()
        }
        Webhook::Remove { output } => {
            setup.remove_webhook().await?;
            output.form()
        }
        Webhook::Show { output } => output.form(),
    };
    show(&setup, form).await?;
    if place::environment(outer)?.is_some() && config.webhook_secret.is_none() {
        anyhow::bail!("{NOBODY}; {SECRET_FIRST}");
    }
    Ok(())
}

async fn show(setup: &TelegramSetup, form: Form) -> anyhow::Result<()> {
    let (bot, webhook) = (setup.bot().await?, setup.webhook().await?);
    let shown = Shown {
        bot: bot.id,
        username: bot.username,
        webhook: webhook.url,
        waiting: webhook.pending,
        failed_at: webhook.failed_at.map(|at| at.to_string()),
        failed_why: webhook.failed_why,
    };
    output::print(form, &shown, in_words)
}

fn in_words(shown: &Shown) -> String {
    let name = shown.username.as_ref().map(|name| format!(" (@{name})")).unwrap_or_default();
    let mut lines = vec![format!("bot {}{name}", shown.bot)];
    lines.push(match &shown.webhook {
        Some(url) => format!("webhook: {url}"),
        None => "no webhook: messages are asked for".to_owned(),
    });
    lines.push(format!("waiting at Telegram: {}", shown.waiting));
    if let (Some(at), Some(why)) = (&shown.failed_at, &shown.failed_why) {
        lines.push(format!("last failure: {at}: {why}"));
    }
    lines.join("\n")
}

/// The settings of the stack, or of this machine, where a stand-in plays Telegram unless a bot is set.
async fn read(outer: &Settings<'_>) -> anyhow::Result<TelegramConfig> {
    let config = match place::environment(outer)? {
        Some(env) => TelegramConfig::read_whole(place::vendor_settings(env, outer).await?),
        None => {
            let stand_ins = StandIns::of(outer);
            let base = stand_in(outer);
            TelegramConfig::read_whole(Settings::new(|name| {
                outer.optional(name).or_else(|| stand_ins.setting(name, &base, &base))
            }))
        }
    };
    Ok(config?)
}

/// Where the stand-ins of this machine are.
fn stand_in(outer: &Settings<'_>) -> String {
    let port = outer.or("HARK_SIM_PORT", demo::SIM_PORT);
    outer.or("HARK_SIM_URL", &format!("http://127.0.0.1:{port}")).trim_end_matches('/').to_owned()
}

/// What Telegram is told to call, without the route.
fn base(outer: &Settings<'_>) -> String {
    let own = || format!("http://127.0.0.1:{}", outer.or("HARK_PORT", demo::PORT));
    outer.optional("PUBLIC_BASE_URL").or_else(|| outer.optional("WEBHOOK_URL")).unwrap_or_else(own)
}
