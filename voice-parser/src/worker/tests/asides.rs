//! What people say to Hark itself, above all on Telegram: how it begins and ends, what it can do, what it cannot take.

use shared::{
    domain::{
        aside::{Aside, Command},
        customer::Customer,
        language::Language,
        note::{FailureReason, Note},
        purpose::Purpose,
        user::UserName,
    },
    ports::clock::Clock,
    repositories::conversations::TakenOver,
};

use super::*;

const PERSON: &str = "telegram:1111111";

impl Outside {
    /// The n-th message of a person on Telegram, ten seconds after the one before.
    fn on_telegram(&self, n: u32, words: &str, command: Option<Command>) -> InboundMessage {
        self.clock.advance(Duration::from_secs(10));
        InboundMessage {
            from: samples::address(PERSON),
            to: samples::address("telegram:5550000"),
            command,
            received_at: self.clock.now(),
            ..message(n, words)
        }
    }

    async fn hears(&self, n: u32, words: &str, command: Option<Command>) -> Vec<String> {
        let before = self.messenger.bodies_to(PERSON).len();
        self.handle(self.on_telegram(n, words, command)).await.unwrap();
        self.messenger.bodies_to(PERSON).split_off(before)
    }

    fn filed_nothing(&self) -> bool {
        (self.analyst.calls(), self.files().len()) == (0, 0)
    }
}

#[tokio::test]
async fn who_opens_the_bot_is_told_what_to_do_and_who_comes_back_that_it_goes_on() {
    let outside = Outside::new();
    let told = outside.hears(1, "/start", Some(Command::Start)).await;
    assert!(told[0].starts_with("Welcome! Send me a voice message or type"), "{told:?}");
    assert_eq!(told, outside.hears(2, "/start", Some(Command::Start)).await, "opened by a link later on");
    outside.hears(3, "/stop", Some(Command::Stop)).await;
    let back = outside.hears(4, "/start", Some(Command::Start)).await;
    assert_eq!(back, ["You hear from me again from now on."]);
    assert_eq!(outside.hears(5, "/start", Some(Command::Start)).await, told);
    assert!(outside.filed_nothing());
}

#[tokio::test]
async fn the_welcome_is_in_the_language_of_the_person() {
    let (german, polish) = ("Willkommen! ", "Witaj! ");
    for (of_person, of_phone, begins) in [
        (Some(Language::De), None, german),
        (Some(Language::Pl), Some(Language::De), polish),
        // The office has not said which.
        (None, Some(Language::Pl), polish),
        (None, None, "Welcome! "),
    ] {
        let outside = Outside::new();
        let start = outside.on_telegram(1, "/start", Some(Command::Start));
        let start = InboundMessage { language: of_phone, ..start };
        let sender = Customer { language: of_person, ..customer() };
        outside.worker().handle(&job_of(start, Some(sender)), FIRST).await.unwrap();
        let told = outside.messenger.bodies_to(PERSON);
        assert!(told.len() == 1 && told[0].starts_with(begins), "{told:?}");
    }
}

#[tokio::test]
async fn p11_a_stop_on_telegram_is_confirmed_once_and_nothing_comes_after_it() {
    for (words, command) in [("/stop", Some(Command::Stop)), ("STOP", None), ("Stopp!", None)] {
        let outside = Outside::new();
        let stop = outside.on_telegram(1, words, command);
        for _ in 0..3 {
            outside.handle(stop.clone()).await.unwrap();
        }
        let told = outside.messenger.bodies_to(PERSON);
        assert_eq!(told, ["You get nothing from here any more. Send /start to go on."], "{words}");
        assert_eq!(outside.hears(2, words, command).await, [""; 0], "who said it has read it");
        for (n, words, command) in
            [(3, WORDS, None), (4, "/help", Some(Command::Help)), (5, "", None), (6, "help", None)]
        {
            assert_eq!(outside.hears(n, words, command).await, [""; 0], "{words}");
        }
        outside.handle(stop).await.unwrap();
        assert_eq!(outside.messenger.sent().len(), 1);
        assert_eq!(outside.files().len(), 3, "what was said is filed all the same");
    }
}

#[tokio::test]
async fn p11_a_stop_said_twice_at_once_is_confirmed_once_whichever_is_worked_on_first() {
    for first in [0, 1] {
        let outside = Outside::new();
        let stops = [1, 2].map(|n| outside.on_telegram(n, "/stop", Some(Command::Stop)));
        for at in [first, 1 - first] {
            outside.handle(stops[at].clone()).await.unwrap();
        }
        assert_eq!(outside.messenger.sent().len(), 1, "{first}");
    }
}

