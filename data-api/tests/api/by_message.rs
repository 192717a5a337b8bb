//! `/files/by-message`.

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::intent::Intent;

use crate::world::World;

async fn ask(world: &World, key: &str, message: &str) -> (u16, Value) {
    let answer = world.get(key, &format!("/files/by-message?company_id=acme&message_id={message}")).await;
    (answer.status.as_u16(), answer.json())
}

fn types(note: &Value) -> Vec<&str> {
    note["files"].as_array().unwrap().iter().map(|file| file["type"].as_str().unwrap()).collect()
}

fn store_note(world: &World, place: &str, message: &str) {
    for file in
        ["audio.ogg", "full_text.txt", "text_summary.txt", "record.json", "image_1.jpg", "image_10.jpg"]
    {
        world.file(&format!("acme/{place}_{message}_{file}"));
    }
    world.file(&format!("acme/{place}_{message}_document_1.pdf"));
    world.file(&format!("acme/{place}_{message}-2_record.json"));
}

#[tokio::test]
async fn d1_a_note_is_answered_with_all_its_files_and_their_types() {
    let world = World::new();
    store_note(&world, "job-to-be-done/leak", "SM123456");
    let key = world.key("acme").await;
    world.remember(&key, "SM123456", Intent::JobToBeDone, "leak").await;
    let (status, note) = ask(&world, &key, "SM123456").await;
    assert_eq!(status, 200);
    assert_eq!(
        types(&note),
        ["audio", "full_text", "text_summary", "record", "image_1", "image_10", "document_1", "record"]
    );
    assert_eq!(note["files"][7]["key"], "acme/job-to-be-done/leak_SM123456-2_record.json");
    let mut first = note.clone();
    first["files"].as_array_mut().unwrap().truncate(1);
    assert_eq!(
        first,
        json!({
            "message_id": "SM123456",
            "company_id": "acme",
            "intent": "job-to-be-done",
            "tag": "leak",
            "files": [{
                "key": "acme/job-to-be-done/leak_SM123456_audio.ogg",
                "type": "audio",
                "etag": note["files"][0]["etag"],
                "size": 4,
                "last_modified": "2026-11-20T10:00:00+00:00",
            }],
        })
    );
    assert_eq!(world.store.calls(), 1, "the index says where to look");
}

#[tokio::test]
async fn e06_a_note_beyond_position_1000_is_found_without_the_index() {
    let world = World::new();
    for n in 0..2_500 {
        world.file(&format!("acme/knowledge-document/leak_SM{n:06}_audio.ogg"));
    }
    let key = world.key("acme").await;
    for message in ["SM000000", "SM001000", "SM002499"] {
        let (status, note) = ask(&world, &key, message).await;
        assert_eq!((status, note["intent"].as_str()), (200, Some("knowledge-document")), "{message}");
        assert_eq!(types(&note), ["audio"]);
    }
    assert_eq!(ask(&world, &key, "SM002500").await, (404, json!({ "message": "Not Found" })));
}

#[tokio::test]
async fn j_the_summary_is_returned_in_both_spellings() {
    let world = World::new();
    world.file("acme/other/leak_SM123456.text_summary.txt");
    world.file("acme/other/leak_SM123456_full_text.txt");
    world.file("acme/other/leak_SM654321_text_summary.txt");
    let key = world.key("acme").await;
    assert_eq!(types(&ask(&world, &key, "SM123456").await.1), ["full_text", "text_summary"]);
    assert_eq!(types(&ask(&world, &key, "SM654321").await.1), ["text_summary"]);
}

#[tokio::test]
async fn a_note_whose_id_begins_like_another_gets_its_own_files_only() {
    let world = World::new();
    let key = world.key("acme").await;
    for message in ["test_1", "test_10", "test_1_audio"] {
        world.file(&format!("acme/other/leak_{message}_full_text.txt"));
        world.remember(&key, message, Intent::Other, "leak").await;
    }
    for message in ["test_1", "test_10", "test_1_audio"] {
        let (_, note) = ask(&world, &key, message).await;
        assert_eq!(note["message_id"], message);
        assert_eq!(types(&note), ["full_text"]);
        assert_eq!(note["files"][0]["key"], format!("acme/other/leak_{message}_full_text.txt"));
    }
}

#[tokio::test]
async fn a_note_that_was_moved_is_found_although_the_index_is_behind() {
    let world = World::new();
    let key = world.key("acme").await;
    world.remember(&key, "SM123456", Intent::Other, "leak").await;
    world.file("acme/job-to-be-done/leak_SM123456_full_text.txt");
    let (status, note) = ask(&world, &key, "SM123456").await;
    assert_eq!((status, note["intent"].as_str()), (200, Some("job-to-be-done")));
}

#[tokio::test]
async fn of_a_note_that_was_filed_twice_the_newer_place_is_answered() {
    let world = World::new();
    world.file("acme/job-to-be-done/new_SM123456_audio.ogg");
    world.file("acme/other/old_SM123456_audio.ogg");
    world.clock.advance(Duration::from_secs(5));
    world.file("acme/job-to-be-done/new_SM123456_full_text.txt");
    let key = world.key("acme").await;
    let (_, note) = ask(&world, &key, "SM123456").await;
    assert_eq!((note["tag"].as_str(), types(&note)), (Some("new"), vec!["audio", "full_text"]));
}

