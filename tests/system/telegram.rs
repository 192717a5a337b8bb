//! What a person writes to the bot, what comes back, and what stops nobody else.

use std::collections::BTreeMap;

use adapter_telegram::bot::{BotId, BotToken};
use reqwest::StatusCode;
use serde_json::{Value, json};
use system_tests::{ANNA, BEN, CELINA_ON_TELEGRAM as CELINA, HarkDev, KEY, Options, World, client};

use super::command_line::{json as printed, run, text};

const SECRET: &str = "a-secret-of-the-tests-only";

fn bot() -> BotId {
    BotToken::parse(cli::demo::BOT_TOKEN).unwrap().bot()
}

/// What Hark calls a message of Celina's.
fn id_of(number: &str) -> String {
    bot().message_id(5_550_003, number.parse().unwrap()).unwrap().to_string()
}

/// Has Telegram asked now. Answers the status, and what it says.
async fn sync(world: &World) -> (StatusCode, Value) {
    let url = format!("{}/telegram/sync", world.dev().started().url);
    let answer = client().post(url).header("x-api-key", KEY).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// Until all that was sent is taken and worked on.
async fn settles(world: &World) {
    assert_eq!(sync(world).await.0, StatusCode::OK);
    world.settles().await;
}

#[tokio::test]
async fn a_voice_note_becomes_a_job_and_an_answer_to_its_answer_corrects_it() {
    let world = World::start().await;
    let id = id_of(&world.speaks(CELINA, "job-en.ogg").await);
    let answer = world.answers(CELINA, 1).await.remove(0);
    assert!(answer.text.contains("Call Mrs Miller tomorrow about the leak"), "{}", answer.text);
    assert_eq!(answer.buttons.len(), 3, "{:?}", answer.buttons);
    let record = world.office.record_of(&id).await;
    assert_eq!(
        (record["intent"].as_str(), record["channel"].as_str()),
        (Some("job-to-be-done"), Some("telegram"))
    );
    let files = world.office.files_of(&id).await;
    assert!(files["audio"].ends_with("_audio.ogg"), "{files:?}");

    world.replies(CELINA, &answer.id, "No, not Miller, Müller.").await;
    let told = world.answers(CELINA, 2).await.remove(1);
    let line = "✗ Call Mrs Miller tomorrow about the leak\n✓ Call Mrs Müller tomorrow about the leak";
    assert!(told.text.contains(line), "{}", told.text);
    let record = world.office.record_of(&id).await;
    assert_eq!(record["job"]["action_items"][1]["text"], "Call Mrs Müller tomorrow about the leak");

    // The last of her three buttons takes it out of the office's sight.
    world.taps(CELINA, &told.buttons[2]).await;
    world.messages(CELINA, 3).await;
    assert!(world.office.files_of(&id).await.is_empty());
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 3).await.len(), 3, "one answer each");
    assert_eq!(world.calls("POST", "/answerCallbackQuery").await, 1, "the button waits no longer");
}

#[tokio::test]
async fn f09_poison_between_two_messages_stops_neither() {
    let world = World::start().await;
    let first = world.says(CELINA, "Please order two copper pipes.").await;
    let of_celina = |content: Value| {
        let mut message = json!({"message_id": 900, "date": 1_000_000_000_000_000_i64,
            "from": {"id": 5_550_003, "is_bot": false}, "chat": {"id": 5_550_003, "type": "private"}});
        message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        message
    };
    for poison in [
        json!({"message": of_celina(json!({"message_id": "nine hundred", "text": "x"}))}),
        json!({"message": of_celina(json!({}))}),
        json!({"message": {"text": "x"}}),
        json!({"message": 5}),
        json!({"edited_message": of_celina(json!({"text": "Please order three."}))}),
        json!({"message": of_celina(json!({"chat": {"id": -100, "type": "supergroup"}, "text": "Please order four."}))}),
    ] {
        world.sends(CELINA, json!({ "update": poison })).await;
    }
    let last = world.says(CELINA, "Please call Mr Weber about the boiler.").await;
    world.messages(CELINA, 2).await;
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 2).await.len(), 2, "of what is no message nobody hears");
    for id in [first, last] {
        assert!(!world.office.files_of(&id_of(&id)).await.is_empty());
    }
}