#[tokio::test]
async fn p11_a_stop_whose_confirmation_may_have_arrived_is_not_confirmed_again() {
    let mut outside = Outside::new();
    let telegram = Arc::new(RecordedMessenger::new(outside.clock.clone()).that_finds_nothing());
    let doubtful: Failing<dyn Messenger, SendError> =
        Failing::always(|| SendError::Unknown, telegram.clone() as Arc<dyn Messenger>)
            .losing_answers()
            .only(&["send"]);
    outside.deps.messenger = Arc::new(doubtful);
    let stop = outside.on_telegram(1, "/stop", Some(Command::Stop));
    let mut deliveries = 0;
    while outside.handle(stop.clone()).await.is_err() {
        outside.clock.advance(Duration::from_secs(20));
        deliveries += 1;
        assert!(deliveries < 5, "it ends");
    }
    assert_eq!(telegram.bodies_to(PERSON).len(), 1);
}

#[tokio::test]
async fn p11_who_came_back_before_the_stop_was_confirmed_is_not_told_that_nothing_comes() {
    let mut outside = Outside::new();
    let busy = || SendError::NotTaken { after: Duration::from_secs(4) };
    let messenger = outside.messenger.clone() as Arc<dyn Messenger>;
    outside.deps.messenger = Arc::new(Failing::on_call(1, busy, messenger).only(&["send"]));
    let stop = outside.on_telegram(1, "/stop", Some(Command::Stop));
    outside.handle(stop.clone()).await.unwrap_err();
    let back = outside.hears(2, "/start", Some(Command::Start)).await;
    outside.handle(stop).await.unwrap();
    assert_eq!(outside.messenger.bodies_to(PERSON), back);
}

#[test]
fn p11_a_stop_that_cannot_be_kept_as_a_note_is_followed_by_no_apology() {
    let outside = Outside::new();
    let on_telegram = outside.on_telegram(1, "/stop", Some(Command::Stop));
    for (stop, purpose) in
        [(on_telegram, Purpose::Aside(Aside::Stopped)), (message(1, "STOP"), Purpose::Silent)]
    {
        let mut note = Note::received(stop, customer()).about(purpose, None);
        assert!(!note.tells_nobody());
        note.failed(FailureReason::Internal, outside.clock.now()).unwrap();
        assert!(note.tells_nobody());
    }
}

#[tokio::test]
async fn help_is_given_an_unknown_command_is_told_and_neither_is_filed() {
    let outside = Outside::new();
    let help = outside.hears(1, "/help", Some(Command::Help)).await;
    assert!(help[0].contains("send /stop."), "{help:?}");
    assert_eq!(outside.hears(2, "Hilfe", None).await.len(), 1);
    let told = outside.hears(3, "/settings", Some(Command::Unknown)).await;
    assert!(told[0].contains("/start, /help and /stop") && !told[0].contains('\n'), "{told:?}");
    for n in 4..9 {
        assert_eq!(outside.hears(n, "/help", Some(Command::Help)).await, help, "as often as it is asked");
    }
    assert!(outside.filed_nothing());
    assert_eq!(outside.hears(9, "/2 pipes for Mrs Miller, please", None).await.len(), 1);
    assert_eq!(outside.analyst.calls(), 1, "a slash alone makes no command");
}

#[tokio::test]
async fn help_on_whatsapp_names_its_own_word_and_a_stop_there_is_confirmed_by_twilio() {
    let outside = Outside::new();
    outside.handle(message(1, "HELP")).await.unwrap();
    let help = outside.messenger.bodies_to(SENDER);
    assert!(help.len() == 1 && help[0].ends_with(" STOP."), "{help:?}");
    outside.clock.advance(Duration::from_secs(5));
    outside.handle(InboundMessage { received_at: outside.clock.now(), ..message(2, "STOP") }).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 1);
    assert!(outside.filed_nothing());
}

#[tokio::test]
async fn a_sticker_is_answered_in_one_line_and_no_note() {
    let outside = Outside::new();
    for n in 1..5 {
        let told = outside.hears(n, "", None).await;
        assert_eq!(told, ["I can take words, voice, photos and files."]);
    }
    let quoting = InboundMessage { replied_to: Some(message_id(1)), ..outside.on_telegram(5, "", None) };
    outside.handle(quoting).await.unwrap();
    assert_eq!(outside.messenger.sent().len(), 5);
    assert!(outside.filed_nothing());
}

#[tokio::test]
async fn while_the_office_speaks_a_sticker_is_for_the_office_and_a_stop_is_for_hark() {
    let outside = Outside::new();
    let until = outside.clock.now() + SignedDuration::from_hours(1);
    let taken = TakenOver { by: UserName::parse("boss").unwrap(), until };
    let person = samples::address(PERSON).identity().clone();
    outside.deps.conversations.take_over(&person, Some(&taken)).await.unwrap();
    assert_eq!(outside.hears(1, "", None).await, [""; 0]);
    assert_eq!(outside.hears(2, "/help", Some(Command::Help)).await.len(), 1);
    assert_eq!(outside.hears(3, "/stop", Some(Command::Stop)).await.len(), 1);
}
