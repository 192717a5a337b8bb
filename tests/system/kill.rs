//! `kill -9` in the middle of fifty notes, by a process of its own: nothing is lost and nothing is twice.

use std::collections::BTreeMap;

use serde_json::json;
use system_tests::{ANNA, HarkDev, KEY, Office, Phones};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_kill_in_the_middle_of_fifty_notes_loses_nothing_and_answers_each_once() {
    let folder = tempfile::tempdir().unwrap();
    // The same ports after the kill: the notes in the queue name them.
    let port = free_ports().await.to_string();
    let settings = BTreeMap::from([
        ("HARK_DEMO_API_KEY".to_owned(), KEY.to_owned()),
        ("HARK_SIM_PORT".to_owned(), port),
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
    for n in 0..50 {
        // The same words in all of them: then a lost answer cannot be told by its words.
        ids.push(if n % 5 == 0 {
            phones.speaks(ANNA, "job-en.ogg").await
        } else {
            phones.says(ANNA, "Order pipes.").await
        });
    }
    let before = phones.messages(ANNA, 10).await.len();
    hark.kill().await;
    assert!(before < 50, "the kill came too late to show anything");

    let hark = HarkDev::start(folder.path(), &settings).await;
    let (phones, office) = (Phones::at(&hark.simulators()), Office::at(&hark.url()));
    phones.messages(ANNA, 50).await;
    hark.settles(&office).await;
    let shown = phones.messages(ANNA, 50).await;
    assert_eq!(shown.len(), 50, "one answer each");
    assert!(shown.iter().all(|shown| shown.contains("Filed as a job")), "{shown:#?}");
    for id in &ids {
        let files = office.files_of(id).await;
        assert!(files.contains_key("full_text") && files.contains_key("record"), "{id}: {files:?}");
    }
    let (_, list) = office.get("/files/list?company_id=demo-plumbing&output_format=ids").await;
    assert_eq!(list["message_ids"].as_array().unwrap().len(), 50, "one set of files each");
    hark.kill().await;
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
