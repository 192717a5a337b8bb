//! People's phones, played over the stand-ins for Twilio and Telegram.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::{Value, json};
use shared::domain::reply::is_notice;

use crate::{client, fixture};

/// The longest that a story waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message as a phone shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The id of the message, to quote it by.
    pub id: String,
    /// Its words.
    pub text: String,
    /// The titles of the buttons below it.
    pub buttons: Vec<String>,
}

impl Shown {
    fn of(message: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let buttons = message["buttons"].as_array().into_iter().flatten();
        Self {
            id: text(&message["sid"]),
            text: text(&message["body"]),
            buttons: buttons.map(|button| text(&button["title"])).collect(),
        }
    }
}

/// All phones of a world.
pub struct Phones {
    http: Client,
    base: Url,
}

impl Phones {
    /// Phones on the stand-in at this address.
    #[must_use]
    pub fn at(simulators: &str) -> Self {
        Self { http: client(), base: simulators.parse().expect("an address") }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut().expect("a path").clear().push("_sim").extend(path);
        url
    }

    /// A person types a message. Answers its id.
    pub async fn says(&self, who: &str, words: &str) -> String {
        sent(self.http.post(self.url(&["phone", who, "text"])).body(words.to_owned())).await
    }

    /// A person sends a recording of the fixtures as a voice message. Answers its id.
    pub async fn speaks(&self, who: &str, recording: &str) -> String {
        let content_type = match recording.rsplit('.').next() {
            Some("mp3") => "audio/mpeg",
            Some("m4a") => "audio/mp4",
            Some("amr") => "audio/amr",
            Some("3gp") => "audio/3gpp",
            Some("wav") => "audio/wav",
            _ => "audio/ogg",
        };
        let audio = fixture(&format!("audio/{recording}"));
        sent(self.voice(who, content_type).body(audio)).await
    }

    /// A person sends these bytes as a voice message in which this is said. Answers its id.
    pub async fn speaks_words(&self, who: &str, words: &str, audio: Vec<u8>, content_type: &str) -> String {
        sent(self.voice(who, content_type).header("x-sim-transcript", words).body(audio)).await
    }

    fn voice(&self, who: &str, content_type: &str) -> RequestBuilder {
        self.http.post(self.url(&["phone", who, "voice"])).header("content-type", content_type)
    }

    /// A person types a message that quotes another one. Answers its id.
    pub async fn replies(&self, who: &str, quoted: &str, words: &str) -> String {
        let request = self.http.post(self.url(&["phone", who, "text"])).header("x-sim-reply-to", quoted);
        sent(request.body(words.to_owned())).await
    }

    /// A person taps a button below the newest message that has any. Answers the id of what that sends.
    pub async fn taps(&self, who: &str, title: &str) -> String {
        sent(self.http.post(self.url(&["phone", who, "tap"])).json(&json!({ "title": title }))).await
    }

    /// A person sends a message with these form fields over the usual ones. Answers its id.
    pub async fn sends(&self, who: &str, fields: Value) -> String {
        sent(self.http.post(self.url(&["phone", who, "message"])).json(&fields)).await
    }

    /// The message with this id is delivered, the first time or again.
    pub async fn delivers(&self, who: &str, id: &str, words: &str) {
        let request = self.http.post(self.url(&["phone", who, "text"])).header("x-sim-message-sid", id);
        sent(request.body(words.to_owned())).await;
    }

    /// A file is put where messages can carry it. Answers its address.
    pub async fn uploads(&self, bytes: Vec<u8>, content_type: &str) -> String {
        Self::uploaded(self.media(content_type).body(bytes)).await
    }

    /// A recording in which this is said is put where messages can carry it. Answers its address.
    pub async fn uploads_words(&self, words: &str, audio: Vec<u8>, content_type: &str) -> String {
        Self::uploaded(self.media(content_type).header("x-sim-transcript", words).body(audio)).await
    }

    fn media(&self, content_type: &str) -> RequestBuilder {
        self.http.post(self.url(&["media"])).header("content-type", content_type)
    }

    async fn uploaded(request: RequestBuilder) -> String {
        let answer: Value = request.send().await.expect("the stand-in answers").json().await.expect("JSON");
        answer["media_url"].as_str().expect("an address").to_owned()
    }

    /// The words of what a phone has received: see [`Self::answers`].
    pub async fn messages(&self, who: &str, at_least: usize) -> Vec<String> {
        self.answers(who, at_least).await.into_iter().map(|answer| answer.text).collect()
    }

    /// What a phone has received, as soon as it is at least so many messages. Notices that a note takes long are
    /// left out: whether one is sent depends on how fast the machine is.
    pub async fn answers(&self, who: &str, at_least: usize) -> Vec<Shown> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut known = 0;
        loop {
            let received = self.received(who, known, at_least > 0).await;
            known = received.len();
            let answers: Vec<_> = received.into_iter().filter(|shown| !is_notice(&shown.text)).collect();
            if answers.len() >= at_least {
                return answers;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{who} received {} of {at_least} messages within {PATIENCE:?}",
                answers.len()
            );
        }
    }

    /// The first message that a phone receives.
    pub async fn first_message(&self, who: &str) -> String {
        self.messages(who, 1).await.remove(0)
    }

    async fn received(&self, who: &str, known: usize, wait: bool) -> Vec<Shown> {
        let mut url = self.url(&["phone", who, "messages"]);
        if wait {
            url.query_pairs_mut().append_pair("wait_s", "5").append_pair("after", &known.to_string());
        }
        let answer = self.http.get(url).send().await.expect("the stand-in answers");
        let received: Vec<Value> = answer.json().await.expect("JSON");
        received.iter().map(Shown::of).collect()
    }

    /// What is to go wrong from now on; see `simulators/README.md`.
    pub async fn faults(&self, plan: Value) {
        let answer =
            self.http.post(self.url(&["faults"])).json(&plan).send().await.expect("the stand-in answers");
        assert!(answer.status().is_success());
    }

    /// How many requests of this kind (`POST`, `/v1/audio/transcriptions`) the stand-ins received.
    pub async fn calls(&self, method: &str, path_end: &str) -> usize {
        let answer = self.http.get(self.url(&["calls"])).send().await.expect("the stand-in answers");
        let calls: Vec<Value> = answer.json().await.expect("JSON");
        let matches = |call: &&Value| {
            call["method"] == method && call["path"].as_str().is_some_and(|path| path.ends_with(path_end))
        };
        calls.iter().filter(matches).count()
    }
}

async fn sent(request: RequestBuilder) -> String {
    let answer = request.send().await.expect("the stand-in answers");
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.expect("JSON");
    // A message of Telegram may wait to be asked for.
    assert!(answer["webhook_status"] == 200 || answer["waits"].is_boolean(), "{answer}");
    answer["message_sid"].as_str().expect("an id").to_owned()
}
