//! F09: updates that Telegram brings.

use std::{sync::Arc, time::Duration};

use adapter_telegram::{bot::BotToken, config::TelegramConfig, secret::WebhookSecret};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use serde_json::{Value, json};
use shared::{
    ports::{
        job_queue::QueueError,
        metrics::{Measurement, RefusedFor},
    },
    testing::{
        MadeUp,
        failing::Failing,
        fixed::{FixedClock, FixedSecrets},
        memory_queue::MemoryQueue,
        samples,
    },
};
use tokio::time::Instant;
use webhook_handler::{FixedKeys, StoredKeys, TELEGRAM_ROUTE};

use crate::world::{Answered, Different, TOKEN, World, keys};

const BOT: &str = "5550000:BOTCANARY0123456789abcdef";
const SECRET: &str = "SECRETCANARY_0123456789";
const HEADER: &str = "x-telegram-bot-api-secret-token";

fn config() -> TelegramConfig {
    TelegramConfig {
        token: BotToken::parse(BOT),
        webhook_secret: WebhookSecret::parse(SECRET),
        api_base: "https://api.telegram.org".to_owned(),
    }
}

fn with(different: Different) -> World {
    let keys = FixedKeys::new(&keys(TOKEN)).unwrap().with_telegram(&config());
    let world = World::with(Different { keys: Some(Arc::new(keys)), ..different });
    world.directory.add("telegram:1111111", samples::customer());
    world
}

fn world() -> World {
    with(Different::default())
}

fn text(update: i64, words: &str) -> Value {
    json!({"update_id": update, "message": {"message_id": 1365, "date": 1441645532, "text": words,
        "from": {"id": 1111111, "is_bot": false, "first_name": "NAMECANARY"},
        "chat": {"id": 1111111, "type": "private", "first_name": "NAMECANARY"}}})
}

fn request(secrets: &[&str], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(TELEGRAM_ROUTE).body(body.into()).unwrap();
    for secret in secrets {
        request.headers_mut().append(HEADER, HeaderValue::from_str(secret).unwrap());
    }
    request
}

async fn bring(world: &World, update: &Value) -> Answered {
    world.send(request(&[SECRET], update.to_string())).await
}

fn empty(status: StatusCode) -> Answered {
    Answered { status, content_type: None, body: Bytes::new() }
}

#[test]
fn telegram_is_told_the_route_that_is_answered() {
    assert_eq!(TELEGRAM_ROUTE, adapter_telegram::setup::ROUTE);
}

#[tokio::test]
async fn an_update_with_our_secret_is_queued_for_its_sender() {
    let world = world();
    assert_eq!(bring(&world, &text(1, "Order two pipes")).await, empty(StatusCode::OK));
    let queued = world.queued();
    assert_eq!(queued[0].message.text.expose(), "Order two pipes");
    assert_eq!(queued[0].message.from.to_wire(), "telegram:1111111");
    assert_eq!(queued[0].message.received_at, samples::now());
    assert_eq!(queued[0].sender, Some(samples::customer()));
    assert_eq!(world.metrics.all(), [Measurement::WebhookAccepted]);
}

#[tokio::test]
async fn f09_a_missing_a_wrong_and_a_second_secret_are_refused_before_the_body_is_looked_at() {
    let world = world();
    for (secrets, reason) in [
        (&[] as &[&str], "secret_missing"),
        (&["SECRETCANARY_0123456780"], "secret_mismatch"),
        (&[""], "secret_mismatch"),
        (&[SECRET, SECRET], "secret_repeated"),
        (&[SECRET, "x"], "secret_repeated"),
    ] {
        for body in [text(1, "hi").to_string(), "not JSON".to_owned(), "x".repeat(300_000)] {
            let answered = world.send(request(secrets, body)).await;
            world.assert_refused(&answered, StatusCode::FORBIDDEN, reason);
        }
    }
    let refused = world.metrics.all();
    assert!(refused.iter().all(|m| *m == Measurement::WebhookRefused(RefusedFor::Signature)));
    // Another header's secret, and one in the query, are none.
    let mut elsewhere = request(&[], text(1, "hi").to_string());
    *elsewhere.uri_mut() = format!("{TELEGRAM_ROUTE}?secret_token={SECRET}").parse().unwrap();
    assert_eq!(world.send(elsewhere).await, empty(StatusCode::FORBIDDEN));
}

#[tokio::test]
async fn f09_the_same_update_twice_and_out_of_order_is_one_message_behind_the_queue() {
    let world = world();
    for update in [text(8, "hi"), text(7, "hi"), text(8, "hi")] {
        assert_eq!(bring(&world, &update).await.status, StatusCode::OK);
    }
    let queued = world.queued();
    assert_eq!(queued.len(), 3);
    assert!(queued.iter().all(|note| note.message.id == queued[0].message.id));
}

