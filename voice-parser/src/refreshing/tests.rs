//! Secrets that are rotated, broken and away while notes come in.

use std::sync::Mutex;

use shared::testing::{fixed::FixedSecrets, log::ThreadLog, samples};

use super::*;

const TWILIO: &str = "hark/twilio";
const OPENAI: &str = "hark/openai";
const FIRST: Attempt = Attempt { number: 1, most: 5 };

/// Writes down which secrets it is made of, for every job.
struct Noting {
    of: String,
    worked: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl JobHandler for Noting {
    async fn handle(&self, _: &Job, _: Attempt) -> Result<(), JobError> {
        self.worked.lock().unwrap().push(self.of.clone());
        Ok(())
    }
}

struct Company {
    secrets: Arc<FixedSecrets>,
    worked: Arc<Mutex<Vec<String>>>,
}

impl Company {
    fn with<const N: usize>(secrets: [(&str, &str); N]) -> Self {
        Self { secrets: Arc::new(FixedSecrets::of(secrets)), worked: Arc::default() }
    }

    async fn start(&self) -> Result<Refreshing<Noting>, NotMade> {
        let worked = Arc::clone(&self.worked);
        let make = move |values: &[SecretString]| {
            let of: Vec<&str> = values.iter().map(ExposeSecret::expose_secret).collect();
            if of.contains(&"CANARY") {
                return Err("TWILIO_AUTH_TOKEN is not set".into());
            }
            Ok(Noting { of: of.join("+"), worked: Arc::clone(&worked) })
        };
        let names = vec![OPENAI.to_owned(), TWILIO.to_owned()];
        Refreshing::start(self.secrets.clone(), names, make).await
    }

    fn worked_with(&self) -> Vec<String> {
        std::mem::take(&mut self.worked.lock().unwrap())
    }
}

async fn note_comes_in(worker: &impl JobHandler) {
    let note = samples::job(samples::message(1, "Please order pipes."));
    worker.handle(&note, FIRST).await.unwrap();
}

#[tokio::test]
async fn g10_a_rotated_key_is_used_for_the_next_note() {
    let company = Company::with([(TWILIO, "token-1"), (OPENAI, "key-1")]);
    let worker = company.start().await.unwrap();
    note_comes_in(&worker).await;
    let at_work = worker.current().await;
    company.secrets.set(OPENAI, "key-2");
    note_comes_in(&worker).await;
    company.secrets.set(TWILIO, "token-2");
    note_comes_in(&worker).await;
    // What had begun before goes on as it began.
    note_comes_in(at_work.as_ref()).await;
    assert_eq!(company.worked_with(), ["key-1+token-1", "key-2+token-1", "key-2+token-2", "key-1+token-1"]);
}

#[tokio::test]
async fn g10_what_keeps_its_secrets_keeps_its_connections() {
    let company = Company::with([(TWILIO, "token-1"), (OPENAI, "key-1")]);
    let worker = company.start().await.unwrap();
    assert!(Arc::ptr_eq(&worker.current().await, &worker.current().await));
    company.secrets.set(OPENAI, "key-1");
    let before = worker.current().await;
    assert!(Arc::ptr_eq(&before, &worker.current().await), "written again, but the same");
}

#[tokio::test]
async fn g13_broken_or_missing_secrets_do_not_stop_the_work() {
    let log = ThreadLog::begin();
    let company = Company::with([(TWILIO, "token-1"), (OPENAI, "key-1")]);
    let worker = company.start().await.unwrap();
    company.secrets.set(TWILIO, "CANARY");
    note_comes_in(&worker).await;
    company.secrets.set_unavailable(true);
    note_comes_in(&worker).await;
    assert_eq!(company.worked_with(), ["key-1+token-1"; 2]);
    company.secrets.set_unavailable(false);
    company.secrets.set(TWILIO, "token-2");
    note_comes_in(&worker).await;
    assert_eq!(company.worked_with(), ["key-1+token-2"]);
    assert!(log.text().contains("TWILIO_AUTH_TOKEN is not set"), "{}", log.text());
    assert!(!log.text().contains("CANARY") && !log.text().contains("token-"), "{}", log.text());
}

#[tokio::test]
async fn a20_without_its_secrets_no_worker_starts() {
    let company = Company::with([(OPENAI, "key-1")]);
    assert_eq!(company.start().await.err().unwrap().to_string(), "there is no secret hark/twilio");
    company.secrets.set(TWILIO, "CANARY");
    let unusable = company.start().await.err().unwrap();
    assert_eq!(unusable.to_string(), "the secrets are unusable: TWILIO_AUTH_TOKEN is not set");
    company.secrets.set_unavailable(true);
    assert!(matches!(company.start().await, Err(NotMade::Store(_))));
}
