//! `make load`, small: many notes at once and some of them twice, none lost and none twice; few notes behind many.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use system_tests::{
    Phones,
    load::{
        cast::{Cast, company, typist},
        check::check,
        notes::{Note, deliveries},
        site::Site,
    },
};

/// The files under `objects/` whose names end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path(), end));
        } else if entry.file_name().to_str().unwrap().ends_with(end) {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn b02_three_hundred_notes_at_once_and_some_of_them_twice_are_each_filed_and_answered_once() {
    let cast = Cast { companies: 3, notes: 300 };
    let site = Site::start(cast).await;
    let notes = deliveries(&cast, 0, 300);
    let distinct = notes.iter().map(|note| note.number).max().unwrap() as usize + 1;
    assert!(distinct < 295 && notes.iter().any(|note| note.spoken));
    let sent = site.line.at_once(notes).await;
    assert!(sent.iter().all(|sent| sent.taken));
    site.works_off(|_| {}).await.unwrap();

    let verdict = check(&site, &sent).await.unwrap();
    assert!(verdict.holds(), "{:#?}", verdict.wrong);
    assert_eq!((verdict.notes, verdict.typed.len() + verdict.spoken.len()), (distinct, distinct));

    // What is looked for would be found; in another company than the first, whose list is looked at, too.
    let second = site.objects().join(company(1));
    fs::remove_file(&files(&second, "_text_summary.txt")[0]).unwrap();
    let twice = files(&second, "_record.json").pop().unwrap();
    let name = twice.file_name().unwrap().to_str().unwrap();
    fs::copy(&twice, twice.with_file_name(format!("another-{name}"))).unwrap();
    let verdict = check(&site, &sent).await.unwrap();
    assert_eq!((verdict.lost, verdict.duplicated), (1, 1), "{:#?}", verdict.wrong);
    site.end().await;
}

#[tokio::test]
async fn b22_five_notes_behind_three_hundred_of_another_company_are_answered_among_the_first() {
    const MANY: u32 = 300;
    let site = Site::start(Cast { companies: 2, notes: 0 }).await;
    // Slow enough that most are still queued when the few come.
    let slow = json!([{"call": "POST /v1/chat/completions", "nth": 1, "count": 400, "do": "delay_ms:200"}]);
    Phones::at(&site.simulators()).faults(slow).await;
    site.line.at_once((0..MANY).map(|n| Note::typed(n, 0, 0)).collect()).await;
    let few = site.line.at_once((0..5).map(|n| Note::typed(MANY + n, 1, 0)).collect()).await;
    let (left, _) = site.queue().await;
    assert!(left > 100, "only {left} were left: the few came too late to show anything");
    site.works_off(|_| {}).await.unwrap();

    let of_few = site.received_by(&typist(1, 0)).await;
    assert_eq!(of_few.len(), 5);
    let last = of_few.iter().map(|received| received.at).max().unwrap();
    let of_many = site.received_by(&typist(0, 0)).await;
    let between = of_many.iter().filter(|each| each.at > few[0].due && each.at <= last).count();
    assert!(between < 60, "{between} of the many were answered before the last of the few");
    site.end().await;
}