#[tokio::test]
async fn f09_what_is_not_to_be_worked_on_is_acknowledged_so_that_it_does_not_come_for_ever() {
    let world = world();
    let mut edited = text(2, "CANARY");
    edited["edited_message"] = edited["message"].take();
    let mut group = text(3, "CANARY");
    group["message"]["chat"] = json!({"id": -1001, "type": "supergroup", "title": "CANARY"});
    let mut without = text(4, "CANARY");
    without["message"].as_object_mut().unwrap().remove("text");
    let mut pinned = without.clone();
    pinned["message"]["pinned_message"] = json!({"message_id": 1, "text": "CANARY"});
    let mut posted = text(7, "CANARY");
    posted["channel_post"] = posted["message"].take();
    let mut wrong = text(5, "CANARY");
    wrong["message"]["text"] = json!({"CANARY": 1});
    for (body, reason) in [
        (edited.to_string(), "update_edited"),
        (group.to_string(), "chat_not_allowed"),
        (json!({"update_id": 6, "poll": {"id": "CANARY"}}).to_string(), "update_of_another_kind"),
        (posted.to_string(), "update_of_another_kind"),
        (pinned.to_string(), "noted_by_telegram"),
        (without.to_string(), "no_content"),
        (wrong.to_string(), "update_unreadable"),
        ("CANARY".to_owned(), "update_unreadable"),
        (format!("{{\"CANARY\": \"{}\"}}", "x".repeat(300_000)), "body_too_large"),
    ] {
        assert_eq!(world.send(request(&[SECRET], body)).await, empty(StatusCode::OK), "{reason}");
        let counted = [world.counted("webhook_refused"), world.counted("webhook_ignored")].concat();
        assert!(counted.iter().any(|told| told == reason), "{reason}: {counted:?}");
        assert!(!world.log_text().contains("CANARY"), "{}", world.log_text());
        assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
    }
    // And what comes after it is taken.
    assert_eq!(bring(&world, &text(9, "hi")).await.status, StatusCode::OK);
    assert_eq!(world.queued().len(), 1);
}

#[tokio::test]
async fn f09_a_body_that_is_too_large_and_does_not_say_so_is_passed_too() {
    let world = world();
    let chunks = (0..300).map(|_| Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; 1_024])));
    let body = Body::from_stream(futures::stream::iter(chunks));
    assert_eq!(world.send(request(&[SECRET], body)).await, empty(StatusCode::OK));
    assert_eq!(world.counted("webhook_refused"), ["body_too_large"]);
}

