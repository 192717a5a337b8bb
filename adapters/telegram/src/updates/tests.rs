//! Updates as Telegram's documents show them, and what they could hold.

use bytes::Bytes;
use serde_json::{Value, json};
use shared::{
    domain::{choice::Choice, identity::Channel},
    testing::samples,
};

use shared::domain::aside::Aside;

use super::*;
use crate::{bot::BotToken, stub::TOKEN};

fn bot() -> BotId {
    BotToken::parse(TOKEN).unwrap().bot()
}

fn read_raw(raw: &[u8]) -> Result<ReadUpdate, NoMessage> {
    let update = VerifiedUpdate { bot: bot(), body: Bytes::copy_from_slice(raw) };
    read_update(&update, samples::now())
}

fn read(update: &Value) -> Result<ReadUpdate, NoMessage> {
    read_raw(update.to_string().as_bytes())
}

/// A text in a chat with a person, with fields added, replaced, or (`null`) left out.
fn with(changes: Value) -> Value {
    let mut message = json!({
        "message_id": 1365,
        "from": {"id": 1111111, "is_bot": false, "first_name": "NAMECANARY", "username": "Testusername", "language_code": "de"},
        "chat": {"id": 1111111, "type": "private", "first_name": "NAMECANARY", "username": "Testusername"},
        "date": 1441645532,
        "text": "Bitte zwei Kupferrohre bestellen",
    });
    let Value::Object(changes) = changes else { panic!("fields") };
    for (name, value) in changes {
        match value {
            Value::Null => drop(message.as_object_mut().unwrap().remove(&name)),
            value => message[name] = value,
        }
    }
    json!({ "update_id": 10000, "message": message })
}

fn message(changes: Value) -> InboundMessage {
    read(&with(changes)).unwrap().message
}

fn files(changes: Value) -> Vec<(String, String)> {
    let media = message(changes).media;
    media.into_iter().map(|file| (file.url.into_inner(), file.content_type)).collect()
}

#[test]
fn a_text_is_a_message_from_its_sender_to_the_bot() {
    let read = message(json!({}));
    assert_eq!(
        (read.from.to_wire(), read.to.to_wire()),
        ("telegram:1111111".into(), "telegram:5550000".into())
    );
    assert_eq!(read.from.channel(), Channel::Telegram);
    assert_eq!(read.text.expose(), "Bitte zwei Kupferrohre bestellen");
    assert_eq!(read.received_at, samples::now(), "our own clock");
    assert_eq!(read.id, bot().message_id(1_111_111, 1_365).unwrap());
    assert!(read.media.is_empty() && read.replied_to.is_none() && read.button.is_none());
}

#[test]
fn the_language_of_the_phone_is_known_and_an_odd_one_stops_nothing() {
    let of = |code: Value| {
        let from = json!({"id": 1111111, "is_bot": false, "language_code": code});
        message(json!({ "from": from })).language
    };
    assert_eq!((of(json!("de")), of(json!("pl-PL"))), (Some(Language::De), Some(Language::Pl)));
    for odd in [json!("uk"), json!(""), json!(5), json!(null), json!(["de"])] {
        assert_eq!(of(odd.clone()), None, "{odd}");
    }
}

#[test]
fn f09_the_same_update_twice_is_the_same_message_and_its_time_decides_nothing() {
    let first = message(json!({}));
    for date in
        [json!(0), json!(1_000_000_000_000_000_i64), json!(-5), json!("soon"), json!(1.5e300), json!(null)]
    {
        let again = message(json!({ "date": date }));
        assert!(again.says_the_same_as(&first), "{date}");
        assert_eq!(again.received_at, samples::now());
    }
}

#[test]
fn what_waited_at_telegram_was_received_when_it_was_written() {
    let now = samples::now();
    let at = |before: i64| message(json!({ "date": now.as_second() - before })).received_at;
    let day = 24 * 3_600;
    for (before, counts) in [(2, 2), (7_200, 7_200), (day, day)] {
        assert_eq!(at(before).as_second(), now.as_second() - counts);
    }
    for before in [1, 0, -1, -7_200, day + 1] {
        assert_eq!(at(before), now, "{before}");
    }
}

/// A text whose first `length` units Telegram marks as a command.
fn command(text: &str, length: usize) -> InboundMessage {
    let entity = json!({"type": "bot_command", "offset": 0, "length": length});
    message(json!({"text": text, "entities": [entity]}))
}

