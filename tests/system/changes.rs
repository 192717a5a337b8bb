//! What people say about a note that is filed already, and what becomes of its record.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use system_tests::{ANNA, BEN, CELINA, Shown, World, fixture};

/// What `job-en.ogg` says is about Mrs Miller.
const CORRECTION: &str = "No, not Miller, Müller.";

/// The keys of a note's files, in the order in which the office gets them.
async fn keys_of(world: &World, id: &str) -> Vec<String> {
    let path = format!("/files/by-message?company_id=demo-plumbing&message_id={id}");
    let (_, note) = world.office.get(&path).await;
    let files = note["files"].as_array().cloned().unwrap_or_default();
    files.iter().map(|file| file["key"].as_str().unwrap().to_owned()).collect()
}

/// All that the office can list.
async fn listed(world: &World) -> Vec<Value> {
    let (_, page) = world.office.get("/files/list?company_id=demo-plumbing").await;
    page["files"].as_array().unwrap().clone()
}

async fn bytes_of(world: &World, id: &str) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for key in keys_of(world, id).await {
        let bytes = world.office.download(&key).await;
        all.insert(key, bytes);
    }
    all
}

async fn text_of(world: &World, id: &str, file: &str) -> String {
    String::from_utf8(world.office.download(&world.office.files_of(id).await[file]).await).unwrap()
}

async fn newest(world: &World, who: &str, count: usize) -> Shown {
    world.answers(who, count).await.pop().unwrap()
}

#[tokio::test]
async fn p8_a_voice_note_whose_answer_is_quoted_is_corrected_and_the_office_sees_it() {
    let world = World::start().await;
    let id = world.speaks(ANNA, "job-en.ogg").await;
    let answer = newest(&world, ANNA, 1).await;
    assert!(answer.text.contains("• Call Mrs Miller tomorrow about the leak"), "{}", answer.text);
    assert_eq!(answer.buttons, ["OK", "Change", "Undo"]);
    let before = bytes_of(&world, &id).await;

    let correction = world.replies(ANNA, &answer.id, CORRECTION).await;
    let told = newest(&world, ANNA, 2).await;
    assert!(told.text.starts_with("*Changed:*\n"), "{}", told.text);
    let line = "✗ Call Mrs Miller tomorrow about the leak\n✓ Call Mrs Müller tomorrow about the leak";
    assert!(told.text.contains(line), "{}", told.text);
    assert_eq!(told.buttons, ["OK", "Change", "Undo"]);

    let after = bytes_of(&world, &id).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "the same keys");
    assert_eq!(keys_of(&world, &correction).await, keys_of(&world, &id).await, "nothing of its own");
    let summary = text_of(&world, &id, "text_summary").await;
    assert!(summary.contains("Müller") && !summary.contains("Miller"), "{summary}");
    assert!(text_of(&world, &id, "full_text").await.contains("Miller"), "what was said stays");
    let record = world.office.record_of(&id).await;
    assert_eq!(record["job"]["action_items"][1]["text"], "Call Mrs Müller tomorrow about the leak");
    assert_eq!(record["corrections"][0]["text"], CORRECTION);
    assert_eq!(record["version"], 1);

    world.settles().await;
    assert_eq!(world.messages(ANNA, 2).await.len(), 2, "one answer each");
}

#[tokio::test]
async fn p8_undo_takes_a_note_out_of_the_offices_sight_and_a_second_one_brings_it_back() {
    let world = World::start().await;
    let id = world.speaks(ANNA, "job-en.ogg").await;
    world.messages(ANNA, 1).await;
    let before = bytes_of(&world, &id).await;
    assert_eq!(before.len(), 4);

    world.taps(ANNA, "Undo").await;
    let told = newest(&world, ANNA, 2).await;
    assert!(told.text.starts_with("*Withdrawn, your office does not see it any more:*"), "{}", told.text);
    assert_eq!(told.buttons, ["Bring back"]);
    let path = format!("/files/by-message?company_id=demo-plumbing&message_id={id}");
    assert_eq!(world.office.get(&path).await.0.as_u16(), 404);
    assert!(listed(&world).await.is_empty(), "{:?}", listed(&world).await);

    world.taps(ANNA, "Bring back").await;
    assert!(newest(&world, ANNA, 3).await.text.starts_with("*Back again:*"));
    back_as_it_was(&world, &id, &before).await;

    for count in [4, 5] {
        world.says(ANNA, "3").await;
        world.messages(ANNA, count).await;
        assert_eq!(listed(&world).await.len(), if count == 4 { 0 } else { 4 });
    }
    back_as_it_was(&world, &id, &before).await;
}

