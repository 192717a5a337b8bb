//! The whole product in this process.

use std::{collections::BTreeMap, ops::Deref, path::Path, sync::Arc, time::Duration};

use adapter_system::SystemClock;
use cli::dev::Dev;
use jiff::SignedDuration;
use shared::{
    config::Settings,
    domain::tenant::TenantScope,
    ports::{clock::Clock, table::TableStore},
    use_cases::unread::Unread,
};
use tempfile::TempDir;

use crate::{KEY, Office, Phones};

/// The longest that a story waits until nothing is left to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings of a world, by the names of the environment.
#[derive(Default)]
pub struct Options {
    settings: BTreeMap<String, String>,
}

impl Options {
    /// With a setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// The whole product, running, with the demo company in it. Its phones are the world's own methods.
pub struct World {
    folder: Arc<TempDir>,
    dev: Dev,
    settings: BTreeMap<String, String>,
    phones: Phones,
    /// The demo company's software.
    pub office: Office,
}

impl World {
    /// Starts it with the demo company and nothing else.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// Starts it with so many people of the demo company beside the three: [`person`].
    pub async fn with_people(count: u32) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let file = people_file(folder.path(), count);
        Self::in_folder(folder, BTreeMap::from([("HARK_CUSTOMERS".to_owned(), file)])).await
    }

    /// Starts it with some settings.
    pub async fn with(options: Options) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        Self::in_folder(folder, options.settings).await
    }

    async fn in_folder(folder: Arc<TempDir>, settings: BTreeMap<String, String>) -> Self {
        let mut all = settings.clone();
        for (name, value) in [
            ("HARK_PORT", "0"),
            ("HARK_SIM_PORT", "0"),
            ("HARK_DEMO_API_KEY", KEY),
            ("HARK_DEMO_MESSAGES", "off"),
            ("HARK_DATA", folder.path().to_str().expect("a path in UTF-8")),
        ] {
            all.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        let dev =
            Dev::start(Settings::new(move |name| all.get(name).cloned())).await.expect("hark dev starts");
        let phones = Phones::at(&dev.started().simulators);
        let office = Office::at(&dev.started().url);
        Self { folder, dev, settings, phones, office }
    }

    /// Ends the product and starts it again on the same folder.
    pub async fn restart(self) -> Self {
        let Self { folder, dev, settings, phones, office } = self;
        drop((phones, office));
        dev.stop().await;
        Self::in_folder(folder, settings).await
    }

    /// The product.
    #[must_use]
    pub const fn dev(&self) -> &Dev {
        &self.dev
    }

    /// Where the stand-ins listen.
    #[must_use]
    pub fn simulators(&self) -> String {
        self.dev.started().simulators.clone()
    }

    /// Ends the product.
    pub async fn stop(self) {
        self.dev.stop().await;
    }

    /// Waits until a person of the demo company has so many unread messages of colleagues, for so long at most.
    pub async fn until_unread(&self, person: &str, count: usize, within: Duration) {
        let table: Arc<dyn TableStore> = self.dev.machine().data().store();
        let unread = Unread::new(&table);
        let directory = self.dev.machine().directory();
        let people = directory.customers().await.expect("customers.json can be read");
        let person = people.iter().find(|known| known.customer_id.as_str() == person).expect("a person");
        let scope = TenantScope::of_customer(person);
        let there = async {
            // What is waited for is what lies in the table; how often it is looked at does not matter.
            let mut look = tokio::time::interval(Duration::from_millis(20));
            loop {
                let now = SystemClock.now();
                let week = SignedDuration::from_hours(24 * 7);
                let overview = unread.overview(&scope, &person.customer_id, now, week).await;
                if overview.expect("the table can be read").messages.len() >= count {
                    return;
                }
                look.tick().await;
            }
        };
        tokio::time::timeout(within, there).await.expect("the messages come in");
    }

    /// Waits until nothing is left to do.
    pub async fn settles(&self) {
        let queue = self.dev.machine().data().queue();
        let empty = async {
            // What is waited for is that the queue is empty; how often it is looked at does not matter.
            let mut look = tokio::time::interval(Duration::from_millis(20));
            while queue.depth().await.expect("the queue can be read") > 0 {
                look.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, empty).await.expect("the queue becomes empty");
    }
}

/// A customers.json in this folder with so many people of the demo company beside the three: [`person`]. Answers its
/// path.
#[must_use]
pub fn people_file(folder: &Path, count: u32) -> String {
    let mut directory: serde_json::Value = serde_json::from_str(cli::demo::CUSTOMERS).expect("JSON");
    let all = directory["customers"].as_array_mut().expect("customers");
    all.extend((0..count).map(|n| {
        serde_json::json!({
            "customer_id": format!("person-{n}"),
            "phone_number": person(n).trim_start_matches("whatsapp:"),
            "company_id": "demo-plumbing",
            "company_name": "Demo Plumbing",
            "trade": "plumbing",
        })
    }));
    let file = folder.join("people.json");
    std::fs::write(&file, directory.to_string()).expect("a file");
    file.to_str().expect("a path in UTF-8").to_owned()
}

/// The n-th person of [`people_file`]. Each has a conversation of its own.
#[must_use]
pub fn person(n: u32) -> String {
    format!("whatsapp:+49151560{n:05}")
}

impl Deref for World {
    type Target = Phones;

    fn deref(&self) -> &Phones {
        &self.phones
    }
}