#[tokio::test]
async fn an_index_that_is_away_makes_it_slower_and_not_wrong() {
    // The key and the noting of its use come first.
    let world = World::failing(|_| false, |call| call > 3);
    world.file("acme/other/leak_SM123456_full_text.txt");
    let key = world.key("acme").await;
    assert_eq!(ask(&world, &key, "SM123456").await.0, 200);
    assert_eq!(world.store.calls(), 3, "all intents were gone through");
}

fn keys(note: &Value) -> Vec<&str> {
    note["files"].as_array().unwrap().iter().map(|file| file["key"].as_str().unwrap()).collect()
}

/// A note of three jobs: two under tags of their own, the third under the first one's.
async fn three_jobs(world: &World, key: &str) {
    for file in ["full_text.txt", "record.json"] {
        world.file(&format!("acme/job-to-be-done/pipes_SM123456_{file}"));
        world.file(&format!("acme/job-to-be-done/boiler_SM123456-2_{file}"));
        world.file(&format!("acme/job-to-be-done/pipes_SM123456-3_{file}"));
        world.file(&format!("acme/job-to-be-done/pipes_SM1234567_{file}"));
    }
    let job = Intent::JobToBeDone;
    world.remember_all(key, "SM123456", &[(job, "pipes"), (job, "boiler"), (job, "pipes")]).await;
}

#[tokio::test]
async fn p10_further_records_are_answered_with_the_first_and_alone_by_their_own_id() {
    for is_indexed in [true, false] {
        let world = World::new();
        let key = world.key("acme").await;
        three_jobs(&world, &key).await;
        if !is_indexed {
            world.remember_all(&key, "SM123456", &[(Intent::Other, "elsewhere")]).await;
        }
        let first = ["pipes_SM123456_full_text.txt", "pipes_SM123456_record.json"];
        let second = ["boiler_SM123456-2_full_text.txt", "boiler_SM123456-2_record.json"];
        let third = ["pipes_SM123456-3_full_text.txt", "pipes_SM123456-3_record.json"];
        let (_, all) = ask(&world, &key, "SM123456").await;
        assert_eq!((all["message_id"].as_str(), all["tag"].as_str()), (Some("SM123456"), Some("pipes")));
        for (message, tag, files) in [
            ("SM123456", "pipes", [first, second, third].concat()),
            ("SM123456-2", "boiler", second.to_vec()),
            ("SM123456-3", "pipes", third.to_vec()),
        ] {
            let (status, note) = ask(&world, &key, message).await;
            let files: Vec<String> = files.iter().map(|name| format!("acme/job-to-be-done/{name}")).collect();
            assert_eq!((status, note["tag"].as_str()), (200, Some(tag)), "{message}");
            assert_eq!(keys(&note), files, "{message}, indexed: {is_indexed}");
        }
        assert_eq!(ask(&world, &key, "SM123456-4").await.0, 404);
    }
}

#[tokio::test]
async fn p10_the_id_of_a_message_that_joined_gives_the_files_of_its_note() {
    let world = World::new();
    let (key, theirs) = (world.key("acme").await, world.key("other-company").await);
    three_jobs(&world, &key).await;
    world.joins(&key, "MM777777", "SM123456").await;
    let (_, note) = ask(&world, &key, "SM123456").await;
    assert_eq!(ask(&world, &key, "MM777777").await, (200, note));
    assert_eq!(ask(&world, &theirs, "MM777777").await.0, 404, "another company's key");
    let own = world.get(&theirs, "/files/by-message?company_id=other-company&message_id=MM777777").await;
    assert_eq!(own.status.as_u16(), 404);
}

#[tokio::test]
async fn p8_a_withdrawn_note_is_not_there_by_its_own_id_or_that_of_what_joined_it() {
    let world = World::new();
    let key = world.key("acme").await;
    for file in ["full_text.txt", "record.json"] {
        world.file(&format!("_withdrawn/acme/job-to-be-done/pipes_SM123456_{file}"));
    }
    world.remember(&key, "SM123456", Intent::JobToBeDone, "pipes").await;
    world.joins(&key, "MM777777", "SM123456").await;
    for message in ["SM123456", "MM777777"] {
        assert_eq!(ask(&world, &key, message).await, (404, json!({ "message": "Not Found" })), "{message}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_told_and_cost_no_look_into_the_store() {
    let world = World::new();
    let key = world.key("acme").await;
    for (query, status, message) in [
        ("", 400, "company_id is required"),
        ("company_id=acme", 400, "message_id is required"),
        ("message_id=SM123456", 400, "company_id is required"),
        ("company_id=acme&message_id=", 400, "message_id is required"),
        ("company_id=acme&message_id=..%2F..", 404, "Not Found"),
        ("company_id=acme&message_id=x", 404, "Not Found"),
        ("company_id=acme&message_id=SM123456%00", 404, "Not Found"),
    ] {
        let answer = world.get(&key, &format!("/files/by-message?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (status, json!({ "message": message })),
            "{query}"
        );
    }
    assert_eq!(world.store.calls(), 0);
}
