//! Messages whose words their sender changed afterwards, where a channel lets people do that.

use shared::{
    domain::{aside::Aside, ids::MessageId, purpose::Purpose},
    ports::clock::Clock,
};

use super::*;

const OTHER_WORDS: &str = "Please order three copper pipes.";

impl Outside {
    /// The n-th message is what the sender made of the first one, ten seconds later.
    async fn rewrites(&self, n: u32, of: MessageId, words: &str) -> shared::domain::note::Note {
        self.clock.advance(Duration::from_secs(10));
        let edited = InboundMessage {
            replied_to: Some(of),
            edited: true,
            received_at: self.clock.now(),
            ..message(n, words)
        };
        self.handle(edited).await.unwrap();
        self.deps.notes.find(&message_id(n)).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn who_changes_the_words_of_a_message_is_told_how_to_change_its_record() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    let note = outside.rewrites(2, message_id(1), OTHER_WORDS).await;
    assert_eq!((note.purpose(), note.stage()), (&Purpose::Aside(Aside::Edited), Stage::Done));
    let told = outside.messenger.sent().pop().unwrap().0;
    assert!(told.body.expose().contains("as an answer to mine"), "{}", told.body.expose());
    assert_eq!(outside.analyst.calls(), 1, "and no record is made or changed by it");
    let first = outside.deps.notes.find(&message_id(1)).await.unwrap().unwrap();
    assert_eq!(first.revised().version, 0);
    // He does as he was told.
    let says = InboundMessage { replied_to: Some(message_id(1)), ..message(3, "three, not two") };
    outside.handle(says).await.unwrap();
    let note = outside.deps.notes.find(&message_id(3)).await.unwrap().unwrap();
    assert_eq!(note.purpose(), &Purpose::Correction { of: message_id(1) });
}

#[tokio::test]
async fn an_edit_that_changes_no_word_is_not_answered() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    let note = outside.rewrites(2, message_id(1), WORDS).await;
    assert_eq!((note.purpose(), note.stage()), (&Purpose::Silent, Stage::Done));
    assert_eq!((outside.messenger.sent().len(), outside.analyst.calls()), (1, 1));
}

#[tokio::test]
async fn an_edit_that_overtook_its_message_is_told_too_and_the_message_is_filed_as_it_was() {
    let outside = Outside::new();
    let note = outside.rewrites(2, message_id(1), OTHER_WORDS).await;
    assert_eq!(note.purpose(), &Purpose::Aside(Aside::Edited));
    outside.handle(message(1, WORDS)).await.unwrap();
    assert_eq!((outside.messenger.sent().len(), outside.analyst.calls()), (2, 1));
}

#[tokio::test]
async fn a_wrong_command_put_right_is_the_right_one() {
    let outside = Outside::new();
    let on_telegram = |n, words| InboundMessage {
        from: samples::address("telegram:1111111"),
        to: samples::address("telegram:5550000"),
        ..message(n, words)
    };
    outside.handle(on_telegram(1, "hepl")).await.unwrap();
    let help = InboundMessage {
        replied_to: Some(message_id(1)),
        edited: true,
        command: Some(shared::domain::aside::Command::Help),
        ..on_telegram(2, "/help")
    };
    outside.handle(help).await.unwrap();
    let told = outside.messenger.bodies_to("telegram:1111111").pop().unwrap();
    assert!(told.ends_with("send /stop."), "{told}");
}