/// The same bytes under the same keys; only the record counts its versions.
async fn back_as_it_was(world: &World, id: &str, before: &BTreeMap<String, Vec<u8>>) {
    let after = bytes_of(world, id).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (key, bytes) in before {
        if key.ends_with("_record.json") {
            let plain = |bytes: &[u8]| {
                let mut record: Value = serde_json::from_slice(bytes).unwrap();
                record.as_object_mut().unwrap().remove("version");
                record
            };
            assert_eq!(plain(&after[key]), plain(bytes), "{key}");
        } else {
            assert_eq!(after[key], *bytes, "{key}");
        }
    }
}

#[tokio::test]
async fn p8_change_asks_what_and_takes_the_next_recording_for_it() {
    let world = World::start().await;
    let id = world.speaks(ANNA, "job-en.ogg").await;
    world.messages(ANNA, 1).await;
    world.taps(ANNA, "Change").await;
    let asked = newest(&world, ANNA, 2).await;
    assert_eq!((asked.text.as_str(), asked.buttons.len()), ("What shall I change? Write it or say it.", 0));

    let said = "Mrs Müller, not Mrs Miller.";
    world.speaks_words(ANNA, said, fixture("audio/other-en.ogg"), "audio/ogg").await;
    let told = newest(&world, ANNA, 3).await;
    assert!(told.text.contains(&format!("Heard: “{said}”")), "{}", told.text);
    assert!(told.text.contains("✓ Call Mrs Müller tomorrow about the leak"), "{}", told.text);
    let record = world.office.record_of(&id).await;
    assert_eq!(record["job"]["action_items"][1]["text"], "Call Mrs Müller tomorrow about the leak");

    world.taps(ANNA, "OK").await;
    assert_eq!(newest(&world, ANNA, 4).await.text, "Confirmed, thank you.");
    assert_eq!(world.office.record_of(&id).await["confirmed"], true);
}

#[tokio::test]
async fn p10_a_photo_a_place_and_a_second_recording_join_the_note_before_them() {
    let world = World::start().await;
    let id = world.speaks(ANNA, "job-en.ogg").await;
    world.messages(ANNA, 1).await;

    let bytes = fixture("media/photo.jpg");
    let url = world.uploads(bytes.clone(), "image/jpeg").await;
    let fields = json!({"Body": "", "NumMedia": "1", "MediaUrl0": url, "MediaContentType0": "image/jpeg"});
    let photo = world.sends(ANNA, fields).await;
    assert!(newest(&world, ANNA, 2).await.text.starts_with("*Added to:*\n"));
    let place = json!({"Body": "", "Latitude": "52.5200", "Longitude": "13.4050", "Label": "Site 7"});
    world.sends(ANNA, place).await;
    world.messages(ANNA, 3).await;
    let (said, sound) = ("Please also bring a pump.", fixture("audio/other-en.ogg"));
    let second = world.speaks_words(ANNA, said, sound.clone(), "audio/ogg").await;
    let told = newest(&world, ANNA, 4).await;
    assert!(
        told.text.contains("*Added to:*") && told.text.contains("✓ Please also bring a pump"),
        "{}",
        told.text
    );

    let files = world.office.files_of(&photo).await;
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["audio", "document_1", "full_text", "image_1", "record", "text_summary"],
    );
    assert!(files.values().all(|key| key.contains(&id)), "all under the note's own id: {files:?}");
    assert_eq!(world.office.download(&files["image_1"]).await, bytes);
    assert_eq!(world.office.download(&files["document_1"]).await, sound);
    for joined in [&id, &second] {
        assert_eq!(world.office.files_of(joined).await, files);
    }
    let record = world.office.record_of(&id).await;
    assert_eq!(record["joined"][1]["location"]["label"], "Site 7");
    assert!(record["text"].as_str().unwrap().ends_with(said), "{}", record["text"]);
    assert!(text_of(&world, &id, "text_summary").await.contains("bring a pump"));
    assert!(listed(&world).await.iter().all(|file| file["key"].as_str().unwrap().contains(&id)));
}

