//! A body from outside, all the way: signed, verified, read as a message, queued and read from the queue.

use adapter_twilio::{
    account::{AccountSid, OwnAccount},
    form::Form,
    inbound::read_message,
    signature::{Refusal, VerifiedRequest},
};
use jiff::Timestamp;
use shared::{
    domain::{
        identity::E164,
        ids::MessageId,
        message::{InboundMessage, MAX_MEDIA},
    },
    jobs::{Job, NoteReceivedV1},
};

use crate::signing::{FORM, sign, verify};

const URL: &str = "https://hark.example/webhook";

/// A signed body is verified and one with a wrong signature is not; what is read of it is within its bounds, is not
/// from us, and comes out of the queue as it went in.
pub fn webhook(body: &[u8]) {
    let signature = {
        let Ok(form) = Form::parse(body) else {
            let refused = verify([0; 20], URL, None, Some(FORM), body).err();
            return assert!(matches!(refused, Some(Refusal::Form(_))), "a form beyond the limits was read");
        };
        let mut pairs: Vec<_> = form.pairs().collect();
        pairs.sort_unstable();
        pairs.dedup();
        sign(URL, &pairs)
    };
    let mut wrong = signature;
    wrong[body.len() % 20] ^= 1;
    assert_eq!(verify(wrong, URL, None, Some(FORM), body).err(), Some(Refusal::Mismatch));

    let form = match verify(signature, URL, None, Some(FORM), body) {
        Ok(VerifiedRequest::Form(form)) => form,
        other => panic!("a signed form was not taken: {other:?}"),
    };
    let account = account();
    match read_message(&form, &account, Timestamp::UNIX_EPOCH) {
        Ok(message) => {
            is_within_bounds(&message, &account);
            survives_the_queue(message);
        }
        // A word of a closed set, and a name that we look for: nothing of the request.
        Err(rejection) => assert!(format!("{rejection}{rejection:?}").len() < 120, "a rejection quotes"),
    }
}

fn account() -> OwnAccount {
    OwnAccount {
        sid: AccountSid::parse("AC00000000000000000000000000000001").expect("a SID"),
        whatsapp: Some(E164::parse("+14155238886").expect("a number")),
        sms: Some(E164::parse("+14155238887").expect("a number")),
        voice: None,
    }
}

fn is_within_bounds(message: &InboundMessage, account: &OwnAccount) {
    assert!(MessageId::parse(message.id.as_str()).is_ok());
    assert!(account.owns(message.to.identity()), "a message for somebody else");
    assert!(!account.owns(message.from.identity()), "a message from ourselves");
    assert!(!message.text.expose().contains('\0'), "NUL in the text");
    assert!(message.media.len() <= MAX_MEDIA);
    for media in &message.media {
        assert!((1..=2_048).contains(&media.url.expose().len()), "the address of a file");
        let kind = &media.content_type;
        assert!(kind.len() <= 100 && kind.matches('/').count() >= 1, "no content type");
        assert!(
            kind.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b';')
        );
    }
    if let Some(place) = &message.location {
        let place = place.expose();
        assert!(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0, "no place on Earth");
        for text in place.address.iter().chain(&place.label) {
            assert!(text.chars().count() <= 1_000 && !text.contains('\0'));
        }
    }
    if let Some(button) = &message.button {
        assert!(button.expose().chars().count() <= 256 && !button.expose().contains('\0'));
    }
}

fn survives_the_queue(message: InboundMessage) {
    let job = Job::NoteReceived(Box::new(NoteReceivedV1 { message, sender: None }));
    let body = job.to_body().expect("a job can be written");
    assert_eq!(Job::from_body(&body).expect("what we wrote can be read"), job);
}
