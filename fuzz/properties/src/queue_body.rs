//! A message of the queue: what is read is written and read again as the same, and nothing shows its content.

use shared::jobs::{Job, UnreadableJob};

/// Reads the bytes as a message of the queue.
pub fn queue_body(data: &[u8]) {
    let body = String::from_utf8_lossy(data);
    match Job::from_body(&body) {
        Ok(job) => {
            let written = job.to_body().expect("what was read can be written");
            let again = Job::from_body(&written).expect("what was written can be read");
            assert_eq!(again, job, "a job changed on its way");
            assert_eq!(again.to_body().expect("as before"), written, "it is written otherwise each time");
            shows_no_words(&job);
        }
        Err(UnreadableJob::Malformed(place)) => {
            // One of serde's few categories, and a number.
            assert!(place.len() < 60 && place.contains("error at column "), "a fault quotes its message");
        }
        Err(UnreadableJob::Unknown { kind, .. }) => {
            assert!(kind.len() <= 40 && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        }
    }
}

/// Other words in it, and it looks the same.
fn shows_no_words(job: &Job) {
    let Job::NoteReceived(note) = job else { return };
    let mut other = note.clone();
    other.message.text = "other words".to_owned().into();
    other.message.button = other.message.button.map(|_| "another button".to_owned().into());
    for media in &mut other.message.media {
        media.url = "https://other.example/".to_owned().into();
    }
    if let Some(sender) = &mut other.sender {
        sender.name = sender.name.take().map(|_| "Another Name".to_owned().into());
    }
    assert_eq!(format!("{:?}", Job::NoteReceived(other)), format!("{job:?}"), "its debug form shows words");
}
