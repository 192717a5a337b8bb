//! What a message is taken for that comes soon after others: which record it means, and when it is a note of its own.

use futures::future::join_all;
use shared::{
    domain::purpose::Purpose, ports::clock::Clock, repositories::conversations::Conversations,
    testing::racing::Racing,
};

use super::{
    changing::{JOB, PHOTO, outside, quoting, tapped},
    *,
};

const AGAIN: &str = "Please order two copper pipes. Call Mrs Miller tomorrow. And one more thing.";

#[tokio::test]
async fn p10_what_is_said_again_after_an_undo_is_a_note_and_what_was_taken_back_stays_so() {
    let outside = outside();
    outside.handle(voice_note()).await.unwrap();
    outside.then(30, quoting(&outside, 0, tapped(2, "hark-undo"))).await.unwrap();
    outside.then(30, message_with_media(3, "", &[(MEDIA, "audio/ogg")])).await.unwrap();
    assert!(outside.note(1).await.revised().withdrawn);
    assert_eq!(outside.note(3).await.purpose(), &Purpose::Note);
    let files = outside.files();
    assert!(files.len() == 4 && files.iter().all(|key| key.contains(message_id(3).as_str())), "{files:?}");
    // What quotes the record means it all the same.
    let photo = message_with_media(4, "", &[(PHOTO, "image/jpeg")]);
    outside.then(30, InboundMessage { replied_to: Some(message_id(1)), ..photo }).await.unwrap();
    assert!(!outside.note(1).await.revised().withdrawn);
}

#[tokio::test]
async fn p8_after_change_whoever_says_ok_or_undo_instead_has_said_what_he_wanted() {
    for (instead, files) in [("ok", 6), ("3", 3)] {
        let outside = outside();
        outside.handle(message(1, WORDS)).await.unwrap();
        outside.then(30, message(2, "2")).await.unwrap();
        outside.then(30, message(3, instead)).await.unwrap();
        outside.then(30, message(4, AGAIN)).await.unwrap();
        assert_eq!(outside.note(4).await.purpose(), &Purpose::Note, "{instead}");
        assert_eq!(outside.files().len(), files, "{instead}");
    }
}

#[tokio::test]
async fn p8_a_message_that_was_sent_before_change_was_tapped_is_no_answer_to_it() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.clock.advance(Duration::from_secs(30));
    let earlier = outside.clock.now();
    outside.then(5, message(2, "2")).await.unwrap();
    outside.handle(InboundMessage { received_at: earlier, ..message(3, AGAIN) }).await.unwrap();
    assert_eq!(outside.note(3).await.purpose(), &Purpose::Note);
}

#[tokio::test]
async fn p11_the_same_correction_of_three_records_is_no_loop() {
    let outside = outside();
    for n in 1..=3 {
        outside.then(200, message(n, &format!("{WORDS} For house {n}."))).await.unwrap();
    }
    for n in 1..=3_u32 {
        let correction = message(10 + n, "No, not Miller, Müller.");
        outside.then(5, InboundMessage { replied_to: Some(message_id(n)), ..correction }).await.unwrap();
        assert_eq!(outside.note(n).await.revised().version, 1, "record {n}");
    }
    assert_eq!(outside.messenger.bodies_to(SENDER).len(), 6);
}

#[tokio::test]
async fn p8_a_number_after_a_change_is_about_the_record_that_was_changed() {
    let outside = outside();
    outside.handle(message(1, WORDS)).await.unwrap();
    outside.then(60, message(2, AGAIN)).await.unwrap();
    outside.then(60, quoting(&outside, 0, message(3, "No, not Miller, Müller."))).await.unwrap();
    outside.then(10, message(4, "3")).await.unwrap();
    assert!(outside.note(1).await.revised().withdrawn && !outside.note(2).await.revised().withdrawn);
    // A photo belongs to the last note all the same, and so does a number after the next one.
    outside.then(10, message_with_media(5, "", &[(PHOTO, "image/jpeg")])).await.unwrap();
    outside.then(10, message(6, "3")).await.unwrap();
    assert!(outside.note(1).await.revised().withdrawn && outside.note(2).await.revised().withdrawn);
}

#[tokio::test]
async fn p8_what_is_called_right_or_corrected_is_there_again() {
    for (n, says) in [(3, tapped(3, "hark-ok")), (4, message(4, "It is somewhat different."))] {
        let outside = outside();
        outside.handle(message(1, WORDS)).await.unwrap();
        let files = outside.files();
        outside.then(30, quoting(&outside, 0, tapped(2, "hark-undo"))).await.unwrap();
        assert!(outside.files().is_empty());
        outside.then(30, quoting(&outside, 0, says)).await.unwrap();
        assert_eq!(outside.files(), files, "message {n}");
    }
}

#[tokio::test]
async fn p10_photos_of_an_album_that_come_at_the_same_moment_are_one_record() {
    let mut outside = outside();
    let table = || Arc::new(Racing::over(outside.table.clone()));
    outside.deps.conversations = Conversations::new(table());
    outside.deps.notes = Notes::new(table());
    let album: Vec<_> = (1..=5).map(|n| message_with_media(n, "", &[(PHOTO, "image/jpeg")])).collect();
    let mut left = album;
    for _ in 0..10 {
        let ended = join_all(left.iter().map(|photo| outside.handle(photo.clone()))).await;
        left =
            left.into_iter().zip(ended).filter(|(_, ended)| ended.is_err()).map(|(photo, _)| photo).collect();
        outside.clock.advance(Duration::from_secs(5));
    }
    assert_eq!(left, []);
    let files = outside.files();
    let records = files.iter().filter(|key| key.ends_with("_record.json")).count();
    let photos = files.iter().filter(|key| key.contains("_image_")).count();
    assert_eq!((records, photos), (1, 5), "{files:?}");
    assert!(!files.iter().any(|key| key.starts_with(JOB)), "nobody knows what is to be done: {files:?}");
}