#[tokio::test]
async fn f09_without_a_secret_no_key_is_asked_for() {
    let secrets = Arc::new(FixedSecrets::of([("hark", "{}")]));
    secrets.set_unavailable(true);
    let keys = StoredKeys::new(secrets, "hark".to_owned());
    let world = World::with(Different { keys: Some(Arc::new(keys)), ..Different::default() });
    for (secrets, status) in [
        (&[] as &[&str], StatusCode::FORBIDDEN),
        (&[SECRET, SECRET], StatusCode::FORBIDDEN),
        (&[SECRET], StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let answered = world.send(request(secrets, text(1, "hi").to_string())).await;
        assert_eq!(answered, empty(status));
    }
}

#[tokio::test]
async fn f09_a_date_of_ten_to_the_fifteenth_and_a_sticker_are_taken() {
    let world = world();
    let mut late = text(1, "hi");
    late["message"]["date"] = json!(1_000_000_000_000_000_i64);
    let mut sticker = text(2, "");
    sticker["message"]["message_id"] = json!(2);
    sticker["message"]["sticker"] = json!({"file_id": "CAACAgI", "width": 512, "height": 512});
    sticker["message"].as_object_mut().unwrap().remove("text");
    for update in [late, sticker] {
        assert_eq!(bring(&world, &update).await, empty(StatusCode::OK));
    }
    let queued = world.queued();
    assert_eq!((queued.len(), queued[0].message.received_at), (2, samples::now()));
    assert!(queued[1].message.text.expose().is_empty() && queued[1].message.media.is_empty());
}

#[tokio::test]
async fn a_stranger_gets_the_same_answer_and_nothing_is_queued() {
    let world = world();
    let mut stranger = text(1, "hi");
    stranger["message"]["from"]["id"] = json!(2222222);
    stranger["message"]["chat"]["id"] = json!(2222222);
    assert_eq!(bring(&world, &stranger).await, bring(&world, &text(1, "hi")).await);
    assert_eq!(world.queued().len(), 1);
    assert_eq!(world.counted("webhook_unknown_sender").len(), 1);
}

#[tokio::test]
async fn a_tap_is_queued_and_its_button_stops_to_wait() {
    let world = world();
    let tap = json!({"update_id": 1, "callback_query": {"id": "4382bf", "from": {"id": 1111111, "is_bot": false},
        "message": {"message_id": 5, "chat": {"id": 1111111, "type": "private"}, "date": 0}, "data": "hark-undo"}});
    let answered = bring(&world, &tap).await;
    assert_eq!(answered.content_type.as_deref(), Some("application/json"));
    let said: Value = serde_json::from_slice(&answered.body).unwrap();
    assert_eq!(said, json!({"method": "answerCallbackQuery", "callback_query_id": "4382bf"}));
    assert_eq!(world.queued_message().button.unwrap().expose(), "hark-undo");
}

#[tokio::test(start_paused = true)]
async fn b17_a_queue_that_is_down_or_hangs_has_telegram_bring_it_again() {
    let full = || QueueError(MadeUp::boxed("full"));
    let queue = Arc::new(MemoryQueue::new(Arc::new(FixedClock::default())));
    let failing = Arc::new(Failing::on_call(1, full, queue.clone()));
    let world = with(Different { queue: Some(failing), ..Different::default() });
    assert_eq!(bring(&world, &text(1, "hi")).await, empty(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(bring(&world, &text(1, "hi")).await, empty(StatusCode::OK));
    let hanging = Arc::new(Failing::always(full, queue).hanging());
    let world = with(Different { queue: Some(hanging), ..Different::default() });
    let began = Instant::now();
    assert_eq!(bring(&world, &text(1, "hi")).await, empty(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn b18_a_lookup_that_is_down_loses_no_message() {
    let world = world();
    world.directory.set_unavailable(true);
    assert_eq!(bring(&world, &text(1, "hi")).await, empty(StatusCode::OK));
    assert_eq!(world.queued()[0].sender, None);
}

#[tokio::test]
async fn without_a_webhook_secret_there_is_no_such_route() {
    let world = World::new();
    assert_eq!(bring(&world, &text(1, "hi")).await, empty(StatusCode::NOT_FOUND));
    assert!(world.counted("webhook_refused").is_empty());
    assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
}

#[tokio::test]
async fn the_secret_is_read_with_twilios_and_a_new_one_needs_no_restart() {
    let secret = |more: Value| {
        let mut members = json!({ "TWILIO_AUTH_TOKEN": TOKEN });
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members.to_string()
    };
    let stored = |value: &str| Arc::new(FixedSecrets::of([("hark", value)]));
    let world_of = |secrets: Arc<FixedSecrets>| {
        let keys = StoredKeys::new(secrets, "hark".to_owned());
        let world = World::with(Different { keys: Some(Arc::new(keys)), ..Different::default() });
        world.directory.add("telegram:1111111", samples::customer());
        world
    };
    let both = json!({"TELEGRAM_BOT_TOKEN": BOT, "TELEGRAM_WEBHOOK_SECRET": SECRET});
    let secrets = stored(&secret(both));
    let world = world_of(secrets.clone());
    assert_eq!(bring(&world, &text(1, "hi")).await.status, StatusCode::OK);
    let new = json!({"TELEGRAM_BOT_TOKEN": BOT, "TELEGRAM_WEBHOOK_SECRET": "ANOTHERCANARY_0123"});
    secrets.set("hark", &secret(new));
    assert_eq!(bring(&world, &text(1, "hi")).await.status, StatusCode::FORBIDDEN);
    let answered = world.send(request(&["ANOTHERCANARY_0123"], text(1, "hi").to_string())).await;
    assert_eq!(answered.status, StatusCode::OK);
    secrets.set_unavailable(true);
    let answered = world.send(request(&["ANOTHERCANARY_0123"], text(1, "hi").to_string())).await;
    assert_eq!(answered.status, StatusCode::OK, "the one read before");

    // Without, or with one that anybody could guess, Twilio's webhooks go on, and Telegram's is not there.
    let weak = json!({"TELEGRAM_BOT_TOKEN": BOT, "TELEGRAM_WEBHOOK_SECRET": "CANARY"});
    for members in [json!({}), json!({"TELEGRAM_BOT_TOKEN": BOT}), weak] {
        let world = world_of(stored(&secret(members)));
        assert_eq!(bring(&world, &text(1, "hi")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.post(&crate::world::text("hi")).await.status, StatusCode::OK);
        assert!(!world.log_text().contains("CANARY"));
    }
}
