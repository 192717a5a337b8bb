//! Small builders that many tests share: a customer of the demo company, messages, jobs, drafts.

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    domain::{
        analysis::{ActionItem, Draft, JobDraft},
        customer::Customer,
        identity::Address,
        ids::{CompanyId, CustomerId, MessageId},
        intent::Intent,
        language::Language,
        media::MediaKind,
        message::{InboundMessage, MediaRef},
    },
    jobs::{Job, NoteReceivedV1},
    ports::{analyst::Question, messenger::OutboundMessage, transcriber::AudioPart},
};

/// Whom the sample messages are from.
pub const SENDER: &str = "whatsapp:+4915112345678";

/// Our address, which the sample messages are to: Twilio's sandbox number.
pub const OUR_ADDRESS: &str = "whatsapp:+14155238886";

/// The company of [`customer`].
pub const COMPANY: &str = "demo-plumbing";

/// When a [`super::fixed::FixedClock`] begins: 2026-11-20T10:00:00Z.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_168_800).expect("a time")
}

/// A customer of the demo company.
#[must_use]
pub fn customer() -> Customer {
    customer_of(COMPANY)
}

/// A customer of some company: without a language, so that the words decide.
///
/// # Panics
/// When `company` is no company id.
#[must_use]
pub fn customer_of(company: &str) -> Customer {
    Customer {
        customer_id: CustomerId::parse("P-1").expect("a customer id"),
        company_id: CompanyId::parse(company).expect("a company id"),
        company_name: "Demo Plumbing".to_owned(),
        name: Some("Petra Sample".to_owned().into()),
        language: None,
        role: Some("staff".to_owned()),
        trade: Some("plumbing".to_owned()),
        glossary: Vec::new(),
        phone: None,
    }
}

/// The n-th message id, `SM` and 32 hexadecimal digits as Twilio makes them.
#[must_use]
pub fn message_id(n: u32) -> MessageId {
    MessageId::parse(&format!("SM{n:032x}")).expect("a message id")
}

/// The n-th message: text from [`SENDER`] to [`OUR_ADDRESS`], received at [`now`].
#[must_use]
pub fn message(n: u32, text: &str) -> InboundMessage {
    InboundMessage {
        id: message_id(n),
        from: address(SENDER),
        to: address(OUR_ADDRESS),
        text: text.to_owned().into(),
        media: Vec::new(),
        location: None,
        replied_to: None,
        button: None,
        command: None,
        edited: false,
        language: None,
        received_at: now(),
    }
}

/// The n-th message with files, each an address and a declared content type.
#[must_use]
pub fn message_with_media(n: u32, text: &str, media: &[(&str, &str)]) -> InboundMessage {
    let media_ref = |(url, content_type): &(&str, &str)| MediaRef {
        url: (*url).to_owned().into(),
        content_type: (*content_type).to_owned(),
    };
    InboundMessage { media: media.iter().map(media_ref).collect(), ..message(n, text) }
}

/// An address as Twilio writes it.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn address(raw: &str) -> Address {
    Address::parse(raw).expect("an address")
}

/// The job of a message from the sample customer.
#[must_use]
pub fn job(message: InboundMessage) -> Job {
    job_of(message, Some(customer()))
}

/// The job of a message, from somebody or from somebody still unknown.
#[must_use]
pub fn job_of(message: InboundMessage, sender: Option<Customer>) -> Job {
    Job::NoteReceived(Box::new(NoteReceivedV1 { message, sender }))
}

/// A message from us to [`SENDER`].
#[must_use]
pub fn outbound(body: &str) -> OutboundMessage {
    OutboundMessage {
        to: address(SENDER),
        from: address(OUR_ADDRESS),
        body: body.to_owned().into(),
        choices: None,
        about: None,
        media: None,
        template: false,
    }
}

/// A part of a recording, of so many bytes and 12 s.
#[must_use]
pub fn audio_part(bytes: usize) -> AudioPart {
    AudioPart { bytes: Bytes::from(vec![7; bytes]), kind: MediaKind::Ogg, duration_s: 12.0 }
}

/// What an analyst is asked about these words.
#[must_use]
pub fn question(text: &str) -> Question {
    Question {
        text: text.to_owned().into(),
        language: Language::En,
        instructions: "Make a record of the note.".to_owned(),
        revision: None,
        complaint: None,
    }
}

/// A draft of a job with action items that quote themselves.
#[must_use]
pub fn job_draft(job: &str, items: &[&str]) -> Draft {
    let item = |text: &&str| ActionItem { text: (*text).to_owned(), quote: (*text).to_owned() };
    Draft {
        intent: Some(Intent::JobToBeDone),
        language: Some(Language::En),
        tag: job.to_owned(),
        job: Some(JobDraft {
            summary: format!("{job}."),
            job: job.to_owned(),
            context: None,
            action_items: items.iter().map(item).collect(),
        }),
        further_jobs: Vec::new(),
        document: None,
        other_summary: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_what_they_say() {
        assert_eq!(now().to_string(), "2026-11-20T10:00:00Z");
        let job = job(message_with_media(1, "", &[("https://api.twilio.com/x", "audio/ogg")]));
        assert_eq!(Job::from_body(&job.to_body().unwrap()).unwrap(), job);
    }
}
