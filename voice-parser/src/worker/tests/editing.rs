//! Messages whose words their sender changed afterwards, where a channel lets people do that.

use shared::{
    domain::{ids::MessageId, purpose::Purpose},
    ports::clock::Clock,
};

use super::*;

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
async fn other_words_for_a_message_correct_its_record_and_are_answered() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    let note = outside.rewrites(2, message_id(1), "Please order three copper pipes.").await;
    assert_eq!(note.purpose(), &Purpose::Correction { of: message_id(1) });
    let asked = outside.analyst.asked().pop().unwrap().revision.expect("a revision");
    let says = "I rewrote what I had typed. Instead of that it says now:\nPlease order three copper pipes.";
    assert_eq!(asked.said.expose(), says);
    assert_eq!(outside.messenger.sent().len(), 2);
    assert!(!note.words().contains("rewrote"), "what is kept is what the sender wrote");
    // Of a correction they say what is wrong with the same record.
    let again = outside.rewrites(3, message_id(2), WORDS).await;
    assert_eq!(again.purpose(), &Purpose::Correction { of: message_id(1) });
}

#[tokio::test]
async fn an_edit_that_changes_no_word_or_is_of_nothing_known_is_not_answered() {
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    for (n, of, words) in [(2, message_id(1), WORDS), (3, message_id(99), "Please order three pipes.")] {
        let note = outside.rewrites(n, of, words).await;
        assert_eq!((note.purpose(), note.stage()), (&Purpose::Silent, Stage::Done));
    }
    assert_eq!((outside.messenger.sent().len(), outside.analyst.calls()), (1, 1));
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
