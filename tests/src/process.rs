//! The `hark` command as a process of its own, for what only a process can show: a kill, an exit code, a log.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use crate::Office;

/// The longest that a story waits until nothing is left to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// The newest build of the command, which lies beside this program, or above it where it is a test's binary.
#[must_use]
pub fn hark() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let folders = own.ancestors().skip(1).take(2).map(|folder| folder.join("hark"));
    let missing = || panic!("no hark beside {}: run `make build` first", own.display());
    folders.into_iter().find(|hark| hark.is_file()).unwrap_or_else(missing)
}

/// A running `hark dev`, with all that it writes.
pub struct HarkDev {
    child: Child,
    /// What it told when it was ready.
    pub started: Value,
    written: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl HarkDev {
    /// Starts it on free ports in this folder, with these settings and no others, and waits until it is ready.
    pub async fn start(folder: &Path, settings: &BTreeMap<String, String>) -> Self {
        let mut child = Command::new(hark())
            .args(["dev", "--json"])
            .env_clear()
            .env("HARK_PORT", "0")
            .env("HARK_SIM_PORT", "0")
            .env("HARK_DATA", folder)
            .env("HARK_DEMO_MESSAGES", "off")
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("hark starts");
        let written = Arc::new(Mutex::new(String::new()));
        let log = read(child.stderr.take().expect("its log"), written.clone());
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next_line().await.expect("readable output");
        let Some(first) = first else {
            drop(log.await);
            panic!("hark dev ended: {}", written.lock().expect("its log"));
        };
        let started = serde_json::from_str(&first).expect("JSON");
        let output = read(lines.into_inner(), written.clone());
        Self { child, started, written, readers: vec![log, output] }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.started["url"].as_str().expect("an address").to_owned()
    }

    /// Where its stand-ins listen.
    #[must_use]
    pub fn simulators(&self) -> String {
        self.started["simulators"].as_str().expect("an address").to_owned()
    }

    /// Waits until its queue is empty.
    pub async fn settles(&self, office: &Office) {
        let mut look = tokio::time::interval(Duration::from_millis(50));
        let empty = async {
            while office.get("/readyz").await.1["queue"]["jobs"] != 0 {
                look.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, empty).await.expect("the queue becomes empty");
    }

    /// The processor time that it has used (`proc_pid_stat(5)`: in hundredths of a second). `None` where there is no `/proc`.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        // The name of the program, in brackets, may hold blanks; behind it the 12th and 13th fields are meant.
        let (_, fields) = stat.rsplit_once(')')?;
        let hundredths = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().ok());
        Some(Duration::from_millis(10 * hundredths.sum::<Option<u64>>()?))
    }

    /// Ends it with SIGKILL, at whatever it is doing. Answers everything that it wrote after its first line.
    pub async fn kill(mut self) -> String {
        self.child.kill().await.expect("it can be killed");
        for reader in self.readers.drain(..) {
            reader.await.expect("its output was read");
        }
        self.written.lock().expect("its log").clone()
    }
}

pub(crate) fn read(
    from: impl AsyncRead + Unpin + Send + 'static,
    into: Arc<Mutex<String>>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut into = into.lock().expect("the log");
            into.push_str(&line);
            into.push('\n');
        }
    })
}
