//! `/files/list` in both formats, over many pages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::World;

fn encoded(token: &str) -> String {
    // Tokens are made to stand in a query as they are.
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{token}");
    token.to_owned()
}

/// All pages of a listing, first to last.
async fn pages(world: &World, key: &str, query: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut path = format!("/files/list?{query}");
    loop {
        let answer = world.get(key, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        let token = page["nextContinuationToken"].as_str().map(encoded);
        pages.push(page);
        match token {
            Some(token) => path = format!("/files/list?{query}&nextContinuationToken={token}"),
            None => return pages,
        }
        assert!(pages.len() < 100, "a listing without an end");
    }
}

fn keys(pages: &[Value]) -> Vec<&str> {
    let files = pages.iter().flat_map(|page| page["files"].as_array().unwrap());
    files.map(|file| file["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn d1_a_listing_has_the_form_that_client_apps_know() {
    let world = World::new();
    world.file("acme/job-to-be-done/leak_SM123456_audio.ogg");
    let key = world.key("acme").await;
    let answer = world.get(&key, "/files/list?company_id=acme&message_intent=job-to-be-done").await;
    let etag = answer.json()["files"][0]["etag"].clone();
    assert!(etag.as_str().unwrap().starts_with('"'));
    assert_eq!(
        answer.json(),
        json!({
            "files": [{
                "key": "acme/job-to-be-done/leak_SM123456_audio.ogg",
                "etag": etag,
                "size": 4,
                "last_modified": "2026-11-20T10:00:00+00:00",
            }],
            "nextContinuationToken": null,
        })
    );
    let empty = world.get(&key, "/files/list?company_id=acme&message_intent=other").await;
    assert_eq!(empty.json(), json!({ "files": [], "nextContinuationToken": null }));
}

#[tokio::test]
async fn e06_2500_files_are_listed_in_pages_of_1000_each_once() {
    let world = World::new();
    for n in 0..2_500 {
        world.file(&format!("acme/other/leak_SM{n:06}_audio.ogg"));
    }
    world.file("acme-2/other/leak_SM000000_audio.ogg");
    let key = world.key("acme").await;
    let pages = pages(&world, &key, "company_id=acme&message_intent=other").await;
    let sizes: Vec<usize> = pages.iter().map(|page| page["files"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [1_000, 1_000, 500]);
    let expected: Vec<String> = (0..2_500).map(|n| format!("acme/other/leak_SM{n:06}_audio.ogg")).collect();
    assert_eq!(keys(&pages), expected);
}

#[tokio::test]
async fn without_an_intent_all_are_listed_in_their_order() {
    let world = World::new();
    for n in 0..1_200 {
        world.file(&format!("acme/other/leak_SM{n:06}_audio.ogg"));
        world.file(&format!("acme/job-to-be-done/leak_SM{n:06}_audio.ogg"));
    }
    world.file("acme/knowledge-document/leak_SM999999_audio.ogg");
    let key = world.key("acme").await;
    let pages = pages(&world, &key, "company_id=acme").await;
    let listed = keys(&pages);
    assert_eq!((listed.len(), pages.len()), (2_401, 3));
    assert!(listed.is_sorted());
}

#[tokio::test]
async fn what_is_none_of_harks_files_is_not_listed() {
    let world = World::new();
    for key in [
        "acme/other/",
        "acme/other/notes.txt",
        "acme/other/<img src=x onerror=alert(1)>_SM123456_audio.ogg",
        "acme/other/deep/leak_SM123456_audio.ogg",
        "acme/secret/leak_SM123456_audio.ogg",
        "_inbox/acme/SM123456/0.ogg",
        "customers.json",
        "acme/other/leak_SM123456_audio.ogg",
    ] {
        world.file(key);
    }
    let key = world.key("acme").await;
    let full = pages(&world, &key, "company_id=acme").await;
    assert_eq!(keys(&full), ["acme/other/leak_SM123456_audio.ogg"]);
    let ids = pages(&world, &key, "company_id=acme&output_format=ids").await;
    assert_eq!(ids[0]["message_ids"], json!([{ "message_id": "SM123456", "tag": "leak", "file_count": 1 }]));
}

#[tokio::test]
async fn many_foreign_files_do_not_keep_a_request_busy_for_ever() {
    let world = World::new();
    for n in 0..12_500 {
        world.file(&format!("acme/other/{n:06}.tmp"));
    }
    world.file("acme/other/leak_SM123456_audio.ogg");
    let key = world.key("acme").await;
    for (format, field) in [("full", "files"), ("ids", "message_ids")] {
        let query = format!("company_id=acme&message_intent=other&output_format={format}");
        let pages = pages(&world, &key, &query).await;
        assert!(pages.len() > 1);
        let found: usize = pages.iter().map(|page| page[field].as_array().unwrap().len()).sum();
        assert_eq!(found, 1, "{format}");
    }
}

#[tokio::test]
async fn j_notes_are_listed_by_their_message_with_all_their_files() {
    let world = World::new();
    for key in [
        "acme/job-to-be-done/kueche-leck_SM123456_audio.ogg",
        "acme/job-to-be-done/kueche-leck_SM123456_full_text.txt",
        "acme/job-to-be-done/kueche-leck_SM123456_text_summary.txt",
        "acme/job-to-be-done/kueche-leck_SM123456-2_record.json",
        "acme/job-to-be-done/old_SM222222.text_summary.txt",
        "acme/job-to-be-done/old_SM222222_full_text.txt",
        "acme/other/smoke-sm0123_test_message_1_full_text.txt",
    ] {
        world.file(key);
    }
    let key = world.key("acme").await;
    let answer = world.get(&key, "/files/list?company_id=acme&output_format=ids").await;
    assert_eq!(
        answer.json(),
        json!({
            "message_ids": [
                { "message_id": "SM123456", "tag": "kueche-leck", "file_count": 4 },
                { "message_id": "SM222222", "tag": "old", "file_count": 2 },
                { "message_id": "test_message_1", "tag": "smoke-sm0123", "file_count": 1 },
            ],
            "nextContinuationToken": null,
        })
    );
}

#[tokio::test]
async fn e06_a_note_on_the_edge_of_a_page_is_listed_once_and_whole() {
    let world = World::new();
    // Three files each: the 1,000th file is in the middle of a note. The ids begin alike, so that files
    // of several notes stand mixed.
    let mut expected = BTreeMap::new();
    for intent in ["job-to-be-done", "other"] {
        for n in 0..1_100 {
            for file in ["audio.ogg", "full_text.txt", "record.json"] {
                world.file(&format!("acme/{intent}/leak_message_{n}_{file}"));
            }
            *expected.entry(format!("message_{n}")).or_insert(0) += 1;
        }
    }
    let key = world.key("acme").await;
    let pages = pages(&world, &key, "company_id=acme&output_format=ids").await;
    assert!(pages.len() > 2);
    let mut seen = BTreeMap::new();
    for note in pages.iter().flat_map(|page| page["message_ids"].as_array().unwrap()) {
        assert_eq!(note["file_count"], 3, "{note}");
        *seen.entry(note["message_id"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_token_is_good_for_its_own_listing_alone() {
    let world = World::new();
    for intent in ["other", "job-to-be-done"] {
        for n in 0..1_500 {
            world.file(&format!("acme/{intent}/leak_SM{n:06}_audio.ogg"));
        }
    }
    let (key, foreign) = (world.key("acme").await, world.key("acme-2").await);
    let first = world.get(&key, "/files/list?company_id=acme&message_intent=other").await.json();
    let token = first["nextContinuationToken"].as_str().unwrap();
    let swapped: String = token.chars().rev().collect();
    for (key, query, status) in [
        (&key, format!("company_id=acme&message_intent=other&nextContinuationToken={token}"), 200),
        (&key, "company_id=acme&message_intent=other&nextContinuationToken=".to_owned(), 200),
        (&key, format!("company_id=acme&message_intent=job-to-be-done&nextContinuationToken={token}"), 400),
        (&key, format!("company_id=acme&nextContinuationToken={token}"), 400),
        (
            &key,
            format!("company_id=acme&message_intent=other&output_format=ids&nextContinuationToken={token}"),
            400,
        ),
        (&foreign, format!("company_id=acme-2&message_intent=other&nextContinuationToken={token}"), 400),
        (&key, format!("company_id=acme&message_intent=other&nextContinuationToken={swapped}"), 400),
        (&key, "company_id=acme&message_intent=other&nextContinuationToken=%00".to_owned(), 400),
        (
            &key,
            "company_id=acme&message_intent=other&nextContinuationToken=acme/other/leak_SM000999_audio.ogg"
                .to_owned(),
            400,
        ),
    ] {
        let answer = world.get(key, &format!("/files/list?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        if status == 400 {
            assert_eq!(answer.text, "{\"message\":\"Invalid nextContinuationToken\"}");
        }
    }
}

#[tokio::test]
async fn wrong_parameters_are_told_and_cost_no_look_into_the_store() {
    let world = World::new();
    let key = world.key("acme").await;
    for (query, message) in [
        ("", "company_id is required"),
        ("company_id=", "company_id is required"),
        ("message_intent=other", "company_id is required"),
        (
            "company_id=acme&message_intent=jobs",
            "Invalid message_intent. Must be one of: job-to-be-done, knowledge-document, other",
        ),
        (
            "company_id=acme&message_intent=",
            "Invalid message_intent. Must be one of: job-to-be-done, knowledge-document, other",
        ),
        ("company_id=acme&output_format=xml", "Invalid output_format. Must be one of: full, ids"),
        ("company_id=acme&company_id=acme-2", "Invalid query: each parameter may be given once"),
    ] {
        let answer = world.get(&key, &format!("/files/list?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, json!({ "message": message })), "{query}");
    }
    let unknown = world.get(&key, "/files/list?company_id=acme&limit=5").await;
    assert_eq!(unknown.status, 200);
    assert_eq!(world.store.calls(), 3, "one look for each intent of the one good request");
}

#[tokio::test]
async fn a_store_that_is_away_is_told_without_its_words() {
    let world = World::failing(|_| true, |_| false);
    let key = world.key("acme").await;
    let answer = world.get(&key, "/files/list?company_id=acme").await;
    assert_eq!(
        (answer.status.as_u16(), answer.text.as_str()),
        (503, "{\"message\":\"Service Unavailable\"}")
    );
}
