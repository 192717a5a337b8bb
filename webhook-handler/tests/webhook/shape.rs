//! Signed, but is it a message, and for us?

use http::StatusCode;

use crate::world::{World, acknowledged, form, text};

#[tokio::test]
async fn a_text_is_queued_as_it_is_with_its_sender() {
    let world = World::new();
    assert_eq!(world.post(&text("  Order two pipes\r\nfor Müller 👍🏽 ")).await, acknowledged());
    let queued = world.queued();
    assert_eq!(queued[0].message.text.expose(), "  Order two pipes\r\nfor Müller 👍🏽 ");
    assert_eq!(queued[0].message.received_at, shared::testing::samples::now());
    assert_eq!(queued[0].sender.as_ref(), Some(&shared::testing::samples::customer()));
}

#[tokio::test]
async fn a08_fields_that_twilio_adds_without_notice_are_ignored() {
    let world = World::new();
    assert_eq!(world.post(&format!("{}&BrandNew=1&BrandNew=2", text("hi"))).await, acknowledged());
    assert_eq!(world.queued_message().text.expose(), "hi");
}

#[tokio::test]
async fn a09_two_senders_are_none() {
    let world = World::new();
    for name in ["From", "To", "MessageSid", "AccountSid", "Body", "NumMedia"] {
        let answered = world.post(&format!("{}&{name}=whatsapp%3A%2B4915100000000", text("hi"))).await;
        world.assert_refused(&answered, StatusCode::BAD_REQUEST, "field_repeated");
        let answered = world.post(&form(&[(name, None)])).await;
        world.assert_refused(&answered, StatusCode::BAD_REQUEST, "field_missing");
    }
}

#[tokio::test]
async fn a10_a_semicolon_is_data() {
    let world = World::new();
    let body = format!("{}&Body=a;From=b", form(&[("Body", None)]));
    assert_eq!(world.post(&body).await, acknowledged());
    assert_eq!(world.queued_message().text.expose(), "a;From=b");
}

#[tokio::test]
async fn a11_text_that_is_no_utf8_is_refused_though_the_signature_is_right() {
    let world = World::new();
    let without = form(&[("Body", None)]);
    let answered = world.post(&format!("{without}&Body=caf%ff")).await;
    world.assert_refused(&answered, StatusCode::BAD_REQUEST, "field_unreadable");
    assert_eq!(world.post(&format!("{without}&Body=100%+%zz+%a")).await, acknowledged());
    assert_eq!(world.queued_message().text.expose(), "100% %zz %a");
}

#[tokio::test]
async fn a24_a_message_for_somebody_else_raises_the_alarm() {
    let world = World::new();
    for (name, value) in
        [("AccountSid", "AC00000000000000000000000000000002"), ("To", "whatsapp:+14155230000"), ("To", "")]
    {
        let answered = world.post(&form(&[(name, Some(value))])).await;
        let alarms = world.log().into_iter().filter(|line| line["fields"]["alarm"] == true).count();
        assert_eq!(alarms, 1);
        world.assert_refused(&answered, StatusCode::FORBIDDEN, "foreign_account");
    }
}

#[tokio::test]
async fn a25_our_own_messages_are_acknowledged_and_nothing_is_done() {
    let world = World::new();
    for from in ["whatsapp:+14155238886", "+14155238886", "+14155238887", "whatsapp:+14155238887"] {
        assert_eq!(world.post(&form(&[("From", Some(from))])).await, acknowledged(), "{from}");
    }
    assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
    assert_eq!(world.counted("webhook_ignored"), ["from_ourselves"; 4]);
}

#[tokio::test]
async fn a28_senders_that_are_nobody_are_acknowledged_and_nothing_is_done() {
    let world = World::new();
    let nobodies = [
        "whatsapp:",
        "+0151123456",
        "+1234567890123456",
        "+٤٩١٥١١٢٣٤٥٦",
        "+49 151 123456",
        "anonymous",
        "+266696687",
    ];
    for from in nobodies {
        assert_eq!(world.post(&form(&[("From", Some(from))])).await, acknowledged(), "{from}");
    }
    assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
    assert_eq!(world.counted("webhook_ignored"), ["no_person"; 7]);

    // The same person by SMS.
    let by_sms = form(&[("From", Some("+4915112345678")), ("To", Some("+14155238887"))]);
    assert_eq!(world.post(&by_sms).await, acknowledged());
    assert_eq!(world.queued_message().from.to_wire(), "+4915112345678");
}

#[tokio::test]
async fn c13_media_that_are_not_as_many_as_announced_are_refused() {
    let world = World::new();
    for (count, urls) in [("0", 1), ("3", 2), ("-1", 0), ("11", 0), ("abc", 0), ("1e9", 0), ("", 0)] {
        let mut body = form(&[("NumMedia", Some(count))]);
        for number in 0..urls {
            body.push_str(&format!(
                "&MediaUrl{number}=https%3A%2F%2Fa.example&MediaContentType{number}=audio%2Fogg"
            ));
        }
        let answered = world.post(&body).await;
        assert_eq!(answered.status, StatusCode::BAD_REQUEST, "{count}");
        assert!(answered.body.is_empty());
    }
    assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
    assert_eq!(world.counted("webhook_refused").len(), 7);
}
