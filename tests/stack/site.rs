//! A stack with the demo company's people, as a story uses it: through its webhook, its files, its data API and its
//! queues, and on the stand-in through the phones.

use std::{collections::BTreeMap, io::Write, time::Duration};

use adapter_aws::{
    AwsBase, S3Objects,
    testing::{BucketView, DeployedQueue, Letter},
};
use reqwest::StatusCode;
use shared::{domain::object_key::ObjectKey, ports::objects::ObjectRead};
use system_tests::{ANNA, Office, Phones, Stack};
use tokio::sync::Mutex;

use crate::{keys, traces::until, turns::Turn, webhook::Form};

/// The longest that a story waits for what must come, a second try after a failure included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// The company of `ANNA`, `BEN` and `CELINA`.
pub(crate) const PLUMBING: &str = "demo-plumbing";
/// The one person of another company.
pub(crate) const DORA: &str = "whatsapp:+4915155500004";
/// Her company.
pub(crate) const ELECTRIC: &str = "demo-electric";
/// What a note of a recording has, as types of files.
pub(crate) const ALL_TYPES: [&str; 4] = ["audio", "full_text", "record", "text_summary"];

pub(crate) struct Site {
    pub(crate) stack: Stack,
    pub(crate) queue: DeployedQueue,
    pub(crate) dead_letters: DeadLetters,
    files: BucketView,
    _turn: Turn,
}

impl Site {
    /// The stack, beside other stories.
    pub(crate) async fn open() -> Self {
        Self::with(Turn::shared().await).await
    }

    /// The stack of the stand-in, beside other stories; `None` on an account, which is printed.
    pub(crate) async fn with_stand_ins(story: &str) -> Option<Self> {
        left_out_on_an_account(story);
        if Stack::open().is_local() { Some(Self::open().await) } else { None }
    }

    /// The stack of the stand-in with no other story beside this one, which changes it; `None` on an account.
    pub(crate) async fn alone(story: &str) -> Option<Self> {
        left_out_on_an_account(story);
        if Stack::open().is_local() { Some(Self::by_itself().await) } else { None }
    }

    /// The stack with no other story beside this one.
    pub(crate) async fn by_itself() -> Self {
        Self::with(Turn::alone().await).await
    }

    async fn with(turn: Turn) -> Self {
        let stack = Stack::open();
        let base = stack.aws();
        its_people_are_known(&stack, &base).await;
        Self {
            queue: DeployedQueue::new(&base, stack.get("QUEUE_URL")),
            dead_letters: DeadLetters(DeployedQueue::new(&base, stack.get("DEAD_LETTER_QUEUE_URL"))),
            files: BucketView::new(&base, stack.get("DATA_BUCKET")),
            stack,
            _turn: turn,
        }
    }

    /// The phones of the stand-in for Twilio.
    pub(crate) fn phones(&self) -> Phones {
        Phones::at(&self.stack.get("HARK_SIM_URL"))
    }

    /// The software of a company, with a key that all stories share.
    pub(crate) async fn office(&self, company: &str) -> Office {
        Office::with_key(&self.stack.get("DATA_API_URL"), &keys::of(&self.stack, company).await)
    }

    /// Posts a form that must be taken. Answers the message's id.
    pub(crate) async fn takes(&self, form: &Form) -> String {
        let (status, body) = form.post(&self.stack).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        form.id()
    }

    /// A person types a message, which is taken. Answers its id.
    pub(crate) async fn says(&self, who: &str, words: &str) -> String {
        self.takes(&Form::words(&self.stack, who, words)).await
    }

    /// The files of a note as they lie in S3, by type. Each was written once, and nothing was deleted.
    pub(crate) async fn files_of(&self, company: &str, id: &str) -> BTreeMap<String, String> {
        let versions = self.files.versions(&format!("{company}/")).await.expect("S3 answers");
        let mut found = BTreeMap::new();
        for version in versions {
            let Some((_, file)) = version.key.split_once(&format!("_{id}_")) else { continue };
            let kind = file.split('.').next().unwrap_or_default().to_owned();
            let before = found.insert(kind, version.key);
            assert!(before.is_none() && !version.is_marker, "a file was written or deleted again: {found:?}");
        }
        found
    }