#[test]
fn opening_the_bot_is_a_start_with_or_without_what_a_link_gives_along() {
    for text in ["/start", "/start abc_-1", "/start  x "] {
        for start in [message(json!({ "text": text })), command(text, 6)] {
            assert_eq!(
                (start.text.expose().as_str(), start.command),
                ("/start", Some(Command::Start)),
                "{text}"
            );
        }
    }
    let named = command("/start@hark_bot abc", 15);
    assert_eq!((named.text.expose().as_str(), named.command), ("/start", Some(Command::Start)));
    for text in ["/started", "/start the boiler tomorrow", "/start Müller", "please /start x"] {
        let note = message(json!({ "text": text }));
        assert_eq!((note.text.expose().as_str(), note.command), (text, None));
    }
    assert_eq!(command("/start the boiler tomorrow", 6).command, None, "a person's own words are kept");
}

#[test]
fn a_command_is_what_telegram_calls_one_and_any_other_slash_is_a_persons_own() {
    for (text, length, meant) in [
        ("/stop", 5, Command::Stop),
        ("/stop@hark_bot", 14, Command::Stop),
        ("/STOP!", 5, Command::Stop),
        ("/help", 5, Command::Help),
        ("/Help@hark_bot 👍", 14, Command::Help),
        ("/settings", 9, Command::Unknown),
        ("/started", 8, Command::Unknown),
    ] {
        let read = command(text, length);
        assert_eq!((read.command, read.text.expose().as_str()), (Some(meant), text));
    }
    for (text, length) in [("/2 pipes", 2), ("/stop the leak at Miller's", 5), ("/help Mrs Miller", 5)] {
        assert_eq!(command(text, length).command, None, "{text}");
    }
    let with = |entities: Value| message(json!({"text": "/stop the leak at Miller's", "entities": entities}));
    for entities in [
        json!([]),
        json!([{"type": "bot_command", "offset": 6, "length": 3}]),
        json!([{"type": "bold", "offset": 0, "length": 5}]),
        json!([{"type": "bot_command", "offset": 0, "length": 5_000}]),
        json!([{"type": "bot_command", "offset": "0", "length": -1}]),
        json!(["bot_command", 5]),
        json!("bot_command"),
    ] {
        assert_eq!(with(entities.clone()).command, None, "{entities}");
    }
    // Below a photo nobody speaks to the bot.
    let photo = json!([{"file_id": "a", "width": 1, "height": 1}]);
    let below = json!({"text": null, "caption": "/stop", "photo": photo,
        "caption_entities": [{"type": "bot_command", "offset": 0, "length": 5}]});
    assert_eq!(message(below).command, None);
}

#[test]
fn f09_4096_characters_are_taken_whole() {
    let longest = "ä👍".repeat(2_048);
    assert_eq!(longest.chars().count(), 4_096);
    assert_eq!(*message(json!({ "text": longest })).text.expose(), longest);
}

fn edit(changes: Value) -> Result<InboundMessage, NoMessage> {
    let mut edited = with(changes);
    edited["edited_message"] = edited["message"].take();
    read(&edited).map(|read| read.message)
}

#[test]
fn f09_an_edited_message_is_another_one_about_the_first() {
    let now = samples::now().as_second();
    let changed = edit(json!({"edit_date": now - 60, "text": "Bitte drei Kupferrohre bestellen"})).unwrap();
    let first = message(json!({}));
    assert_eq!((changed.replied_to.as_ref(), changed.edited), (Some(&first.id), true));
    assert_eq!(changed.text.expose(), "Bitte drei Kupferrohre bestellen");
    assert_eq!((changed.from, changed.received_at.as_second()), (first.from, now - 60));
    // Each change counts once, and one back to what was said first is a change, too.
    let id = |at: i64, text: &str| edit(json!({"edit_date": at, "text": text})).unwrap().id;
    assert_eq!(id(now, "drei"), id(now, "drei"));
    let others = [first.id, id(now, "vier"), id(now + 9, "drei"), id(now + 9, "vier")];
    for (n, other) in others.iter().enumerate() {
        assert!(*other != id(now, "drei") && !others[..n].contains(other));
    }
    // Below a photo the words are changed, and the photo comes no second time.
    let photo = json!([{"file_id": "a", "width": 1, "height": 1}]);
    let below = json!({"edit_date": now, "text": null, "photo": photo, "caption": "Das Ventil im Keller"});
    let below = edit(below).unwrap();
    assert_eq!((below.text.expose().as_str(), below.media.len()), ("Das Ventil im Keller", 0));
}