#[tokio::test]
async fn p10_several_jobs_in_one_note_are_records_of_their_own() {
    let world = World::start().await;
    let words =
        "Please order two copper pipes. Call Mrs Miller tomorrow. Next job: please fix Green's boiler.";
    let id = world.says(ANNA, words).await;
    let told = newest(&world, ANNA, 1).await;
    for part in ["*1/2* *Filed as a job:*", "*2/2* *Filed as a job:*", "Green's boiler"] {
        assert!(told.text.contains(part), "{}", told.text);
    }
    let all = keys_of(&world, &id).await;
    let second = keys_of(&world, &format!("{id}-2")).await;
    assert_eq!((all.len(), second.len()), (6, 3), "{all:?}");
    assert!(all.ends_with(&second), "{all:?}");
    let record = world.office.record_of(&format!("{id}-2")).await;
    assert_eq!(record["further_record_of"], id.as_str());
    assert!(record["job"]["action_items"][0]["text"].as_str().unwrap().contains("boiler"), "{record}");

    world.replies(ANNA, &told.id, "Not Green, Grün").await;
    let told = newest(&world, ANNA, 2).await;
    assert!(told.text.contains("✓ ") && told.text.contains("Grün's boiler"), "{}", told.text);
    assert_eq!(keys_of(&world, &id).await, all);
    let record = world.office.record_of(&format!("{id}-2")).await;
    assert!(record["job"]["action_items"][0]["text"].as_str().unwrap().contains("Grün's boiler"), "{record}");

    world.taps(ANNA, "Undo").await;
    world.messages(ANNA, 3).await;
    assert!(listed(&world).await.is_empty(), "all of them go");
}

#[tokio::test]
async fn p8_by_sms_the_choices_are_words_and_a_number_is_enough() {
    let world = World::start().await;
    let sms = ANNA.trim_start_matches("whatsapp:");
    let id = world.says(sms, "Please order two copper pipes.").await;
    let answer = newest(&world, sms, 1).await;
    assert!(answer.text.ends_with("\n\nReply 1 = OK, 2 = change, 3 = undo"), "{}", answer.text);
    assert!(answer.buttons.is_empty());
    world.says(sms, "3").await;
    let told = newest(&world, sms, 2).await;
    assert!(told.text.ends_with("\n\nReply 3 to bring it back"), "{}", told.text);
    assert!(world.office.files_of(&id).await.is_empty());
    world.says(sms, "3").await;
    world.messages(sms, 3).await;
    assert_eq!(world.office.files_of(&id).await.len(), 3);
}

#[tokio::test]
async fn p8_corrections_are_understood_and_told_in_german_and_polish() {
    let world = World::start().await;
    for (who, note, correction, heading, buttons, was, is) in [
        (
            BEN,
            "Bitte zwei Kupferrohre für das Bad bestellen. Bitte Frau Miller morgen anrufen.",
            "Nein, nicht Miller, sondern Müller.",
            "*Geändert:*",
            ["OK", "Ändern", "Rückgängig"],
            "✗ Bitte Frau Miller morgen anrufen",
            "✓ Bitte Frau Müller morgen anrufen",
        ),
        (
            CELINA,
            "Proszę zamówić dwie rury miedziane do łazienki. Zadzwoń jutro do pani Miller.",
            "Nie Miller, tylko Müller.",
            "*Zmieniono:*",
            ["OK", "Zmień", "Cofnij"],
            "✗ Zadzwoń jutro do pani Miller",
            "✓ Zadzwoń jutro do pani Müller",
        ),
    ] {
        let id = world.says(who, note).await;
        assert_eq!(newest(&world, who, 1).await.buttons, buttons);
        // Without a quote: it follows soon, and denies what the record says.
        world.says(who, correction).await;
        let told = newest(&world, who, 2).await;
        assert!(told.text.starts_with(heading), "{}", told.text);
        assert!(told.text.contains(&format!("{was}\n{is}")), "{}", told.text);
        assert_eq!(told.buttons, buttons);
        let summary = text_of(&world, &id, "text_summary").await;
        assert!(summary.contains("Müller") && !summary.contains("Miller"), "{summary}");
    }
}