#[tokio::test]
async fn f09_the_same_update_twice_is_one_note() {
    let world = World::start().await;
    world.delivers(CELINA, "77", "Please order two copper pipes.").await;
    world.messages(CELINA, 1).await;
    world.delivers(CELINA, "77", "Please order two copper pipes.").await;
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 1).await.len(), 1);
}

#[tokio::test]
async fn f09_what_hark_cannot_take_is_answered_in_a_line_and_what_telegram_notes_is_not() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for content in [
        json!({"sticker": {"file_id": "CAACAgI", "width": 512, "height": 512}}),
        json!({"dice": {"emoji": "🎲", "value": 3}}),
        json!({"poll": {"id": "1", "question": "Which tap?", "options": []}}),
        json!({"game": {"title": "Chess", "description": "", "photo": []}}),
    ] {
        let mut content = content;
        content["text"] = Value::Null;
        ids.push(world.sends(CELINA, content).await);
        let told = world.messages(CELINA, ids.len()).await.pop().unwrap();
        assert_eq!(told, "Przyjmuję tekst, głos, zdjęcia i pliki.");
    }
    world.sends(CELINA, json!({"text": null, "pinned_message": {"message_id": 1}})).await;
    world
        .sends(CELINA, json!({"update": {"channel_post": {"message_id": 1, "text": "Please order pipes."}}}))
        .await;
    world.says(CELINA, "Please order two copper pipes.").await;
    world.messages(CELINA, ids.len() + 1).await;
    settles(&world).await;
    assert_eq!(world.messages(CELINA, ids.len() + 1).await.len(), ids.len() + 1);
    for id in ids {
        assert!(world.office.files_of(&id_of(&id)).await.is_empty());
    }
}

#[tokio::test]
async fn a_file_of_21_mb_is_told_to_its_sender_and_asked_for_once_at_most() {
    let world = World::start().await;
    let id = world.speaks_words(CELINA, "x", vec![7; 21 << 20], "audio/ogg").await;
    let told = world.messages(CELINA, 1).await.remove(0);
    assert!(told.contains("20 MB"), "{told}");
    assert!(world.office.files_of(&id_of(&id)).await.is_empty());
    assert_eq!(world.calls("POST", "/getFile").await, 0, "its size was told");
}

#[tokio::test]
async fn who_changes_what_was_typed_is_told_how_to_change_the_record() {
    let world = World::start().await;
    let id = world.says(CELINA, "Please order two copper pipes.").await;
    world.messages(CELINA, 1).await;
    let edited = |at: i64, text: &str| {
        let from = json!({"id": 5_550_003, "is_bot": false});
        json!({"update": {"edited_message": {"message_id": id.parse::<i64>().unwrap(), "date": 1, "edit_date": at,
            "from": from, "chat": {"id": 5_550_003, "type": "private"}, "text": text}}})
    };
    world.sends(CELINA, edited(10, "Please order three copper pipes.")).await;
    let told = world.messages(CELINA, 2).await.remove(1);
    assert!(told.starts_with("Zmiany w wysłanej już wiadomości nie trafiają do zapisu."), "{told}");
    world.sends(CELINA, edited(10, "Please order three copper pipes.")).await;
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 2).await.len(), 2, "told once");
    let record = world.office.record_of(&id_of(&id)).await;
    assert_eq!(record["job"]["action_items"][0]["text"], "Please order two copper pipes");
}

#[tokio::test]
async fn a_video_is_kept_and_who_spoke_into_it_is_told_that_it_was_not_heard() {
    let world = World::start().await;
    let path = format!("{}/fixtures/audio/video.mp4", env!("CARGO_MANIFEST_DIR"));
    let id =
        world.speaks_words(CELINA, "Please order pipes.", std::fs::read(path).unwrap(), "video/mp4").await;
    let told = world.messages(CELINA, 1).await.remove(0);
    assert!(told.contains("wyślij jako wiadomość głosową"), "{told}");
    let files = world.office.files_of(&id_of(&id)).await;
    assert!(files.values().any(|name| name.ends_with(".mp4")), "{files:?}");
}