#[test]
fn f09_an_edit_without_words_says_nothing() {
    let place = json!({"latitude": 52.5, "longitude": 13.4, "live_period": 900});
    let photo = json!([{"file_id": "a", "width": 1, "height": 1}]);
    for moved in [
        json!({"edit_date": 1441645600, "text": null, "location": place}),
        json!({"edit_date": 1441645600, "text": null, "photo": photo}),
        json!({"text": "Without a date it is none"}),
    ] {
        assert_eq!(edit(moved.clone()).unwrap_err(), NoMessage::Edited, "{moved}");
    }
    let group = json!({"edit_date": 1441645600, "chat": {"id": -100, "type": "supergroup"}});
    assert_eq!(edit(group).unwrap_err(), NoMessage::ChatNotAllowed);
}

#[test]
fn f09_what_is_no_message_is_told_apart() {
    for kind in
        ["channel_post", "business_message", "inline_query", "my_chat_member", "poll_answer", "not_yet_known"]
    {
        let update = json!({ "update_id": 10000, kind: {"id": "134567890097", "from": {"id": 1111111}} });
        assert_eq!(read(&update).unwrap_err(), NoMessage::OtherKind, "{kind}");
    }
    assert_eq!(read(&json!({ "update_id": 10000 })).unwrap_err(), NoMessage::OtherKind);
}

#[test]
fn f09_only_a_chat_with_one_person_is_listened_to() {
    let ours = json!({"id": 1111111, "is_bot": false, "first_name": "A"});
    for (chat, from, why) in [
        (
            json!({"id": -1001234567890_i64, "type": "supergroup", "title": "Team"}),
            ours.clone(),
            NoMessage::ChatNotAllowed,
        ),
        (json!({"id": -42, "type": "group"}), ours.clone(), NoMessage::ChatNotAllowed),
        (json!({"id": 1111111, "type": "channel"}), ours.clone(), NoMessage::ChatNotAllowed),
        (json!({"id": 2222222, "type": "private"}), ours.clone(), NoMessage::ChatNotAllowed),
        (json!({"id": 1111111, "type": "private"}), json!(null), NoMessage::ChatNotAllowed),
        (json!({"id": -7, "type": "private"}), json!({"id": -7}), NoMessage::ChatNotAllowed),
        (
            json!({"id": 1111111, "type": "private"}),
            json!({"id": 1111111, "is_bot": true}),
            NoMessage::FromBot,
        ),
    ] {
        assert_eq!(read(&with(json!({ "chat": chat, "from": from }))).unwrap_err(), why, "{chat}");
    }
}

#[test]
fn f09_what_cannot_be_read_is_refused_as_a_whole() {
    for broken in [
        json!({"message_id": "1365"}),
        json!({"message_id": null}),
        json!({"message_id": 1e99}),
        json!({"text": 5}),
        json!({"text": ["CANARY"]}),
        json!({"chat": 1111111}),
        json!({"from": {"id": "1111111"}}),
        json!({"text": null, "voice": {"duration": 5}}),
        json!({"text": null, "voice": {"file_id": ""}}),
        json!({"text": null, "voice": {"file_id": "../CANARY"}}),
        json!({"text": null, "voice": {"file_id": "a", "file_size": -1}}),
        json!({"text": null, "photo": {"file_id": "a"}}),
        json!({"text": null, "location": {"latitude": 91.0, "longitude": 0.0}}),
        json!({"text": null, "location": {"latitude": "x", "longitude": 0.0}}),
    ] {
        assert_eq!(read(&with(broken.clone())).unwrap_err(), NoMessage::Unreadable, "{broken}");
    }
    for raw in [&b""[..], b"null", b"[]", b"{", b"\xff", b"{\"message\":\"CANARY\"}", &b"[".repeat(100_000)] {
        assert_eq!(read_raw(raw).unwrap_err(), NoMessage::Unreadable);
    }
    // Half of a pair of surrogates is no text.
    let half = with(json!({})).to_string().replace("Bitte", r"\ud83d");
    assert_eq!(read_raw(half.as_bytes()).unwrap_err(), NoMessage::Unreadable);
}

