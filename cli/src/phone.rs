//! `hark phone`: a worker's phone, played over the stand-in for Twilio. `call` is somebody who calls, `script` the same from
//! a file, `caller` what both say to the stand-in.

mod call;
mod caller;
mod colleagues;
mod script;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use adapter_egress::{AddressPolicy, Egress, check_base_url};
use adapter_telegram::bot::{BotId, BotToken};
use anyhow::{Context, bail};
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    config::Settings,
    domain::{identity::Address, reply},
};

use crate::{
    args::{Form, Handset, Phone},
    demo, output,
};
pub use script::{Report, ScriptOptions, run_script};

/// How long the stand-in holds one request for news.
const POLL_S: u64 = 10;

#[derive(Debug, Serialize, Deserialize)]
struct Received {
    sid: String,
    body: String,
    #[serde(default)]
    media_urls: Vec<String>,
    #[serde(default)]
    buttons: Vec<Button>,
    received_at: String,
    #[serde(default)]
    simulated: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Button {
    title: String,
    id: String,
}

#[derive(Deserialize)]
struct Sent {
    message_sid: String,
    webhook_status: Option<u16>,
    #[serde(default)]
    webhook_error: Option<String>,
    /// It waits to be asked for.
    #[serde(default)]
    waits: bool,
}

#[derive(Serialize)]
struct Exchange {
    message_sid: String,
    received: Vec<Received>,
}

pub(crate) async fn run(command: Phone, settings: &Settings<'_>) -> anyhow::Result<()> {
    match command {
        Phone::Text { text, reply_to, handset } => {
            let line = Line::open(&handset, settings)?;
            let request = line.client.post(line.url("text")?).body(text);
            let request = line.quoting(request, reply_to).await?;
            line.exchange(request, &handset).await
        }
        Phone::Tap { button, message, handset } => {
            let line = Line::open(&handset, settings)?;
            let tap = json!({ "title": button, "message_sid": message }).to_string();
            let request = line.client.post(line.url("tap")?).header("content-type", "application/json");
            line.exchange(request.body(tap), &handset).await
        }
        Phone::Voice { file, transcript, reply_to, handset } => {
            let line = Line::open(&handset, settings)?;
            let bytes =
                tokio::fs::read(&file).await.with_context(|| format!("cannot read {}", file.display()))?;
            let mut request =
                line.client.post(line.url("voice")?).header("content-type", content_type(&file)?).body(bytes);
            if let Some(transcript) = transcript {
                request = request.header("x-sim-transcript", transcript);
            }
            let request = line.quoting(request, reply_to).await?;
            line.exchange(request, &handset).await
        }
        Phone::Call(options) => call::run(options, settings).await,
        Phone::Inbox { colleagues, handset } => inbox(colleagues, &handset, settings).await,
    }
}

/// What a phone received; and, of whoever is known, what colleagues sent, and whether it was read aloud to him.
async fn inbox(only_colleagues: bool, handset: &Handset, settings: &Settings<'_>) -> anyhow::Result<()> {
    let line = Line::open(handset, settings)?;
    let identity = Address::parse(&line.address).map(|address| address.identity().clone());
    let identity = identity.context("a phone is whatsapp:+E.164, +E.164 or telegram:ID")?;
    if only_colleagues {
        let all = colleagues::of(settings, &identity).await?.context("nobody who is known has this phone")?;
        return output::print(handset.output.form(), &all, |all| colleagues::shown(all));
    }
    let received = line.received(0, 0).await?;
    output::print(handset.output.form(), &received, |all| {
        all.iter().map(shown).collect::<Vec<_>>().join("\n")
    })?;
    // The list of before, for scripts; people see both.
    if handset.output.form() == Form::Json {
        return Ok(());
    }
    match colleagues::of(settings, &identity).await {
        Ok(Some(all)) => output::line(colleagues::shown(&all)),
        Ok(None) => output::line("── nobody who is known has this phone"),
        Err(error) => output::line(format!("── what colleagues sent is not to be had here: {error:#}")),
    }
}

/// A phone's connection to the stand-in.
struct Line {
    client: Client,
    base: Url,
    address: String,
    /// Whose number is in the ids of its messages.
    bot: BotId,
}

impl Line {
    fn open(handset: &Handset, settings: &Settings<'_>) -> anyhow::Result<Self> {
        let base = stand_in(settings)?;
        let address = handset.address.clone().unwrap_or_else(|| format!("whatsapp:{}", demo::FIRST_PERSON));
        let token = BotToken::parse(&settings.or("TELEGRAM_BOT_TOKEN", demo::BOT_TOKEN));
        let bot = token.context("TELEGRAM_BOT_TOKEN is not a bot's token")?.bot();
        Ok(Self { client: Egress::new(AddressPolicy::LoopbackAllowed)?.client().clone(), base, address, bot })
    }

    /// What Hark calls a message: at Telegram it has a number in its chat only.
    fn id_of(&self, sent: String) -> String {
        let Some(chat) = self.address.strip_prefix("telegram:") else { return sent };
        let (chat, message) = (chat.parse::<i64>(), sent.parse::<i64>());
        let id = match (chat, message) {
            (Ok(chat), Ok(message)) => self.bot.message_id(chat, message),
            // Of a tap it does not tell which button of which message it was.
            (_, Err(_)) | (Err(_), _) => return sent,
        };
        id.map_or(sent, |id| id.to_string())
    }

    fn url(&self, what: &str) -> anyhow::Result<Url> {
        let mut url = self.base.clone();
        let mut path =
            url.path_segments_mut().map_err(|()| anyhow::anyhow!("the stand-in's address has no path"))?;
        path.clear().extend(["_sim", "phone", &self.address, what]);
        drop(path);
        Ok(url)
    }