#[tokio::test]
async fn who_says_stop_hears_nothing_more_until_start() {
    let world = World::start().await;
    world.says(CELINA, "Please order two copper pipes.").await;
    world.messages(CELINA, 1).await;
    world.delivers(CELINA, "77", "/stop").await;
    let told = world.messages(CELINA, 2).await.remove(1);
    assert_eq!(told, "Nie dostaniesz stąd już żadnych wiadomości. Wyślij /start, aby wrócić.");
    world.delivers(CELINA, "77", "/stop").await;
    settles(&world).await;
    let silent = world.says(CELINA, "Please call Mr Weber about the boiler.").await;
    world.says(CELINA, "/help").await;
    world.says(CELINA, "STOP").await;
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 2).await.len(), 2, "it was said once, and nothing after it");
    assert!(!world.office.files_of(&id_of(&silent)).await.is_empty(), "it is filed all the same");
    world.says(CELINA, "/start").await;
    let back = world.messages(CELINA, 3).await.remove(2);
    assert_eq!(back, "Od teraz znów będziesz dostawać wiadomości.");
    world.says(CELINA, "Please fix the tap at the school.").await;
    assert_eq!(world.messages(CELINA, 4).await.len(), 4);
}

#[tokio::test]
async fn the_start_button_is_answered_with_what_to_do_and_a_stranger_hears_nothing() {
    let world = World::start().await;
    const STRANGER: &str = "telegram:777";
    let start = world.says(CELINA, "/start from-the-office").await;
    let told = world.messages(CELINA, 1).await.remove(0);
    assert!(told.starts_with("Witaj! Wyślij wiadomość głosową albo napisz"), "{told}");
    for words in ["/start", "/stop", "/help"] {
        world.says(STRANGER, words).await;
    }
    settles(&world).await;
    assert!(world.messages(STRANGER, 0).await.is_empty());
    assert_eq!(world.messages(CELINA, 1).await.len(), 1);
    assert!(world.office.files_of(&id_of(&start)).await.is_empty());
}

#[tokio::test]
async fn commands_are_answered_and_not_filed_and_a_slash_alone_makes_none() {
    let world = World::start().await;
    let help = world.says(CELINA, "/help@hark_simulated_bot").await;
    let told = world.messages(CELINA, 1).await.remove(0);
    assert!(told.ends_with("wyślij /stop."), "{told}");
    let unknown = world.says(CELINA, "/raport").await;
    let told = world.messages(CELINA, 2).await.remove(1);
    assert!(told.contains("/start, /help i /stop") && !told.contains('\n'), "{told}");
    let note = world.says(CELINA, "/ Please order two copper pipes.").await;
    assert_eq!(world.answers(CELINA, 3).await.remove(2).buttons.len(), 3);
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 3).await.len(), 3);
    for (id, filed) in [(help, false), (unknown, false), (note, true)] {
        assert_eq!(!world.office.files_of(&id_of(&id)).await.is_empty(), filed);
    }
}

#[tokio::test]
async fn an_answer_that_was_not_taken_is_sent_a_little_later_and_once() {
    let world = World::start().await;
    world.faults(json!([{"call": "POST *sendMessage", "nth": 1, "count": 1, "do": "status:429"}])).await;
    world.says(CELINA, "Please order two copper pipes.").await;
    world.messages(CELINA, 1).await;
    settles(&world).await;
    assert_eq!(world.messages(CELINA, 1).await.len(), 1, "what was not taken was not sent");
}

#[tokio::test]
async fn an_answer_whose_receipt_is_lost_comes_twice_at_most() {
    let world = World::start().await;
    world.faults(json!([{"call": "POST *sendMessage", "nth": 1, "count": 9, "do": "lost_answer"}])).await;
    world.says(CELINA, "Please order two copper pipes.").await;
    world.messages(CELINA, 1).await;
    settles(&world).await;
    let told = world.messages(CELINA, 1).await.len();
    assert!((1..=2).contains(&told), "{told}");
    assert_eq!(world.calls("POST", "/sendMessage").await, 2);
}

#[tokio::test]
async fn what_was_said_while_telegram_failed_is_taken_once_it_answers() {
    let world = World::start().await;
    world.faults(json!([{"call": "POST *getUpdates", "nth": 1, "count": 3, "do": "status:502"}])).await;
    world.says(CELINA, "Please order two copper pipes.").await;
    world.messages(CELINA, 1).await;
    assert!(world.calls("POST", "/getUpdates").await > 1);
}

