//! `hark serve` as a process of its own, and the providers that it speaks with, played by another process.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
};

use crate::process::{hark, read};

/// Twilio and OpenAI, by `hark stand-ins`, for one installation that may start more than once.
pub struct Providers {
    _child: Child,
    /// Where they listen.
    pub url: String,
    /// With these settings an installation uses them.
    pub settings: BTreeMap<String, String>,
}

impl Providers {
    /// Starts them. What phones say goes to a port that is free now, which the settings name as the installation's.
    pub async fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let base = format!("http://127.0.0.1:{port}");
        let account = [
            ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
            ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
            ("TWILIO_WHATSAPP_NUMBER", "+4930111111"),
        ];
        let mut child = command("stand-ins")
            .env("HARK_SIM_PORT", "0")
            .env("HARK_DATA", folder.join("providers"))
            .env("WEBHOOK_URL", &base)
            .envs(account)
            .stderr(Stdio::null())
            .spawn()
            .expect("hark starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready: Value = first(&mut lines).await.expect("the stand-ins start");
        let url = ready["simulators"].as_str().expect("an address").to_owned();
        let mut settings: BTreeMap<String, String> =
            account.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (name, value) in [
            ("HARK_PORT", port.to_string()),
            ("PUBLIC_BASE_URL", base),
            ("TWILIO_API_BASE_URL", url.clone()),
            ("TWILIO_CONTENT_BASE_URL", format!("{url}/content")),
            ("TWILIO_MESSAGING_BASE_URL", format!("{url}/messaging")),
            ("OPENAI_BASE_URL", format!("{url}/v1")),
            ("OPENAI_API_KEY", "a-key-for-the-tests".to_owned()),
        ] {
            settings.insert(name.to_owned(), value);
        }
        Self { _child: child, url, settings }
    }
}

/// A running `hark serve`, with all that it writes.
pub struct HarkServe {
    child: Child,
    /// What it told when it was ready.
    pub started: Value,
    written: Arc<Mutex<String>>,
    log: JoinHandle<()>,
}

impl HarkServe {
    /// Starts it with these settings and no others, and waits until it is ready.
    pub async fn start(settings: &BTreeMap<String, String>) -> Self {
        let mut child = command("serve").envs(settings).stderr(Stdio::piped()).spawn().expect("hark starts");
        let written = Arc::new(Mutex::new(String::new()));
        let log = read(child.stderr.take().expect("its log"), written.clone());
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let Some(started) = first(&mut lines).await else {
            drop(log.await);
            panic!("hark serve ended: {}", written.lock().expect("its log"));
        };
        Self { child, started, written, log }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.started["url"].as_str().expect("an address").to_owned()
    }

    /// Asks it to end, as a service manager does. It may go on for a while.
    pub async fn terminate(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().await;
        assert!(sent.expect("a shell").success());
    }

    /// Waits until it has ended. Answers how, and everything that it wrote to its log.
    pub async fn ends(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().await.expect("it ends");
        self.log.await.expect("its log was read");
        let written = self.written.lock().expect("its log").clone();
        (status, written)
    }
}

fn command(name: &str) -> Command {
    let mut command = Command::new(hark());
    command.args([name, "--json"]).env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

async fn first(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<Value> {
    let line = lines.next_line().await.expect("readable output")?;
    Some(serde_json::from_str(&line).expect("JSON"))
}
