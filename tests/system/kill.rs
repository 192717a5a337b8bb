//! `kill -9` in the middle of fifty notes, by a process of its own: nothing is lost and nothing is twice.

use std::collections::BTreeMap;

use serde_json::json;
use system_tests::{HarkDev, KEY, Office, Phones, people_file, person};
use tokio::net::TcpListener;

/// Each of whom sends two notes.
const PEOPLE: u32 = 25;

#[tokio::test]
async fn a_kill_in_the_middle_of_fifty_notes_loses_nothing_and_answers_each_once() {
    let folder = tempfile::tempdir().unwrap();
    // The same ports after the kill: the notes in the queue name them.
    let port = free_ports().await.to_string();
    let settings = BTreeMap::from([
        ("HARK_DEMO_API_KEY".to_owned(), KEY.to_owned()),
        ("HARK_SIM_PORT".to_owned(), port),
        ("HARK_CUSTOMERS".to_owned(), people_file(folder.path(), PEOPLE)),
    ]);
    let hark = HarkDev::start(folder.path(), &settings).await;
    let phones = Phones::at(&hark.simulators());
    // Slow enough that the kill meets notes in every step.
    phones
        .faults(json!([
            {"call": "POST /v1/chat/completions", "nth": 1, "count": 60, "do": "delay_ms:150"},
            {"call": "POST *Messages.json", "nth": 1, "count": 60, "do": "delay_ms:100"},
        ]))
        .await;
    let mut ids = Vec::new();
    for n in 0..PEOPLE {
        // The same words in both: then a lost answer cannot be told by its words.
        ids.push(phones.says(&person(n), "Order pipes.").await);
        ids.push(if n % 3 == 0 {
            phones.speaks(&person(n), "job-en.ogg").await
        } else {
            phones.says(&person(n), "Order pipes.").await
        });
    }
    for n in 0..3 {
        phones.messages(&person(n), 2).await;
    }
    let before = all_messages(&phones, 0).await;
    hark.kill().await;
    assert!(before < 50, "the kill came too late to show anything");

    let hark = HarkDev::start(folder.path(), &settings).await;
    let (phones, office) = (Phones::at(&hark.simulators()), Office::at(&hark.url()));
    all_messages(&phones, 2).await;
    hark.settles(&office).await;
    assert_eq!(all_messages(&phones, 2).await, 50, "one answer each");
    for id in &ids {
        let files = office.files_of(id).await;
        assert!(files.contains_key("full_text") && files.contains_key("record"), "{id}: {files:?}");
    }
    let (_, list) = office.get("/files/list?company_id=demo-plumbing&output_format=ids").await;
    assert_eq!(list["message_ids"].as_array().unwrap().len(), 50, "one set of files each");
    hark.kill().await;
}

/// What all people received, once each has so many messages.
async fn all_messages(phones: &Phones, at_least: usize) -> usize {
    let mut count = 0;
    for n in 0..PEOPLE {
        let shown = phones.messages(&person(n), at_least).await;
        assert!(shown.iter().all(|shown| shown.contains("Filed as a job")), "{shown:#?}");
        count += shown.len();
    }
    count
}

/// A port that is free and whose next one is free, too, from below the range that systems give out.
async fn free_ports() -> u16 {
    for port in (20_000 + std::process::id() as u16 % 5_000 * 2..32_000).step_by(2) {
        let bound =
            (TcpListener::bind(("127.0.0.1", port)).await, TcpListener::bind(("127.0.0.1", port + 1)).await);
        if matches!(bound, (Ok(_), Ok(_))) {
            return port;
        }
    }
    panic!("no two free ports");
}
