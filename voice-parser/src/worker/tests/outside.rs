//! Everything outside of the worker, in memory.

use super::*;

pub(super) const WORDS: &str = "Please order two copper pipes. Call Mrs Miller tomorrow.";
pub(super) const MEDIA: &str = "https://api.twilio.com/media/1";
pub(super) const FIRST: Attempt = Attempt { number: 1, most: 5 };
pub(super) const LAST: Attempt = Attempt { number: 5, most: 5 };
/// After a process died on the last try.
pub(super) const PAST: Attempt = Attempt { number: 6, most: 5 };

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/fixtures/audio/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(super) fn pipes() -> Draft {
    job_draft("Copper pipes", &["order two copper pipes", "Call Mrs Miller tomorrow"])
}

/// Everything outside, in memory.
pub(super) struct Outside {
    pub(super) clock: Arc<FixedClock>,
    pub(super) table: Arc<MemoryTable>,
    pub(super) objects: Arc<MemoryObjects>,
    pub(super) messenger: Arc<RecordedMessenger>,
    pub(super) transcriber: Arc<ScriptedTranscriber>,
    pub(super) analyst: Arc<ScriptedAnalyst>,
    pub(super) metrics: Arc<RecordedMetrics>,
    pub(super) deps: Deps,
}

impl Outside {
    pub(super) fn new() -> Self {
        Self::with(ScriptedTranscriber::saying(WORDS), ScriptedAnalyst::drafting(pipes()))
    }

    pub(super) fn with(transcriber: ScriptedTranscriber, analyst: ScriptedAnalyst) -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let objects = Arc::new(MemoryObjects::new(clock.clone()));
        let messenger = Arc::new(RecordedMessenger::new(clock.clone()));
        let metrics = Arc::new(RecordedMetrics::new());
        let (transcriber, analyst) = (Arc::new(transcriber), Arc::new(analyst));
        let worker = Worker { holder: "run-1".to_owned(), lease: Duration::from_secs(150), alone: false };
        let deps = Deps {
            notes: Notes::new(table.clone()),
            sent: Sent::new(table.clone()),
            conversations: Conversations::new(table.clone()),
            deliveries: DeliveryStates::new(table.clone()),
            contacts: Contacts::new(table.clone()),
            budgets: UsedBudgets::new(table.clone(), Budgets::NONE),
            glossaries: Glossaries::new(table.clone()),
            filed: Filed::new(table.clone()),
            objects: objects.clone(),
            writes: objects.clone(),
            replaces: objects.clone(),
            removes: objects.clone(),
            directory: Arc::new(MapDirectory::of([(SENDER, customer())])),
            media: Arc::new(MapMedia::new()),
            transcriber: transcriber.clone(),
            analyst: analyst.clone(),
            messenger: messenger.clone(),
            clock: clock.clone(),
            prompts: Prompts::new(objects.clone(), clock.clone()),
            metrics: metrics.clone(),
            phone: OnThePhone::over(
                &(table.clone() as Arc<dyn TableStore>),
                Arc::new(ScriptedResponder::saying("Ben needs pipes.")),
                Some(samples::address("+15005550006")),
            ),
            settings: WorkerSettings {
                prices: None,
                ai: true,
                max_part_s: 1_200.0,
                budgets: Budgets::NONE,
                notice_after: Duration::from_secs(20),
                unread_within: SignedDuration::from_hours(24 * 7),
                worker,
            },
        };
        Self { clock, table, objects, messenger, transcriber, analyst, metrics, deps }
    }

    pub(super) fn with_media(mut self, bytes: Vec<u8>) -> Self {
        self.deps.media = Arc::new(MapMedia::new().with(MEDIA, bytes));
        self
    }

    pub(super) fn worker(&self) -> VoiceParser {
        VoiceParser::new(self.deps.clone())
    }

    pub(super) async fn handle(&self, message: InboundMessage) -> Result<(), JobError> {
        self.worker().handle(&job(message), FIRST).await
    }

    pub(super) fn files(&self) -> Vec<String> {
        self.objects.keys().into_iter().filter(|key| key.starts_with("demo-plumbing/")).collect()
    }

    /// How many notes the sweep would look after, sooner or later.
    pub(super) fn open_notes(&self) -> usize {
        self.table.items().iter().filter(|item| item.key.partition.starts_with("open-notes#")).count()
    }

    pub(super) async fn stage(&self) -> Stage {
        self.deps.notes.find(&message_id(1)).await.unwrap().expect("a note").stage()
    }
}

pub(super) fn voice_note() -> InboundMessage {
    message_with_media(1, "", &[(MEDIA, "audio/ogg")])
}