#[test]
fn f09_without_a_text_and_without_anything_else_it_is_no_message() {
    for (content, why) in [
        (json!({"text": null}), NoMessage::Empty),
        (json!({"text": ""}), NoMessage::Empty),
        (json!({"text": null, "pinned_message": {"message_id": 1}}), NoMessage::Noted),
        (json!({"text": null, "message_auto_delete_timer_changed": {}}), NoMessage::Noted),
        (json!({"text": null, "new_chat_members": [{"id": 5550000, "is_bot": true}]}), NoMessage::Noted),
        (json!({"text": null, "unique_gift": {}}), NoMessage::Noted),
    ] {
        assert_eq!(read(&with(content.clone())).unwrap_err(), why, "{content}");
        assert_eq!(why.is_broken(), why == NoMessage::Empty);
    }
}

#[test]
fn f09_a_sticker_comes_without_words_so_that_its_sender_is_told() {
    for content in [
        json!({"sticker": {"file_id": "CAACAgIAAxk", "width": 512, "height": 512, "emoji": "👍", "is_animated": false}}),
        json!({"poll": {"id": "1", "question": "?", "options": []}}),
        json!({"dice": {"emoji": "🎲", "value": 3}}),
        json!({"game": {"title": "Chess", "description": "", "photo": []}}),
        json!({"story": {"chat": {"id": 1111111, "type": "private"}, "id": 3}}),
        json!({"checklist": {"title": "Tools", "tasks": []}}),
        json!({"not_yet_known": {"x": 1}}),
    ] {
        let mut content = content;
        content["text"] = Value::Null;
        let read = message(content.clone());
        assert!(read.text.expose().is_empty() && read.media.is_empty(), "{content}");
        assert_eq!(Aside::of_message(&read), Some(Aside::NothingToTake), "{content}");
    }
}

#[test]
fn a_voice_note_is_a_recording_in_ogg_whatever_its_name_is() {
    let voice = json!({"text": null, "voice": {"duration": 5, "mime_type": "audio/ogg", "file_id": "AwADBAADbXXXXXXXXXXXGBdhD2l6_XX", "file_unique_id": "AgADbX", "file_size": 23000}});
    assert_eq!(
        files(voice),
        [("telegram:AwADBAADbXXXXXXXXXXXGBdhD2l6_XX?size=23000".into(), "audio/ogg".into())]
    );
    let bare = json!({"text": null, "voice": {"file_id": "AwADBAADbX"}});
    assert_eq!(files(bare), [("telegram:AwADBAADbX".into(), "audio/ogg".into())]);
}

#[test]
fn files_keep_their_kind_and_what_is_written_below_them() {
    let audio = json!({"text": null, "audio": {"file_id": "AwADBA", "mime_type": "audio/x-m4a", "duration": 243, "file_name": "NAMECANARY.m4a"}});
    assert_eq!(files(audio), [("telegram:AwADBA".into(), "audio/x-m4a".into())]);
    let document = json!({"text": null, "document": {"file_id": "AwADBA", "file_name": "x.pdf", "mime_type": "Application/PDF; x=1", "file_size": 536392}});
    assert_eq!(files(document), [("telegram:AwADBA?size=536392".into(), "application/pdf".into())]);
    let odd = json!({"text": null, "document": {"file_id": "AwADBA", "mime_type": "CANARY\u{0}"}});
    assert_eq!(files(odd), [("telegram:AwADBA".into(), "application/octet-stream".into())]);
    let round = json!({"text": null, "video_note": {"file_id": "DQADBA", "length": 240, "duration": 3}});
    assert_eq!(files(round), [("telegram:DQADBA".into(), "video/mp4".into())]);
    let moving = json!({"text": null, "animation": {"file_id": "CgADBA"}, "document": {"file_id": "CgADBA", "mime_type": "video/mp4"}});
    assert_eq!(files(moving), [("telegram:CgADBA".into(), "video/mp4".into())]);
    let photo = json!({"text": null, "caption": "Das Ventil", "photo": [
        {"file_id": "small", "file_size": 1253, "width": 90, "height": 67},
        {"file_id": "large", "file_size": 70000, "width": 1280, "height": 960},
        {"file_id": "medium", "file_size": 20000, "width": 320, "height": 240},
    ]});
    assert_eq!(files(photo.clone()), [("telegram:large?size=70000".into(), "image/jpeg".into())]);
    assert_eq!(message(photo).text.expose(), "Das Ventil");
}