#[tokio::test]
async fn with_a_webhook_updates_come_by_themselves_and_nobody_asks() {
    let world = World::with(Options::default().with("TELEGRAM_WEBHOOK_SECRET", SECRET)).await;
    let started = world.dev().started();
    let hook = format!("{}/telegram/webhook", started.url);
    let set = format!("{}/bot{}/setWebhook", started.simulators, cli::demo::BOT_TOKEN);
    let set = |secret: &str| client().post(&set).json(&json!({"url": hook, "secret_token": secret})).send();
    assert!(set(SECRET).await.unwrap().status().is_success());
    let id = world.speaks(CELINA, "job-en.ogg").await;
    let answer = world.answers(CELINA, 1).await.remove(0);
    assert!(!world.office.files_of(&id_of(&id)).await.is_empty());
    world.taps(CELINA, &answer.buttons[0]).await;
    world.messages(CELINA, 2).await;
    assert_eq!(world.calls("POST", "/getUpdates").await, 0);
    let (status, problem) = sync(&world).await;
    assert_eq!(
        (status, problem["title"].as_str()),
        (StatusCode::CONFLICT, Some("It is not in the right state"))
    );
    assert!(problem["detail"].as_str().unwrap().contains("come by themselves"), "{problem}");
    let forged =
        client().post(&hook).header("x-telegram-bot-api-secret-token", "another-secret-of-the-tests");
    let forged = forged.body("{}").send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    assert!(forged.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn without_a_webhook_there_is_no_such_route() {
    let world = World::start().await;
    let hook = format!("{}/telegram/webhook", world.dev().started().url);
    let answer = client().post(hook).header("x-telegram-bot-api-secret-token", SECRET).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_demo_company_has_said_something_on_each_channel() {
    let world = World::with(Options::default().with("HARK_DEMO_MESSAGES", "on")).await;
    assert!(world.first_message(CELINA).await.contains("Zapisano jako wiedz"));
    assert!(world.first_message(BEN).await.contains("Als Auftrag abgelegt"));
    let sms = BEN.trim_start_matches("whatsapp:");
    assert!(world.first_message(sms).await.contains("Als Wissen abgelegt"));
    assert!(world.messages(ANNA, 0).await.is_empty());
}

#[tokio::test]
async fn the_command_plays_a_telegram_phone_and_sets_the_webhook() {
    let folder = tempfile::tempdir().unwrap();
    let secret = BTreeMap::from([("TELEGRAM_WEBHOOK_SECRET".to_owned(), SECRET.to_owned())]);
    let dev = HarkDev::start(folder.path(), &secret).await;
    let port = |url: &str| url.rsplit(':').next().unwrap().to_owned();
    let (sim, own) = (port(&dev.simulators()), port(&dev.url()));
    let settings = [
        ("HARK_SIM_PORT", sim.as_str()),
        ("HARK_PORT", own.as_str()),
        ("HARK_DATA", folder.path().to_str().unwrap()),
        ("TELEGRAM_WEBHOOK_SECRET", SECRET),
    ];
    let show = ["telegram", "webhook", "show", "--json"];
    assert_eq!(printed(&run(&show, &settings).await)["webhook"], Value::Null);
    let doctor = run(&["doctor"], &settings).await;
    assert!(text(&doctor.stdout).contains("none is set, so no message comes"), "{}", text(&doctor.stdout));

    let set = run(&["telegram", "webhook", "set"], &settings).await;
    assert!(set.status.success(), "{}", text(&set.stderr));
    assert!(text(&set.stdout).contains(&format!("webhook: http://127.0.0.1:{own}/telegram/webhook")));
    let doctor = run(&["doctor"], &settings).await;
    assert!(text(&doctor.stdout).contains("messages are brought here"), "{}", text(&doctor.stdout));
    assert!(text(&doctor.stdout).contains("the token works"));

    let said = ["phone", "text", "Please order pipes.", "--from", CELINA, "--json"];
    let said = printed(&run(&said, &settings).await);
    assert!(said["message_sid"].as_str().unwrap().starts_with("TG"), "{said}");
    assert_eq!(said["received"].as_array().unwrap().len(), 1);
    let removed = printed(&run(&["telegram", "webhook", "remove", "--json"], &settings).await);
    assert_eq!((removed["webhook"].as_str(), removed["waiting"].as_u64()), (None, Some(0)));
    let written = dev.kill().await;
    assert!(!written.contains("hark-dev-token") && !written.contains(SECRET));
}
