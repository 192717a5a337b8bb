//! Notes as jobs, put into the queue of a deployed stack several at once.

use serde_json::{Value, json};
use shared::{
    domain::message::InboundMessage,
    jobs::{Job, NoteReceivedV1},
};
use system_tests::{BEN, fixture};

use crate::{
    site::{PATIENCE, Site, a_word},
    system::logs,
    traces::until,
    webhook::{Form, message_id},
};

/// Notes of Ben, as jobs.
pub(crate) struct Batch {
    pub(crate) bodies: Vec<String>,
    /// Of the written ones.
    pub(crate) ids: Vec<String>,
    pub(crate) words: Vec<String>,
    /// The id of the one whose recording cannot be fetched the first time.
    pub(crate) fails: String,
}

impl Batch {
    /// So many written notes.
    pub(crate) fn of(site: &Site, count: usize) -> Self {
        let mut batch = Self { bodies: vec![], ids: vec![], words: vec![], fails: String::new() };
        for _ in 0..count {
            let (id, word) = (message_id(), a_word());
            batch.bodies.push(body(site, &id, &format!("Please order pipes for {word}."), json!([])));
            batch.ids.push(id);
            batch.words.push(word);
        }
        batch
    }

    /// The same with a recording in front, which cannot be fetched the first time.
    pub(crate) async fn with_one_that_fails(site: &Site, count: usize) -> Self {
        let (mut batch, word) = (Self::of(site, count), a_word());
        let words = format!("Please order pipes for {word}.");
        let url = site.phones().uploads_words(&words, fixture("audio/job-en.ogg"), "audio/ogg").await;
        let media_id = url.rsplit('/').next().expect("a media id");
        site.phones()
            .faults(json!([{"call": format!("GET *{media_id}*"), "nth": 1, "count": 1, "do": "status:503"}]))
            .await;
        batch.fails = message_id();
        batch
            .bodies
            .insert(0, body(site, &batch.fails, "", json!([{"url": url, "content_type": "audio/ogg"}])));
        batch.words.push(word);
        batch
    }

    /// Waits until the first try has failed.
    pub(crate) async fn has_failed(&self, site: &Site) {
        let look = async || {
            let logs = logs(&site.stack).await;
            logs.lines()
                .any(|line| line.contains(&self.fails) && line.contains("is tried again"))
                .then_some(())
        };
        until(PATIENCE, "the first try has failed", look).await;
    }
}

fn body(site: &Site, id: &str, text: &str, media: Value) -> String {
    let form = Form::words(&site.stack, BEN, text);
    let message: InboundMessage = serde_json::from_value(json!({
        "id": id, "from": BEN, "to": form.get("To"), "text": text, "media": media,
        "received_at": "2026-11-20T10:00:00Z",
    }))
    .expect("a message");
    Job::NoteReceived(Box::new(NoteReceivedV1 { message, sender: None })).to_body().expect("a body")
}