    /// The message as an answer to another one that the phone received.
    async fn quoting(
        &self,
        request: reqwest::RequestBuilder,
        reply_to: Option<String>,
    ) -> anyhow::Result<reqwest::RequestBuilder> {
        let Some(quoted) = reply_to else { return Ok(request) };
        let received = self.received(0, 0).await?;
        let found = match quoted.as_str() {
            "last" => received.last(),
            id => received.iter().find(|message| message.sid == id),
        };
        let found = found.context("the phone received no such message: see `hark phone inbox`")?;
        Ok(request.header("x-sim-reply-to", &found.sid))
    }

    async fn exchange(&self, request: reqwest::RequestBuilder, handset: &Handset) -> anyhow::Result<()> {
        let before = self.received(0, 0).await?.len();
        let answer = request.send().await.map_err(unreachable)?;
        if !answer.status().is_success() {
            bail!(
                "the stand-in answered {}: {}",
                answer.status().as_u16(),
                answer.text().await.unwrap_or_default()
            );
        }
        let sent: Sent = answer.json().await.context("the stand-in's answer cannot be read")?;
        if sent.webhook_status != Some(200) && !sent.waits {
            let answered = sent.webhook_status.map(|status| status.to_string()).or(sent.webhook_error);
            bail!(
                "Hark did not take the message (webhook: {}): see its log",
                answered.as_deref().unwrap_or("no answer")
            );
        }
        let received = self.wait(before, handset).await?;
        if received.is_empty() {
            bail!(
                "the phone received nothing within {} s. Is {} a person in customers.json?",
                handset.wait,
                self.address
            );
        }
        let exchange = Exchange { message_sid: self.id_of(sent.message_sid), received };
        output::print(handset.output.form(), &exchange, |exchange| {
            let received: Vec<_> = exchange.received.iter().map(shown).collect();
            format!("sent {}\n{}", exchange.message_sid, received.join("\n"))
        })
    }

    /// What the phone received behind the first `known`, as soon as there is anything.
    async fn wait(&self, known: usize, handset: &Handset) -> anyhow::Result<Vec<Received>> {
        let spinner = (handset.output.form() == Form::Text).then(|| {
            let spinner = indicatif::ProgressBar::new_spinner().with_message("waiting for the answer");
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        let deadline = Instant::now() + Duration::from_secs(handset.wait);
        let mut expected = known;
        let received = loop {
            let left = deadline.saturating_duration_since(Instant::now()).as_secs();
            let mut received = self.received(expected, left.min(POLL_S)).await?;
            let new = received.split_off(known.min(received.len()));
            // A notice is not yet the answer.
            if new.iter().any(|message| !reply::is_notice(&message.body)) || left == 0 {
                break new;
            }
            expected = known + new.len();
        };
        if let Some(spinner) = spinner {
            spinner.finish_and_clear();
        }
        Ok(received)
    }

    /// Everything that the phone received, as soon as it is more than `known`, or after `wait` seconds.
    async fn received(&self, known: usize, wait: u64) -> anyhow::Result<Vec<Received>> {
        let mut url = self.url("messages")?;
        url.query_pairs_mut()
            .append_pair("wait_s", &wait.to_string())
            .append_pair("after", &known.to_string());
        let request = self.client.get(url).timeout(Duration::from_secs(wait + 10));
        let answer =
            request.send().await.and_then(reqwest::Response::error_for_status).map_err(unreachable)?;
        answer.json().await.context("the stand-in's answer cannot be read")
    }
}

/// Where the stand-in is: `HARK_SIM_URL`, or else `HARK_SIM_PORT` of this machine.
fn stand_in(settings: &Settings<'_>) -> anyhow::Result<Url> {
    if let Some(url) = settings.optional("HARK_SIM_URL") {
        return check_base_url(&url).map_err(|fault| anyhow::anyhow!("HARK_SIM_URL {fault}"));
    }
    let port = settings.or("HARK_SIM_PORT", demo::SIM_PORT);
    Url::parse(&format!("http://127.0.0.1:{port}")).context("HARK_SIM_PORT is not a port")
}

fn unreachable(error: reqwest::Error) -> anyhow::Error {
    let hint = if error.is_connect() {
        "is `hark dev` running, and is HARK_SIM_PORT (or HARK_SIM_URL) that of its stand-ins?"
    } else {
        "the stand-in did not answer"
    };
    anyhow::Error::new(error.without_url()).context(hint)
}

fn shown(message: &Received) -> String {
    let simulated = if message.simulated { " (simulated phone)" } else { "" };
    let buttons: Vec<_> = message.buttons.iter().map(|button| format!("[{}]", button.title)).collect();
    let below = if buttons.is_empty() { String::new() } else { format!("\n{}", buttons.join(" ")) };
    format!("── received {}{simulated}\n{}{below}", message.received_at, message.body)
}

fn content_type(file: &Path) -> anyhow::Result<&'static str> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("ogg" | "opus" | "oga") => Ok("audio/ogg"),
        Some("mp3") => Ok("audio/mpeg"),
        Some("m4a" | "mp4") => Ok("audio/mp4"),
        Some("amr") => Ok("audio/amr"),
        Some("3gp") => Ok("audio/3gpp"),
        Some("wav") => Ok("audio/wav"),
        _ => {
            bail!("{} has no ending that a phone would send: ogg, mp3, m4a, amr, 3gp or wav", file.display())
        }
    }
}