#[test]
fn places_and_cards_are_understood() {
    let place = message(json!({"text": null, "location": {"latitude": 52.520008, "longitude": 13.404954}}));
    let place = place.location.unwrap().into_inner();
    assert_eq!((place.latitude, place.longitude, place.label), (52.520_008, 13.404_954, None));
    let here = json!({"latitude": 52.5, "longitude": 13.4});
    let venue = message(
        json!({"text": null, "location": here, "venue": {"location": here, "title": "Schule", "address": "Weg 1"}}),
    );
    let venue = venue.location.unwrap().into_inner();
    assert_eq!((venue.label.as_deref(), venue.address.as_deref()), (Some("Schule"), Some("Weg 1")));
    let card = message(
        json!({"text": null, "contact": {"phone_number": "+49151", "first_name": "Petra", "last_name": "Miller"}}),
    );
    assert_eq!(card.text.expose(), "BEGIN:VCARD\nVERSION:4.0\nFN:Petra Miller\nTEL:+49151\nEND:VCARD");
    let card = message(
        json!({"text": null, "contact": {"phone_number": "1", "first_name": "P", "vcard": "BEGIN:VCARD\nFN:P\nEND:VCARD"}}),
    );
    assert_eq!(card.text.expose(), "BEGIN:VCARD\nFN:P\nEND:VCARD");
}

#[test]
fn an_answer_names_the_message_that_it_is_about() {
    let quoted = |chat: i64| json!({"reply_to_message": {"message_id": 1334, "chat": {"id": chat, "type": "private"}, "date": 0, "text": "Filed"}});
    assert_eq!(message(quoted(1_111_111)).replied_to, bot().message_id(1_111_111, 1_334).ok());
    assert_eq!(message(quoted(2_222_222)).replied_to, None);
}

#[test]
fn a_tap_is_a_message_with_the_button_that_quotes_what_was_tapped() {
    let tap = |changes: Value| {
        let mut query = json!({
            "id": "4382bfdwdsb323b2d9",
            "from": {"id": 1111111, "is_bot": false, "first_name": "NAMECANARY"},
            "message": {"message_id": 1366, "from": {"id": 5550000, "is_bot": true}, "chat": {"id": 1111111, "type": "private"}, "date": 1,
                "text": "Filed", "reply_markup": {"inline_keyboard": [[
                    {"text": "OK", "callback_data": "hark-ok"}, {"text": "Rückgängig", "callback_data": "hark-undo"}]]}},
            "chat_instance": "1",
            "data": "hark-undo",
        });
        query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        read(&json!({ "update_id": 10001, "callback_query": query }))
    };
    let ReadUpdate { message, tap: waiting } = tap(json!({})).unwrap();
    assert_eq!(Choice::of_message(&message), Some(Choice::Undo));
    assert_eq!(message.text.expose(), "Rückgängig");
    assert_eq!(message.replied_to, bot().message_id(1_111_111, 1_366).ok());
    assert_eq!(message.id, bot().tap_id(1_111_111, 1_366, "hark-undo", None).unwrap());
    // A second tap is the same decision, another button is another one, and each change is asked for anew.
    let id = |tapped: &str, data: &str| tap(json!({"id": tapped, "data": data})).unwrap().message.id;
    assert_eq!(id("1", "hark-undo"), message.id);
    assert_ne!(id("1", "hark-ok"), message.id);
    assert_ne!(id("1", "hark-change"), id("2", "hark-change"));
    assert_eq!(waiting.unwrap().expose(), "4382bfdwdsb323b2d9");
    // Too old to be shown to us: its number is enough.
    let old = json!({"message": {"message_id": 1366, "chat": {"id": 1111111, "type": "private"}, "date": 0}});
    assert_eq!(tap(old).unwrap().message.replied_to, message.replied_to);
    for (changes, why) in [
        (json!({"message": null}), NoMessage::OtherKind),
        (json!({"data": null}), NoMessage::OtherKind),
        (json!({"data": "x".repeat(65)}), NoMessage::OtherKind),
        (json!({"from": {"id": 2222222}}), NoMessage::ChatNotAllowed),
        (json!({"id": ""}), NoMessage::Unreadable),
        (json!({"id": 5}), NoMessage::Unreadable),
    ] {
        assert_eq!(tap(changes.clone()).unwrap_err(), why, "{changes}");
    }
}

#[test]
fn g01_an_update_shows_nothing_of_what_was_said() {
    let shown = format!("{:?}", read(&with(json!({"text": "WORDCANARY"}))).unwrap());
    assert!(!shown.contains("CANARY") && !shown.contains("1111111"), "{shown}");
}
