//! The running command with its stand-ins, in a folder of its own.

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::Instant;

use super::{Tell, cast::Cast, sending::Line};
use crate::{HarkDev, Office, Phones, client, fixture};

/// The recording that all spoken notes carry.
const RECORDING: &str = "audio/job-en.ogg";
/// How long nothing may be worked off before it counts as stuck: longer than the waits between a note's tries.
const STUCK: Duration = Duration::from_secs(180);
/// How often the queue is looked at. Each look costs the queue something, too.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a phone received.
#[derive(Debug, Clone)]
pub struct Received {
    /// When.
    pub at: Timestamp,
    /// What it shows.
    pub body: String,
}

/// `hark dev`, running.
pub struct Site {
    folder: TempDir,
    hark: HarkDev,
    http: Client,
    office: Office,
    /// Who may send to it.
    pub cast: Cast,
    /// Webhooks to it.
    pub line: Arc<Line>,
}

impl Site {
    /// Starts it with these companies, on free ports.
    pub async fn start(cast: Cast) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let customers = folder.path().join("people.json");
        std::fs::write(&customers, cast.customers()).expect("the folder can be written");
        let settings = BTreeMap::from([
            ("HARK_CUSTOMERS".to_owned(), customers.to_str().expect("a path in UTF-8").to_owned()),
            ("HARK_LOG".to_owned(), "warn".to_owned()),
        ]);
        let hark = HarkDev::start(&folder.path().join("data"), &settings).await;
        let key = hark.started["api_key"].as_str().expect("a key").to_owned();
        let recording = Phones::at(&hark.simulators()).uploads(fixture(RECORDING), "audio/ogg").await;
        let line = Arc::new(Line::to(&hark.url(), recording));
        let office = Office::with_key(&hark.url(), &key);
        Self { folder, hark, http: client(), office, cast, line }
    }

    /// Where its stand-ins listen.
    #[must_use]
    pub fn simulators(&self) -> String {
        self.hark.simulators()
    }

    /// Where filed notes lie on the disk.
    #[must_use]
    pub fn objects(&self) -> PathBuf {
        self.folder.path().join("data").join("objects")
    }

    /// How many jobs are queued or in work: notes, and reports of deliveries; and how many were given up.
    pub async fn queue(&self) -> (u64, u64) {
        let (_, ready) = self.office.get("/readyz").await;
        let count = |name: &str| ready["queue"][name].as_u64().unwrap_or(u64::MAX);
        (count("jobs"), count("dead_letters"))
    }

    /// The processor time that it has used with its stand-ins, where the system tells.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        self.hark.processor_time()
    }

    /// Waits until everything is worked off, and shows how much is left.
    ///
    /// # Errors
    /// When nothing went on for minutes.
    pub async fn works_off(&self, tell: Tell) -> io::Result<()> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let (mut least, mut since) = (u64::MAX, Instant::now());
        loop {
            look.tick().await;
            let (jobs, _) = self.queue().await;
            tell(&format!("{jobs} jobs are left in the queue"));
            if jobs == 0 {
                return Ok(());
            }
            if jobs < least {
                (least, since) = (jobs, Instant::now());
            } else if since.elapsed() > STUCK {
                return Err(io::Error::other(format!(
                    "nothing is worked off any more, and {jobs} jobs are left"
                )));
            }
        }
    }

    /// What a phone received, oldest first.
    pub async fn received_by(&self, phone: &str) -> Vec<Received> {
        let mut url: reqwest::Url = self.simulators().parse().expect("an address");
        url.path_segments_mut().expect("a path").clear().extend(["_sim", "phone", phone, "messages"]);
        let answer = self.http.get(url).send().await.expect("the stand-in answers");
        let received: Vec<Value> = answer.json().await.expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let read = |message: &Value| Received {
            at: text(&message["received_at"]).parse().expect("a time"),
            body: text(&message["body"]),
        };
        received.iter().map(read).collect()
    }

    /// The ids that the data API lists for the first company, whose key there is.
    pub async fn listed(&self) -> Vec<String> {
        let (mut ids, mut token) = (Vec::new(), String::new());
        loop {
            let page = format!("/files/list?company_id={}&output_format=ids{token}", super::cast::company(0));
            let (status, answer) = self.office.get(&page).await;
            assert!(status.is_success(), "the data API answers {status}");
            let page = answer["message_ids"].as_array().expect("ids");
            ids.extend(page.iter().filter_map(|note| note["message_id"].as_str()).map(str::to_owned));
            let Some(next) = answer["nextContinuationToken"].as_str() else { return ids };
            let mut query: reqwest::Url = "http://query".parse().expect("an address");
            query.query_pairs_mut().append_pair("nextContinuationToken", next);
            token = format!("&{}", query.query().unwrap_or_default());
        }
    }

    /// Ends it. Answers what it wrote.
    pub async fn end(self) -> String {
        self.hark.kill().await
    }
}
