//! What the office writes to a person, and whom it answers itself.

use bytes::Bytes;
use shared::{
    domain::{
        ids::CustomerId,
        letter::{Letter, LetterFile, Origin},
        note::FailureReason,
        purpose::Purpose,
        user::UserName,
    },
    ports::{clock::Clock, job_queue::JobQueue},
    repositories::conversations::TakenOver,
};

use super::{office::Office, *};

fn letter(text: &str, template: bool) -> Letter {
    let (by, origin) = (UserName::parse("boss").unwrap(), Some(Origin::Panel));
    Letter { by, origin, text: text.to_owned().into(), file: None, template }
}

fn order(n: u32) -> MessageId {
    MessageId::parse(&format!("PE{n:032x}")).unwrap()
}

#[tokio::test]
async fn what_the_office_writes_is_sent_once_by_the_way_on_which_the_person_wrote() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let note = office.outside.note(1).await;
    let id = office.asks.write(&note, letter("I come at ten.", false), Bytes::new(), order(1)).await.unwrap();
    office.works().await;
    assert_eq!(office.outside.last_answer(), "I come at ten.");
    let written = office.outside.deps.notes.find(&id).await.unwrap().unwrap();
    assert_eq!((written.stage(), written.understood()), (Stage::Done, None));
    assert_eq!(written.said.as_ref().map(|said| said.expose().as_str()), Some("I come at ten."));
    assert!(matches!(written.answer, Answer::Sent { .. }));
    let (sent, _) = office.outside.messenger.sent().pop().unwrap();
    assert_eq!(
        (sent.to, sent.from, sent.template),
        (samples::address(SENDER), samples::address(samples::OUR_ADDRESS), false)
    );
    assert_eq!(office.outside.files().len(), 3, "nothing is filed");
    // The job again, as queues do it.
    office.queue.send(&Job::of(&written), Duration::ZERO).await.unwrap();
    office.works().await;
    assert_eq!(office.answers(), 2);

    office.asks.write(&note, letter("Please write to us", true), Bytes::new(), order(2)).await.unwrap();
    office.works().await;
    assert!(office.outside.messenger.sent().pop().unwrap().0.template);
}

#[tokio::test]
async fn who_said_stop_is_not_written_to_by_the_office_either() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    office.outside.then(5, message(2, "STOP")).await.unwrap();
    let before = office.answers();
    let id = office
        .asks
        .write(&office.outside.note(1).await, letter("Hello?", false), Bytes::new(), order(2))
        .await
        .unwrap();
    office.works().await;
    let written = office.outside.deps.notes.find(&id).await.unwrap().unwrap();
    assert_eq!((&written.answer, office.answers()), (&Answer::Refused { code: 21_610 }, before));
}

#[tokio::test]
async fn while_somebody_answers_himself_notes_are_filed_and_hark_is_silent() {
    let office = Office::over(Outside::new());
    let person = samples::address(SENDER).identity().clone();
    let until = office.outside.clock.now() + jiff::SignedDuration::from_hours(1);
    let taken = TakenOver { by: UserName::parse("boss").unwrap(), until };
    office.outside.deps.conversations.take_over(&person, Some(&taken)).await.unwrap();
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let note = office.outside.note(1).await;
    assert_eq!((note.stage(), &note.answer, office.answers()), (Stage::Done, &Answer::Withheld, 0));
    assert_eq!(office.outside.files().len(), 3, "filed as ever");

    office.asks.write(&note, letter("I look after it.", false), Bytes::new(), order(2)).await.unwrap();
    office.works().await;
    assert_eq!(office.answers(), 1, "the office itself is heard");
    // Nobody hands it back; after its time Hark answers by itself.
    office.outside.then(3_600, message(2, "Please order ten taps.")).await.unwrap();
    assert_eq!(office.answers(), 2);
}

#[tokio::test]
async fn a_photo_goes_along_from_where_only_its_provider_is_told_to_fetch_it() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let photo = Bytes::from_static(b"\xFF\xD8\xFF\xE0 a photo");
    let file = LetterFile::of(&photo);
    let letter = Letter { file, ..letter("This valve", false) };
    let id = office.asks.write(&office.outside.note(1).await, letter, photo, order(3)).await.unwrap();
    office.works().await;
    let (sent, _) = office.outside.messenger.sent().pop().unwrap();
    let address = sent.media.expect("an address").into_inner();
    assert!(address.contains(&format!("_inbox/demo-plumbing/{id}/0.jpg")), "{address}");
    let written = office.outside.deps.notes.find(&id).await.unwrap().unwrap();
    assert_eq!((written.stage(), written.media().len()), (Stage::Done, 1));
}

#[tokio::test]
async fn a_number_said_to_whoever_took_over_or_wrote_last_decides_nothing() {
    let office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    office
        .asks
        .write(&office.outside.note(1).await, letter("How many taps?", false), Bytes::new(), order(1))
        .await
        .unwrap();
    office.works().await;
    office.outside.then(5, message(2, "3")).await.unwrap();
    assert!(!office.outside.note(1).await.revised().withdrawn);
    assert_eq!(office.outside.note(2).await.purpose(), &Purpose::Note);

    let person = samples::address(SENDER).identity().clone();
    let until = office.outside.clock.now() + jiff::SignedDuration::from_hours(1);
    let taken = TakenOver { by: UserName::parse("boss").unwrap(), until };
    office.outside.deps.conversations.take_over(&person, Some(&taken)).await.unwrap();
    office.outside.then(600, message(3, "Please order ten taps.")).await.unwrap();
    office.outside.then(5, message(4, "3")).await.unwrap();
    assert!(!office.outside.note(3).await.revised().withdrawn);
}

#[tokio::test]
async fn nothing_is_said_to_whom_the_number_belongs_by_now() {
    let mut office = Office::over(Outside::new());
    office.outside.handle(message(1, WORDS)).await.unwrap();
    let other = Customer { customer_id: CustomerId::parse("P-2").unwrap(), ..customer() };
    office.outside.deps.directory = Arc::new(MapDirectory::of([(SENDER, other)]));
    let note = office.outside.note(1).await;
    let id =
        office.asks.write(&note, letter("About your record", false), Bytes::new(), order(1)).await.unwrap();
    office.works().await;
    let change = office.changes(office.edited(&note, "two", "three"), true).await;
    let written = office.outside.deps.notes.find(&id).await.unwrap().unwrap();
    for failed in [written, change] {
        assert_eq!(failed.failure().map(|failure| failure.reason), Some(FailureReason::NumberChanged));
    }
    assert_eq!(office.answers(), 1, "that to the note itself, of then");
}