    /// The files of a note, as soon as the last of them, `full_text`, lies there. The others are there before it.
    pub(crate) async fn filed(&self, company: &str, id: &str) -> BTreeMap<String, String> {
        let look = async || {
            let files = self.files_of(company, id).await;
            files.contains_key("full_text").then_some(files)
        };
        until(PATIENCE, &format!("note {id} is filed"), look).await
    }

    /// What is kept of a message's originals.
    pub(crate) async fn originals_of(&self, company: &str, id: &str) -> usize {
        self.files.versions(&format!("_inbox/{company}/{id}/")).await.expect("S3 answers").len()
    }

    /// The answers in which this word stands, as soon as there is one.
    pub(crate) async fn answered(&self, who: &str, word: &str) -> Vec<String> {
        let look = async || {
            let answers = self.answers(who, word).await;
            (!answers.is_empty()).then_some(answers)
        };
        until(PATIENCE, &format!("{who} is answered about {word}"), look).await
    }

    /// The answers in which this word stands.
    pub(crate) async fn answers(&self, who: &str, word: &str) -> Vec<String> {
        let mut answers = self.phones().messages(who, 0).await;
        answers.retain(|answer| answer.contains(word));
        answers
    }

    /// Waits until the queue holds nothing: no message waits, is in work, or comes again.
    pub(crate) async fn queue_is_empty(&self) {
        let look = async || (self.queue.depth().await.expect("SQS answers").all() == 0).then_some(());
        until(PATIENCE, "the queue is empty", look).await;
    }
}

/// The stack's dead letters, which all stories look at, one after the other.
pub(crate) struct DeadLetters(DeployedQueue);

static LOOKING: Mutex<()> = Mutex::const_new(());

impl DeadLetters {
    /// Puts these bodies among them.
    pub(crate) async fn add(&self, bodies: &[String]) {
        self.0.send_together(bodies).await.expect("SQS takes them");
    }

    /// Those in which this stands.
    pub(crate) async fn with(&self, text: &str) -> Vec<Letter> {
        let _looking = LOOKING.lock().await;
        self.0.look(|body| body.contains(text)).await.expect("SQS answers")
    }

    /// The same, as soon as there is one. It is taken out.
    pub(crate) async fn take(&self, text: &str) -> Vec<Letter> {
        let look = async || {
            let _looking = LOOKING.lock().await;
            let letters = self.0.take(|body| body.contains(text)).await.expect("SQS answers");
            (!letters.is_empty()).then_some(letters)
        };
        until(PATIENCE, "a dead letter", look).await
    }
}

fn left_out_on_an_account(story: &str) {
    if !Stack::open().is_local() {
        tell(&format!("left out on an account, since it needs the stand-ins or changes the stack: {story}"));
    }
}

/// Tells whoever runs the tests; what `println` prints is shown for tests that fail only.
pub(crate) fn tell(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("somebody reads it");
}

/// The people that the stories play must be in the directory, or everybody would be a stranger.
async fn its_people_are_known(stack: &Stack, base: &AwsBase) {
    let objects = S3Objects::new(base, stack.get("DATA_BUCKET"));
    let file = objects.get(&ObjectKey::customers()).await.expect("S3 answers");
    let text = file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).unwrap_or_default();
    let missing = [ANNA, DORA]
        .map(|who| who.trim_start_matches("whatsapp:"))
        .into_iter()
        .find(|who| !text.contains(who));
    if let Some(number) = missing {
        panic!(
            "customers.json of this stack does not know {number}: add the demo companies of \
             infrastructure/local-customers.json to it with `hark customers put`"
        );
    }
}

/// A word that stands in one note only. The stand-in for the model keeps it as it is.
pub(crate) fn a_word() -> String {
    let name = shared::testing::contracts::fresh("no");
    format!("N{}", name.trim_start_matches("no-"))
}
